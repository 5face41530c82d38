"""The pictures of event processors: which there are, and what stands beside what."""

import unittest

from reading import drawn_with, series, texts
from synthetic import ResultFile

from handoff_plot.read.axes import COUNT, WORD, Axis

MORE_AXES = (
    Axis("handler_ns", "handler", COUNT, neutral="0", phrase="{} ns of work in the handler"),
    Axis("throws", "throws", COUNT, neutral="0", phrase="{}% of the handlers throw"),
    Axis("skew", "skew", COUNT, neutral="0", phrase="{}% of the events have one key"),
    Axis("stop", "stop", WORD, phrase="stop: {}"),
    Axis("topology", "topology", WORD, phrase="{}"),
)

NAMES = {"processors_producers", "processors_handler", "processors_throws", "processors_skew", "processors_workers",
         "processors_topology", "processors_stop", "processors_latency", "message_cost"}


def processor(file: ResultFile, workload: str, impl: str, capacity: int | str = "unbounded", threads: int = 2,
              measure: str = "items_per_second", order: str = "in submission order", **axes: object):
    """A point of an event processor."""
    room = "unbounded" if capacity == "unbounded" else f"bounded, capacity {capacity}"
    workers = "many" if "by key" in order else "one"
    return file.add("processors", workload, impl, {"workers": workers}, threads, f"{room}, handles {order}", measure, 2,
                    {"wait": "park", "capacity": capacity, **axes, "placement": "spread"})


def events(file: ResultFile, impl: str, capacity: int | str, producers: int = 1, workers: int = 1, handler_ns: int = 0,
           throws: int = 0, skew: int = 0, order: str = "in submission order"):
    return processor(file, "events", impl, capacity, producers + workers, order=order, producers=producers,
                     workers=workers, handler_ns=handler_ns, throws=throws, skew=skew)


def processors() -> ResultFile:
    """Data for every chart of event processors."""
    file = ResultFile()
    file.implementations = ["one_processor", "other_processor", "ring_processor", "keyed_processor"]
    for i, (impl, capacity) in enumerate((("one_processor", "unbounded"), ("other_processor", "unbounded"),
                                          ("ring_processor", 1024))):
        for producers in (1, 3):
            events(file, impl, capacity, producers).times(100.0 * producers + i, 105.0 * producers + i)
        for handler in (1000, 10000):
            events(file, impl, capacity, handler_ns=handler).times(1.1 * handler + i)
        for throws in (1, 10):
            events(file, impl, capacity, throws=throws).times(120.0 * throws + i)
        processor(file, "latency", impl, capacity, measure="latency", workers=1, peer="spinning").times(
            500.0 + i, samples=[(400.0, 900), (800.0, 100)], what="from a submission to the beginning of its handler")
        for handler in (0, 1000):
            sample = (400.0 + handler + i, 1500.0, 1600.0, 1700.0, 1800.0)
            processor(file, "topology", impl, capacity, 4, producers=1, handler_ns=handler, topology="diamond").times(
                300.0 + handler + i)
            processor(file, "stop", impl, capacity, 3, "latency", producers=1, workers=1, handler_ns=handler,
                      stop="drain").latencies(sample, sample)
    for skew in (0, 50, 90):
        events(file, "keyed_processor", "unbounded", workers=2, handler_ns=1000, skew=skew,
               order="in submission order by key").times(900.0 + skew)
    events(file, "keyed_processor", "unbounded", workers=4, handler_ns=1000,
           order="in submission order by key").times(450.0)
    return file


class Processors(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.pictures, cls.points = drawn_with(processors(), MORE_AXES)

    def words(self, name: str) -> str:
        return " ".join(text.get_text() for text in texts(self.pictures[name].figure)).replace("\n", " ")

    def test_each_workload_has_its_picture(self) -> None:
        self.assertEqual(set(self.pictures), NAMES)

    def test_workload_shape_and_unit_are_said(self) -> None:
        facts = {
            "processors_producers": ("events;", "wall ns per event", "producers (log scale)",
                                     "oversubscribed: more threads than CPUs"),
            "processors_handler": ("work in the handler",),
            "processors_throws": ("handlers that throw, %",),
            "processors_skew": ("64 keys evenly",),
            "processors_topology": ("diamond", "three, whose handlers submit to the next"),
            "processors_stop": ("stop: drain",),
            "processors_latency": ("Latency by percentile", "latency"),
        }
        for name, words in facts.items():
            for word in words:
                self.assertIn(word, self.words(name), name)

    def test_a_panel_holds_what_promises_the_same(self) -> None:
        apart = [["one_processor", "other_processor"], ["ring_processor"]]
        for name in ("processors_producers", "processors_handler", "processors_throws", "processors_topology",
                     "processors_stop"):
            self.assertEqual(series(self.pictures[name].figure), apart, name)
        for name in ("processors_skew", "processors_workers"):
            self.assertEqual(series(self.pictures[name].figure), [["keyed_processor"]], name)


if __name__ == "__main__":
    unittest.main()
