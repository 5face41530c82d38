"""Spin budget: what hybrid waiting gains by spinning longer, every repetition as a dot, so that humps show."""

from dataclasses import dataclass
from typing import Callable, Iterable

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ...choose.contests import ROUND_TRIP, TRANSFER, Contest, budgeted
from ...choose.cuts import Setting, settings
from ...choose.measures import Summary, counted, hump_summaries, summary_of
from ...choose.text import number, plain
from ...choose.words import PROCESSES, over_words, setting_words, shape_title
from ...draw.caption import caption
from ...draw.layout import MARGIN, KeyEntry, Page, bare
from ...draw.picture import Picture
from ...draw.scales import UPWARDS, even_axis, log_axis, log_limits, log_ticks
from ...draw.style import GRID, HEAD_PT, INK, SMALL_PT, SOFT, Looks, text_width
from ...read.records import Point, Run, Trial

PLOT_WIDTH, HEIGHT, HEAD, FOOT, GUTTER = 3.3, 3.0, 0.42, 0.68, 0.35  # inches
BAND = 0.7  # of the room between two budgets: what the dots of all implementations take of it
AXIS = "spin budget, in futex wakes"
NOTE = ("Each dot is a counted repetition, a bar their median; where they fall into two humps there is a bar for each "
        "and no common one. Budget 0 sleeps at once. ")


@dataclass(frozen=True)
class _Side:
    """One of the panels abreast."""

    title: str
    unit: str
    value: Callable[[Trial], float | None]
    linear: bool = False


SLEPT = _Side("Waits that slept", "slept, % of all waits",
              lambda t: 100 * t.metrics["sleep_ratio"] if "sleep_ratio" in t.metrics else None, linear=True)
SIDES: dict[Contest, tuple[_Side, ...]] = {
    TRANSFER: (_Side("Time: lower is better", "wall ns per item (log scale)", lambda t: t.wall_time),
               _Side("CPU: lower is better", "CPU ns of all threads per item (log scale)",
                     lambda t: t.cpu_time or None),
               SLEPT),
    ROUND_TRIP: (_Side("Latency: lower is better", "p50 of half a round trip, ns (log scale)",
                       lambda t: max(1.0, t.latency["p50"]) if t.latency else None),
                 _Side("CPU: lower is better", "CPU ns of both threads per round trip (log scale)",
                       lambda t: t.cpu_time or None),
                 SLEPT),
}


