"""Throughput beside its cost: a mark per implementation and wait strategy, CPU time per item over items per second."""

import math
from typing import Callable, Iterable

from matplotlib.axes import Axes
from matplotlib.transforms import Affine2D

from ...choose.contests import TRANSFER, contenders
from ...choose.equals import NATIVE, Guarantee, by_guarantee, guarantee
from ...choose.measures import counted, cpu_time, throughput
from ...choose.queues import Combination, combinations, shapes
from ...choose.words import shape_title
from ...draw.caption import caption
from ...draw.layout import MARGIN, KeyEntry, Page, bare
from ...draw.picture import Picture
from ...draw.placing import CLEAR, FILLS, INDENT, LABEL_PT, apart_key, filled, label_mark, place
from ...draw.ranking import reference_key, reference_line
from ...draw.scales import log_axis, log_limits
from ...draw.style import GRID, HEAD_PT, INK, SMALL_PT, SOFT, WARNING, Looks, text_width
from ...read.records import Point, Run

PLOT_WIDTH, HEIGHT = 6.0, 4.8  # inches
LEFT, HEAD, FOOT, GUTTER = 0.72, 0.42, 0.66, 0.4
ACROSS = "million items per second (log scale)"
UP = "CPU ns per item, of the whole process (log scale)"
NOTE = ("Right is faster, down is cheaper. Named are the marks that no other of the same guarantees beats in both: for "
        "these, more speed costs more CPU time. A mark on the line has all its threads on a CPU all the time; below it "
        "they sleep for a part of it. Both sides always have something to do here: what waiting costs while nothing "
        "comes is another question.")


