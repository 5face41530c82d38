"""The pictures of channels under overload: lines by policy, what became of the items, batches."""

import unittest

from reading import drawn_with, series, texts
from synthetic import ResultFile
from synthetic_paced import tailed

from handoff_plot.charts.channels.overload import FATE_OF_ITEMS
from handoff_plot.read.axes import COUNT, Axis

MORE_AXES = (Axis("linger_us", "linger", COUNT, unit="us", neutral="0", phrase="batches wait {} us to fill"),)
LOADS = (50, 100, 200)
LOSES = {"reject": "refused_share", "drop_newest": "dropped_newest_share", "drop_oldest": "dropped_oldest_share",
         "latest": "conflated_share", "sample": "sampled_share", "caller_runs": "ran_by_caller_share"}
AGE = "age of an item when its handling begins, from the time at which it was due"
PROMISE = {"delivery": "once", "order": "fifo"}


def overload_point(file: ResultFile, impl: str, policy: str, load: int, capacity: int | str = 64, batch: int = 1,
                   linger_us: int = 0, **axes: object):
    """A point of `overload`."""
    shape = {"wait": "park", "producers": 1, "consumers": 1, "capacity": capacity, "batch": batch,
             "linger_us": linger_us, "policy": policy, "lengths": "fixed", "task_ns": 5000, "arrivals": "poisson",
             "load": load, **axes, "placement": "spread"}
    return file.add("channels", "overload", impl, PROMISE, 2, f"{capacity}, once", "latency", 2, shape)


def overload() -> ResultFile:
    """Data for every picture of overload."""
    file = ResultFile()
    file.implementations = ["one_channel", "newest_channel"]
    for load in LOADS:
        over = max(0.0, 1 - 100 / load)
        for policy in ("block", *LOSES, "grow"):
            waits = policy in ("block", "grow")
            age = {"latest": 2500, "drop_oldest": 250_000}.get(policy, 300_000) if load > 100 else 4000
            for turn in range(3):
                lost = {} if waits else {LOSES[policy]: over}
                delivered = 1.0 if waits else 1 - over
                handled = 1 - over + (over if policy == "caller_runs" else 0)
                overload_point(file, "one_channel", policy, load, "unbounded" if policy == "grow" else 64).times(
                    1e9 / 200_000, samples=tailed(age * (40 if waits and load > 100 else 1) + turn), what=AGE,
                    goodput_of_offered=handled - 0.01 * turn, delivered_share=delivered,
                    held_share=0.9 if policy in ("block", "caller_runs") and load > 100 else 0.05,
                    saturated=int(waits and load > 100), receiver_cpu_ns_per_item=5200,
                    **({"memory_growth_bytes_per_second": 3e6 * over} if policy == "grow" else {}), **lost)
        overload_point(file, "newest_channel", "latest", load, 1).times(
            5000, samples=tailed(2400), what=AGE, goodput_of_offered=1 - over, delivered_share=1 - over,
            conflated_share=over, held_share=0.02, saturated=0)
        for linger in (0, 50, 500):
            overload_point(file, "one_channel", "drop_newest", load, batch=16, linger_us=linger).times(
                5000, samples=tailed(4000 + 1000 * linger), what=AGE, goodput_of_offered=1 - over,
                delivered_share=1 - over, dropped_newest_share=over, held_share=0.02, saturated=0,
                receiver_cpu_ns_per_item=5100 + 100 / (1 + linger), batch_mean=1 + load / 200 * 15 * (linger > 0),
                full_batch_share=0.5, added_latency_p50_ns=100 + 500 * linger, added_latency_p99_ns=1000 * (1 + linger))
    return file


class Overload(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.pictures, cls.points = drawn_with(overload(), MORE_AXES)

    def words(self, name: str) -> str:
        return " ".join(text.get_text() for text in texts(self.pictures[name].figure)).replace("\n", " ")

    def test_each_channel_has_its_pictures(self) -> None:
        self.assertEqual(set(self.pictures), {
            "channels_overload_one", "channels_overload_fates_one", "channels_overload_newest_capacity1",
            "channels_overload_fates_newest_capacity1", "channels_overload_batches_one", "channels_overload_memory"})

    def test_lines_are_policies_and_what_grows_stands_beside_the_bounded_ones(self) -> None:
        order = ["block", "reject", "drop_newest", "drop_oldest", "latest", "sample", "caller_runs", "grow"]
        self.assertEqual(series(self.pictures["channels_overload_one"].figure), [order] * 4)
        self.assertEqual(series(self.pictures["channels_overload_newest_capacity1"].figure), [["latest"]] * 4)
        self.assertEqual(series(self.pictures["channels_overload_batches_one"].figure),
                         [["what is there", "waits 50 us", "waits 500 us"]] * 4)

    def test_ages_of_what_falls_ever_further_behind_are_drawn_and_explained(self) -> None:
        words = self.words("channels_overload_one")
        for fact in ("one_channel", "handled in time, % of what was offered", "p99 of the age", "capacity 64",
                     "are as long as the overload has lasted", "tasks of 5,000 ns", "poisson arrivals"):
            self.assertIn(fact, words)

    def test_memory_is_of_what_grows(self) -> None:
        self.assertEqual(series(self.pictures["channels_overload_memory"].figure), [["one_channel"]])
        self.assertIn("megabytes per second", self.words("channels_overload_memory"))

    def test_bars_add_up_to_what_was_offered(self) -> None:
        figure = self.pictures["channels_overload_fates_one"].figure
        for axes in (a for a in figure.axes if a.get_xlabel() == "% of what was offered"):
            bars: dict[float, float] = {}
            for patch in axes.patches:
                middle = round(patch.get_y() + patch.get_height() / 2, 3)
                bars[middle] = bars.get(middle, 0.0) + patch.get_width()
            self.assertEqual(len(bars), 8)
            for total in bars.values():
                self.assertAlmostEqual(total, 100.0, delta=1.5)
        for fate in FATE_OF_ITEMS:
            self.assertIn(fate.words, self.words("channels_overload_fates_one"))
        for load in LOADS:
            self.assertIn(f"Offered {load}%", self.words("channels_overload_fates_one"))


if __name__ == "__main__":
    unittest.main()
