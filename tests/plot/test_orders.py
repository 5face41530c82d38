"""Queues of other orders than FIFO: how far items leave out of order, and consumers that receive every item."""

import unittest

from synthetic import ANYONE, ResultFile
from test_operations import MORE_AXES

from reading import drawn_with, texts

RELAXED, LOOSE = {**ANYONE, "order": "relaxed(63)"}, {**ANYONE, "order": "relaxed"}
TOLD = {**ANYONE, "order": "multicast", "producers": "one"}
RANK = {"rank_error_p99": 40.0, "rank_error_max": 61.0, "delay_mean": 14.5, "delay_p99": 55.0, "delay_max": 90.0,
        "stamp_ns": 17.5}


def orders() -> ResultFile:
    file = ResultFile()
    for impl, promise, error in (("segments", RELAXED, 15.25), ("lanes", LOOSE, 2.5)):
        for threads in (1, 2, 4):
            work = {"threads": threads, "capacity": 1024, "between_ns": 0, "jitter": "none", "prefill": 512}
            for wait, ns in (("yield", 31.0), ("park", 77.0)):
                file.team("queues", "pairs", impl, promise, wait=wait, **work).times(ns, ns + 1, ns + 2)
            at = file.add("queues", "rank_error", impl, promise, threads, "peers", "mean_rank", 2,
                          {**work, "placement": "spread"})
            for more in (0.0, 0.25, 0.5):
                at.times(200, rank_error_mean=error + more, mean_rank=1 + error + more, **RANK)
    axes = {"threads": 4, "capacity": 1024, "between_ns": 0, "jitter": "none", "prefill": 512, "placement": "spread"}
    file.add("queues", "rank_error", "disturbed", LOOSE, 4, "peers", "mean_rank", 2, axes).times(
        200, flags=("preempted",), rank_error_mean=1.0, mean_rank=2.0, **RANK)
    for consumers in (1, 2, 3):
        axes = {"wait": "yield", "producers": 1, "consumers": consumers, "capacity": 1024, "bytes": 8}
        at = file.add("queues", "multicast", "ring", TOLD, 1 + consumers, "peers", "items_per_second", 2, axes)
        for ns in (5.0, 6.0, 7.0):
            at.times(ns * consumers, slowest_lag_mean=100.0 * (consumers - 1), lag_mean=50.0, slowest_lag_max=1024.0,
                     slowest_share=1.0)
    return file


class Orders(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.pictures, cls.points = drawn_with(orders(), MORE_AXES)

    def words(self, name: str) -> list[str]:
        return [text.get_text() for text in texts(self.pictures[name].figure)]

    def sentences(self, name: str) -> str:
        return " ".join(self.words(name)).replace("\n", " ")

    def test_rank_error_has_a_row_for_each_queue_beside_its_speed(self) -> None:
        words = self.words("rank_error")
        for word in ("segments", "lanes", "1 thread", "2 threads", "4 threads", "15.5", "2.75", "14.5", "61.0"):
            self.assertIn(word, words)
        self.assertIn("32.0", words, "the time of a pair under the faster wait strategy")
        self.assertNotIn("78.0", words)
        self.assertIn("A stamp took 17.5 to 17.5 ns", self.sentences("rank_error"))

    def test_orders_are_classes_of_their_own(self) -> None:
        words = self.words("rank_error")
        for title in ("relaxed(63), bounded, any number of producers and consumers",
                      "FIFO in expectation only, bounded, any number of producers and consumers"):
            self.assertEqual(words.count(title), 3, title)
        self.assertIn("segments", self.words("pairs"))

    def test_a_row_without_a_counted_trial_says_so(self) -> None:
        words = self.words("rank_error")
        self.assertIn("disturbed", words)
        self.assertNotIn("1.00", words, "its rank error")

    def test_consumers_that_receive_every_item_have_their_pictures(self) -> None:
        self.assertIn("each consumer receives every item: multicast", self.sentences("multicast"))
        self.assertIn("furthest behind", self.sentences("multicast_lag"))

    def test_no_point_is_missing(self) -> None:
        shown = {point for picture in self.pictures.values() for point in picture.shown}
        self.assertEqual(set(self.points) - shown, set())


if __name__ == "__main__":
    unittest.main()
