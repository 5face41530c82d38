"""Round trip: percentiles of the one-way latency in ns, one panel per wait strategy."""

from typing import Sequence

from matplotlib.axes import Axes

from .caption import caption
from .layout import KeyEntry, Page
from .load import PERCENTILES, Point, Run
from .picture import Picture
from .ranking import Panel, Row, body_height, columns, draw_panels, page_width
from .rows import missing
from .scales import log_limits
from .select import (NATIVE, ROUND_TRIP, Combination, Summary, by_guarantee, combinations, contenders, counted,
                     latency)
from .style import SOFT, Looks, number

HEADS = ("p50, ns", "p99, ns", "n")
TITLES = {NATIVE: "Wait strategy: native (queues that wait by their own means)"}
NOTE = ("Percentiles are medians over the n counted repetitions of each percentile; whiskers at p50 and p99 "
        "reach from the lowest to the highest repetition. Rows are ordered by p50 inside a group of equal "
        "guarantees.")
SPINNING = "spinning"  # the peer in files and point names that do not say
HUMPS_NOTE = "Latencies with two humps, all counted repetitions together, medians and shares: "
WIDTHS, ALPHAS = (6.0, 4.0, 2.4, 1.0), (0.35, 0.35, 0.5, 0.8)  # of the four stretches from p50 to the maximum


def round_trip_pictures(run: Run, looks: Looks) -> list[Picture]:
    """One picture for each (bytes, capacity, placement) with a counted latency of its own, and for each kind of peer."""
    pictures = []
    by_peer: dict[str, list[Point]] = {}
    for p in contenders(run, ROUND_TRIP):
        by_peer.setdefault(str(p.axes.get("peer", SPINNING)), []).append(p)
    for peer, points in by_peer.items():
        found = [c for c in combinations(points) if _drawable(c)]
        name = "round_trip" if peer == SPINNING else f"round_trip_{peer}"
        pictures += [_picture(run, looks, c, name + c.suffix(found[0])) for c in found]
    return pictures


def _drawable(combination: Combination) -> bool:
    return any(latency(p, "p50") for p in combination.points if p.capacity == combination.capacity)


def _picture(run: Run, looks: Looks, combination: Combination, name: str) -> Picture:
    points = list(combination.points)
    panels = [_panel(wait, members, looks) for wait, members in by_wait(points).items()]
    widths = columns(panels, HEADS)
    page = Page(page_width(widths, panels), body_height(panels), "Latency of handing over one item",
                combination.title + _situation(points), percentile_key(),
                caption(run, points, [NOTE, *_humps(points)]))
    draw_panels(page, panels, widths, HEADS, percentile_limits(points), f"{_sample(points)}, ns (log scale)")
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _situation(points: list[Point]) -> str:
    peer = points[0].axes.get("peer", SPINNING)
    return "" if peer == SPINNING else f", peer {peer}"


def _humps(points: list[Point]) -> list[str]:
    """Which latencies are of two kinds, as a note of one paragraph, or none."""
    each = [f"{p.impl} under {p.wait or 'no stated wait strategy'}: "
            + " and ".join(f"{number(h.median)} ns ({100 * h.share:.0f}%)" for h in p.latency_humps)
            for p in points if p.latency_humps]
    return [HUMPS_NOTE + "; ".join(each) + "."] if each else []


def by_wait(points: list[Point]) -> dict[str, list[Point]]:
    """Points by wait strategy in the order of the sweep, native last."""
    found: dict[str, list[Point]] = {}
    for p in points:
        found.setdefault(p.wait or "", []).append(p)
    return dict(sorted(found.items(), key=lambda item: item[0] == NATIVE))


def _sample(points: list[Point]) -> str:
    words = sample_words(points)
    return f"one-way latency ({words})" if words else "one-way latency"


def sample_words(points: list[Point]) -> str:
    """What one latency sample is, in the file's words."""
    return "; ".join(sorted({t.latency_of for p in points for t in p.trials if t.latency_of}))


