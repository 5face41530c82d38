"""Rows of dots: an implementation's median and spread on a panel's axis, ranked inside a class of equals."""

from typing import Callable, Iterable

from matplotlib.axes import Axes

from ..choose.equals import Choice, best_waits, by_class
from ..choose.measures import Measure, Summary, hump_summaries
from ..choose.text import number, plural, some
from ..read.records import INVALID, Point
from .layout import KeyEntry
from .ranking import Row
from .style import SOFT, Looks

OTHERS = {"markersize": 7, "markeredgewidth": 1.0, "color": "#a6a6a6"}  # ticks of lesser wait strategies
HOLLOW = {"markersize": 3.4, "markerfacecolor": "white", "markeredgewidth": 0.7}
DAGGER = "† Another wait strategy of this implementation has no counted trial here and may be better."
HUMPS = "‡"  # stands where two humps have no median


def humps_note(points: Iterable[Point], measure: Measure) -> list[str]:
    """Both values of every point that has two humps, as a note of one paragraph, or none."""
    each = []
    for p in points:
        found = hump_summaries(p, measure)
        if found:
            values = " and ".join(f"{number(s.median)} ({s.count} trials, {number(s.low)}–{number(s.high)})"
                                  for s in found)
            each.append(f"{_place(p)}: {values}")
    return [f"{HUMPS} Two humps and no median, since no trial was like it: {some(each, joint='; ')}."] if each else []


def _place(point: Point) -> str:
    """Which point it is, of those in one picture: `ring under hybrid, 1 to 2`."""
    threads = f", {point.producers} to {point.consumers}" if point.producers and point.consumers else ""
    return point.impl + (f" under {point.wait}" if point.wait else "") + threads


def ranked(points: Iterable[Point], measure: Measure,
           row: Callable[[Choice], Row]) -> list[tuple[str, list[Row]]]:
    """(class, rows) with the lowest median first, each implementation at its best wait strategy."""
    return [(title, [row(choice) for choice in best_waits(members, measure, sign=-1)])
            for title, members in by_class(points)]


def dot_row(choice: Choice, looks: Looks, label: str, numbers: Callable[[Summary], tuple[str, ...]],
            more: Callable[[Axes, float], None] | None = None) -> Row:
    """One implementation; `more` paints what else belongs into its row."""
    found, point = choice.summary, choice.best
    if not found:
        return Row(label, "", (), None, missing(point))

    def draw(axes: Axes, y: float) -> None:
        axes.plot([s.median for s in choice.others], [y] * len(choice.others), "|", zorder=2, **OTHERS)
        if more:
            more(axes, y)
        dot(axes, y, found, point.impl, looks)

    wait = (point.wait or "") + (" †" if choice.uncounted else "")
    return Row(label, wait, numbers(found), draw)


def dot(axes: Axes, y: float, found: Summary, impl: str, looks: Looks, hollow: bool = False) -> None:
    """Median, spread and every counted repetition."""
    spread(axes, y, found, looks.color(impl))
    axes.plot([found.median], [y], zorder=5, label=impl, **looks.mark(impl, hollow))


def spread(axes: Axes, y: float, summary: Summary, color: str) -> None:
    """Lowest to highest as a line, every repetition as a dot below it."""
    axes.plot([summary.low, summary.high], [y, y], color=color, alpha=0.55, linewidth=2.0,
              solid_capstyle="round", zorder=3)
    axes.plot(summary.values, [y + 0.36] * summary.count, "o", markersize=2.2, markeredgewidth=0, color=color,
              zorder=4)


def hollow_dots(axes: Axes, y: float, values: Iterable[float], color: str) -> None:
    """Repetitions that are in no median, beside those that are."""
    listed = list(values)
    axes.plot(listed, [y + 0.36] * len(listed), "o", color=color, zorder=4, **HOLLOW)


def hollow_key() -> KeyEntry:
    return KeyEntry("flagged repetitions: in no median",
                    lambda box: box.plot([0.2, 0.8], [0.5] * 2, "o", color=SOFT, **HOLLOW), 0.3)


def missing(point: Point) -> str:
    """Why a row is empty."""
    if point.caught:
        bad = sum(f.status == INVALID for f in point.failed)
        all_trials = plural(len(point.trials) + len(point.failed), "trial")
        return f"no number: {bad or len(point.failed)} of {all_trials} failed{' the check' if bad else ''}"
    if point.failed and not point.trials:
        return f"failed: {point.failed[0].status}"
    return "no counted trial" if point.trials else "no trial"


def dot_key(waits: bool, hollow: str = "") -> list[KeyEntry]:
    """What the marks mean; `waits`: rows choose among wait strategies; `hollow`: what open marks are."""
    def median_mark(box: Axes) -> None:
        box.plot([0.5], [0.5], "o", markersize=6.2, color=SOFT, clip_on=False)

    def open_mark(box: Axes) -> None:
        box.plot([0.5], [0.5], "o", markersize=6.2, markerfacecolor="white", markeredgecolor=SOFT, clip_on=False)

    def line(box: Axes) -> None:
        box.plot([0.1, 0.9], [0.5, 0.5], color=SOFT, alpha=0.55, linewidth=2.0, solid_capstyle="round")

    def dots(box: Axes) -> None:
        box.plot([0.2, 0.42, 0.55, 0.85], [0.5] * 4, "o", markersize=2.2, markeredgewidth=0, color=SOFT)

    def ticks(box: Axes) -> None:
        box.plot([0.3, 0.7], [0.5] * 2, "|", **OTHERS)

    entries = [KeyEntry("median", median_mark, 0.2)]
    if hollow:
        entries.append(KeyEntry(hollow, open_mark, 0.2))
    entries += [KeyEntry("lowest to highest repetition", line), KeyEntry("counted repetitions", dots)]
    if waits:
        entries.append(KeyEntry("medians of its other wait strategies", ticks, 0.3))
    return entries
