"""Capacity: throughput against the capacity of bounded queues, one line per implementation."""

import math
from typing import Iterable

from ...choose.contests import TRANSFER, contenders
from ...choose.cuts import Line
from ...choose.cuts import table_of
from ...choose.equals import NATIVE, guarantee
from ...choose.measures import every_value, throughput
from ...choose.queues import CapacityGroup, capacity_groups
from ...choose.words import shape_title
from ...draw.caption import caption
from ...draw.layout import MARGIN, Page
from ...draw.lines import LABEL_STEP, Scale, draw_lines, lines_key
from ...draw.picture import Picture
from ...draw.scales import log_limits
from ...draw.style import HEAD_PT, INK, TEXT_PT, Looks, text_width
from ...read.records import Point, Run

PLOT_WIDTH = 5.6  # inches
DECADE, MOST, LEAST = 1.7, 8.0, 2.3  # inches: of one decade, of all panels, of one panel
LEFT, HEAD, FOOT = 0.62, 0.42, 0.68
AXIS = "million items per second (log scale)"
NOTE = "Lines break where a capacity has no counted trial."


def capacity_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each (bytes, placement, producers, consumers) with two counted capacities."""
    groups = capacity_groups(contenders(run, TRANSFER))
    return (_picture(run, looks, g, "capacity" + g.suffix(groups[0])) for g in groups)


def _picture(run: Run, looks: Looks, group: CapacityGroup, name: str) -> Picture:
    points = group.points
    panels = _panels(group)
    names = [_label(line[0]) for line in group.lines.values()]
    width = 2 * MARGIN + LEFT + PLOT_WIDTH + 0.45 + max(text_width(text, TEXT_PT) for text in names)
    frames = _frames(list(panels.values()))
    body = sum(HEAD + height + FOOT for _, height in frames)
    notes = [NOTE] if any(not throughput(p) for p in points) else []
    rows = {title: [_line(line) for line in lines.values()] for title, lines in panels.items()}
    single = any(line.single for lines in rows.values() for line in lines)
    page = Page(width, body, "Throughput against capacity", _subtitle(group), lines_key(single),
                caption(run, points, notes))
    top = page.top
    scale = Scale((p.capacity for p in points), "capacity asked for, items (log scale)")
    for (title, lines), (limits, height) in zip(rows.items(), frames):
        page.text(MARGIN, top + 0.22, title, fontsize=HEAD_PT, weight="bold", color=INK)
        axes = page.axes(MARGIN + LEFT, top + HEAD, PLOT_WIDTH, height)
        draw_lines(axes, lines, looks, scale, limits, height)
        axes.set_ylabel(AXIS)
        top += HEAD + height + FOOT
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _panels(group: CapacityGroup) -> dict[str, dict[str, list[Point]]]:
    """Lines by who may use the queue, so that equals share a panel."""
    found: dict[str, dict[str, list[Point]]] = {}
    for impl, line in sorted(group.lines.items(), key=lambda item: guarantee(item[1][0]).rank):
        users = guarantee(line[0]).users
        found.setdefault(users[0].upper() + users[1:], {})[impl] = line
    return found


def _frames(panels: list[dict[str, list[Point]]]) -> list[tuple[tuple[float, float], float]]:
    """(limits, height in inches) of each panel: one decade is equally high in all of them."""
    limits = [log_limits(every_value(p for line in lines.values() for p in line), 0.08) for lines in panels]
    decades = [math.log10(high / low) for low, high in limits]
    decade = min(DECADE, MOST / sum(decades))
    frames = []
    for (low, high), span, lines in zip(limits, decades, panels):
        height = max(decade * span, LEAST, LABEL_STEP * (len(lines) + 1))
        more = 10 ** ((height / decade - span) / 2)
        frames.append(((low / more, high * more), height))
    return frames


def _line(points: list[Point]) -> Line:
    return Line(points[0].impl, _label(points[0]), tuple(p.capacity for p in points),
                tuple(throughput(p) for p in points))


def _label(point: Point) -> str:
    """The name, and the order where it is not FIFO."""
    promise = guarantee(point)
    return point.impl if promise.order == "fifo" else f"{point.impl} ({promise.order_words})"


def _subtitle(group: CapacityGroup) -> str:
    parts = [shape_title(group.shape)]
    if group.bytes is not None:
        parts.append(f"{group.bytes}-byte items")
    if group.placement is not None:
        parts.append(f"placement {group.placement}")
    table = table_of(group.points)
    parts += [words for axis, value in group.others for words in [table[axis].words(value)] if words]
    native = any(p.wait == NATIVE for p in group.points)
    wait = f"wait strategy {group.wait or 'not stated'}"
    if native and group.wait != NATIVE:
        wait += " (native for queues that wait by their own means)"
    return ", ".join(parts) + "; " + wait
