"""How numbers and counts are written."""

import math
from typing import Iterable

MOST = 40  # names that a sentence lists: more than a family has implementations


def number(value: float) -> str:
    """Three significant digits without an exponent: 0, 0.0412, 4.26, 37.0, 107, 25,536."""
    if value == 0:
        return "0"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def plain(value: float) -> str:
    """An axis tick: 0.1, 1, 200, 10,000."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def plural(count: int, noun: str) -> str:
    """`1 trial`, `2 trials`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def some(items: Iterable[str], most: int = MOST, joint: str = ", ") -> str:
    """`a, b, c and 5 more`: all where they are few."""
    listed = list(items)
    more = len(listed) - most
    return joint.join(listed[:most]) + (f" and {more:,} more" if more > 0 else "")
