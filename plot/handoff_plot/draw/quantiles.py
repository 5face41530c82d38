"""Curves over the percentiles: all samples of a point, on an axis with one decade for each further nine."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ..choose.measures import Summary, counted, is_saturated, slowness, summary_of
from ..read.records import Point, Trial
from .layout import KeyEntry, bare
from .lines import End, end_labels, mean_height
from .scales import log_axis, log_limits
from .style import GRID, SOFT, STROKE_PT, Looks

MARKED = (0.5, 0.9, 0.99, 0.999)
ABOVE = 10  # samples that must lie above a percentile for it to be drawn
NINES = 4  # the axis ends at 1 - 10^-NINES


@dataclass(frozen=True)
class Curve:
    """All samples of one point, merged: (share of samples that are no longer, ns), ascending.

    Where trials were saturated, the steps end at the share of the others: the rest is infinitely slow.
    """

    point: Point
    steps: tuple[tuple[float, float], ...]
    count: int  # of samples

    def at(self, share: float) -> float:
        """The latency that `share` of the samples do not exceed; the longest where the rest is infinitely slow."""
        return next((ns for reached, ns in self.steps if reached >= share - 1e-12), self.steps[-1][1])

    @property
    def last(self) -> float:
        """The greatest share above which there are enough samples."""
        return min(1 - ABOVE / self.count, 1 - 10.0**-NINES, self.steps[-1][0])

    @property
    def marks(self) -> list[tuple[float, Summary]]:
        return self.marks_at(MARKED)

    def marks_at(self, shares: Sequence[float]) -> list[tuple[float, Summary]]:
        """(share, latency in each counted repetition that has enough samples) of what may be marked.

        Nothing of a point with saturated trials: each repetition alone has another percentile than all together.
        """
        if any(is_saturated(trial) for trial in counted(self.point)):
            return []
        found = [(share, summary_of(self.point, lambda t: _percentile(t, share))) for share in shares
                 if self.count * (1 - share) >= ABOVE - 1e-6]
        return [(share, s or Summary((self.at(share),))) for share, s in found]


@lru_cache(maxsize=None)
def curve_of(point: Point) -> Curve | None:
    """None where fewer than twice `ABOVE` samples are counted, or where half of the trials were saturated.

    There not even the median may be drawn.
    """
    answered = [trial for trial in counted(point) if not is_saturated(trial)]
    steps, count = _steps([sample for trial in answered for sample in trial.samples])
    if count < 2 * ABOVE or 2 * len(answered) <= len(counted(point)):
        return None
    part = len(answered) / len(counted(point))
    return Curve(point, steps if part == 1 else tuple((part * share, ns) for share, ns in steps), count)


def backed(share: float) -> Callable[[Point], Summary | None]:
    """The measure that reads one percentile (ns), where so many samples lie above it that it may be drawn."""
    return lambda point: _backed(point, share)


@lru_cache(maxsize=None)
def _backed(point: Point, share: float) -> Summary | None:
    """Of a point with saturated trials, the median over all repetitions: what is pooled has no such percentile."""
    curve = curve_of(point)
    if not curve or curve.count * (1 - share) < ABOVE - 1e-6:
        return None
    if any(is_saturated(trial) for trial in counted(point)):
        return slowness(point, lambda t: _percentile(t, share))
    return dict(curve.marks_at((share,))).get(share)


def _steps(samples: list[tuple[float, int]]) -> tuple[tuple[tuple[float, float], ...], int]:
    count, reached, steps = sum(n for _, n in samples), 0, []
    for ns, n in sorted(samples):
        reached += n
        steps.append((reached / count, max(1.0, ns)))
    return tuple(steps), count


def _percentile(trial: Trial, share: float) -> float | None:
    steps, count = _steps(list(trial.samples))
    if count * (1 - share) < ABOVE - 1e-6:
        return None
    return next(ns for reached, ns in steps if reached >= share - 1e-12)


def curve_limits(curves: Sequence[Curve], marked: Sequence[float] = MARKED,
                 beside: Sequence[float] = ()) -> tuple[float, float]:
    """Limits of an axis that holds every stroke of these curves, and what stands `beside` them."""
    return log_limits([c.steps[0][1] for c in curves] + [c.at(c.last) for c in curves] +
                      [v for c in curves for _, s in c.marks_at(marked) for v in s.values] + list(beside), 0.04)


def across(share: float) -> float:
    """One decade for each further nine."""
    return -math.log10(1 - share)


def draw_curves(axes: Axes, curves: Sequence[Curve], looks: Looks, limits: tuple[float, float], height: float,
                label: Callable[[Point], str], last: float, words: str, marked: Sequence[float] = MARKED) -> None:
    """Paints `curves` into axes that are `height` inches high and end `last` decades across; `words` stand below."""
    bare(axes)
    log_axis(axes.yaxis, limits, height)
    axes.grid(axis="y", which="major", color=GRID, linewidth=0.8)
    axes.tick_params(axis="y", which="both", length=0)
    shown = [share for share in dict.fromkeys((0.0, *marked, 1 - 10.0**-NINES)) if across(share) <= last + 1e-6]
    axes.set_xlim(-0.02 * last, last)
    axes.xaxis.set_major_locator(FixedLocator([across(share) for share in shown]))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{100 * share:g}" for share in shown]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(words)
    ends = []
    for i, curve in enumerate(curves):
        impl = curve.point.impl
        x, y = _outline(curve)
        axes.plot(x, y, zorder=4, label=impl, **looks.line(impl))
        aside = (i - (len(curves) - 1) / 2) * min(0.012, 0.12 / len(curves)) * last
        for share, found in curve.marks_at(marked):
            axes.plot([across(share) + aside] * 2, [found.low, found.high], color=looks.color(impl),
                      linewidth=STROKE_PT, alpha=0.5, solid_capstyle="round", zorder=3)
            axes.plot([across(share) + aside], [curve.at(share)], zorder=5,
                      **looks.mark(impl, hollow=found.count == 1))
        ends.append(End(impl, label(curve.point), x[-1], y[-1], mean_height(axes, [curve.at(s) for s in (0.5, 0.8)]),
                        x[-1] < last * 0.999))
    end_labels(axes, ends, looks, height)


def _outline(curve: Curve) -> tuple[list[float], list[float]]:
    """The corners of a curve, up to where it may be drawn."""
    x, y, before = [], [], 0.0
    for reached, ns in curve.steps:
        stop = min(reached, curve.last)
        x += [across(before), across(stop)]
        y += [ns, ns]
        before = stop
        if reached >= curve.last:
            break
    return x, y


def curves_key(marked: Sequence[float] = MARKED) -> list[KeyEntry]:
    """What the strokes and marks mean."""
    def curve(box: Axes) -> None:
        box.plot([0.0, 1.0], [0.5, 0.5], color=SOFT, linewidth=STROKE_PT, clip_on=False)

    def mark(box: Axes) -> None:
        box.plot([0.5], [0.5], "o", markersize=6.2, color=SOFT)

    def spread(box: Axes) -> None:
        box.plot([0.5, 0.5], [0.2, 0.8], color=SOFT, linewidth=STROKE_PT, alpha=0.5, solid_capstyle="round")

    return [KeyEntry("samples of all counted repetitions", curve),
            KeyEntry(", ".join(f"p{100 * share:g}" for share in marked), mark, 0.2),
            KeyEntry("lowest to highest repetition (marks stand a little aside so that each shows)", spread, 0.15)]
