"""Many points: what is drawn of them, what is said of the rest, and that nothing is quadratic in their number."""

import contextlib
import gc
import io
import itertools
import json
import random
import tempfile
import time
import unittest
import weakref
from pathlib import Path
from typing import Callable
from unittest import mock

from matplotlib.figure import Figure
from reading import svg_words
from synthetic import PAIR, ResultFile, everything
from test_comparisons import compared, history

import plot
from handoff_plot.charts.history import history_pictures
from handoff_plot.choose.cuts import settings
from handoff_plot.draw.picture import Folder, Picture
from handoff_plot.read.axes import WORD, Axis
from handoff_plot.read.document import document_of
from handoff_plot.read.load_history import load_history
from handoff_plot.read.load_ratios import load_ratios
from handoff_plot.read.records import Point

LINEAR = 3.0  # times of a linear program may grow so much more than their input: a quadratic one's grow 8 times more


def grows(small: Callable[[], object], large: Callable[[], object]) -> float:
    """How many times longer the second takes, each at its best of some."""
    def best(work: Callable[[], object]) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            work()
            times.append(time.process_time() - start)
        return min(times)

    return best(large) / best(small)


class ManyTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def written(self, document: object, name: str = "some.json") -> Path:
        path = self.folder / name
        path.write_text(json.dumps(document))
        return path

    def drawn(self, path: Path) -> dict[str, str]:
        """Picture -> its words."""
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(plot.main([str(path)]), 0)
        return {made.stem: svg_words(made) for made in self.folder.glob("*.svg")}


