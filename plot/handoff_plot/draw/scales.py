"""Logarithmic axes with plain numbers at their ticks."""

import math
from itertools import chain, count
from typing import Iterable

from matplotlib.axis import Axis
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ..choose.text import plain
from .style import SMALL_PT, text_width

ACROSS, UPWARDS = 0.6, 0.3  # inches between two labels of an x and of a y axis


def log_limits(values: Iterable[float], pad: float = 0.06) -> tuple[float, float]:
    """Limits around the `values` above 0, with `pad` of the range at both ends and a factor of 2 at least."""
    listed = [v for v in values if v > 0] or [1.0]
    low, high = math.log10(min(listed)), math.log10(max(listed))
    middle, half = (low + high) / 2, max((high - low) / 2 * (1 + 2 * pad), math.log10(2) / 2)
    return 10 ** (middle - half), 10 ** (middle + half)


def log_ticks(limits: tuple[float, float], inches: float,
              label: float = ACROSS) -> tuple[list[float], list[float]]:
    """(labelled, unlabelled) ticks of an axis of that many inches, of which a label takes `label`.

    Labels stand at 1-2-5 where a decade is at least 1.2 inches long, and more for long labels, else at 1; on very
    long scales not in every decade.
    """
    low, high = limits

    def inside(ticks: Iterable[float]) -> list[float]:
        return [t for t in ticks if low * (1 - 1e-9) <= t <= high * (1 + 1e-9)]

    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    decade = inches / math.log10(high / low)
    steps = (1, 2, 5) if decade >= max(1.2, (label - 0.24) / math.log10(2)) else (1,)
    every = max(1, math.ceil(label / decade))
    labelled = inside(step * 10.0**d for d in decades if d % every == 0 for step in steps)
    if len(labelled) < 2:
        labelled = inside(step * 10.0**d for d in decades for step in (1, 1.5, 2, 3, 4, 5, 6, 8))
    others = inside(step * 10.0**d for d in decades for step in range(1, 10))
    return labelled, [t for t in others if t not in labelled]


def log_axis(axis: Axis, limits: tuple[float, float], inches: float) -> None:
    """Makes `axis`, which is `inches` long, logarithmic with plain tick labels."""
    longest = text_width(plain(10.0 ** math.floor(math.log10(limits[1]))), SMALL_PT)
    labelled, others = log_ticks(limits, inches, max(ACROSS, longest + 0.15) if axis.axis_name == "x" else UPWARDS)
    set_scale, set_limits = ((axis.axes.set_xscale, axis.axes.set_xlim) if axis.axis_name == "x"
                             else (axis.axes.set_yscale, axis.axes.set_ylim))
    set_scale("log")
    set_limits(*limits)
    axis.set_major_locator(FixedLocator(labelled))
    axis.set_major_formatter(FixedFormatter([plain(t) for t in labelled]))
    axis.set_minor_locator(FixedLocator(others) if others else NullLocator())
    axis.set_minor_formatter(FixedFormatter([""] * len(others)))


def zero_and_log_axis(axis: Axis, limits: tuple[float, float], inches: float) -> None:
    """Makes `axis` logarithmic above its smallest label, and linear from there down to a 0 that it shows."""
    low, high = limits
    least = 10.0 ** math.floor(math.log10(low))
    decades = math.log10(high / least)
    across = axis.axis_name == "x"
    (axis.axes.set_xscale if across else axis.axes.set_yscale)("symlog", linthresh=least, linscale=0.7)
    (axis.axes.set_xlim if across else axis.axes.set_ylim)(-0.12 * least, high)
    longest = text_width(plain(10.0 ** math.floor(math.log10(high))), SMALL_PT)
    labelled, others = log_ticks((least, high), inches * decades / (decades + 0.8),
                                 max(ACROSS, longest + 0.15) if across else UPWARDS)
    axis.set_major_locator(FixedLocator([0.0, *labelled]))
    axis.set_major_formatter(FixedFormatter(["0", *(plain(t) for t in labelled)]))
    axis.set_minor_locator(FixedLocator(others) if others else NullLocator())
    axis.set_minor_formatter(FixedFormatter([""] * len(others)))


def even_axis(axis: Axis, high: float, inches: float) -> None:
    """Makes `axis`, which is `inches` long, linear from 0 to `high`."""
    across = axis.axis_name == "x"
    (axis.axes.set_xlim if across else axis.axes.set_ylim)(0.0 if across else -0.02 * high, high)
    least = high * (ACROSS if across else UPWARDS) / inches
    decade = math.floor(math.log10(least))
    step = next(s for d in (decade, decade + 1) for s in (10.0**d, 2 * 10.0**d, 5 * 10.0**d) if s >= least)
    ticks = [step * i for i in range(int(high / step + 1e-9) + 1)]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([plain(float(f"{tick:.9g}")) for tick in ticks]))
    axis.set_minor_locator(NullLocator())


def percent_axis(axis: Axis, limits: tuple[float, float], inches: float) -> None:
    """A linear axis from 0 on, with a label every 20, or more where there is less room."""
    axis.axes.set_xlim(*limits)
    steps = chain((20, 50, 100, 200, 500), (10**power for power in count(3)))
    step = next(s for s in steps if inches * s / limits[1] >= 0.4)
    ticks = list(range(0, int(limits[1]) + 1, step))
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([plain(t) for t in ticks]))
    axis.set_minor_locator(NullLocator())
