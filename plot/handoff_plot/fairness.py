"""Fairness beside speed: one mark per lock, across its throughput, up its fairness and its longest run."""

import math
from dataclasses import dataclass
from typing import Callable

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from matplotlib.transforms import Affine2D

from .caption import caption
from .layout import MARGIN, KeyEntry, Page, bare
from .load import Point, Run
from .picture import Picture
from .scales import log_axis, log_limits
from .select import CRITICAL_SECTION, Measure, Summary, contenders, fairness, metric, throughput
from .style import GRID, HEAD_PT, INK, SOFT, Looks, plain, plural, text_width

PLOT_WIDTH, LEAST, PER_LOCK = 6.6, 4.2, 0.23  # inches
LEFT, HEAD, FOOT, GUTTER = 0.72, 0.42, 0.7, 0.3
LABEL_PT, LABEL_HEIGHT, CLEAR = 8.5, 0.16, 0.075  # points, inches, half a mark in inches
INDENT, SMALL = 0.12, 0.65  # inches before a name; the size of a small mark there
NEAR = 0.19  # inches from a mark to a name that needs no thread between them
FILLS = ("full", "none", "left", "bottom", "right", "top")  # of marks, one for each class of equals
EVEN = 0.99  # Jain's index from which marks crowd at the top; on the right they have names
ACROSS = "million critical sections per second (log scale)"
NOTE = ("A lock can look fast because one thread keeps taking it: such a lock stands far right, low in the left panel "
        "and high in the right one. Jain's index is 1 when all threads got in equally often and 1/{threads} when one "
        "took all; it counts the whole trial, whereas the longest run is the most acquisitions in a row by one thread. "
        "Marks at 0.99 and above have their names in the right panel only. "
        "This is no ranking: locks whose marks are filled differently promise different things.")


Box = tuple[float, float, float, float]  # left, bottom, right, top, in inches


@dataclass(frozen=True)
class _Side:
    """One of the two panels."""

    title: str
    unit: str
    measure: Measure
    log: bool


SIDES = (_Side("Shares of the threads: higher is fairer", "Jain's index of acquisitions (1 = equal shares)",
               fairness, False),
         _Side("Longest run: lower is fairer", "most acquisitions in a row by one thread (log scale)",
               metric("longest_run"), True))


def fairness_pictures(run: Run, looks: Looks) -> list[Picture]:
    """One picture at the contended shape that fits the CPUs and that most locks were counted at."""
    points = contended(contenders(run, CRITICAL_SECTION))
    sides = [side for side in SIDES if any(throughput(p) and side.measure(p) for p in points)]
    return [_picture(run, looks, points, sides)] if sides else []


def contended(points: list[Point]) -> list[Point]:
    """The points of the shape that most implementations were counted at; then most threads, least thinking."""
    shapes: dict[tuple, list[Point]] = {}
    for p in points:
        if p.threads > 1 and not p.oversubscribed:
            shapes.setdefault((p.threads, p.hold_ns, p.think_ns, p.placement), []).append(p)

    def rank(shape: tuple) -> tuple[int, int, int]:
        return (len({p.impl for p in shapes[shape] if throughput(p)}), shape[0], -(shape[2] or 0))

    return shapes[max(shapes, key=rank)] if shapes else []


def _picture(run: Run, looks: Looks, points: list[Point], sides: list[_Side]) -> Picture:
    first = points[0]
    fills = dict(zip(dict.fromkeys(p.rivals for p in points), FILLS * len(points)))
    drawn = [p for p in points if throughput(p)]
    height = max(LEAST, PER_LOCK * len(drawn))
    cell = LEFT + PLOT_WIDTH
    width = 2 * MARGIN + len(sides) * cell + (len(sides) - 1) * GUTTER
    subtitle = (f"Every thread takes one lock, again and again: critical_section; {plural(first.threads, 'thread')}, "
                f"held for {first.hold_ns} ns, {first.think_ns} ns between two sections of a thread, "
                f"placement {first.placement}.")
    page = Page(width, HEAD + height + FOOT, "Fairness of locks beside their speed", subtitle, _key(fills),
                caption(run, points, [NOTE.format(threads=first.threads), *_notes(points)]))
    limits = log_limits((v for p in drawn for v in throughput(p).values), 0.08)
    for i, side in enumerate(sides):
        left = MARGIN + i * (cell + GUTTER)
        page.text(left, page.top + 0.2, side.title, fontsize=HEAD_PT, weight="bold", color=INK)
        axes = page.axes(left + LEFT, page.top + HEAD, PLOT_WIDTH, height)
        _draw(axes, side, [p for p in drawn if side.measure(p)], fills, looks, limits, height)
    return Picture("locks_fairness", page.figure, frozenset(p.name for p in points))


