"""What the tests read from pictures."""

import contextlib
import io
import itertools
import json
import tempfile
import xml.etree.ElementTree as xml
from functools import lru_cache
from pathlib import Path
from typing import Callable

import matplotlib.image
import numpy
import schema_2
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from synthetic import ResultFile

import plot
from handoff_plot.draw.picture import Picture
from handoff_plot.read.axes import Axis
from handoff_plot.read.document import document_of
from handoff_plot.read.load import load


def pictures(file: ResultFile) -> dict[str, Picture]:
    with tempfile.TemporaryDirectory() as folder:
        return {picture.name: picture for picture in plot.draw(load(document_of(file.write(Path(folder)))))}


def texts(figure: Figure) -> list[Text]:
    """Every visible text with something in it."""
    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


def values(figure: Figure) -> set[float]:
    """Every x and y of every line in the picture."""
    lines = [line for axes in figure.axes for line in axes.lines]
    return {round(float(v), 6) for line in lines for data in (line.get_xdata(), line.get_ydata())
            for v in numpy.atleast_1d(data)}


class DrawnFiles:
    """One run of the command over a file with data for every chart: what holds for all that it writes."""

    made: Callable[[], ResultFile]
    names: set[str]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        stdout = io.StringIO()
        with contextlib.redirect_stdout(stdout):
            cls.code = plot.main([str(cls.made().write(cls.folder))])
        cls.lines = stdout.getvalue().splitlines()
        cls.words = {path.stem: svg_words(path) for path in cls.folder.glob("*.svg")}

    def test_every_expected_file_is_there_and_announced(self) -> None:
        self.assertEqual(self.code, 0)
        written = {path.name for path in self.folder.iterdir()} - {"results.json"}
        self.assertEqual(written, {f"{name}.{kind}" for name in self.names for kind in ("png", "svg")})
        for name in written:
            self.assertIn(f"wrote {self.folder / name}", self.lines)

    def test_pngs_have_a_sensible_size_and_are_not_blank(self) -> None:
        for path in self.folder.glob("*.png"):
            pixels = matplotlib.image.imread(path)
            height, width = pixels.shape[:2]
            self.assertTrue(900 <= width <= 3600 and 500 <= height <= 3600, f"{path.name}: {width} x {height}")
            ink = float((pixels[..., :3].min(axis=2) < 0.9).mean())
            self.assertTrue(0.01 < ink < 0.6, f"{path.name}: {ink:.3f} of it is ink")


@lru_cache(maxsize=None)
def drawn_once(made: Callable[[], ResultFile]) -> dict[str, Picture]:
    """The pictures of a file that several tests look at."""
    return pictures(made())


def drawn_with(file: ResultFile, more_axes: tuple[Axis, ...]) -> tuple[dict[str, Picture], list[str]]:
    """The pictures of a file with axes that older ones have not, and the names of its points."""
    document = schema_2.converted(file.document(), more_axes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        run = load(document_of(path))
        return {picture.name: picture for picture in plot.draw(run)}, [point.name for point in run.points]


def svg_words(path: Path) -> str:
    root = xml.parse(path).getroot()
    return " ".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))


def series(figure: Figure) -> list[list[str]]:
    """The implementations drawn in each plot of the picture."""
    return [names for names in map(_series, figure.axes) if names]


def _series(axes: Axes) -> list[str]:
    return [line.get_label() for line in axes.lines if not line.get_label().startswith("_")]


def collisions(figure: Figure) -> list[str]:
    """Texts that leave the page or lie over one another, in words."""
    figure.canvas.draw()
    page, found = figure.bbox, []
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts(figure)]
    for text, box in boxes:
        if not (box.x0 >= page.x0 and box.x1 <= page.x1 and box.y0 >= page.y0 and box.y1 <= page.y1):
            found.append(f"{text!r} leaves the page")
    for (text, a), (other, b) in itertools.combinations(boxes, 2):
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 2:
            found.append(f"{text!r} lies over {other!r}")
    return found
