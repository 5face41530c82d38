"""Pictures of lines in panels that share their axes, so that a height means the same in each."""

import math
from dataclasses import dataclass, field
from typing import Callable, Iterable

from matplotlib.axes import Axes

from ..choose.contests import Contest, contenders
from ..choose.cuts import Cut, Line, cuts, lines_of
from ..choose.equals import by_class, by_panel
from ..choose.measures import Measure
from ..choose.text import plain, plural, some
from ..read.records import Point, Run
from ..choose.words import over_words, setting_words
from .caption import caption
from .layout import MARGIN, KeyEntry, Page
from .lines import LABEL_STEP, Scale, draw_lines, lines_key, oversubscribed_key, shade_oversubscribed
from .picture import Picture
from .ranking import reference_line
from .scales import UPWARDS, log_limits, log_ticks
from .style import HEAD_PT, INK, SMALL_PT, TEXT_PT, Looks, text_width

PLOT_WIDTH, LONE_WIDTH = 3.4, 5.6  # inches: of one of two panels abreast, of a panel alone
DECADE, LEAST = 1.3, 2.6  # inches: of one decade, of a panel at least
TALL = (5.6, 4.8, 4.0, 3.2)  # inches of a panel at most, by rows of panels
LINEAR = 3.4  # inches of a panel whose scale is linear
WIDE = 4  # more panels than this stand three abreast
LONE = "Alone in their classes: others promise different things"
TEAM = ("threads", "workers", "thieves", "producers", "consumers")  # axes that decide how many threads there are
ALL = "all"  # the class of a contest in which everybody is everybody's rival: not worth a title
HEAD, FOOT, GUTTER = 0.52, 0.68, 0.35


@dataclass(frozen=True)
class Reference:
    """A line that no implementation drew: `at` gives its height at a value of the axis, None where it has none.

    `text` stands in the key, `note` in the caption.
    """

    text: str
    note: str
    at: Callable[[int], float | None]


@dataclass(frozen=True)
class Chart:
    """What is the same for all pictures of one kind."""

    contest: Contest
    axis: str  # against which the measure is drawn
    name: str  # of the file
    title: str
    measure: Measure
    unit: str  # the words at the y axis
    axis_words: str  # at the x axis
    about: str = ""  # what the threads do; the subtitle goes on with the workload and the setting
    better: str = "Lower"  # empty: this is no ranking
    suits: Callable[[Point], bool] = lambda p: True  # which points of the contest are drawn
    panel_words: Callable[[Cut], str] = lambda cut: ""  # what a panel says where a picture has several cuts
    panel: Callable[[Point], str] = lambda p: p.rivals
    label: Callable[[Point], str] = lambda p: p.impl
    mixed: bool = False  # a panel may hold several classes of equals, which the labels tell apart
    gathers: bool = False  # classes of one implementation share a panel: none of them has anybody to be ranked with
    notes: tuple[str, ...] = ()
    reference: Callable[[Cut, int], Reference | None] = lambda cut, cpus: None  # on a machine of so many CPUs
    top: float | None = None  # the end of the scale where the measure has one
    zero: bool = False  # the measure may be 0
    even: bool = False  # the values of the x axis stand evenly, not to scale
    linear: bool = False  # the y axis starts at 0
    overlay: Callable[[Axes, Cut, Scale, list[Line], Looks], None] | None = None  # more marks, over the lines
    keys: tuple[KeyEntry, ...] = ()  # and what they mean

    def subtitle(self, cut: Cut) -> str:
        over = "" if cut.axis in TEAM else over_words(cut.points)
        setting = "; ".join(words for words in (setting_words(cut.fixed, cut.points), over) if words)
        return (f"{self.about}: {self.contest.workload}; {setting}."
                + (f" {self.better} is better." if self.better else ""))


@dataclass(frozen=True)
class _Panel:
    title: str
    cut: Cut
    scale: Scale
    lines: list[Line]
    reference: Reference | None = field(default=None)


