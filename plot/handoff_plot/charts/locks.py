"""Locks and barriers: what a critical section, a shared or exclusive access, and an episode take."""

from dataclasses import dataclass
from itertools import chain
from typing import Callable, Iterable

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from matplotlib.transforms import Affine2D

from ..choose.contests import BARRIER_EPISODE, CRITICAL_SECTION, READER_WRITER, contenders
from ..choose.cuts import Cut, Setting, settings
from ..choose.equals import by_class, stated
from ..choose.measures import Measure, Summary, fairness, latency, metric, throughput, wall_time
from ..choose.text import plain, plural, some
from ..choose.words import sample_words, setting_words
from ..draw.caption import caption
from ..draw.curves import Chart, Reference, chart_pictures
from ..draw.layout import MARGIN, KeyEntry, Page, bare
from ..draw.percentile_rows import HEADS, p50, percentile_key, percentile_limits, percentile_row
from ..draw.picture import Picture
from ..draw.placing import CLEAR, FILLS, INDENT, LABEL_PT, apart_key, filled, label_mark, place
from ..draw.ranking import Panel, body_height, columns, draw_panels, page_width
from ..draw.scales import log_axis, log_limits
from ..draw.style import GRID, HEAD_PT, INK, SOFT, Looks, text_width
from ..read.records import Point, Run

# Wall time and not a thread's time: a lock lets one in after the other, so a thread's time grows with the
# number of threads under a perfect lock too. The wall time of a section is one over the lock's throughput,
# and stands beside the time that the lock is held.
WALL = ("The cost is wall time of the whole team per {}. ")
COLLAPSE = ("Where threads outnumber CPUs, a lock that hands itself to the one next in line often hands itself to one "
            "that is not running, and nobody gets in until that one has a CPU again. ")
APART = ("Panels part locks by who gets in next: who came first (fifo), whoever is fastest (any), readers and writers "
         "by turns (phases), writers before readers (writers){}.")


def lock_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of the family's workloads, of each that has numbers."""
    return chain(chart_pictures(run, looks, CHARTS), fairness_pictures(run, looks), acquire_pictures(run, looks))


def _class(point: Point) -> str:
    """The class of equals, and how its members wait: what decides who collapses."""
    waiting = stated(point, "waiting")
    return point.rivals if waiting in point.rivals.replace("_", " ") else f"{point.rivals}; {waiting}"


def _waiting(point: Point) -> str:
    return f"{point.impl} ({stated(point, 'waiting')})"


def _ideal(cut: Cut, cpus: int) -> Reference | None:
    """What a lock that costs nothing would take: the CPUs share all the work, one thread at a time holds."""
    hold, think = float(cut.fixed["hold_ns"] or 0), float(cut.fixed["think_ns"] or 0)
    if hold + think == 0:
        return None
    note = ("A lock that costs nothing takes the time that it is held, or, if that is longer, what is held and done "
            "between by all threads, shared by the CPUs.")
    return Reference("a lock that costs nothing", note, lambda n: max(hold, (hold + think) / min(n, cpus)))


SECTIONS_ABOUT = "Every thread takes one lock, again and again"
CHARTS = (
    Chart(CRITICAL_SECTION, "threads", "locks_threads", "Cost of a critical section against threads", wall_time,
          "wall ns per critical section (log scale)", "threads that take the lock (log scale)",
          about=SECTIONS_ABOUT, panel=_class, reference=_ideal,
          notes=(WALL.format("critical section: one over the lock's throughput, work inside and between sections "
                             "included") + COLLAPSE + APART.format("; and by how they wait"),)),
    Chart(READER_WRITER, "reads", "locks_reader_writer", "Cost of an access against the share of reads", wall_time,
          "wall ns per access (log scale)", "reads, % of all accesses (not to scale)",
          about="Every thread reads or writes under one lock, mixed", label=_waiting, even=True,
          notes=(WALL.format("access: one over the lock's throughput, work inside included") + APART.format(""),)),
    Chart(BARRIER_EPISODE, "threads", "locks_barrier", "Cost of a barrier's episode against threads", wall_time,
          "wall ns per episode (log scale)", "threads that meet at the barrier (log scale)",
          about="All threads meet, again and again", label=_waiting,
          notes=(WALL.format("episode: from one meeting of all threads to the next"),)),
)
PLOT_WIDTH, LEAST, PER_LOCK = 6.6, 4.2, 0.23  # inches
LEFT, HEAD, FOOT, GUTTER = 0.72, 0.42, 0.7, 0.3
EVEN = 0.99  # Jain's index from which marks crowd at the top; on the right they have names
ACROSS = "million critical sections per second (log scale)"
FAIR_NOTE = ("A lock can look fast because one thread keeps taking it: such a lock stands far right, low in the left "
             "panel and high in the right one. Jain's index is 1 when all threads got in equally often and 1/{threads} "
             "when one took all; it counts the whole trial, whereas the longest run is the most acquisitions in a row "
             "by one thread. Marks at 0.99 and above have their names in the right panel only. "
             "This is no ranking: locks whose marks are filled differently promise different things.")


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


