"""The pictures of buses: which there are, and what stands beside what."""

import unittest

from reading import drawn_with, series, texts
from synthetic import ResultFile

from handoff_plot.read.axes import COUNT, Axis

MORE_AXES = (
    Axis("handlers", "handlers", COUNT, least=1, phrase="{} handler{s}"),
    Axis("slow_ns", "slow", COUNT, unit="ns", phrase="one handler takes {} ns"),
    Axis("throwing", "throwing", COUNT, phrase="throwing handlers: {}"),
)

NAMES = {"buses_handlers", "buses_publishers", "buses_isolation", "buses_isolation_tail", "buses_subscribe",
         "buses_throws"}
STRICT = "the publisher calls, no call after unsubscribe, handlers may subscribe"
LOOSE = "the publisher calls, calls may follow unsubscribe, handlers may subscribe"
WORKERS = "workers call, no call after unsubscribe, handlers may subscribe"


def buses() -> ResultFile:
    """Data for every chart of buses."""
    file = ResultFile()
    buses_of = {"strict_bus": STRICT, "loose_bus": LOOSE, "worker_bus": WORKERS}
    file.implementations = list(buses_of)
    for i, (impl, rivals) in enumerate(buses_of.items()):
        def add(workload: str, measure: str = "items_per_second", **axes: object):
            return file.add("buses", workload, impl, {"calls": "in_publish"}, 2, rivals, measure, 2,
                            {**axes, "placement": "spread"})

        for handlers in (1, 8, 64):
            add("publish", producers=1, handlers=handlers).times(10.0 + i, 12.0 + i)
            sample = (900.0, 1000.0 + i, 2000.0, 3000.0, 4000.0)
            add("subscribe", "latency", producers=1, handlers=handlers).latencies(sample, sample)
        for producers in (2, 4):
            add("publish", producers=producers, handlers=8).times(20.0 * producers + i)
        for slow in (0, 100000):
            sample = (500.0, 600.0 + slow, 700.0 + slow, 800.0 + slow, 900.0 + slow)
            add("isolation", "latency", handlers=8, slow_ns=slow).latencies(sample, sample)
        for throwing in (0, 1, 4):
            add("throws", producers=1, handlers=8, throwing=throwing).times(10.0 + 200 * throwing + i)
    return file


class Buses(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.pictures, cls.points = drawn_with(buses(), MORE_AXES)

    def words(self, name: str) -> str:
        return " ".join(text.get_text() for text in texts(self.pictures[name].figure)).replace("\n", " ")

    def test_each_workload_has_its_picture(self) -> None:
        self.assertEqual(set(self.pictures), NAMES | {"message_cost"})

    def test_workload_shape_and_unit_are_said(self) -> None:
        facts = {
            "buses_handlers": ("publish; 1 producer", "wall ns per delivery"),
            "buses_publishers": ("publishers (log scale)", "8 handlers"),
            "buses_isolation": ("8 handlers", "from due to called, ns, p50", "every 200 us"),
            "buses_isolation_tail": ("p99",),
            "buses_subscribe": ("both calls together",),
            "buses_throws": ("handlers that throw",),
        }
        for name, words in facts.items():
            for word in words:
                self.assertIn(word, self.words(name), name)

    def test_a_panel_holds_those_whose_handlers_are_called_by_the_same(self) -> None:
        for name in NAMES:
            self.assertEqual(series(self.pictures[name].figure), [["strict_bus", "loose_bus"], ["worker_bus"]], name)


if __name__ == "__main__":
    unittest.main()
