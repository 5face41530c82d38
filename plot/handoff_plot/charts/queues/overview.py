"""Overview: one small panel for a first page, legible at 800 pixels: the fastest queues between two threads."""

from typing import Iterable

from matplotlib.axes import Axes

from ...choose.contests import TRANSFER, contenders
from ...choose.equals import Choice, Guarantee, best_waits, by_guarantee
from ...choose.measures import every_value, hump_summaries, share, throughput
from ...choose.queues import combinations, same_waits
from ...choose.text import number
from ...draw.caption import short_caption
from ...draw.layout import KeyEntry, Page
from ...draw.picture import Picture
from ...draw.ranking import Panel, Row, body_height, columns, draw_panels, page_width
from ...draw.rows import HUMPS, humps_note, missing
from ...draw.scales import even_axis
from ...draw.style import INK, SOFT, Looks
from ...read.records import Point, Run

WIDTH, PLOT, PIXELS = 6.8, 1.5, 1600  # inches of the page, of the plot at least; pixels across the page
MOST = 8  # rows of one group
HEADS = ("median", "of limit")
NOTE = ("Each queue is shown under the best of its measured wait strategies, and ranked among queues with the same "
        "guarantees. of limit: the median as a share of what the machine could do at best, where that is known.")


def overview_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture, of the setting with most queues that has a counted trial from one producer to one consumer."""
    pair = [p for p in contenders(run, TRANSFER) if (p.producers, p.consumers) == (1, 1)]
    for combination in combinations(pair):
        points = same_waits(list(combination.points))
        if any(throughput(p) for p in points):
            return [_picture(run, looks, points, combination.title)]
    return []


def _picture(run: Run, looks: Looks, points: list[Point], setting: str) -> Picture:
    groups = [_group(g, best_waits(members), looks) for g, members in by_guarantee(points).items()]
    over = any(p.oversubscribed for p in points)
    panels = [Panel("", "oversubscribed: more threads than CPUs" if over else "", [rows for rows, _ in groups])]
    shown = [choice for _, choices in groups for choice in choices]
    widths = columns(panels, HEADS, PLOT, WIDTH)
    best = [choice.best for choice in shown]
    page = Page(page_width(widths, panels), body_height(panels), "Queues: throughput between two threads",
                f"1 producer, 1 consumer, {setting}. Higher is better.", _key(),
                short_caption(run, points, [NOTE, *humps_note(best, throughput)]))
    most = max(every_value(best))
    draw_panels(page, panels, widths, HEADS, (0.0, 1.04 * most), "million items per second",
                scale=lambda axis, limits, inches: even_axis(axis, limits[1], inches))
    return Picture("overview", page.figure, frozenset(p.name for p in points), PIXELS / page.width)


def _group(promise: Guarantee, choices: list[Choice], looks: Looks) -> tuple[tuple[str, list[Row]], list[Choice]]:
    """The heading and rows of one group, and what they show."""
    shown = choices[:MOST]
    heading = promise.title + (f": the best {MOST} of {len(choices)}" if len(choices) > MOST else "")
    return (heading, [_row(choice, looks) for choice in shown]), shown


def _row(choice: Choice, looks: Looks) -> Row:
    point, found = choice.best, choice.summary
    if not found:
        return Row(point.impl, "", (), None, missing(point))
    humps, limit = hump_summaries(point, throughput), share(point)
    numbers = (HUMPS if humps else number(found.median), f"{limit.median:.0f}%" if limit and not humps else "–")

    def draw(axes: Axes, y: float) -> None:
        color = looks.color(point.impl)
        for s in humps or [found]:
            axes.barh([y], [s.median], height=0.56, color=color, alpha=0.45 if humps else 0.75, linewidth=0, zorder=3,
                      label=point.impl)
        axes.plot([found.low, found.high], [y, y], color=INK, linewidth=1.2, solid_capstyle="butt", zorder=4)

    return Row(point.impl, point.wait or "", numbers, draw)


def _key() -> list[KeyEntry]:
    def bar(box: Axes) -> None:
        box.fill_between([0.0, 1.0], 0.25, 0.75, color=SOFT, alpha=0.75, linewidth=0)

    def spread(box: Axes) -> None:
        box.plot([0.1, 0.9], [0.5, 0.5], color=INK, linewidth=1.2)

    return [KeyEntry("median of the counted repetitions", bar, 0.3), KeyEntry("lowest to highest", spread, 0.3)]
