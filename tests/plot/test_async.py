"""The pictures of asynchronous steps: which there are, and what stands beside what."""

import unittest

from reading import collisions, drawn_with, series, texts, values
from synthetic import ResultFile
from synthetic_limits import LimitedFile

from handoff_plot.read.axes import COUNT, WORD, Axis

MORE_AXES = (
    Axis("executor", "executor", WORD, absent="native", phrase="executor {}"),
    Axis("steps", "steps", COUNT, least=1, phrase="{} step{s}"),
    Axis("until", "until", WORD, neutral="all", phrase="until the {} has come"),
)

NAMES = {"async_chain", "async_allocations", "async_nested", "async_sequence", "async_first", "async_fan",
         "async_error", "async_cancel", "async_cross", "async_loop", "async_stack", "async_timeout"}
HERE, ELSEWHERE, WAITS = "steps on the calling thread", "each step on another thread", "waits with a timeout"


def style(file: ResultFile, workload: str, impl: str, rivals: str = HERE, threads: int = 1,
          measure: str = "items_per_second", **axes: object):
    """A point of a style."""
    return file.add("async", workload, impl, {"form": "callback"}, threads, rivals, measure, threads,
                    {**axes, "placement": "spread"})


def timeout(file: ResultFile, impl: str, late: float) -> None:
    """Waits that go on so many ns late, one in ten of them twice as many."""
    point = style(file, "timeout", impl, WAITS, measure="latency")
    point.times(100000.0 + late, 100000.0 + late, samples=[(late, 900), (2 * late, 100)],
                what="from the end of the patience to the waiter")


def steps() -> LimitedFile:
    """Data for every chart of asynchronous steps."""
    file = LimitedFile()
    file.kernels = {"near": {"sleep_exact_ns": 23500.0, "sleep_default_ns": 75000.0, "yield_ns": 170.0},
                    "far": {"sleep_exact_ns": 11000.0, "sleep_default_ns": 62000.0}}
    file.implementations = ["one_style", "other_style"]
    for i, impl in enumerate(file.implementations):
        executor = ("inline", "native")[i]
        for n in (1, 10, 100):
            point = style(file, "chain", impl, executor=executor, steps=n).times(50.0 + 100 / n + i, 55.0 + 100 / n)
            for row in [row for row in file.rows if row["name"] == point.name]:
                row["allocations_per_item"] = float(i)
            for workload in ("nested", "sequence", "error", "cancel"):
                style(file, workload, impl, executor=executor, steps=n).times(60.0 * n + i)
            first = style(file, "first", impl, measure="latency", executor=executor, steps=n)
            first.latencies((200.0 + i, 210.0, 220.0, 230.0, 240.0))
            style(file, "fan", impl, executor=executor, fan=n, until="all").times(70.0 + i)
            style(file, "cross", impl, ELSEWHERE, 3, steps=n).times(5000.0 + i)
            style(file, "loop", impl, executor=executor, steps=1000 * n).times(20.0 + i, 21.0, stack_bytes=5e4 * i * n)
        timeout(file, impl, 30000.0 + 40000 * i)
    return file


class Asynchronous(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.pictures, cls.points = drawn_with(steps(), MORE_AXES)

    def words(self, name: str) -> str:
        return " ".join(text.get_text() for text in texts(self.pictures[name].figure)).replace("\n", " ")

    def test_each_workload_has_its_picture(self) -> None:
        self.assertEqual(set(self.pictures), NAMES)

    def test_workload_and_unit_are_said(self) -> None:
        for name, words in {"async_chain": ("chain;", "wall ns per step"),
                            "async_allocations": ("allocations per step",),
                            "async_sequence": ("wall ns per value", "before the next is computed"),
                            "async_first": ("ns, p50", "first value that is given"),
                            "async_error": ("wall ns per chain", "The step in the middle throws"),
                            "async_loop": ("loop;", "wall ns per step", "A line ends at the longest chain"),
                            "async_stack": ("bytes of stack (log scale, 0 apart)", "8 MiB, the usual stack"),
                            "async_timeout": ("Latency by percentile", "A wait of 100 us", "latency, ns (log scale)",
                                              "from the end of the patience to the waiter")}.items():
            for word in words:
                self.assertIn(word, self.words(name), name)

    def test_styles_by_their_own_means_stand_beside_those_on_the_executor(self) -> None:
        self.assertEqual({name: series(self.pictures[name].figure) for name in NAMES},
                         {name: [["one_style", "other_style"]] for name in NAMES})

    def test_no_text_of_the_longest_chains_and_of_timeouts_lies_over_another(self) -> None:
        for name in ("async_loop", "async_stack", "async_timeout"):
            self.assertEqual(collisions(self.pictures[name].figure), [], name)

    def test_the_stack_stands_beside_what_a_thread_has(self) -> None:
        self.assertLessEqual({0.0, 5e4, 5e6, float(8 << 20)}, values(self.pictures["async_stack"].figure))

    def test_a_style_whose_steps_have_stacks_of_their_own_has_a_cost_and_no_stack(self) -> None:
        file = ResultFile()
        for n in (1000, 10000):
            style(file, "loop", "fiber", executor="native", steps=n).times(500.0)
            style(file, "loop", "call", executor="native", steps=n).times(3.0, stack_bytes=16.0 * n)
        drawn, _ = drawn_with(file, MORE_AXES)
        self.assertEqual({name: series(drawn[name].figure) for name in drawn},
                         {"async_loop": [["fiber", "call"]], "async_stack": [["call"]]})
        self.assertNotIn("fiber", " ".join(text.get_text() for text in texts(drawn["async_stack"].figure)))

    def test_timeouts_stand_beside_sleeps_in_the_machine_state_that_counts(self) -> None:
        drawn = values(self.pictures["async_timeout"].figure)
        self.assertLessEqual({22500.0, 74000.0}, drawn)
        self.assertFalse({10000.0, 61000.0} & drawn)
        self.assertIn("nanosleep: 22.5 us late with a timer slack of 1 ns, 74.0 us late with the default one",
                      self.words("async_timeout"))

    def test_timeouts_without_calibrations_stand_alone(self) -> None:
        for made in (ResultFile, LimitedFile):
            file = made()
            timeout(file, "one_style", 30000.0)
            drawn, _ = drawn_with(file, MORE_AXES)
            self.assertEqual(set(drawn), {"async_timeout"})
            self.assertNotIn("nanosleep", " ".join(text.get_text() for text in texts(drawn["async_timeout"].figure)))

    def test_timeouts_of_too_few_waits_have_no_picture(self) -> None:
        file = ResultFile()
        style(file, "timeout", "one_style", WAITS, measure="latency").times(1e5, samples=[(3e4, 19)])
        self.assertEqual(drawn_with(file, MORE_AXES)[0], {})


if __name__ == "__main__":
    unittest.main()