def many_ratios(count: int) -> dict:
    return compared(*((f"i{n}", "slower" if n in (0, 1, count // 2) else "no difference seen", 2 - n / count, 0.5, 2.5)
                      for n in range(count)))


class Ratios(ManyTest):
    def test_the_worst_are_drawn_and_the_rest_is_counted(self) -> None:
        words = self.drawn(self.written(many_ratios(4680)))
        self.assertEqual(set(words), {"ratios", "ratios_2", "ratios_3"})
        for name, text in words.items():
            self.assertIn("4,680 points: 3 slower, 4,677 no difference seen", text)
            self.assertIn("Not drawn: 4,500 points: 4,500 no difference seen, from 0.0% to +96.2%", text)
        for n, picture in ((0, "ratios"), (59, "ratios"), (60, "ratios_2"), (178, "ratios_3"), (2340, "ratios_3")):
            self.assertIn(f"/i{n}/", words[picture])
        self.assertFalse(any("/i179/" in text for text in words.values()))

    def test_reading_is_linear(self) -> None:
        paths = [self.written(many_ratios(count), f"{count}.json") for count in (2000, 16_000)]
        small, large = (lambda path=path: load_ratios(document_of(path)) for path in paths)
        self.assertLess(grows(small, large), 8 * LINEAR)


class Histories(ManyTest):
    def test_a_long_series_is_a_handful_of_artists(self) -> None:
        """Each with a mark and an interval for every add, as few as those of a short one."""
        artists = []
        for count in (50, 10_000):
            dice = random.Random(1)
            ratios = [1 + dice.random() / 10 for _ in range(count)]
            picture, = history_pictures(load_history(document_of(self.written(history(("a", ratios, []))))))
            axes = max(picture.figure.axes, key=lambda axes: len(axes.collections))
            artists.append(len(axes.get_children()))
            self.assertEqual(max(len(line.get_xdata()) for line in axes.lines), count)
            spans = axes.collections[0].get_segments()
            self.assertEqual(len(spans), count - 1)  # one add has no upper end
            self.assertAlmostEqual(spans[5][0][1], ratios[6] * 0.97, 6)
        self.assertEqual(*artists)

    def test_of_very_many_series_those_that_changed_are_drawn(self) -> None:
        series = [(f"s{n}", [1.0] * 9, [(4, 1.0, 1.2)] if n % 40 == 0 else []) for n in range(100)]
        words = self.drawn(self.written(history(*series)))
        self.assertEqual(len(words), 6)
        self.assertIn("100 series, 3 changed. Page 1 of 6", words["history"])
        self.assertIn("Not drawn: 28 more series, none of which changed.", words["history_6"])
        for n in (0, 40, 80):
            self.assertIn(f"/s{n}/", words["history"])


class Memory(ManyTest):
    def test_one_picture_at_a_time_is_alive(self) -> None:
        living: list[int] = []
        known: weakref.WeakSet[Figure] = weakref.WeakSet()
        save = Folder.save

        def counting(folder: Folder, picture: Picture) -> list[Path]:
            known.add(picture.figure)
            gc.collect()
            living.append(len(known))
            return save(folder, picture)

        with mock.patch.object(Folder, "save", counting):
            self.drawn(everything().write(self.folder))
        self.assertEqual(len(living), 8)
        self.assertLessEqual(max(living), 2)  # the one before is let go after the next is drawn

    def test_a_picture_larger_than_a_png_can_be_has_fewer_pixels_to_the_inch(self) -> None:
        file = ResultFile()
        for n in range(1500):
            file.point(f"queue_{n}", "yield", PAIR).rates(1.0 + n)
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(plot.main([str(self.written(file.document()))]), 0)
        header = (self.folder / "throughput.png").read_bytes()[16:24]
        width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")
        self.assertLess(max(width, height), 2**15)
        self.assertEqual(svg_words(self.folder / "throughput.svg").count("queue_"), 1500)


# --- settings ---------------------------------------------------------------------------------------

TABLE = {name: Axis(name, name, WORD, absent=absent)
         for name, absent in (("a", "none"), ("b", "none"), ("c", "none"), ("d", ""))}


def point_at(name: str, **axes: str) -> Point:
    return Point(name, "f", "w", name, 1, axes, TABLE, False, {}, "r")


def by_definition(points: list[Point]) -> set[tuple]:
    """Every setting and the points in it, by comparing every two keys until nothing new comes up."""
    found = set()
    for d in {p.axes["d"] for p in points}:
        own = [p for p in points if p.axes["d"] == d]
        keys = {tuple(p.axes[x] for x in "abc") for p in own}
        while True:
            merged = {both for one, two in itertools.product(keys, repeat=2) for both in [_both(one, two)] if both}
            if merged <= keys:
                break
            keys |= merged
        widest = {k for k in keys if not any(other != k and _both(other, k) == other for other in keys)}
        for key in widest:
            seated = tuple(p.name for p in own if _both(key, tuple(p.axes[x] for x in "abc")) == key)
            found.add((d, *key, seated))
    return found


def _both(one: tuple, two: tuple) -> tuple | None:
    if any(x != y and "none" not in (x, y) for x, y in zip(one, two)):
        return None
    return tuple(y if x == "none" else x for x, y in zip(one, two))


class Settings(unittest.TestCase):
    def test_points_that_lack_an_axis_stand_where_the_definition_says(self) -> None:
        dice = random.Random(7)
        for _ in range(150):
            points = [point_at(f"p{i}", **{x: dice.choice(["none", "none", "1", "2", "3"]) for x in "abc"},
                               d=dice.choice("xy")) for i in range(dice.randrange(1, 14))]
            found = {(s.fixed["d"], *(s.fixed[x] for x in "abc"), tuple(p.name for p in s.points))
                     for s in settings(points, ())}
            self.assertEqual(found, by_definition(points))

    def test_many_settings_are_found_in_linear_time(self) -> None:
        def work(count: int) -> Callable[[], object]:
            points = [point_at(f"p{i}", a=str(i), b="b", c="none", d="d") for i in range(count)]
            points += [point_at(f"q{i}", a=str(i), b="none", c="none", d="d") for i in range(count)]
            points += [point_at("r", a="none", b="none", c="c", d="d")]
            return lambda: settings(points, ())

        self.assertEqual(len(work(20)()), 20)
        self.assertLess(grows(work(500), work(4000)), 8 * LINEAR)


if __name__ == "__main__":
    unittest.main()
