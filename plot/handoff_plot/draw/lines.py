"""Lines against one axis: medians joined, spreads beside them, names at the line ends."""

import math
from dataclasses import dataclass
from typing import Iterable

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ..choose.cuts import Line
from ..choose.measures import Summary
from .layout import KeyEntry, bare
from .scales import even_axis, log_axis, zero_and_log_axis
from .style import BAND, FAINT, GRID, SMALL_PT, SOFT, STROKE_PT, TEXT_PT, WARNING, Looks

LABEL_STEP = 0.19  # between two labels at the line ends, inches
ZERO_APART = 1.0  # how far 0 stands before the smallest positive value, in the axis's most usual step
OVER = "oversubscribed"


class Scale:
    """The x axis: logarithmic in powers of two, with 0 apart; or `even`, a step for each value, whatever it is."""

    def __init__(self, ticks: Iterable[int], label: str, even: bool = False) -> None:
        self.ticks, self.label, self.even = sorted(set(ticks)), label, even
        positive = [math.log2(t) for t in self.ticks if t > 0]
        gaps = sorted(b - a for a, b in zip(positive, positive[1:]))
        self.step = gaps[len(gaps) // 2] if gaps else 1.0
        self.zero = positive[0] - ZERO_APART * self.step if positive else 0.0
        at = [self.at(t) for t in self.ticks]
        self.nearest = min((b - a for a, b in zip(at, at[1:])), default=1.0)
        self.limits = (at[0] - 0.3 * self.nearest, at[-1] + 0.25 * self.nearest)

    def at(self, value: float) -> float:
        """Where `value` stands, in powers of two or in steps."""
        if self.even:
            return float(self.ticks.index(value))
        return math.log2(value) if value > 0 else self.zero

    def draw(self, axes: Axes) -> None:
        axes.set_xlim(*self.limits)
        axes.xaxis.set_major_locator(FixedLocator([self.at(t) for t in self.ticks]))
        axes.xaxis.set_major_formatter(FixedFormatter([f"{t:,}" for t in self.ticks]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(self.label)
        if not self.even and self.ticks[0] == 0 and len(self.ticks) > 1:
            _gap(axes, (self.zero + self.at(self.ticks[1])) / 2)


def _gap(axes: Axes, at: float) -> None:
    """Cuts the axis between 0 and the logarithmic part."""
    place = axes.get_xaxis_transform()
    axes.plot([at], [0.0], marker="s", markersize=6.0, color="white", transform=place, clip_on=False, zorder=6)
    axes.plot([at], [0.0], marker=((-0.9, -1), (-0.1, 1)), markersize=9.0, color=FAINT, transform=place,
              clip_on=False, zorder=7)
    axes.plot([at], [0.0], marker=((0.1, -1), (0.9, 1)), markersize=9.0, color=FAINT, transform=place,
              clip_on=False, zorder=7)


def draw_lines(axes: Axes, lines: list[Line], looks: Looks, scale: Scale, limits: tuple[float, float],
               height: float, zero: bool = False, linear: bool = False) -> None:
    """Paints `lines` into axes that are `height` inches high.

    `zero`: the y axis has a 0 below its logarithms; `linear`: it has none.
    """
    bare(axes)
    if linear:
        even_axis(axes.yaxis, limits[1], height)
    else:
        (zero_and_log_axis if zero else log_axis)(axes.yaxis, limits, height)
    axes.grid(axis="y", which="major", color=GRID, linewidth=0.8)
    axes.tick_params(axis="y", which="both", length=0)
    scale.draw(axes)
    aside, middle = min(0.05, 0.3 * scale.nearest / max(1, len(lines))), (len(lines) - 1) / 2
    for i, line in enumerate(lines):
        _line(axes, line, looks, scale, aside * (i - middle))
    _end_labels(axes, lines, looks, scale, height)


def _line(axes: Axes, line: Line, looks: Looks, scale: Scale, offset: float) -> None:
    """Draws one line, `offset` powers of two aside so that spreads do not hide one another."""
    x = [scale.at(value) + offset for value in line.x]
    axes.plot(x, [s.median if s else math.nan for s in line.y], zorder=4, label=line.impl, **looks.line(line.impl))
    for at, s in zip(x, line.y):
        if s:
            axes.plot([at], [s.median], zorder=5, **looks.mark(line.impl, hollow=s.count == 1))
            spread_of(axes, at, s, looks.color(line.impl))


def spread_of(axes: Axes, at: float, summary: Summary, color: str) -> None:
    """Lowest to highest repetition, upright."""
    axes.plot([at, at], [summary.low, summary.high], color=color, linewidth=STROKE_PT, alpha=0.5,
              solid_capstyle="round", zorder=3)


@dataclass(frozen=True)
class End:
    """Where a line ends, in data coordinates, and the name that stands there."""

    impl: str
    label: str
    x: float
    y: float
    mean: float  # height at which the line runs, as a fraction of the axes
    short: bool  # it breaks off before the others


def _end_labels(axes: Axes, lines: list[Line], looks: Looks, scale: Scale, height: float) -> None:
    end_labels(axes, [End(line.impl, line.label, scale.at(line.ends[0]), line.ends[1], _mean_height(axes, line),
                          line.ends[0] != scale.ticks[-1]) for line in lines], looks, height)


def end_labels(axes: Axes, ends: list[End], looks: Looks, height: float) -> None:
    """Names beside the line ends, pushed apart where lines end close together."""
    across = axes.transData + axes.transAxes.inverted()
    found = [across.transform((end.x, end.y)) for end in ends]
    step = LABEL_STEP / height
    order = sorted(range(len(ends)), key=lambda i: (round(found[i][1] / step), ends[i].mean))
    placed = apart([y for _, y in found], step, order)
    for end, (x, start), y in zip(ends, found, placed):
        color = looks.color(end.impl)
        if end.short:  # lead the eye to its name
            axes.plot([x + 0.02, 1.0], [start, start], transform=axes.transAxes, color=color, linewidth=0.7,
                      linestyle=(0, (1, 3)), zorder=2)
        axes.plot([1.0, 1.03], [start, y], transform=axes.transAxes, color=color, linewidth=0.8, alpha=0.6,
                  clip_on=False)
        axes.plot([1.045], [y], transform=axes.transAxes, clip_on=False, **looks.mark(end.impl))
        axes.text(1.065, y, end.label, transform=axes.transAxes, fontsize=TEXT_PT, va="center_baseline")


def _mean_height(axes: Axes, line: Line) -> float:
    """Names of lines that end together stand in the order of this."""
    return mean_height(axes, [s.median for s in line.y if s])


def mean_height(axes: Axes, values: list[float]) -> float:
    """Where a line with these values runs, as a fraction of the axes."""
    across = axes.transData + axes.transAxes.inverted()
    heights = [across.transform((0.0, value))[1] for value in values]
    return sum(heights) / len(heights)


def apart(wanted: list[float], step: float, order: list[int] | None = None) -> list[float]:
    """Positions in [0, 1] close to `wanted`, at least `step` apart, in the same order or in that of `order`."""
    order = order or sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [min(max(w, 0.0), 1.0) for w in wanted]
    for _ in range(200):
        moved = False
        for a, b in zip(order, order[1:]):
            short = step - (placed[b] - placed[a])
            if short > 1e-6:
                placed[a] -= short / 2
                placed[b] += short / 2
                moved = True
        if not moved:
            break
    over, under = placed[order[-1]] - 1.0, -placed[order[0]]
    return [p - max(over, 0.0) + max(under, 0.0) for p in placed]


def shade_oversubscribed(axes: Axes, scale: Scale, last_that_fits: int | None, first_over: int) -> None:
    """Marks the part of the axis with more threads than CPUs."""
    start = scale.limits[0] if last_that_fits is None else (scale.at(last_that_fits) + scale.at(first_over)) / 2
    axes.axvspan(start, scale.limits[1], color=BAND, linewidth=0, zorder=0)
    axes.plot([start, start], [0, 1], transform=axes.get_xaxis_transform(), color=WARNING, linewidth=0.8,
              linestyle=(0, (2, 2)), zorder=1)
    axes.text(start, 1.012, f" {OVER} →", transform=axes.get_xaxis_transform(), fontsize=SMALL_PT, color=WARNING,
              va="bottom", ha="left")


def oversubscribed_key() -> KeyEntry:
    def box_of(box: Axes) -> None:
        box.fill_between([0.1, 1.0], 0.15, 0.85, color=BAND, linewidth=0)
        box.plot([0.1, 0.1], [0.15, 0.85], color=WARNING, linewidth=0.8, linestyle=(0, (2, 2)))

    return KeyEntry(f"{OVER}: more threads than CPUs", box_of, 0.3)


def lines_key(single: bool = False) -> list[KeyEntry]:
    """What the marks mean; `single`: some stand for one trial."""
    def mark(box: Axes) -> None:
        box.plot([0.0, 1.0], [0.5, 0.5], color=SOFT, linewidth=STROKE_PT, clip_on=False)
        box.plot([0.5], [0.5], "o", markersize=6.2, color=SOFT)

    def spread(box: Axes) -> None:
        box.plot([0.5, 0.5], [0.2, 0.8], color=SOFT, linewidth=STROKE_PT, alpha=0.5, solid_capstyle="round")

    def hollow(box: Axes) -> None:
        box.plot([0.5], [0.5], "o", markersize=6.2, markerfacecolor="white", markeredgecolor=SOFT)

    aside = "lowest to highest repetition (marks stand a little aside so that each shows)"
    entries = [KeyEntry("median of the counted repetitions", mark), KeyEntry(aside, spread, 0.15)]
    if single:
        entries.append(KeyEntry("only one counted repetition: no spread is known", hollow, 0.15))
    return entries
