"""The pictures of event loops: which there are, and what stands beside what."""

import unittest

from reading import drawn_with, series, texts
from synthetic import ResultFile

from handoff_plot.read.axes import COUNT, WORD, Axis

MORE_AXES = (
    Axis("posters", "posters", COUNT, least=0, phrase="{} posting thread{s}"),
    Axis("burst", "burst", COUNT, least=1, phrase="bursts of {} item{s}"),
    Axis("loop", "loop", WORD, phrase="loop {}"),
    Axis("timers", "timers", COUNT, least=1, phrase="{} pending timer{s}"),
    Axis("long_task", "long", WORD, phrase="long task: {}"),
    Axis("idle_fds", "idle", COUNT, least=0, phrase="{} idle descriptor{s}"),
)

NAMES = {"loops_post", "loops_timers", "loops_fire", "loops_fire_late", "loops_many", "loops_wake", "loops_blocked"}
POSTS = "posts per_producer_fifo"


def loop(file: ResultFile, workload: str, impl: str, threads: int = 1, measure: str = "items_per_second",
         rivals: str = POSTS, **axes: object):
    """A point of a loop."""
    return file.add("loops", workload, impl, {"order": "per_producer_fifo"}, threads, rivals, measure, 2,
                    {**axes, "placement": "spread"})


def loops() -> ResultFile:
    """Data for every chart of loops."""
    file = ResultFile()
    file.implementations = ["one_loop", "other_loop"]
    for i, impl in enumerate(("one_loop", "other_loop")):
        sample = (900.0 + i, 1000.0, 2000.0, 3000.0, 4000.0)
        for posters in (0, 1, 2):
            loop(file, "post", impl, 1 + posters, posters=posters, burst=1).times(100.0 + i + posters, 120.0)
        for timers in (1000, 10000):
            loop(file, "timers", impl, timers=timers).times(300.0 + i, schedule_ns=150.0, cancel_ns=150.0)
            steps = f"{POSTS}, timers in steps of 1 {('ns', 'ms')[i]}"
            loop(file, "fire", impl, measure="latency", rivals=steps, timers=timers).latencies(sample, sample)
        for idle in (10, 1000):
            loop(file, "many", impl, idle_fds=idle).times(1000.0 + idle + i)
        for word in ("asleep", "awake"):
            loop(file, "wake", impl, 2, "latency", loop=word).latencies(sample, sample)
        for word in ("none", "inside", "pool"):
            loop(file, "blocked", impl, 2, "latency", long_task=word).latencies(sample, sample)
    return file


class Loops(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.pictures, cls.points = drawn_with(loops(), MORE_AXES)

    def words(self, name: str) -> str:
        return " ".join(text.get_text() for text in texts(self.pictures[name].figure)).replace("\n", " ")

    def test_each_workload_has_its_picture(self) -> None:
        self.assertEqual(set(self.pictures), NAMES)

    def test_workload_shape_and_unit_are_said(self) -> None:
        facts = {
            "loops_post": ("wall ns per post", "handlers do"),
            "loops_timers": ("pending timers (log scale)",),
            "loops_fire": ("ns after the due time, p50",),
            "loops_fire_late": ("ns after the due time, p99.9",),
            "loops_many": ("descriptors that are watched and not ready",),
            "loops_wake": ("Loop: asleep", "Loop: awake", "one_loop", "other_loop"),
            "loops_blocked": ("Long task: none", "Long task: inside", "Long task: pool"),
        }
        for name, words in facts.items():
            for word in words:
                self.assertIn(word, self.words(name), name)

    def test_timers_of_other_steps_stand_in_panels_of_their_own(self) -> None:
        self.assertEqual(series(self.pictures["loops_fire"].figure), [["one_loop"], ["other_loop"]])
        self.assertEqual(series(self.pictures["loops_many"].figure), [["one_loop", "other_loop"]])


if __name__ == "__main__":
    unittest.main()
