"""The time a cache line takes between every two CPUs, as a matrix."""

from statistics import median
from typing import Iterable

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle

from ..choose.text import number, plain, plural, some
from ..draw.caption import provenance
from ..draw.heat import EQUAL_CONTRAST, luminance
from ..draw.layout import MARGIN, KeyEntry, Page
from ..draw.picture import Picture
from ..draw.scales import log_ticks
from ..draw.style import FAINT, INK, RULE, SMALL_PT, TEXT_PT, Looks
from ..read.records import Matrix, Run

LARGEST, LEAST_CELL = 8.0, 0.06  # inches: of a whole matrix; of a cell
USUAL_CELL, WRITTEN_CELL = 0.62, 0.34  # inches: of a small matrix's cell; of the smallest that holds a number
LEFT, ABOVE, BELOW = 0.55, 0.4, 0.8  # inches beside, above and below the cells
LEAST_WIDTH = 8.0
COLORS = "cividis_r"  # the shorter, the brighter
NOT_MEASURED = "////"
NOTE = ("One way: half the median round trip of a compare-and-swap ping-pong of 1 ms between two pinned threads, by "
        "bench_limits. ")


def core_to_core_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture of the machine state that counts; nothing on a machine with one CPU."""
    found = [m for m in run.matrices if any(s.counted and s.label == m.state for s in run.states)]
    alike = [m for m in found if m.cpus == found[0].cpus]
    return [_picture(run, alike)] if alike and any(alike[0].known) else []


def _picture(run: Run, matrices: list[Matrix]) -> Picture:
    cpus = matrices[0].cpus
    times = _medians(matrices)
    cell = max(LEAST_CELL, min(USUAL_CELL, LARGEST / len(cpus)))
    side = cell * len(cpus)
    known = [ns for row in times for ns in row if ns is not None]
    low, high = min(known), max(known)
    norm = LogNorm(low, high) if high > low else LogNorm(low / 2, high * 2)
    holes = len(known) < len(cpus) * (len(cpus) - 1)
    width = max(2 * MARGIN + LEFT + side, LEAST_WIDTH)
    page = Page(width, ABOVE + side + BELOW, "A cache line from CPU to CPU",
                f"ns one way between {plural(len(cpus), 'CPU')}: lowest {number(low)}, median {number(median(known))}, "
                f"highest {number(high)}. Machine state {matrices[0].state}.",
                [_hole_key()] if holes else [], [NOTE + _account(matrices), *provenance(run)])
    left, top = MARGIN + LEFT, page.top + ABOVE
    axes = page.axes(left, top, side, side)
    axes.set(xlim=(0, len(cpus)), ylim=(len(cpus), 0))
    axes.axis("off")
    _cells(axes, times, norm, cell)
    _names(axes, cpus, cell)
    _color_bar(page, norm, left, top + side + 0.16, max(side, 3.0))
    return Picture("core_to_core", page.figure, frozenset())


def _medians(matrices: list[Matrix]) -> list[list[float | None]]:
    """Of every pair over the calibrations."""
    size = range(len(matrices[0].cpus))

    def at(i: int, j: int) -> float | None:
        found = [m.ns[i][j] for m in matrices if m.ns[i][j] is not None]
        return median(found) if found else None

    return [[at(i, j) for j in size] for i in size]


def _account(matrices: list[Matrix]) -> str:
    text = f"Median over {plural(len(matrices), 'calibration')} of this run in this machine state."
    short = [f"{name}: {measured:,} of {pairs:,}" for name, measured, pairs in matrices[0].classes if measured < pairs]
    if short:
        text += f" Not all pairs were measured, for want of time ({some(short, 12, '; ')} pairs)."
    return text


def _cells(axes: Axes, times: list[list[float | None]], norm: LogNorm, cell: float) -> None:
    for i, row in enumerate(times):
        for j, ns in enumerate(row):
            if i == j:
                continue
            if ns is None:
                axes.add_patch(Rectangle((j, i), 1, 1, facecolor="white", edgecolor=RULE, hatch=NOT_MEASURED,
                                         linewidth=0))
                continue
            face = colormaps[COLORS](norm(ns))
            axes.add_patch(Rectangle((j, i), 1, 1, facecolor=face, edgecolor="white", linewidth=min(1.2, 3 * cell)))
            if cell >= WRITTEN_CELL:
                ink = "white" if luminance(face) < EQUAL_CONTRAST else INK
                axes.text(j + 0.5, i + 0.5, number(ns) if ns < 100 else f"{ns:.0f}", ha="center", va="center_baseline",
                          fontsize=SMALL_PT if cell < 0.5 else TEXT_PT, color=ink)


def _names(axes: Axes, cpus: tuple[int, ...], cell: float) -> None:
    """The numbers of the CPUs, as many as there is room for."""
    step = max(1, round(WRITTEN_CELL / cell))
    for i in range(0, len(cpus), step):
        axes.text(-0.08 / cell, i + 0.5, str(cpus[i]), ha="right", va="center_baseline", fontsize=SMALL_PT, color=INK)
        axes.text(i + 0.5, -0.08 / cell, str(cpus[i]), ha="center", va="bottom", fontsize=SMALL_PT, color=INK)


def _color_bar(page: Page, norm: LogNorm, left: float, top: float, width: float) -> None:
    axes = page.axes(left, top, width, 0.13)
    bar = page.figure.colorbar(ScalarMappable(norm, COLORS), cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)
    labelled, _ = log_ticks((norm.vmin, norm.vmax), width)
    bar.set_ticks(labelled, labels=[plain(t) for t in labelled])
    bar.ax.minorticks_off()
    bar.set_label("ns one way (log scale)")


def _hole_key() -> KeyEntry:
    return KeyEntry("not measured", lambda box: box.add_patch(
        Rectangle((0.05, 0.2), 0.9, 0.6, facecolor="white", edgecolor=FAINT, hatch=NOT_MEASURED, linewidth=0)), 0.5)
