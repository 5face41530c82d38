"""The pictures of asynchronous steps: which there are, and what stands beside what."""

import unittest

from reading import drawn_with, series, texts
from synthetic import ResultFile

from handoff_plot.read.axes import COUNT, WORD, Axis

MORE_AXES = (
    Axis("executor", "executor", WORD, absent="native", phrase="executor {}"),
    Axis("steps", "steps", COUNT, least=1, phrase="{} step{s}"),
    Axis("until", "until", WORD, neutral="all", phrase="until the {} has come"),
)

NAMES = {"async_chain", "async_allocations", "async_nested", "async_sequence", "async_first", "async_fan",
         "async_error", "async_cancel", "async_cross"}
HERE, ELSEWHERE = "steps on the calling thread", "each step on another thread"


def style(file: ResultFile, workload: str, impl: str, rivals: str = HERE, threads: int = 1, **axes: object):
    """A point of a style."""
    return file.add("async", workload, impl, {"form": "callback"}, threads, rivals, "items_per_second", threads,
                    {**axes, "placement": "spread"})


def steps() -> ResultFile:
    """Data for every chart of asynchronous steps."""
    file = ResultFile()
    file.implementations = ["one_style", "other_style"]
    for i, impl in enumerate(file.implementations):
        executor = ("inline", "native")[i]
        for n in (1, 10, 100):
            point = style(file, "chain", impl, executor=executor, steps=n).times(50.0 + 100 / n + i, 55.0 + 100 / n)
            for row in [row for row in file.rows if row["name"] == point.name]:
                row["allocations_per_item"] = float(i)
            for workload in ("nested", "sequence", "error", "cancel"):
                style(file, workload, impl, executor=executor, steps=n).times(60.0 * n + i)
            first = file.add("async", "first", impl, {"form": "callback"}, 1, HERE, "latency", 1,
                             {"executor": executor, "steps": n, "placement": "spread"})
            first.latencies((200.0 + i, 210.0, 220.0, 230.0, 240.0))
            style(file, "fan", impl, executor=executor, fan=n, until="all").times(70.0 + i)
            style(file, "cross", impl, ELSEWHERE, 3, steps=n).times(5000.0 + i)
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
                            "async_error": ("wall ns per chain", "The step in the middle throws")}.items():
            for word in words:
                self.assertIn(word, self.words(name), name)

    def test_styles_by_their_own_means_stand_beside_those_on_the_executor(self) -> None:
        self.assertEqual({name: series(self.pictures[name].figure) for name in NAMES},
                         {name: [["one_style", "other_style"]] for name in NAMES})


if __name__ == "__main__":
    unittest.main()
