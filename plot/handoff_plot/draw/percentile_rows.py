"""Rows of percentiles: one line for each implementation, from its p50 to its maximum."""

from typing import Sequence

from matplotlib.axes import Axes

from ..choose.measures import Summary, counted, latency
from ..choose.text import number
from ..read.records import PERCENTILES, Point
from .layout import KeyEntry
from .ranking import Row
from .rows import missing
from .scales import log_limits
from .style import SOFT, Looks

HEADS = ("p50, ns", "p99, ns", "n")
WIDTHS, ALPHAS = (6.0, 4.0, 2.4, 1.0), (0.35, 0.35, 0.5, 0.8)  # of the four stretches from p50 to the maximum


def percentile_limits(points: list[Point]) -> tuple[float, float]:
    """Limits of an axis that holds every mark of these points."""
    values = [v for p in points for percentile in PERCENTILES for s in [latency(p, percentile)] if s
              for v in (s.values if percentile in ("p50", "p99") else (s.median,))]
    return log_limits(values, 0.03)


def p50(point: Point) -> float:
    """The median p50, by which rows are ordered; infinite without a number."""
    found = latency(point, "p50")
    return found.median if found else float("inf")


def percentile_row(point: Point, looks: Looks) -> Row:
    """Numbers and marks of one point's latency."""
    summaries = {p: latency(point, p) for p in PERCENTILES}
    if not summaries["p50"]:
        reason = "counted trials without latency" if counted(point) else missing(point)
        return Row(point.impl, "", (), None, reason)
    numbers = (number(summaries["p50"].median), number(summaries["p99"].median), str(summaries["p50"].count))
    return Row(point.impl, "", numbers, lambda axes, y: _marks(axes, y, summaries, point.impl, looks))


def _marks(axes: Axes, y: float, summaries: dict[str, Summary], impl: str, looks: Looks) -> None:
    """A line that thins at each percentile: p50 (filled), p90, p99 (open), p99.9 (tick), maximum (tick)."""
    at, color = [summaries[p].median for p in PERCENTILES], looks.color(impl)
    _strip(axes, at, y, color)
    for percentile in ("p99", "p50"):
        found = summaries[percentile]
        if found.count > 1:
            axes.plot([found.low, found.high], [y + 0.37] * 2, color=color, linewidth=1.2, marker="|",
                      markersize=3.5, markeredgewidth=1.0, solid_capstyle="butt", zorder=4)
        axes.plot([found.median], [y], zorder=5, **looks.mark(impl, hollow=percentile == "p99"))


def _strip(axes: Axes, at: Sequence[float], y: float, color: str) -> None:
    """The line and the ticks of the five percentiles `at`."""
    for left, right, width, alpha in zip(at, at[1:], WIDTHS, ALPHAS):
        axes.plot([left, right], [y, y], color=color, linewidth=width, alpha=alpha, solid_capstyle="butt",
                  zorder=2)
    axes.plot([at[3]], [y], "|", markersize=6, markeredgewidth=1.0, color=color, zorder=3)
    axes.plot([at[4]], [y], "|", markersize=9, markeredgewidth=1.4, color=color, zorder=3)


def percentile_key() -> list[KeyEntry]:
    """What the marks of a percentile row mean."""
    def strip(box: Axes) -> None:
        at = (0.06, 0.3, 0.5, 0.72, 0.94)
        _strip(box, at, 0.5, SOFT)
        box.plot([at[0]], [0.5], "o", markersize=5.8, color=SOFT, zorder=5)
        box.plot([at[2]], [0.5], "o", markersize=5.8, markerfacecolor="white", markeredgecolor=SOFT, zorder=5)

    def whisker(box: Axes) -> None:
        box.plot([0.15, 0.85], [0.5] * 2, color=SOFT, linewidth=1.2, marker="|", markersize=3.5)

    marks = "p50 (filled), p90 (line thins), p99 (open), p99.9 (short tick), max (long tick)"
    return [KeyEntry(marks, strip, 1.5),
            KeyEntry("lowest to highest repetition, of p50 and of p99", whisker)]
