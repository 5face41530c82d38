"""Soak: latency, memory and CPU time against the time that a load has lasted."""

from typing import Callable, Iterable

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ...choose.contests import SOAK, contenders
from ...choose.cuts import Line, Setting, settings
from ...choose.measures import Summary, counted, is_saturated, metric
from ...choose.text import number, plain, some
from ...choose.words import PROCESSES, TITLES, Letters, by_wait, labels, over_words, saturation_note, setting_words
from ...draw.caption import caption
from ...draw.layout import MARGIN, Page
from ...draw.lines import LABEL_STEP, Scale, draw_lines, lines_key
from ...draw.picture import Picture
from ...draw.scales import UPWARDS, log_limits, log_ticks
from ...draw.style import HEAD_PT, INK, SMALL_PT, TEXT_PT, Looks, text_width
from ...read.records import Part, Point, Run

PLOT_WIDTH, HEIGHT = 3.0, 2.2  # inches, of a panel
HEAD, FOOT, GUTTER = 0.42, 0.62, 0.35
MB = 1e6
Value = Callable[[Part], float | None]
SIDES: tuple[tuple[str, Value], ...] = (
    ("p50 of the latency, ns (log scale)", lambda part: part.p50),
    ("p99 of the latency, ns (log scale)", lambda part: part.p99),
    ("memory of the process, MB (log scale)", lambda part: part.memory_bytes and part.memory_bytes / MB),
    ("CPU time, ns per item (log scale)", lambda part: part.cpu_ns),
)
DRIFTS = (("p50", metric("p50_drift")), ("p99", metric("p99_drift")), ("CPU time per item", metric("cpu_drift")))
NOTE = ("The same load for the whole trial. A latency counts from the item's scheduled time, and belongs to the part "
        "of the schedule in which the item was due. Memory is that of the process in RAM, right to some 100 KB. CPU "
        "time is that of all its threads. ")


class TimeScale(Scale):
    """Parts of a schedule, labelled with their ends in seconds."""

    def __init__(self, ends: tuple[float, ...]) -> None:
        super().__init__(range(len(ends)), "seconds since the schedule began", even=True)
        self.ends = ends

    def draw(self, axes: Axes) -> None:
        super().draw(axes)
        every = max(1, -(-len(self.ends) // 6))
        kept = [i for i in self.ticks if (i + 1) % every == 0]
        axes.xaxis.set_major_locator(FixedLocator(kept))
        axes.xaxis.set_major_formatter(FixedFormatter([f"{self.ends[i]:.3g}" for i in kept]))
        axes.xaxis.set_minor_locator(NullLocator())


def soak_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each setting in which some implementation has a course."""
    points = contenders(run, SOAK)
    letters = Letters(points)
    found = [s for s in settings(points, ("wait",)) if any(_courses(p) for p in s.points)]
    found.sort(key=lambda s: -sum(bool(_courses(p)) for p in s.points))
    return (_picture(run, looks, letters, s, "soak" + s.suffix(found[0])) for s in found)


def _courses(point: Point) -> list[tuple[Part, ...]]:
    return [t.course for t in counted(point) if t.course and not is_saturated(t)]


def _lines(points: list[Point], value: Value, label: Callable[[Point], str]) -> list[Line]:
    """A line for each implementation: over its trials, what `value` finds in each part."""
    found = []
    for p in points:
        courses = _courses(p)
        parts = range(max((len(c) for c in courses), default=0))
        y = []
        for i in parts:
            values = tuple(v for c in courses if i < len(c) for v in [value(c[i])] if v)
            y.append(Summary(values) if values else None)
        if any(y):
            found.append(Line(p.impl, label(p), tuple(parts), tuple(y)))
    return found


def _picture(run: Run, looks: Looks, letters: Letters, setting: Setting, name: str) -> Picture:
    points = list(setting.points)
    label = letters.label(points, labels(points))
    rows = [(TITLES.get(wait, f"Wait strategy: {wait}"), [_lines(members, value, label) for _, value in SIDES])
            for wait, members in by_wait(points).items()]
    rows = [(title, sides) for title, sides in rows if any(sides)]
    ends = max((tuple(part.until for part in c) for p in points for c in _courses(p)), key=len)
    every_line = [line for _, sides in rows for lines in sides for line in lines]
    drawn = [i for i in range(len(SIDES)) if any(sides[i] for _, sides in rows)]
    limits = {i: log_limits([v for _, sides in rows for line in sides[i] for s in line.y if s for v in s.values], 0.05)
              for i in drawn}
    height = max(HEIGHT, LABEL_STEP * (max(len(lines) for _, sides in rows for lines in sides) + 1))
    left = 0.42 + max(text_width(plain(t), SMALL_PT) for i in drawn for t in log_ticks(limits[i], height, UPWARDS)[0])
    cell = left + PLOT_WIDTH + 0.45 + max(text_width(line.label, TEXT_PT) for line in every_line)
    across = min(2, len(drawn))
    down = -(-len(drawn) // across)
    over = over_words(points)
    page = Page(2 * MARGIN + across * cell + (across - 1) * GUTTER, len(rows) * (down * (_row_height(height)) + 0.1),
                "A load that lasts", f"Items are handed over on a schedule, for long: soak; "
                f"{setting_words(setting.fixed, points)}{'; ' + over if over else ''}. Level is better.",
                lines_key(any(line.single for line in every_line)),
                caption(run, points, [NOTE + PROCESSES, *_notes(points), letters.note(points)]))
    y, scale = page.top, TimeScale(ends)
    for title, sides in rows:
        page.text(MARGIN, y + 0.16, title, fontsize=HEAD_PT, weight="bold", color=INK)
        for at, i in enumerate(drawn):
            if sides[i]:
                axes = page.axes(MARGIN + at % across * (cell + GUTTER) + left,
                                 y + HEAD + at // across * _row_height(height), PLOT_WIDTH, height)
                draw_lines(axes, sides[i], looks, scale, limits[i], height)
                axes.set_ylabel(SIDES[i][0])
        y += down * _row_height(height) + 0.1
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _row_height(height: float) -> float:  # of a row of panels
    return HEAD + height + FOOT


def _notes(points: list[Point]) -> list[str]:
    notes = saturation_note(points)
    each = []
    for p in points:
        drifts = [f"{word} {number(s.median)} [{number(s.low)} .. {number(s.high)}]"
                  for word, measure in DRIFTS for s in [measure(p)] if s]
        if drifts:
            each.append(f"{p.impl}{', ' + p.wait if p.wait else ''}: {', '.join(drifts)}")
    if each:
        notes.append("The last quarter over the first, median [lowest .. highest] of the repetitions: "
                     f"{some(each, joint='; ')}.")
    return notes
