"""Paced: latency against the load that is offered, one row of panels for each wait strategy."""

import math
from dataclasses import dataclass
from typing import Callable, Iterable

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ...choose.contests import PACED, contenders
from ...choose.cuts import Cut, Line, Setting, lines_of, settings
from ...choose.measures import metric
from ...choose.text import plain, some
from ...choose.words import PROCESSES, TITLES, Letters, by_wait, labels, over_words, saturation_note, setting_words
from ...draw.caption import caption
from ...draw.layout import MARGIN, KeyEntry, Page
from ...draw.lines import LABEL_STEP, Scale, draw_lines, lines_key
from ...draw.picture import Picture
from ...draw.quantiles import ABOVE, backed
from ...draw.ranking import reference_key, reference_line
from ...draw.scales import UPWARDS, log_limits, log_ticks
from ...draw.style import BAND, HEAD_PT, INK, SMALL_PT, SOFT, TEXT_PT, Looks, text_width
from ...read.records import Point, Run

PLOT_WIDTH, HEIGHT, MOST = 3.4, 2.4, 4.2  # inches, of a panel: least and greatest height
HEAD, FOOT, GUTTER, STRIP = 0.42, 0.62, 0.35, 0.13  # inches; STRIP: of one implementation above a panel
SIDES = (("p50", backed(0.5)), ("p99", backed(0.99)), ("p99.9", backed(0.999)))
SATURATED = metric("saturated")
NOTE = ("Items are due on a schedule, and the latency of each counts from its scheduled time, so that a stall is "
        "charged to everything that it delayed. The load is a share of what transfer reached at the same point in this "
        "run: the same load is another rate for each implementation and each wait strategy. Marks in the band above a "
        "panel: saturated, it fell ever further behind the schedule and has no latency; open if only some of the "
        f"counted repetitions did. A percentile is drawn where {ABOVE} samples of all counted repetitions "
        "lie above it. ")


class LoadScale(Scale):
    """Loads to scale, ten percent a step."""

    def at(self, value: float) -> float:
        return value / 10

    def draw(self, axes: Axes) -> None:
        super().draw(axes)
        room = PLOT_WIDTH / (self.limits[1] - self.limits[0])  # inches of ten percent
        kept: list[int] = []
        for tick in self.ticks:
            if not kept or (self.at(tick) - self.at(kept[-1])) * room >= 0.27:
                kept.append(tick)
        axes.xaxis.set_major_locator(FixedLocator([self.at(t) for t in kept]))
        axes.xaxis.set_major_formatter(FixedFormatter([f"{t}" for t in kept]))
        axes.xaxis.set_minor_locator(NullLocator())


@dataclass(frozen=True)
class _Row:
    """One wait strategy."""

    title: str
    lines: dict[str, list[Line]]  # by side
    saturated: list[Line]  # the share of repetitions, where it is not 0


