"""Capacity: throughput against the capacity of bounded queues, one line per implementation."""

import math

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from .caption import caption
from .layout import MARGIN, KeyEntry, Page, bare
from .load import Point, Run
from .picture import Picture
from .scales import log_axis, log_limits
from .select import (NATIVE, TRANSFER, CapacityGroup, capacity_groups, contenders, every_value, guarantee,
                     throughput)
from .style import GRID, HEAD_PT, INK, SOFT, TEXT_PT, Looks, text_width
from .throughput import shape_title

PLOT_WIDTH = 5.6  # inches
DECADE, MOST, LEAST = 1.7, 8.0, 2.3  # inches: of one decade, of all panels, of one panel
LABEL_STEP = 0.19  # between two labels at the line ends, inches
LEFT, HEAD, FOOT = 0.62, 0.42, 0.68
AXIS = "million items per second (log scale)"
NOTE = "Lines break where a capacity has no counted trial."


def capacity_pictures(run: Run, looks: Looks) -> list[Picture]:
    """One picture for each (bytes, placement, producers, consumers) with two counted capacities."""
    groups = capacity_groups(contenders(run, TRANSFER))
    return [_picture(run, looks, g, "capacity" + g.suffix(groups[0])) for g in groups]


def _picture(run: Run, looks: Looks, group: CapacityGroup, name: str) -> Picture:
    points = [p for line in group.lines.values() for p in line]
    panels = _panels(group)
    names = [_label(line[0]) for line in group.lines.values()]
    width = 2 * MARGIN + LEFT + PLOT_WIDTH + 0.45 + max(text_width(text, TEXT_PT) for text in names)
    frames = _frames(list(panels.values()))
    body = sum(HEAD + height + FOOT for _, height in frames)
    notes = [NOTE] if any(not throughput(p) for p in points) else []
    page = Page(width, body, "Throughput against capacity", _subtitle(group), _key(),
                caption(run, points, notes))
    top = page.top
    for (title, lines), (limits, height) in zip(panels.items(), frames):
        page.text(MARGIN, top + 0.22, title, fontsize=HEAD_PT, weight="bold", color=INK)
        axes = page.axes(MARGIN + LEFT, top + HEAD, PLOT_WIDTH, height)
        _draw(axes, lines, looks, limits, height, sorted({p.capacity for p in points}))
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
    native = any(p.wait == NATIVE for line in group.lines.values() for p in line)
    wait = f"wait strategy {group.wait or 'not stated'}"
    if native and group.wait != NATIVE:
        wait += " (native for queues that wait by their own means)"
    return ", ".join(parts) + "; " + wait


def _draw(axes: Axes, lines: dict[str, list[Point]], looks: Looks, limits: tuple[float, float],
          height: float, capacities: list[int]) -> None:
    bare(axes)
    log_axis(axes.yaxis, limits, height)
    axes.grid(axis="y", which="major", color=GRID, linewidth=0.8)
    axes.tick_params(axis="y", which="both", length=0)
    axes.set_xscale("log", base=2)
    axes.set_xlim(capacities[0] / 2**0.4, capacities[-1] * 2**0.3)
    axes.xaxis.set_major_locator(FixedLocator(capacities))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{c:,}" for c in capacities]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("capacity asked for, items (log scale)")
    axes.set_ylabel(AXIS)
    aside, middle = _aside(capacities, len(lines)), (len(lines) - 1) / 2
    ends = [_line(axes, line, looks, aside * (i - middle)) for i, line in enumerate(lines.values())]
    _end_labels(axes, list(lines.values()), ends, looks, limits, height)


def _aside(capacities: list[int], lines: int) -> float:
    """How far two lines stand apart, in powers of two: all of them far closer than two capacities."""
    gaps = [math.log2(b / a) for a, b in zip(capacities, capacities[1:])]
    return min(0.05, 0.3 * min(gaps) / lines)


def _line(axes: Axes, points: list[Point], looks: Looks, offset: float) -> float:
    """Draws one line, `offset` powers of two aside so that spreads do not hide one another; its last median."""
    summaries = [throughput(p) for p in points]
    x = [p.capacity * 2**offset for p in points]
    color = looks.color(points[0].impl)
    axes.plot(x, [s.median if s else math.nan for s in summaries], linewidth=1.6, zorder=4,
              **looks.mark(points[0].impl))
    for at, s in zip(x, summaries):
        if s:
            axes.plot([at, at], [s.low, s.high], color=color, linewidth=1.6, alpha=0.5, solid_capstyle="round",
                      zorder=3)
    return next(s.median for s in reversed(summaries) if s)


def _end_labels(axes: Axes, lines: list[list[Point]], ends: list[float], looks: Looks,
                limits: tuple[float, float], height: float) -> None:
    """Names beside the line ends, pushed apart where lines end close together."""
    low, high = (math.log10(v) for v in limits)
    wanted = [(math.log10(end) - low) / (high - low) for end in ends]
    placed = apart(wanted, LABEL_STEP / height)
    for line, start, y in zip(lines, wanted, placed):
        color = looks.color(line[0].impl)
        axes.plot([1.0, 1.03], [start, y], transform=axes.transAxes, color=color, linewidth=0.8, alpha=0.6,
                  clip_on=False)
        axes.plot([1.045], [y], transform=axes.transAxes, clip_on=False, **looks.mark(line[0].impl))
        axes.text(1.065, y, _label(line[0]), transform=axes.transAxes, fontsize=TEXT_PT, va="center_baseline")


def apart(wanted: list[float], step: float) -> list[float]:
    """Positions in [0, 1] close to `wanted`, in the same order, at least `step` apart."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
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


def _key() -> list[KeyEntry]:
    def mark(box: Axes) -> None:
        box.plot([0.0, 1.0], [0.5, 0.5], color=SOFT, linewidth=1.6, clip_on=False)
        box.plot([0.5], [0.5], "o", markersize=6.2, color=SOFT)

    def spread(box: Axes) -> None:
        box.plot([0.5, 0.5], [0.2, 0.8], color=SOFT, linewidth=1.6, alpha=0.5, solid_capstyle="round")

    aside = "lowest to highest repetition (marks stand a little aside so that each shows)"
    return [KeyEntry("median of the counted repetitions", mark), KeyEntry(aside, spread, 0.15)]
