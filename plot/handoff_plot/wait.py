"""Wait: heat map of throughput, wait strategy x implementation, for one producer and one consumer."""

from dataclasses import dataclass

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle

from .caption import caption
from .layout import MARGIN, KeyEntry, Page
from .load import Point, Run
from .picture import Picture
from .scales import log_ticks
from .select import (NATIVE, TRANSFER, Combination, by_guarantee, combinations, contenders, counted, throughput)
from .style import FAINT, INK, RULE, SMALL_PT, SOFT, TEXT_PT, Looks, number, plain, text_width

CELL_WIDTH, CELL_HEIGHT, HEADING = 0.92, 0.42, 0.3  # inches
EQUAL_CONTRAST = 0.2  # the luminance on which white and INK read equally well
NO_POINT, NO_TRIAL = "////", "...."
NOTE = "Each cell: the median, and below it the lowest and highest counted repetition."


@dataclass(frozen=True)
class Table:
    """The cells of one picture: implementations (in groups of equal guarantees) by wait strategies."""

    waits: list[str]
    groups: list[tuple[str, list[str]]]
    cells: dict[tuple[str, str], Point]

    @property
    def height(self) -> float:
        return sum(HEADING + CELL_HEIGHT * len(names) for _, names in self.groups)

    @property
    def names(self) -> list[str]:
        return [name for _, names in self.groups for name in names]


def wait_pictures(run: Run, looks: Looks) -> list[Picture]:
    """One picture for each (bytes, capacity, placement) in which two strategies can be compared."""
    points = [p for p in contenders(run, TRANSFER) if (p.producers, p.consumers) == (1, 1) and p.wait]
    found = [c for c in combinations(points) if _drawable(c)]
    return [_picture(run, looks, c, "wait" + c.suffix(found[0])) for c in found]


def _drawable(combination: Combination) -> bool:
    own = [p for p in combination.points if p.capacity == combination.capacity]
    return len({p.wait for p in own if counted(p)} - {NATIVE}) >= 2


def table(points: tuple[Point, ...]) -> Table:
    """Rows by guarantee, then best median first; columns in the order of the sweep, native last."""
    waits = sorted(dict.fromkeys(p.wait for p in points), key=lambda wait: wait == NATIVE)
    groups = [(g.title, _best_first(members)) for g, members in by_guarantee(points).items()]
    return Table(waits, groups, {(p.impl, p.wait): p for p in points})


def _best_first(points: list[Point]) -> list[str]:
    best: dict[str, float] = {}
    for p in points:
        found = throughput(p)
        best[p.impl] = max(best.get(p.impl, 0.0), found.median if found else 0.0)
    return sorted(best, key=lambda name: -best[name])


def _picture(run: Run, looks: Looks, combination: Combination, name: str) -> Picture:
    grid = table(combination.points)
    label = max(text_width(name, TEXT_PT) for name in grid.names) + 0.38
    width = max(2 * MARGIN + label + CELL_WIDTH * len(grid.waits), 8.0)
    body = 0.35 + grid.height + 0.75
    page = Page(width, body, "Throughput by wait strategy, million items per second",
                f"1 producer, 1 consumer; {combination.title}", _key(grid),
                caption(run, combination.points, [NOTE]))
    norm = _norm(combination.points)
    axes = page.axes(MARGIN + label, page.top + 0.35, CELL_WIDTH * len(grid.waits), grid.height)
    _draw(axes, grid, norm, label, looks)
    _color_bar(page, norm, MARGIN + label, page.top + 0.35 + grid.height + 0.14, CELL_WIDTH * len(grid.waits))
    return Picture(name, page.figure, frozenset(p.name for p in combination.points))


def _norm(points: tuple[Point, ...]) -> LogNorm:
    medians = [s.median for p in points for s in [throughput(p)] if s]
    low, high = min(medians), max(medians)
    return LogNorm(low, high) if high > low else LogNorm(low / 2, high * 2)


def _draw(axes: Axes, grid: Table, norm: LogNorm, label: float, looks: Looks) -> None:
    """Axes in inches: x to the right from the first column, y downwards."""
    axes.set(xlim=(0, CELL_WIDTH * len(grid.waits)), ylim=(grid.height, 0))
    axes.axis("off")
    for i, wait in enumerate(grid.waits):
        axes.text(CELL_WIDTH * (i + 0.5), -0.1, wait, ha="center", fontsize=TEXT_PT, color=INK)
    y = 0.0
    for heading, names in grid.groups:
        axes.text(-label, y + HEADING - 0.09, heading, fontsize=SMALL_PT, color=SOFT, style="italic")
        y += HEADING
        for name in names:
            middle = y + CELL_HEIGHT / 2
            axes.plot([-label + 0.14], [middle], clip_on=False, **looks.mark(name))
            axes.text(-label + 0.28, middle, name, va="center_baseline", fontsize=TEXT_PT)
            for i, wait in enumerate(grid.waits):
                _cell(axes, CELL_WIDTH * i, y, grid.cells.get((name, wait)), norm)
            y += CELL_HEIGHT


def _cell(axes: Axes, x: float, y: float, point: Point | None, norm: LogNorm) -> None:
    found = throughput(point) if point else None
    if not found:
        _empty(axes, x, y, CELL_WIDTH, CELL_HEIGHT, NO_TRIAL if point else NO_POINT)
        return
    face = colormaps["cividis"](norm(found.median))
    ink = "white" if _luminance(face) < EQUAL_CONTRAST else INK
    axes.add_patch(Rectangle((x, y), CELL_WIDTH, CELL_HEIGHT, facecolor=face, edgecolor="white",
                             linewidth=1.2))
    middle = x + CELL_WIDTH / 2
    axes.text(middle, y + 0.185, number(found.median), ha="center", fontsize=TEXT_PT, weight="bold", color=ink)
    spread = f"{number(found.low)}–{number(found.high)}" if found.count > 1 else "1 trial"
    axes.text(middle, y + 0.34, spread, ha="center", fontsize=8, color=ink)


def _empty(axes: Axes, x: float, y: float, width: float, height: float, hatch: str) -> None:
    edge = RULE if hatch == NO_POINT else FAINT
    axes.add_patch(Rectangle((x, y), width, height, facecolor="white", edgecolor=edge, hatch=hatch,
                             linewidth=0))
    axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor="white", linewidth=1.2))


def _luminance(rgba: tuple[float, float, float, float]) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _color_bar(page: Page, norm: LogNorm, left: float, top: float, width: float) -> None:
    axes = page.axes(left, top, width, 0.13)
    bar = page.figure.colorbar(ScalarMappable(norm, "cividis"), cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)
    labelled, _ = log_ticks((norm.vmin, norm.vmax), width)
    bar.set_ticks(labelled, labels=[plain(t) for t in labelled])
    bar.ax.minorticks_off()
    bar.set_label("million items per second (log scale)")


def _key(grid: Table) -> list[KeyEntry]:
    def box_of(hatch: str):
        return lambda box: _empty(box, 0.05, 0.2, 0.9, 0.6, hatch)

    cells = [grid.cells.get((name, wait)) for name in grid.names for wait in grid.waits]
    entries = []
    if None in cells:
        entries.append(KeyEntry("not a point of this sweep", box_of(NO_POINT), 0.5))
    if any(p is not None and not throughput(p) for p in cells):
        entries.append(KeyEntry("no counted trial", box_of(NO_TRIAL), 0.5))
    return entries
