"""Rank error and delay: how far items leave a queue out of its order, beside what a push and a pop cost there."""

from typing import Iterable

from matplotlib.axes import Axes

from ...choose.contests import PAIRS, RANK_ERROR, contenders
from ...choose.cuts import Setting, settings
from ...choose.equals import by_guarantee
from ...choose.measures import Measure, Summary, counted, metric, thread_time
from ...choose.text import number
from ...choose.words import PROCESSES, over_words, setting_words
from ...draw.caption import caption
from ...draw.layout import KeyEntry, Page
from ...draw.picture import Picture
from ...draw.ranking import Panel, Row, body_height, columns, draw_panels, page_width
from ...draw.rows import missing
from ...draw.style import SOFT, Looks
from ...read.records import Point, Run

MEAN, P99, MOST = (metric("rank_error_" + which) for which in ("mean", "p99", "max"))
RANK = metric("mean_rank")
DELAYS = tuple(metric("delay_" + which) for which in ("mean", "p99", "max"))
STAMP = metric("stamp_ns")
HEADS = ("mean", "p99", "max", "delay: mean", "p99", "max", "ns/pair", "n")
UNSTATED = "–"
NOTE = ("Each thread pushes an item, then pops one. Rank error: items that were to leave before a popped one and were "
        "still inside; its place is one more. Delay: items that left before an item and were to leave after it. Only "
        "what is certain by stamps before and after each operation counts, so that overlapping operations hide some: a "
        "queue that keeps its order has 0. Medians of trials; the mark is the mean place, the line goes from there "
        "over the p99 to the worst. ")
SPEED = ("ns/pair is one thread's time for a push and a pop, from `pairs` with the same axes and the wait strategy "
         "that was fastest there: trials without stamps. ")


def rank_error_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each setting with a counted trial: a panel for each number of threads."""
    found = [s for s in settings(contenders(run, RANK_ERROR), ("threads",)) if any(RANK(p) for p in s.points)]
    found.sort(key=lambda s: -sum(RANK(p) is not None for p in s.points))
    return (_picture(run, looks, s, "rank_error" + s.suffix(found[0])) for s in found)


def _picture(run: Run, looks: Looks, setting: Setting, name: str) -> Picture:
    points = list(setting.points)
    pairs = contenders(run, PAIRS)
    panels = []
    for threads in sorted({p.axes["threads"] for p in points}):
        members = [p for p in points if p.axes["threads"] == threads]
        groups = [(g.title, [_row(p, looks, pairs) for p in sorted(of_group, key=_place)])
                  for g, of_group in by_guarantee(members).items()]
        panels.append(Panel(f"{threads} thread{'s' if threads > 1 else ''}", over_words(members), groups))
    widths = columns(panels, HEADS)
    stamps = [s.median for p in points for s in [STAMP(p)] if s]
    cost = f"A stamp took {number(min(stamps))} to {number(max(stamps))} ns; an item takes four. " if stamps else ""
    page = Page(page_width(widths, panels), body_height(panels), "How far items leave out of order",
                f"rank_error; {setting_words(setting.fixed, points)}. Lower is better.",
                [KeyEntry("mean place of a popped item: 1 is the one that was to come", _mark_key, 0.2),
                 KeyEntry("place of the worst of 100, and of all", _line_key, 0.5)],
                caption(run, points, [NOTE + SPEED + cost + PROCESSES]))
    most = max(s.high for p in points for s in [MOST(p)] if s)
    draw_panels(page, panels, widths, HEADS, (0.9, 1.2 * (most + 1)), "place among the items inside (log scale)")
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _place(point: Point) -> float:
    found = RANK(point)
    return found.median if found else float("inf")


def _speed(point: Point, pairs: list[Point]) -> str:
    """What a pair costs in `pairs` where all else is the same."""
    same = [p for p in pairs if p.impl == point.impl
            and all(p.axes.get(axis) == value for axis, value in point.axes.items())]
    found = [s.median for p in same for s in [thread_time(p)] if s]
    return number(min(found)) if found else UNSTATED


def _written(measure: Measure, point: Point) -> str:
    found = measure(point)
    return number(found.median) if found else UNSTATED


def _row(point: Point, looks: Looks, pairs: list[Point]) -> Row:
    place, p99, most = RANK(point), P99(point), MOST(point)
    if not place or not p99 or not most:
        return Row(point.impl, "", (), None, missing(point))
    numbers = (*(_written(m, point) for m in (MEAN, P99, MOST, *DELAYS)), _speed(point, pairs),
               str(len(counted(point))))
    return Row(point.impl, "", numbers, lambda axes, y: _marks(axes, y, place, (p99, most), looks, point.impl))


def _marks(axes: Axes, y: float, place: Summary, rest: tuple[Summary, Summary], looks: Looks, impl: str) -> None:
    at = [1 + one.median for one in rest]
    color = looks.color(impl)
    axes.plot([place.median, max(at)], [y, y], color=color, linewidth=1.2, alpha=0.5, zorder=3)
    axes.plot(at, [y, y], "|", markersize=7, color=color, zorder=4)
    axes.plot([place.median], [y], zorder=5, **looks.mark(impl))


def _mark_key(box: Axes) -> None:
    box.plot([0.5], [0.5], marker="o", markersize=6, color=SOFT)


def _line_key(box: Axes) -> None:
    box.plot([0.1, 0.9], [0.5, 0.5], color=SOFT, linewidth=1.2, alpha=0.5)
    box.plot([0.55, 0.9], [0.5, 0.5], "|", markersize=7, color=SOFT)
