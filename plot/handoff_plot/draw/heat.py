"""Heat maps: one cell for each implementation and value of an axis, coloured by a measure."""

from dataclasses import dataclass
from typing import Iterable

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle

from ..choose.equals import NATIVE
from ..choose.measures import Measure, hump_summaries
from ..choose.text import number, plain
from ..read.records import Point
from .layout import MARGIN, KeyEntry, Page
from .rows import HUMPS
from .scales import log_ticks
from .style import FAINT, INK, RULE, SMALL_PT, SOFT, TEXT_PT, Looks, text_width

CELL_WIDTH, CELL_HEIGHT, HEADING = 0.92, 0.42, 0.3  # inches
ABOVE, BELOW = 0.35, 0.75  # inches, for column heads and the colour bar
LABEL = 0.38  # inches beside the longest name: its mark, air
LEAST_WIDTH = 8.0
EQUAL_CONTRAST = 0.2  # the luminance on which white and INK read equally well
NO_POINT, NO_TRIAL = "////", "...."
NOTE = "Each cell: the median, and below it the lowest and highest counted repetition."


@dataclass(frozen=True)
class Table:
    """The cells of one picture: implementations (in groups of equals) by values of an axis."""

    columns: list[str]
    groups: list[tuple[str, list[str]]]
    cells: dict[tuple[str, str], Point]
    measure: Measure
    colors: str = "cividis"  # a matplotlib map; the better, the brighter

    @property
    def height(self) -> float:
        return sum(HEADING + CELL_HEIGHT * len(names) for _, names in self.groups)

    @property
    def names(self) -> list[str]:
        return [name for _, names in self.groups for name in names]

    @property
    def label(self) -> float:
        return max(text_width(name, TEXT_PT) for name in self.names) + LABEL

    @property
    def body(self) -> float:
        return ABOVE + self.height + BELOW

    @property
    def width(self) -> float:
        return max(2 * MARGIN + self.label + self._cells, LEAST_WIDTH)

    @property
    def _cells(self) -> float:
        return CELL_WIDTH * len(self.columns)

    def draw(self, page: Page, unit: str, looks: Looks) -> None:
        """Fills the body of `page`."""
        norm = _norm(self)
        left, top = MARGIN + self.label, page.top + ABOVE
        _draw(page.axes(left, top, self._cells, self.height), self, norm, looks)
        _color_bar(page, self, norm, left, top + self.height + 0.14, unit)


def table(axis: str, groups: Iterable[tuple[str, list[Point]]], measure: Measure, lower: bool = False) -> Table:
    """Rows by group, then best median first; columns in the order of the sweep, native last."""
    listed = [(title, list(members)) for title, members in groups]
    points = [p for _, members in listed for p in members]
    columns = sorted(dict.fromkeys(str(p.axes[axis]) for p in points), key=lambda word: word == NATIVE)
    return Table(columns, [(title, _best_first(members, measure, lower)) for title, members in listed],
                 {(p.impl, str(p.axes[axis])): p for p in points}, measure, "cividis_r" if lower else "cividis")


def _best_first(points: list[Point], measure: Measure, lower: bool) -> list[str]:
    found: dict[str, list[float]] = {}
    for p in points:
        summary = measure(p)
        found.setdefault(p.impl, []).extend([-summary.median if lower else summary.median] if summary else [])
    return sorted(found, key=lambda name: -max(found[name], default=float("-inf")))


def _norm(grid: Table) -> LogNorm:
    medians = [s.median for p in grid.cells.values() for s in [grid.measure(p)] if s]
    low, high = min(medians), max(medians)
    return LogNorm(low, high) if high > low else LogNorm(low / 2, high * 2)


def _draw(axes: Axes, grid: Table, norm: LogNorm, looks: Looks) -> None:
    """Axes in inches: x to the right from the first column, y downwards."""
    axes.set(xlim=(0, CELL_WIDTH * len(grid.columns)), ylim=(grid.height, 0))
    axes.axis("off")
    for i, word in enumerate(grid.columns):
        axes.text(CELL_WIDTH * (i + 0.5), -0.1, word.replace("_", " "), ha="center", fontsize=TEXT_PT, color=INK)
    y = 0.0
    for heading, names in grid.groups:
        axes.text(-grid.label, y + HEADING - 0.09, heading, fontsize=SMALL_PT, color=SOFT, style="italic")
        y += HEADING
        for name in names:
            middle = y + CELL_HEIGHT / 2
            axes.plot([-grid.label + 0.14], [middle], clip_on=False, **looks.mark(name))
            axes.text(-grid.label + 0.28, middle, name, va="center_baseline", fontsize=TEXT_PT)
            for i, word in enumerate(grid.columns):
                _cell(axes, CELL_WIDTH * i, y, grid, grid.cells.get((name, word)), norm)
            y += CELL_HEIGHT


def _cell(axes: Axes, x: float, y: float, grid: Table, point: Point | None, norm: LogNorm) -> None:
    found = grid.measure(point) if point else None
    if not found:
        _empty(axes, x, y, CELL_WIDTH, CELL_HEIGHT, NO_TRIAL if point else NO_POINT)
        return
    humps = hump_summaries(point, grid.measure)
    face = colormaps[grid.colors](norm((humps[0] if humps else found).median))
    ink = "white" if luminance(face) < EQUAL_CONTRAST else INK
    axes.add_patch(Rectangle((x, y), CELL_WIDTH, CELL_HEIGHT, facecolor=face, edgecolor="white",
                             linewidth=1.2))
    middle = x + CELL_WIDTH / 2
    median = HUMPS if humps else number(found.median)
    axes.text(middle, y + 0.185, median, ha="center", fontsize=TEXT_PT, weight="bold", color=ink)
    spread = f"{number(found.low)}–{number(found.high)}" if found.count > 1 else "1 trial"
    if humps:
        spread = " | ".join(number(s.median) for s in humps)
    axes.text(middle, y + 0.34, spread, ha="center", fontsize=8, color=ink)


def _empty(axes: Axes, x: float, y: float, width: float, height: float, hatch: str) -> None:
    edge = RULE if hatch == NO_POINT else FAINT
    axes.add_patch(Rectangle((x, y), width, height, facecolor="white", edgecolor=edge, hatch=hatch,
                             linewidth=0))
    axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor="white", linewidth=1.2))


def luminance(rgba: tuple[float, float, float, float]) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _color_bar(page: Page, grid: Table, norm: LogNorm, left: float, top: float, unit: str) -> None:
    width = max(CELL_WIDTH * len(grid.columns), text_width(unit, SMALL_PT))
    axes = page.axes(left, top, width, 0.13)
    bar = page.figure.colorbar(ScalarMappable(norm, grid.colors), cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)
    labelled, _ = log_ticks((norm.vmin, norm.vmax), width)
    bar.set_ticks(labelled, labels=[plain(t) for t in labelled])
    bar.ax.minorticks_off()
    bar.set_label(unit)


def heat_key(grid: Table) -> list[KeyEntry]:
    """What cells without a number mean."""
    def box_of(hatch: str):
        return lambda box: _empty(box, 0.05, 0.2, 0.9, 0.6, hatch)

    cells = [grid.cells.get((name, word)) for name in grid.names for word in grid.columns]
    entries = []
    if None in cells:
        entries.append(KeyEntry("not a point of this sweep", box_of(NO_POINT), 0.5))
    if any(p is not None and not grid.measure(p) for p in cells):
        entries.append(KeyEntry("no counted trial", box_of(NO_TRIAL), 0.5))
    return entries