def chart_pictures(run: Run, looks: Looks, charts: Iterable[Chart]) -> Iterable[Picture]:
    """The pictures of each chart: one for each setting that has numbers at two values of the chart's axis."""
    return (picture for chart in charts for picture in curve_pictures(run, looks, chart, cuts_of(run, chart)))


def cuts_of(run: Run, chart: Chart) -> list[Cut]:
    """The cuts that a chart is drawn of, the one with most numbers first."""
    return cuts(filter(chart.suits, contenders(run, chart.contest)), chart.axis, chart.measure)


def curve_pictures(run: Run, looks: Looks, chart: Chart, found: list[Cut]) -> Iterable[Picture]:
    """One picture for each cut: a panel for each class of equals."""
    return (curve_picture(run, looks, chart, [cut], chart.name + cut.suffix(found[0])) for cut in found)


def curve_picture(run: Run, looks: Looks, chart: Chart, found: list[Cut], name: str,
                  about: str | None = None, axis_words: dict[str, str] | None = None) -> Picture:
    """One picture of one cut, or, with a text `about` them all, of several along the axes in `axis_words`.

    Of several, each panel says its own cut.
    """
    words = axis_words or {cut.axis: chart.axis_words for cut in found}
    panels = [panel for cut in found for panel in _panels(chart, cut, words[cut.axis], about is not None, run.cpus)]
    points = list({p.name: p for cut in found for p in cut.points}.values())
    across = min(3 if len(panels) > WIDE else 2, len(panels))
    rows = math.ceil(len(panels) / across)
    limits = _limits(panels, chart)
    height = _height(panels, limits, rows, chart.unit)
    ticks = log_ticks(limits, height, UPWARDS)[0] if limits[0] else [limits[1]]
    left = 0.42 + max(text_width(plain(round(t)) if not limits[0] else plain(t), SMALL_PT) for t in ticks)
    plot = PLOT_WIDTH if across > 1 else LONE_WIDTH
    labels = 0.45 + max(text_width(line.label, TEXT_PT) for panel in panels for line in panel.lines)
    cell = max(left + plot + labels, *(text_width(panel.title, HEAD_PT, "bold") for panel in panels))
    width = 2 * MARGIN + across * cell + (across - 1) * GUTTER
    single = any(line.single for panel in panels for line in panel.lines)
    page = Page(width, rows * (HEAD + height + FOOT), chart.title, about or chart.subtitle(found[0]),
                [*_key(panels, single), *chart.keys],
                caption(run, points, [*chart.notes, *_notes(points, panels, chart.panel)]))
    for i, panel in enumerate(panels):
        x = MARGIN + (i % across) * (cell + GUTTER)
        y = page.top + (i // across) * (HEAD + height + FOOT)
        page.text(x, y + 0.16, panel.title, fontsize=HEAD_PT, weight="bold", color=INK)
        axes = page.axes(x + left, y + HEAD, plot, height)
        _draw(axes, panel, looks, limits, height, chart, first=i % across == 0)
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _panels(chart: Chart, cut: Cut, axis_words: str, say_cut: bool, cpus: int) -> list[_Panel]:
    found = []
    scale = Scale(cut.values, axis_words, chart.even)
    classes = (by_panel if chart.mixed else by_class)(cut.points, chart.panel)
    if chart.gathers:
        classes = _gathered(classes)
    for title, points in classes:
        lines = lines_of(cut, chart.measure, points, chart.label)
        if lines:
            words = [chart.panel_words(cut)] if say_cut else []
            words += [title] if title and (len(classes) > 1 or title != ALL) else []
            text = "; ".join(words)
            found.append(_Panel(text[:1].upper() + text[1:], cut, scale, lines, chart.reference(cut, cpus)))
    return found


def _gathered(classes: list[tuple[str, list[Point]]]) -> list[tuple[str, list[Point]]]:
    """The classes of several implementations, and all others as one; as they are where fewer than two are alone."""
    alone = [points for _, points in classes if len({p.impl for p in points}) == 1]
    if len(alone) < 2:
        return classes
    return [*((title, points) for title, points in classes if points not in alone),
            (LONE, [p for points in alone for p in points])]


def _limits(panels: list[_Panel], chart: Chart) -> tuple[float, float]:
    values = [v for panel in panels for line in panel.lines for s in line.y if s for v in s.values]
    for panel in panels:
        if panel.reference:
            values += [v for x in panel.cut.values for v in [panel.reference.at(x)] if v]
    above = [v for v in values if v > 0] or [1.0]
    if chart.linear:
        return (0.0, max(chart.top or 0.0, 1.04 * max(above)))
    low, high = log_limits(above, 0.05)
    if chart.top and max(above) <= chart.top:
        high = chart.top
    return (min(min(above), high / 10) if chart.zero else low, high)


def _height(panels: list[_Panel], limits: tuple[float, float], rows: int, unit: str) -> float:
    most = max(len(panel.lines) for panel in panels)
    if not limits[0]:
        return max(LINEAR, LABEL_STEP * (most + 1))
    wanted = min(TALL[min(rows, len(TALL)) - 1], DECADE * math.log10(limits[1] / limits[0]))
    return max(wanted, LEAST, LABEL_STEP * (most + 1), text_width(unit, SMALL_PT) + 0.1)


def _notes(points: list[Point], panels: list[_Panel], promise: Callable[[Point], str]) -> list[str]:
    notes = []
    if any(s is None for panel in panels for line in panel.lines for s in line.y):
        notes.append("Lines break where there is no counted trial; a dotted line leads from their last mark to "
                     "their name.")
    notes += dict.fromkeys(panel.reference.note for panel in panels if panel.reference)
    for panel in panels:
        if panel.title == LONE:
            classes = dict.fromkeys(promise(p) for line in panel.lines for p in points if p.impl == line.impl)
            each = (f"{', '.join(dict.fromkeys(p.impl for p in points if promise(p) == words))}: {words}"
                    for words in classes)
            notes.append(f"{LONE}. {some(each, joint='; ')}.")
    drawn = {line.impl for panel in panels for line in panel.lines}
    without = [impl for impl in dict.fromkeys(p.impl for p in points) if impl not in drawn]
    if without:
        notes.append(f"Measured, but without any counted trial here and so without a line: {some(without)}.")
    single = sum(line.single for panel in panels for line in panel.lines)
    if single:
        notes.append(f"Open marks: {plural(single, 'point')} with a single counted trial, whose spread is unknown.")
    return notes


def _draw(axes: Axes, panel: _Panel, looks: Looks, limits: tuple[float, float], height: float, chart: Chart,
          first: bool) -> None:
    draw_lines(axes, panel.lines, looks, panel.scale, limits, height, chart.zero, chart.linear)
    if first:
        axes.set_ylabel(chart.unit)
    if panel.reference:
        at = [(x, panel.reference.at(x)) for x in panel.cut.values]
        axes.plot([panel.scale.at(x) for x, y in at if y], [y for _, y in at if y], **reference_line(), zorder=2)
    if chart.overlay:
        chart.overlay(axes, panel.cut, panel.scale, panel.lines, looks)
    if panel.cut.axis in TEAM and panel.cut.first_over is not None:
        shade_oversubscribed(axes, panel.scale, panel.cut.last_that_fits, panel.cut.first_over)


def _key(panels: list[_Panel], single: bool) -> list[KeyEntry]:
    entries = lines_key(single)
    if any(panel.cut.axis in TEAM and panel.cut.first_over is not None for panel in panels):
        entries.append(oversubscribed_key())
    for text in dict.fromkeys(panel.reference.text for panel in panels if panel.reference):
        entries.append(KeyEntry(text, lambda box: box.plot([0.0, 1.0], [0.5, 0.5], **reference_line())))
    return entries
