"""Swell: latency at the same loads on the way up past the knee and on the way down again."""

from itertools import takewhile
from statistics import median
from typing import Iterable

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ...choose.contests import SWELL, contenders
from ...choose.cuts import Setting, settings
from ...choose.measures import Summary, counted, metric
from ...choose.text import number, plain
from ...choose.words import PROCESSES, TITLES, Letters, by_wait, labels, over_words, setting_words
from ...draw.caption import caption
from ...draw.layout import MARGIN, KeyEntry, Page, bare
from ...draw.lines import spread_of
from ...draw.picture import Picture
from ...draw.scales import UPWARDS, log_axis, log_limits, log_ticks
from ...draw.style import GRID, HEAD_PT, INK, SMALL_PT, SOFT, STROKE_PT, TEXT_PT, Looks, text_width
from ...read.records import Part, Point, Run

PLOT_WIDTH, HEIGHT = 2.3, 1.9  # inches, of a panel
ACROSS = 3  # panels
HEAD, NAME, FOOT, GUTTER = 0.3, 0.58, 0.62, 0.4
MS = 1e-6
LATE, LATE_NS = 0.01, 1e6  # of a step, and at least: what sleeps and wakes in time takes less
RECOVERY, RECOVERED = metric("recovery_ns", MS), metric("recovered")
DASHES = (0, (3, 2))
NOTE = ("The load rises in steps to what is offered at the peak, falls in the same steps, and each step lasts equally"
        " long. What the queue does not carry at the peak is worked off on the way down. A repetition's latency in a "
        "step is the median of the p50 of the step's eight parts; a mark is the median of the repetitions, with their"
        " lowest and highest. Recovered: the p50 of two parts in a row is at most twice that at the same load on the "
        "way up, which says nothing of a queue that is late from the first step on: its p50 there is more than a "
        "hundredth of the step and than 1 ms. ")
Side = dict[float, Summary]  # load -> latency