def latency_load_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each setting in which some implementation has a latency at two loads."""
    points = contenders(run, PACED)
    letters = Letters(points)
    found = [s for s in settings(points, ("wait", "load")) if _drawable(s)]
    found.sort(key=lambda s: -sum(SIDES[0][1](p) is not None for p in s.points))
    return (_picture(run, looks, letters, s, "latency_load" + s.suffix(found[0])) for s in found)


def _drawable(setting: Setting) -> bool:
    cut = Cut("load", setting.fixed, setting.points)
    return any(sum(s is not None for s in line.y) > 1 for members in by_wait(list(setting.points)).values()
               for line in lines_of(cut, SIDES[0][1], members))


def _picture(run: Run, looks: Looks, letters: Letters, setting: Setting, name: str) -> Picture:
    points, cut = list(setting.points), Cut("load", setting.fixed, setting.points)
    label = letters.label(points, labels(points))
    rows = [row for wait, members in by_wait(points).items()
            for row in [_row(cut, TITLES.get(wait, f"Wait strategy: {wait}"), members, label)]
            if any(row.lines.values()) or row.saturated]
    sides = [side for side, _ in SIDES if any(row.lines[side] for row in rows)]
    every_line = [line for row in rows for drawn in row.lines.values() for line in drawn]
    values = [v for line in every_line for s in line.y if s for v in s.values]
    limits = log_limits(values, 0.05)
    most = max(len(drawn) for row in rows for drawn in row.lines.values())
    height = max(min(MOST, HEIGHT * math.log10(limits[1] / limits[0]) / 2.5), HEIGHT, LABEL_STEP * (most + 1))
    left = 0.42 + max(text_width(plain(t), SMALL_PT) for t in log_ticks(limits, height, UPWARDS)[0])
    names = 0.45 + max(text_width(line.label, TEXT_PT) for line in every_line)
    cell = left + PLOT_WIDTH + names
    tops = [STRIP * len(row.saturated) + (0.05 if row.saturated else 0.0) for row in rows]
    single = any(line.single for line in every_line)
    over = over_words(points)
    page = Page(2 * MARGIN + len(sides) * cell + (len(sides) - 1) * GUTTER,
                sum(HEAD + top + height + FOOT for top in tops), "Latency under load",
                f"Items are handed over on a schedule: paced; {setting_words(setting.fixed, points)}"
                f"{'; ' + over if over else ''}. Lower is better.",
                [*lines_key(single), _saturated_key(), reference_key("the throughput of transfer is offered")],
                caption(run, points, [NOTE + PROCESSES, *_notes(points, rows), letters.note(points)]))
    scale = LoadScale(cut.values, "offered load, % of the throughput of transfer")
    y = page.top
    for row, top in zip(rows, tops):
        page.text(MARGIN, y + 0.16, row.title, fontsize=HEAD_PT, weight="bold", color=INK)
        for i, side in enumerate(sides):
            x = MARGIN + i * (cell + GUTTER) + left
            if row.saturated:
                _strip(page.axes(x, y + HEAD, PLOT_WIDTH, top - 0.05), row.saturated, looks, scale)
            if row.lines[side]:
                axes = page.axes(x, y + HEAD + top, PLOT_WIDTH, height)
                draw_lines(axes, row.lines[side], looks, scale, limits, height)
                axes.set_ylabel(f"{side} of the latency, ns (log scale)")
                if scale.ticks[0] <= 100 <= scale.ticks[-1]:
                    axes.axvline(scale.at(100), **reference_line(), zorder=1)
        y += HEAD + top + height + FOOT
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _row(cut: Cut, title: str, points: list[Point], label: Callable[[Point], str]) -> _Row:
    lines = {side: lines_of(cut, measure, points, label) for side, measure in SIDES}
    saturated = [line for line in lines_of(cut, SATURATED, points, label) if any(s and any(s.values) for s in line.y)]
    return _Row(title, lines, saturated)


def _strip(axes: Axes, lines: list[Line], looks: Looks, scale: Scale) -> None:
    """A row of marks for each implementation, where it is saturated."""
    axes.set(xlim=scale.limits, ylim=(len(lines) - 0.5, -0.5), xticks=[], yticks=[], facecolor=BAND)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for i, line in enumerate(lines):
        for load, found in zip(line.x, line.y):
            if found and any(found.values):
                axes.plot([scale.at(load)], [i], zorder=5, **looks.mark(line.impl, hollow=not all(found.values)))


def _saturated_key() -> KeyEntry:
    def band(box: Axes) -> None:
        box.fill_between([0.0, 1.0], 0.15, 0.85, color=BAND, linewidth=0)
        box.plot([0.3], [0.5], "o", markersize=6.2, color=SOFT)
        box.plot([0.7], [0.5], "o", markersize=6.2, markerfacecolor="white", markeredgecolor=SOFT)

    return KeyEntry("saturated in all, in some counted repetitions", band)


def _notes(points: list[Point], rows: list[_Row]) -> list[str]:
    notes = saturation_note(points)
    drawn = {line.impl for row in rows for lines in row.lines.values() for line in lines}
    without = [impl for impl in dict.fromkeys(p.impl for p in points) if impl not in drawn]
    if without:
        notes.append(f"Measured, but without a latency that could be drawn: {some(without)}.")
    if any(s is None for row in rows for lines in row.lines.values() for line in lines for s in line.y):
        notes.append("Lines break where there is no counted latency, or too few samples; a dotted line leads from "
                     "their last mark to their name.")
    return notes
