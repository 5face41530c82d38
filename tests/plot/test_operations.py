"""Queues in other hands than producers' and consumers': pairs, coins, batches, work between operations."""

import json
import tempfile
import unittest
from pathlib import Path

import schema_2
from synthetic import ANYONE, PAIR, ResultFile

import plot
from handoff_plot.read.axes import COUNT, WORD, Axis
from handoff_plot.read.document import document_of
from handoff_plot.read.load import load
from reading import drawn_with, texts

MORE_AXES = (
    Axis("batch", "batch", COUNT, "items", 1, neutral="1", phrase="batches of {}"),
    Axis("between_ns", "between", COUNT, "ns", neutral="0", phrase="{} ns of work between two operations of a thread"),
    Axis("jitter", "jitter", WORD, neutral="none", phrase="work of random length"),
    Axis("pushes", "pushes", COUNT, "%", 1, phrase="{}% pushes"),
    Axis("burst", "burst", COUNT, "items", 1, phrase="bursts of {} item{s}"),
    Axis("prefill", "prefill", COUNT, "items", neutral="0", phrase="{} items in the queue at the beginning"),
)


def operations() -> ResultFile:
    file = ResultFile()
    for impl, factor in (("ring", 1.0), ("list", 3.0)):
        for threads in (1, 2, 4):
            work = {"between_ns": 0, "jitter": "none", "prefill": 0, "capacity": 1024}
            file.team("queues", "pairs", impl, ANYONE, threads=threads, wait="yield", **work).times(
                10 * factor * threads, 11 * factor * threads, 12 * factor * threads)
            file.team("queues", "coin", impl, ANYONE, threads=threads, pushes=50, **work).times(
                20 * factor * threads, 21 * factor * threads, 22 * factor * threads)
        axes = {"wait": "yield", "producers": 1, "consumers": 1, "capacity": 1024, "bytes": 8}
        for batch in (1, 8):
            file.add("queues", "transfer", impl, PAIR, 2, "peers", "items_per_second", 2,
                     {**axes, "batch": batch, "between_ns": 0, "jitter": "none"}).times(
                         30 * factor / batch, 31 * factor / batch, 32 * factor / batch)
        for burst in (64, 4096):
            file.add("queues", "burst", impl, PAIR, 2, "peers", "latency", 2, {**axes, "burst": burst}).times(
                9, percentiles=(50 * factor * burst,) * 5, what="from the first push of a burst to its last item")
        for between in (0, 100):
            file.add("queues", "transfer", impl, PAIR, 2, "peers", "items_per_second", 2,
                     {**axes, "batch": 1, "between_ns": between, "jitter": "uniform"}).times(
                         40 * factor + between, 41 * factor + between, 42 * factor + between)
    return file


class Operations(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.pictures, cls.points = drawn_with(operations(), MORE_AXES)

    def words(self, name: str) -> str:
        return " ".join(text.get_text() for text in texts(self.pictures[name].figure))

    def test_each_has_a_picture_that_says_what_threads_do(self) -> None:
        for name, words in (("pairs", ("Each thread pushes an item, then pops one: pairs", "threads (log scale)")),
                            ("coin", ("as a coin says: coin", "50% pushes")),
                            ("batch", ("items with one call", "transfer")),
                            ("between", ("work between two operations of a thread, ns", "the work alone",
                                         "work of random length")),
                            ("burst", ("Producers push a burst at once", "items of a burst (log scale)"))):
            for word in words:
                self.assertIn(word, self.words(name).replace("\n", " "), name)

    def test_both_queues_have_a_line_in_each(self) -> None:
        for name in ("pairs", "coin", "burst", "batch", "between"):
            words = self.words(name)
            for impl in ("ring", "list"):
                self.assertIn(impl, words, name)

    def test_no_point_is_missing(self) -> None:
        shown = {point for picture in self.pictures.values() for point in picture.shown}
        self.assertEqual(set(self.points) - shown, set())

    def test_points_with_batches_or_work_are_not_pooled_with_others(self) -> None:
        for name, picture in self.pictures.items():
            if name.startswith(("batch", "between", "pairs", "coin", "burst")):
                continue
            of_transfer = [point for point in picture.shown if "/transfer/" in point]
            kinds = {("/batch:8/" in p, "/between_ns:100/" in p, "/jitter:uniform" in p) for p in of_transfer}
            self.assertLessEqual(len(kinds), 1, name)


class ManyClasses(unittest.TestCase):
    def test_classes_of_one_queue_share_a_panel_and_the_caption_says_which_they_are(self) -> None:
        file = ResultFile()
        for rivals, impls in (("exact", ("ring", "other_ring")), ("sloppy", ("loner",)), ("locked", ("hermit",)),
                              ("endless", ("list", "tree"))):
            for impl in impls:
                for threads in (1, 2):
                    file.team("queues", "pairs", impl, ANYONE, threads=threads, rivals=rivals, wait="yield",
                              capacity=64, prefill=0).times(10 * threads, 11 * threads)
        document = schema_2.converted(file.document(), MORE_AXES)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.json"
            path.write_text(json.dumps(document), encoding="utf-8")
            picture = {p.name: p for p in plot.draw(load(document_of(path)))}["pairs"]
        panels = [a for a in picture.figure.axes if any(t.get_text() == "ring" or t.get_text() == "loner" or
                                                        t.get_text() == "list" for t in a.texts)]
        self.assertEqual(len(panels), 3, "two classes, and one panel for those that are alone")
        (lone,) = [a for a in panels if any(t.get_text() == "loner" for t in a.texts)]
        self.assertLessEqual({"loner", "hermit"}, {t.get_text() for t in lone.texts})
        words = " ".join(text.get_text() for text in texts(picture.figure)).replace("\n", " ")
        self.assertIn("loner: sloppy; hermit: locked", words)


if __name__ == "__main__":
    unittest.main()