def spin_budget_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each workload and setting in which some queue was counted with two budgets."""
    return (picture for contest in SIDES for picture in _pictures(run, looks, contest))


def _pictures(run: Run, looks: Looks, contest: Contest) -> Iterable[Picture]:
    found = [s for s in settings(budgeted(run, contest), ("spin_budget",)) if _drawable(s)]
    found.sort(key=lambda s: -sum(bool(counted(p)) for p in s.points))
    return (_picture(run, looks, contest, s, f"spin_budget_{contest.workload}" + s.suffix(found[0])) for s in found)


def _drawable(setting: Setting) -> bool:
    budgets: dict[str, set[int]] = {}
    for p in setting.points:
        if counted(p):
            budgets.setdefault(p.impl, set()).add(_percent(p))
    return any(len(own) > 1 for own in budgets.values())


def _percent(point: Point) -> int:
    """The budget in percent of a wake."""
    return int(point.axes["spin_budget"])


def _picture(run: Run, looks: Looks, contest: Contest, setting: Setting, name: str) -> Picture:
    points = [p for p in setting.points if counted(p)]
    sides = [side for side in SIDES[contest] if any(_values(p, side) for p in points)]
    limits = [_limits(side, points) for side in sides]
    lefts = [0.42 + max(text_width(plain(t), SMALL_PT) for t in _ticks(limit)) for limit in limits]
    over = over_words(setting.points)
    first = setting.points[0]
    shape = [shape_title((first.producers, first.consumers))] if first.producers and first.consumers else []
    about = ", ".join([*shape, setting_words(setting.fixed, setting.points)])
    notes = [NOTE + _wakes(points) + PROCESSES]
    page = Page(2 * MARGIN + sum(lefts) + len(sides) * PLOT_WIDTH + (len(sides) - 1) * GUTTER, HEAD + HEIGHT + FOOT,
                "Hybrid waiting by spin budget", f"{contest.workload}; {about}{'; ' + over if over else ''}.",
                _key(points, looks), caption(run, setting.points, notes))
    x = MARGIN
    for side, limit, left in zip(sides, limits, lefts):
        page.text(x, page.top + 0.16, side.title, fontsize=HEAD_PT, weight="bold", color=INK)
        _draw(page.axes(x + left, page.top + HEAD, PLOT_WIDTH, HEIGHT), side, points, looks, limit)
        x += left + PLOT_WIDTH + GUTTER
    return Picture(name, page.figure, frozenset(p.name for p in setting.points))


def _values(point: Point, side: _Side) -> list[float]:
    return [v for t in counted(point) for v in [side.value(t)] if v is not None]


def _limits(side: _Side, points: list[Point]) -> tuple[float, float]:
    return (0.0, 104.0) if side.linear else log_limits([v for p in points for v in _values(p, side)], 0.05)


def _ticks(limits: tuple[float, float]) -> list[float]:
    return log_ticks(limits, HEIGHT, UPWARDS)[0] if limits[0] else [100.0]


def _wakes(points: list[Point]) -> str:
    """How long a wake was in these trials, from what they spun."""
    found = [t.metrics["spin_budget_ns"] * 100 / _percent(p) for p in points if _percent(p)
             for t in counted(p) if t.metrics.get("spin_budget_ns")]
    return f"A wake took {number(min(found))} to {number(max(found))} ns. " if found else ""


def _draw(axes: Axes, side: _Side, points: list[Point], looks: Looks, limits: tuple[float, float]) -> None:
    bare(axes)
    if side.linear:
        even_axis(axes.yaxis, limits[1], HEIGHT)
    else:
        log_axis(axes.yaxis, limits, HEIGHT)
    axes.grid(axis="y", which="major", color=GRID, linewidth=0.8)
    axes.tick_params(axis="y", which="both", length=0)
    axes.set_ylabel(side.unit)
    budgets, impls = sorted({_percent(p) for p in points}), list(dict.fromkeys(p.impl for p in points))
    axes.set_xlim(-0.55, len(budgets) - 0.45)
    axes.xaxis.set_major_locator(FixedLocator(list(range(len(budgets)))))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{b / 100:g}" for b in budgets]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(AXIS)
    step = BAND / len(impls)
    for p in points:
        at = budgets.index(_percent(p)) + step * (impls.index(p.impl) - (len(impls) - 1) / 2)
        _dots(axes, at, step, p, side, looks)


def _dots(axes: Axes, at: float, step: float, point: Point, side: _Side, looks: Looks) -> None:
    """Every counted repetition, in the order of the repetitions from left to right, and the median or medians."""
    values, color = _values(point, side), looks.color(point.impl)
    if not values:
        return
    aside = [(i + 0.5) / len(values) - 0.5 for i in range(len(values))]
    axes.plot([at + 0.6 * step * a for a in aside], values, "o", markersize=3.2, markeredgewidth=0, color=color,
              alpha=0.8, zorder=4, label=point.impl)

    def measure(of: Point) -> Summary | None:
        return summary_of(of, side.value)

    for s in hump_summaries(point, measure) or [measure(point)]:
        axes.plot([at - 0.42 * step, at + 0.42 * step], [s.median, s.median], color=color, linewidth=2.0, alpha=0.6,
                  solid_capstyle="butt", zorder=3)


def _key(points: list[Point], looks: Looks) -> list[KeyEntry]:
    def dots(impl: str) -> Callable[[Axes], None]:
        return lambda box: box.plot([0.2, 0.5, 0.8], [0.5] * 3, "o", markersize=3.2, markeredgewidth=0,
                                    color=looks.color(impl))

    def bar(box: Axes) -> None:
        box.plot([0.1, 0.9], [0.5, 0.5], color=SOFT, linewidth=2.0, alpha=0.6, solid_capstyle="butt")

    return [*(KeyEntry(impl, dots(impl)) for impl in dict.fromkeys(p.impl for p in points)),
            KeyEntry("median, or medians of two humps", bar)]
