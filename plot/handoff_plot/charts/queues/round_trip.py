"""Round trip: percentiles of the one-way latency in ns, one panel per wait strategy."""

from typing import Iterable

from ...choose.contests import ROUND_TRIP, contenders
from ...choose.equals import by_guarantee
from ...choose.measures import latency
from ...choose.queues import Combination, combinations
from ...choose.text import number, some
from ...choose.words import TITLES, by_wait, sample_words
from ...draw.caption import caption
from ...draw.layout import Page
from ...draw.percentile_rows import HEADS, p50, percentile_key, percentile_limits, percentile_row
from ...draw.picture import Picture
from ...draw.ranking import Panel, body_height, columns, draw_panels, page_width
from ...draw.style import Looks
from ...read.records import Point, Run

NOTE = ("Percentiles are medians over the n counted repetitions of each percentile; whiskers at p50 and p99 "
        "reach from the lowest to the highest repetition. Rows are ordered by p50 inside a group of equal "
        "guarantees.")
SPINNING = "spinning"  # the peer in files and point names that do not say
HUMPS_NOTE = "Latencies with two humps, all counted repetitions together, medians and shares: "


def round_trip_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each setting with a counted latency of its own, and for each kind of peer."""
    by_peer: dict[str, list[Point]] = {}
    for p in contenders(run, ROUND_TRIP):
        by_peer.setdefault(str(p.axes.get("peer", SPINNING)), []).append(p)
    for peer, points in by_peer.items():
        found = [c for c in combinations(points) if _drawable(c)]
        name = "round_trip" if peer == SPINNING else f"round_trip_{peer}"
        yield from (_picture(run, looks, c, name + c.suffix(found[0])) for c in found)


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
    return [HUMPS_NOTE + some(each, joint="; ") + "."] if each else []


def _sample(points: list[Point]) -> str:
    words = sample_words(points)
    return f"one-way latency ({words})" if words else "one-way latency"


def _panel(wait: str, points: list[Point], looks: Looks) -> Panel:
    over = any(p.oversubscribed for p in points)
    groups = [(g.title, [percentile_row(p, looks) for p in sorted(members, key=p50)])
              for g, members in by_guarantee(points).items()]
    return Panel(TITLES.get(wait, f"Wait strategy: {wait or 'not stated'}"),
                 "oversubscribed: more threads than CPUs" if over else "", groups)