def _notes(points: list[Point]) -> list[str]:
    without = [p.impl for p in points if not throughput(p)]
    single = [p.impl for p in points if throughput(p) and throughput(p).count == 1]
    notes = []
    if without:
        notes.append(f"Measured, but without a counted trial here and so without a mark: {', '.join(without)}.")
    if single:
        notes.append(f"With a single counted trial, so that no spread is known: {', '.join(single)}.")
    return notes


def _draw(axes: Axes, side: _Side, points: list[Point], fills: dict[str, str], looks: Looks,
          limits: tuple[float, float], height: float) -> None:
    bare(axes)
    log_axis(axes.xaxis, limits, PLOT_WIDTH)
    axes.set_xlabel(ACROSS)
    axes.set_ylabel(side.unit)
    axes.grid(axis="both", which="major", color=GRID, linewidth=0.8)
    axes.tick_params(axis="y", which="both", length=0)
    if side.log:
        log_axis(axes.yaxis, log_limits((v for p in points for v in side.measure(p).values), 0.08), height)
    else:
        least = 1 / points[0].threads  # one thread took all
        axes.set_ylim(least - 0.04 * (1 - least), 1 + 0.14 * (1 - least))
        ticks = sorted({round(least, 3), *(t / 10 for t in range(1, 11) if t / 10 > least + 0.04)})
        axes.yaxis.set_major_locator(FixedLocator(ticks))
        axes.yaxis.set_major_formatter(FixedFormatter([plain(t) for t in ticks]))
        axes.yaxis.set_minor_locator(NullLocator())
    for p in points:
        _mark(axes, throughput(p), side.measure(p), p, fills[p.rivals], looks)
    inches = axes.transData + axes.transAxes.inverted() + Affine2D().scale(PLOT_WIDTH, height)
    anchors, blocked = [], []
    named = points if side.log else [p for p in points if side.measure(p).median < EVEN]
    for p in points:
        x, y = throughput(p), side.measure(p)
        corners = inches.transform([(x.median, y.median), (x.low, y.low), (x.high, y.high)])
        (across, up), (left, bottom), (right, top) = corners
        if p in named:
            anchors.append((float(across), float(up)))
        else:
            blocked.append((across - CLEAR, up - CLEAR, across + CLEAR, up + CLEAR))
        blocked += [(left, up - 0.01, right, up + 0.01), (across - 0.01, bottom, across + 0.01, top)]
    widths = [INDENT + text_width(p.impl, LABEL_PT) for p in named]
    for p, anchor, label in zip(named, anchors, place(anchors, widths, (PLOT_WIDTH, height), blocked)):
        label_mark(axes, p.impl, p.impl, anchor, label, looks, (PLOT_WIDTH, height))


def _mark(axes: Axes, x: Summary, y: Summary, point: Point, fill: str, looks: Looks) -> None:
    """Draws one lock: its medians and, as a cross, the spreads of both."""
    color = looks.color(point.impl)
    axes.plot([x.low, x.high], [y.median] * 2, color=color, linewidth=1.4, alpha=0.45, zorder=3)
    axes.plot([x.median] * 2, [y.low, y.high], color=color, linewidth=1.4, alpha=0.45, zorder=3)
    axes.plot([x.median], [y.median], zorder=5, label=point.impl, **filled(looks.mark(point.impl), fill))


def filled(mark: dict[str, object], fill: str) -> dict[str, object]:
    """A mark that is filled with its colour in full, in part or, white inside, not at all."""
    face = {"markerfacecolor": "white"} if fill == "none" else {"fillstyle": fill, "markerfacecoloralt": "white"}
    return {**mark, **face, "markeredgecolor": mark["color"], "markeredgewidth": 1.0}


