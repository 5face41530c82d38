"""Axes of ratios: their ticks, and ratios in words."""

import math

from .style import SHARED

BETTER = SHARED.inks["better"]
BEYOND = 1.5  # an interval is shown up to this factor beyond the outermost median


def ratio_ticks(limits: tuple[float, float], inches: float, room: float) -> list[float]:
    """Round ratios within the limits of a logarithmic axis, `room` inches apart; 1 is among them.

    They are per cents, or doublings where the range is wide.
    """
    low, high = limits
    per_log = inches / math.log(high / low)

    def apart(ticks: list[float]) -> bool:
        return all(math.log(b / a) * per_log >= room for a, b in zip(ticks, ticks[1:]))

    for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if high / low < 4 else ():
        ticks = [1 + k * step for k in range(math.ceil((low - 1) / step - 1e-9),
                                             math.floor((high - 1) / step + 1e-9) + 1)]
        if apart([t for t in ticks if t > 0]):
            return [t for t in ticks if t > 0]
    for power in range(1, 40):
        base = 2.0 ** power
        ends = math.ceil(math.log(low, base) - 1e-9), math.floor(math.log(high, base) + 1e-9)
        if math.log(base) * per_log >= room:
            return [base ** k for k in range(ends[0], ends[1] + 1)]
    return [1.0]


def percent(ratio: float) -> str:
    """A ratio as a change: +5.2%; from a factor of 2 on as that: 3.1x."""
    if ratio >= 2 or ratio <= 0.5:
        return f"{ratio:.3g}x"
    change = 100 * (ratio - 1)
    return f"{change:+.1f}%" if abs(change) >= 0.05 else "0.0%"


def tick_text(ratio: float) -> str:
    change = 100 * (ratio - 1)
    if ratio >= 2 or ratio < 0.5:
        return f"{ratio:g}x"
    return "equal" if abs(change) < 1e-6 else f"{change:+.0f}%"