def percentile_limits(points: list[Point]) -> tuple[float, float]:
    """Limits of an axis that holds every mark of these points."""
    values = [v for p in points for percentile in PERCENTILES for s in [latency(p, percentile)] if s
              for v in (s.values if percentile in ("p50", "p99") else (s.median,))]
    return log_limits(values, 0.03)


def _panel(wait: str, points: list[Point], looks: Looks) -> Panel:
    over = any(p.oversubscribed for p in points)
    groups = [(g.title, [percentile_row(p, looks) for p in sorted(members, key=p50)])
              for g, members in by_guarantee(points).items()]
    return Panel(TITLES.get(wait, f"Wait strategy: {wait or 'not stated'}"),
                 "oversubscribed: more threads than CPUs" if over else "", groups)


def p50(point: Point) -> float:
    """The median p50, by which rows are ordered; infinite without a number."""
    found = latency(point, "p50")
    return found.median if found else float("inf")


def percentile_row(point: Point, looks: Looks) -> Row:
    """Numbers and marks of one point's latency."""
    summaries = {p: latency(point, p) for p in PERCENTILES}
    if not summaries["p50"]:
        reason = "counted trials without latency" if counted(point) else missing(point)
        return Row(point.impl, "", (), None, reason)
    numbers = (number(summaries["p50"].median), number(summaries["p99"].median), str(summaries["p50"].count))
    return Row(point.impl, "", numbers, lambda axes, y: _marks(axes, y, summaries, point.impl, looks))


def _marks(axes: Axes, y: float, summaries: dict[str, Summary], impl: str, looks: Looks) -> None:
    """A line that thins at each percentile: p50 (filled), p90, p99 (open), p99.9 (tick), maximum (tick)."""
    at, color = [summaries[p].median for p in PERCENTILES], looks.color(impl)
    _strip(axes, at, y, color)
    for percentile in ("p99", "p50"):
        found = summaries[percentile]
        if found.count > 1:
            axes.plot([found.low, found.high], [y + 0.37] * 2, color=color, linewidth=1.2, marker="|",
                      markersize=3.5, markeredgewidth=1.0, solid_capstyle="butt", zorder=4)
        axes.plot([found.median], [y], zorder=5, **looks.mark(impl, hollow=percentile == "p99"))


def _strip(axes: Axes, at: Sequence[float], y: float, color: str) -> None:
    """The line and the ticks of the five percentiles `at`."""
    for left, right, width, alpha in zip(at, at[1:], WIDTHS, ALPHAS):
        axes.plot([left, right], [y, y], color=color, linewidth=width, alpha=alpha, solid_capstyle="butt",
                  zorder=2)
    axes.plot([at[3]], [y], "|", markersize=6, markeredgewidth=1.0, color=color, zorder=3)
    axes.plot([at[4]], [y], "|", markersize=9, markeredgewidth=1.4, color=color, zorder=3)


def percentile_key() -> list[KeyEntry]:
    """What the marks of a percentile row mean."""
    def strip(box: Axes) -> None:
        at = (0.06, 0.3, 0.5, 0.72, 0.94)
        _strip(box, at, 0.5, SOFT)
        box.plot([at[0]], [0.5], "o", markersize=5.8, color=SOFT, zorder=5)
        box.plot([at[2]], [0.5], "o", markersize=5.8, markerfacecolor="white", markeredgecolor=SOFT, zorder=5)

    def whisker(box: Axes) -> None:
        box.plot([0.15, 0.85], [0.5] * 2, color=SOFT, linewidth=1.2, marker="|", markersize=3.5)

    marks = "p50 (filled), p90 (line thins), p99 (open), p99.9 (short tick), max (long tick)"
    return [KeyEntry(marks, strip, 1.5),
            KeyEntry("lowest to highest repetition, of p50 and of p99", whisker)]