def cpu_throughput_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each (bytes, capacity, placement) in which two wait strategies of a shape can be compared."""
    found = [c for c in combinations(contenders(run, TRANSFER)) if _panels(c)]
    return (_picture(run, looks, c, "cpu_throughput" + c.suffix(found[0])) for c in found)


def _panels(combination: Combination) -> dict[tuple[int, int], list[Point]]:
    """Points with both numbers, by shapes in which queues of this capacity were counted under two strategies."""
    own = [p for p in combination.points if p.capacity == combination.capacity]
    kept = {shape for shape, points in shapes(own).items()
            if len({p.wait for p in points if counted(p)} - {NATIVE, None}) >= 2}
    drawn = {shape: [p for p in points if throughput(p) and cpu_time(p)]
             for shape, points in shapes(combination.points).items() if shape in kept}
    return {shape: points for shape, points in drawn.items() if points}


def best_of_both(points: list[Point]) -> list[Point]:
    """Those that no other point beats in throughput and in CPU time: the fastest first."""
    front: list[Point] = []
    for p in sorted(points, key=lambda p: (-throughput(p).median, cpu_time(p).median)):
        if not front or cpu_time(p).median < cpu_time(front[-1]).median:
            front.append(p)
    return front


def _picture(run: Run, looks: Looks, combination: Combination, name: str) -> Picture:
    panels = _panels(combination)
    points = [p for members in panels.values() for p in members]
    groups = list(by_guarantee(points))
    fills = dict(zip(groups, FILLS * len(groups)))
    across = min(2, len(panels))
    cell = LEFT + PLOT_WIDTH
    rows = math.ceil(len(panels) / across)
    page = Page(2 * MARGIN + across * cell + (across - 1) * GUTTER, rows * (HEAD + HEIGHT + FOOT),
                "What throughput costs in CPU time",
                f"Closed loop: transfer; every wait strategy that was measured; {combination.title}.",
                _key(points, fills, looks), caption(run, combination.points, [NOTE, *_notes(combination, points)]))
    limits = (log_limits((v for p in points for v in throughput(p).values), 0.1),
              log_limits((v for p in points for v in cpu_time(p).values), 0.1))
    for i, (shape, members) in enumerate(panels.items()):
        left, top = MARGIN + i % across * (cell + GUTTER), page.top + i // across * (HEAD + HEIGHT + FOOT)
        title = shape_title(shape)
        page.text(left, top + 0.2, title, fontsize=HEAD_PT, weight="bold", color=INK)
        if any(p.oversubscribed for p in members):
            page.text(left + text_width(title, HEAD_PT, "bold") + 0.12, top + 0.2,
                      "oversubscribed: more threads than CPUs", fontsize=SMALL_PT, color=WARNING)
        axes = page.axes(left + LEFT, top + HEAD, PLOT_WIDTH, HEIGHT)
        _draw(axes, members, min(sum(shape), run.cpus), fills, looks, limits)
    return Picture(name, page.figure, frozenset(p.name for p in combination.points if p in points))


def _notes(combination: Combination, drawn: list[Point]) -> list[str]:
    single = sum(throughput(p).count == 1 for p in drawn)
    text = f"{single} of {len(drawn)} marks rest on a single counted trial, whose spread is unknown."
    return [text] if single else []


def _draw(axes: Axes, points: list[Point], cpus: int, fills: dict[Guarantee, str], looks: Looks,
          limits: tuple[tuple[float, float], tuple[float, float]]) -> None:
    bare(axes)
    log_axis(axes.xaxis, limits[0], PLOT_WIDTH)
    log_axis(axes.yaxis, limits[1], HEIGHT)
    axes.set_xlabel(ACROSS)
    axes.set_ylabel(UP)
    axes.grid(axis="both", which="major", color=GRID, linewidth=0.8)
    axes.tick_params(axis="y", which="both", length=0)
    # so many CPUs all the time: ns per item are 1000 times CPUs over million items per second
    axes.plot(limits[0], [1000 * cpus / x for x in limits[0]], **reference_line(), zorder=1)
    for p in points:
        _mark(axes, p, fills[guarantee(p)], looks)
    named = [p for members in by_guarantee(points).values() for p in best_of_both(members)]
    inches = axes.transData + axes.transAxes.inverted() + Affine2D().scale(PLOT_WIDTH, HEIGHT)

    def anchor(p: Point) -> tuple[float, float]:
        across, up = inches.transform((throughput(p).median, cpu_time(p).median))
        return (float(across), float(up))

    others = [anchor(p) for p in points if p not in named]
    blocked = [(x - CLEAR, y - CLEAR, x + CLEAR, y + CLEAR) for x, y in others]
    words = [f"{p.impl}, {p.wait}" if p.wait else p.impl for p in named]
    anchors = [anchor(p) for p in named]
    widths = [INDENT + text_width(text, LABEL_PT) for text in words]
    for p, text, at, label in zip(named, words, anchors, place(anchors, widths, (PLOT_WIDTH, HEIGHT), blocked)):
        label_mark(axes, p.impl, text, at, label, looks, (PLOT_WIDTH, HEIGHT))


def _mark(axes: Axes, point: Point, fill: str, looks: Looks) -> None:
    """Medians and, as a cross, the spreads of both."""
    x, y, color = throughput(point), cpu_time(point), looks.color(point.impl)
    axes.plot([x.low, x.high], [y.median] * 2, color=color, linewidth=1.2, alpha=0.35, zorder=3)
    axes.plot([x.median] * 2, [y.low, y.high], color=color, linewidth=1.2, alpha=0.35, zorder=3)
    axes.plot([x.median], [y.median], zorder=5, label=point.impl, **filled(looks.mark(point.impl), fill))


def _key(points: list[Point], fills: dict[Guarantee, str], looks: Looks) -> list[KeyEntry]:
    def impl(name: str) -> Callable[[Axes], None]:
        return lambda box: box.plot([0.5], [0.5], **looks.mark(name))

    def group(fill: str) -> Callable[[Axes], None]:
        return lambda box: box.plot([0.5], [0.5], **filled({"marker": "o", "markersize": 6.2, "color": SOFT}, fill))

    def cross(box: Axes) -> None:
        box.plot([0.1, 0.9], [0.5, 0.5], color=SOFT, linewidth=1.2, alpha=0.35)
        box.plot([0.5, 0.5], [0.1, 0.9], color=SOFT, linewidth=1.2, alpha=0.35)

    return [*(KeyEntry(name, impl(name), 0.15) for name in dict.fromkeys(p.impl for p in points)),
            *(KeyEntry(g.title, group(fill), 0.15) for g, fill in fills.items()),
            KeyEntry("median, and lowest to highest repetition of both", cross, 0.3),
            apart_key(), reference_key("all threads on a CPU all the time")]