def fairness_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture at the contended setting that fits the CPUs and that most locks were counted at."""
    setting = contended(contenders(run, CRITICAL_SECTION))
    points = list(setting.points) if setting else []
    sides = [side for side in SIDES if any(throughput(p) and side.measure(p) for p in points)]
    return [_fairness(run, looks, setting, sides)] if sides else []


def contended(points: list[Point]) -> Setting | None:
    """The setting that most implementations were counted at; then most threads, least thinking."""
    def rank(s: Setting) -> tuple[int, int, int]:
        return (len({p.impl for p in s.points if throughput(p)}), s.points[0].threads, -(s.fixed["think_ns"] or 0))

    found = settings((p for p in points if p.threads > 1 and not p.oversubscribed), ())
    return max(found, key=rank, default=None)


def _fairness(run: Run, looks: Looks, setting: Setting, sides: list[_Side]) -> Picture:
    points = list(setting.points)
    fills = dict(zip(dict.fromkeys(p.rivals for p in points), FILLS * len(points)))
    drawn = [p for p in points if throughput(p)]
    height = max(LEAST, PER_LOCK * len(drawn))
    cell = LEFT + PLOT_WIDTH
    width = 2 * MARGIN + len(sides) * cell + (len(sides) - 1) * GUTTER
    subtitle = f"{SECTIONS_ABOUT}: critical_section; {setting_words(setting.fixed, points)}."
    page = Page(width, HEAD + height + FOOT, "Fairness of locks beside their speed", subtitle, _fairness_key(fills),
                caption(run, points, [FAIR_NOTE.format(threads=points[0].threads), *_fairness_notes(points)]))
    limits = log_limits((v for p in drawn for v in throughput(p).values), 0.08)
    for i, side in enumerate(sides):
        left = MARGIN + i * (cell + GUTTER)
        page.text(left, page.top + 0.2, side.title, fontsize=HEAD_PT, weight="bold", color=INK)
        axes = page.axes(left + LEFT, page.top + HEAD, PLOT_WIDTH, height)
        _draw_side(axes, side, [p for p in drawn if side.measure(p)], fills, looks, limits, height)
    return Picture("locks_fairness", page.figure, frozenset(p.name for p in points))


def _fairness_notes(points: list[Point]) -> list[str]:
    without = [p.impl for p in points if not throughput(p)]
    single = [p.impl for p in points if throughput(p) and throughput(p).count == 1]
    notes = []
    if without:
        notes.append(f"Measured, but without a counted trial here and so without a mark: {some(without)}.")
    if single:
        notes.append(f"With a single counted trial, so that no spread is known: {some(single)}.")
    return notes


def _draw_side(axes: Axes, side: _Side, points: list[Point], fills: dict[str, str], looks: Looks,
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


def _fairness_key(fills: dict[str, str]) -> list[KeyEntry]:
    def mark(fill: str) -> Callable[[Axes], None]:
        return lambda box: box.plot([0.5], [0.5], **filled({"marker": "o", "markersize": 6.2, "color": SOFT}, fill))

    def cross(box: Axes) -> None:
        box.plot([0.1, 0.9], [0.5, 0.5], color=SOFT, linewidth=1.4, alpha=0.45)
        box.plot([0.5, 0.5], [0.1, 0.9], color=SOFT, linewidth=1.4, alpha=0.45)

    return [*(KeyEntry(rivals, mark(fill), 0.15) for rivals, fill in fills.items()),
            KeyEntry("lowest to highest repetition, of both", cross, 0.3),
            apart_key()]


ACQUIRE_NOTE = ("Percentiles are medians over the n counted repetitions of each percentile; whiskers at p50 and p99 "
                "reach from the lowest to the highest repetition. Rows are ordered by p50 inside a class of equals. A "
                "short p50 beside a long p99 or maximum often means that one thread takes the lock again and again "
                "while the others wait.")
ACQUIRE_WIDTH = 4.2  # inches; the waits of one lock span many decades


def acquire_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each setting in which two threads or more have counted latencies."""
    sampled = [p for p in contenders(run, CRITICAL_SECTION) if p.threads > 1 and any(t.latency for t in p.trials)]
    found = [s for s in settings(sampled, ("threads",)) if any(latency(p, "p50") for p in s.points)]
    found.sort(key=lambda s: -sum(latency(p, "p50") is not None for p in s.points))
    return (_acquire(run, looks, s, "locks_acquire" + s.suffix(found[0])) for s in found)


def _acquire(run: Run, looks: Looks, setting: Setting, name: str) -> Picture:
    points = list(setting.points)
    by_threads: dict[int, list[Point]] = {}
    for p in sorted(points, key=lambda p: p.threads):
        by_threads.setdefault(p.threads, []).append(p)
    panels = [_acquire_panel(threads, members, looks) for threads, members in by_threads.items()]
    widths = columns(panels, HEADS, ACQUIRE_WIDTH)
    subtitle = f"{SECTIONS_ABOUT}: critical_section; {setting_words(setting.fixed, points)}. Lower is better."
    page = Page(page_width(widths, panels), body_height(panels), "Time to get a lock", subtitle,
                percentile_key(), caption(run, points, [ACQUIRE_NOTE]))
    draw_panels(page, panels, widths, HEADS, percentile_limits(points), f"{sample_words(points)}, ns (log scale)")
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _acquire_panel(threads: int, points: list[Point], looks: Looks) -> Panel:
    over = any(p.oversubscribed for p in points)
    return Panel(plural(threads, "thread"), "oversubscribed: more threads than CPUs" if over else "",
                 [(rivals, [percentile_row(p, looks) for p in sorted(members, key=p50)])
                  for rivals, members in by_class(points)])