def swell_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each setting in which some implementation has been up and down."""
    points = contenders(run, SWELL)
    letters = Letters(points)
    found = [s for s in settings(points, ("wait",)) if any(_sides(p) for p in s.points)]
    found.sort(key=lambda s: -sum(_sides(p) is not None for p in s.points))
    return (_picture(run, looks, letters, s, "swell" + s.suffix(found[0])) for s in found)


def _sides(point: Point) -> tuple[Side, Side] | None:
    """Latencies on the way up, the peak among them, and on the way down from it; None without any."""
    up: dict[float, list[float]] = {}
    down: dict[float, list[float]] = {}
    for trial in counted(point):
        for side, parts in zip((up, down), _halves(trial.course)):
            for load, latency in parts.items():
                side.setdefault(load, []).append(latency)
    summaries = tuple({load: Summary(tuple(values)) for load, values in sorted(side.items())} for side in (up, down))
    return (summaries[0], summaries[1]) if up and down else None


def _halves(course: tuple[Part, ...]) -> tuple[dict[float, float], dict[float, float]]:
    """Of one trial: load -> the median of its parts, on the way up and from the peak on."""
    peak = max((part.load or 0.0 for part in course), default=0.0)
    at_peak = [i for i, part in enumerate(course) if part.load == peak]
    if not at_peak or not peak:
        return {}, {}
    return _medians(course[:at_peak[-1] + 1]), _medians(course[at_peak[0]:])


def _medians(parts: tuple[Part, ...]) -> dict[float, float]:
    found: dict[float, list[float]] = {}
    for part in parts:
        if part.load is not None and part.p50 is not None:
            found.setdefault(part.load, []).append(max(1.0, part.p50))
    return {load: median(values) for load, values in found.items()}


def _picture(run: Run, looks: Looks, letters: Letters, setting: Setting, name: str) -> Picture:
    points = list(setting.points)
    label = letters.label(points, labels(points))
    rows = [(TITLES.get(wait, f"Wait strategy: {wait}"),
             [(p, sides) for p in members for sides in [_sides(p)] if sides])
            for wait, members in by_wait(points).items()]
    rows = [(title, cells) for title, cells in rows if cells]
    every = [s for _, cells in rows for _, sides in cells for side in sides for s in side.values()]
    limits = log_limits([v for s in every for v in s.values], 0.05)
    left = 0.42 + max(text_width(plain(t), SMALL_PT) for t in log_ticks(limits, HEIGHT, UPWARDS)[0])
    names = [text for _, cells in rows for p, _ in cells for text in (label(p), _recovery(p))]
    cell = max(left + PLOT_WIDTH, *(text_width(text, TEXT_PT) for text in names))
    across = min(ACROSS, max(len(cells) for _, cells in rows))
    height = NAME + HEIGHT + FOOT
    over = over_words(points)
    page = Page(2 * MARGIN + across * cell + (across - 1) * GUTTER,
                sum(HEAD + -(-len(cells) // across) * height for _, cells in rows), "Past the knee and back",
                f"The offered load rises and falls: swell; {setting_words(setting.fixed, points)}"
                f"{'; ' + over if over else ''}. Lower is better; two lines that meet have recovered.",
                [_way_key("on the way up", False), _way_key("on the way down", True)],
                caption(run, points, [NOTE + PROCESSES, letters.note(points)]))
    y = page.top
    for title, cells in rows:
        page.text(MARGIN, y + 0.16, title, fontsize=HEAD_PT, weight="bold", color=INK)
        for i, (p, sides) in enumerate(cells):
            x, top = MARGIN + i % across * (cell + GUTTER), y + HEAD + i // across * height
            page.text(x, top + 0.22, label(p), fontsize=TEXT_PT, weight="bold", color=INK)
            page.text(x, top + 0.4, _recovery(p), fontsize=TEXT_PT, color=INK)
            _draw(page.axes(x + left, top + NAME, PLOT_WIDTH, HEIGHT), p, sides, looks, limits, i % across == 0)
        y += HEAD + -(-len(cells) // across) * height
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _recovery(point: Point) -> str:
    took, recovered = RECOVERY(point), RECOVERED(point)
    if not took or not recovered:
        return "recovery not stated"
    if _late_from_the_start(point):
        return "late from the first step on"
    if not recovered.median:
        return "not recovered"
    return f"recovered in {number(took.median)} ms [{number(took.low)} .. {number(took.high)}]"


def _late_from_the_start(point: Point) -> bool:
    """Whether most of its trials did not carry the least load before there was any other."""
    late = []
    for trial in counted(point):
        first = list(takewhile(lambda part: part.load == trial.course[0].load, trial.course))
        latencies = [part.p50 for part in first if part.p50 is not None]
        if latencies:
            late.append(median(latencies) > max(LATE_NS, LATE * 1e9 * first[-1].until))
    return 2 * sum(late) > len(late)


def _draw(axes: Axes, point: Point, sides: tuple[Side, Side], looks: Looks, limits: tuple[float, float],
          first: bool) -> None:
    bare(axes)
    log_axis(axes.yaxis, limits, HEIGHT)
    axes.grid(axis="y", which="major", color=GRID, linewidth=0.8)
    axes.tick_params(axis="y", which="both", length=0)
    loads = sorted({load for side in sides for load in side})
    margin = 0.06 * (loads[-1] - loads[0]) or 1.0
    axes.set_xlim(loads[0] - margin, loads[-1] + margin)
    axes.xaxis.set_major_locator(FixedLocator(loads))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{load:g}" for load in loads]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("offered load, % of transfer's throughput")
    for side, down in zip(sides, (False, True)):
        style = looks.line(point.impl) | ({"linestyle": DASHES} if down else {"linestyle": "-"})
        axes.plot(list(side), [s.median for s in side.values()], zorder=4, **style)
        for load, s in side.items():
            axes.plot([load], [s.median], zorder=5, **looks.mark(point.impl, hollow=down))
            spread_of(axes, load, s, looks.color(point.impl))
    if first:
        axes.set_ylabel("p50 of the latency, ns (log scale)")


def _way_key(text: str, down: bool) -> KeyEntry:
    def way(box: Axes) -> None:
        box.plot([0.0, 1.0], [0.5, 0.5], color=SOFT, linewidth=STROKE_PT, linestyle=DASHES if down else "-")
        box.plot([0.5], [0.5], "o", markersize=6.2, color=SOFT, markerfacecolor="white" if down else SOFT)

    return KeyEntry(text, way)