def label_mark(axes: Axes, impl: str, text: str, anchor: tuple[float, float], at: tuple[float, float], looks: Looks,
               room: tuple[float, float]) -> None:
    """Words on a mark of `impl`, their left end at `at`; where it is not close, a thread to it and a small mark.

    In inches, inside axes of `room`.
    """
    (across, height), width, left = room, INDENT + text_width(text, LABEL_PT), at[0] + INDENT / 2
    above = at[1] > anchor[1]
    near = (min(max(anchor[0], at[0]), at[0] + width),
            at[1] + (-0.5 if above else 0.5) * LABEL_HEIGHT * (abs(at[1] - anchor[1]) > LABEL_HEIGHT / 2))
    if math.dist(anchor, near) > NEAR:
        axes.plot([anchor[0] / across, near[0] / across], [anchor[1] / height, near[1] / height],
                  transform=axes.transAxes, color=looks.color(impl), linewidth=0.6, alpha=0.6, zorder=2)
        small = looks.mark(impl)
        axes.plot([(at[0] + INDENT / 2) / across], [at[1] / height], transform=axes.transAxes, zorder=6,
                  **{**small, "markersize": SMALL * small["markersize"], "markeredgewidth": 0})
        left = at[0] + INDENT
    axes.text(left / across, at[1] / height, text, transform=axes.transAxes, fontsize=LABEL_PT,
              va="center_baseline", ha="left", zorder=6)


def place(anchors: list[tuple[float, float]], widths: list[float],
          room: tuple[float, float], blocked: list[Box]) -> list[tuple[float, float]]:
    """Left ends of labels close to their anchors, over no mark, nothing `blocked` and no other label, inside `room`.

    All in inches.

    Takes the nearest free place for each; a label that finds none stands beside its mark.
    """
    taken = [*blocked, *((x - CLEAR, y - CLEAR, x + CLEAR, y + CLEAR) for x, y in anchors)]
    found: dict[int, tuple[float, float]] = {}
    for i in sorted(range(len(anchors)), key=lambda i: (-anchors[i][0], anchors[i][1])):
        (x, y), width = anchors[i], widths[i]
        places = _around(x, y, width)
        free = next((p for p in places if _free(_box(p, width), taken, room)), places[0])
        taken.append(_box(free, width))
        found[i] = free
    return [found[i] for i in range(len(anchors))]


def _around(x: float, y: float, width: float) -> list[tuple[float, float]]:
    """Left ends of a label beside, over, under and ever farther from (x, y), the nearest first."""
    close = CLEAR + 0.06
    places = [(x + close, y), (x - close - width, y)]
    for ring in range(1, 24):
        up = LABEL_HEIGHT * ring * 0.5
        for dy in (up, -up):
            for dx in (close, -width / 2, -close - width, close + 0.25 * ring, -close - width - 0.25 * ring):
                places.append((x + dx, y + dy))
    return sorted(places, key=lambda p: math.dist((min(max(x, p[0]), p[0] + width), p[1]), (x, y)))


def _box(at: tuple[float, float], width: float) -> Box:
    return (at[0] - 0.02, at[1] - LABEL_HEIGHT / 2, at[0] + width + 0.02, at[1] + LABEL_HEIGHT / 2)


def _free(box: Box, taken: list[Box], room: tuple[float, float]) -> bool:
    inside = box[0] >= 0 and box[1] >= 0 and box[2] <= room[0] and box[3] <= room[1]
    return inside and not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken)


def _key(fills: dict[str, str]) -> list[KeyEntry]:
    def mark(fill: str) -> Callable[[Axes], None]:
        return lambda box: box.plot([0.5], [0.5], **filled({"marker": "o", "markersize": 6.2, "color": SOFT}, fill))

    def cross(box: Axes) -> None:
        box.plot([0.1, 0.9], [0.5, 0.5], color=SOFT, linewidth=1.4, alpha=0.45)
        box.plot([0.5, 0.5], [0.1, 0.9], color=SOFT, linewidth=1.4, alpha=0.45)

    return [*(KeyEntry(rivals, mark(fill), 0.15) for rivals, fill in fills.items()),
            KeyEntry("lowest to highest repetition, of both", cross, 0.3),
            apart_key()]


def apart_key() -> KeyEntry:
    def apart(box: Axes) -> None:
        box.plot([0.0, 0.75], [0.9, 0.5], color=SOFT, linewidth=0.6, alpha=0.6)
        box.plot([0.9], [0.5], "o", markersize=6.2 * SMALL, color=SOFT, markeredgewidth=0)

    return KeyEntry("before a name that stands apart from its mark", apart, 0.3)
