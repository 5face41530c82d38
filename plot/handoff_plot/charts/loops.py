"""Event loops: what a post, a timer and a turn cost, how soon a loop wakes, and what a long task does to it."""

from itertools import chain
from typing import Iterable

from ..choose.contests import BLOCKED, FIRE, MANY, POST, TIMERS, WAKE, Contest, contenders
from ..choose.cuts import Setting, settings
from ..choose.equals import by_class
from ..choose.measures import Summary, latency, wall_time
from ..choose.words import PROCESSES, sample_words, setting_words
from ..draw.caption import caption
from ..draw.curves import Chart, chart_pictures
from ..draw.layout import Page
from ..draw.percentile_rows import HEADS, p50, percentile_key, percentile_limits, percentile_row
from ..draw.picture import Picture
from ..draw.ranking import Panel, body_height, columns, draw_panels, page_width
from ..draw.style import Looks
from ..read.records import Point, Run


def loop_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of each workload that has numbers; none of `order`, whose facts are a table."""
    return chain(chart_pictures(run, looks, CHARTS),
                 _row_pictures(run, looks, WAKE, "loop", "loops_wake",
                               "From a post to the first instruction of its handler",
                               "Another thread posts: the loop sleeps, falls asleep, or is awake"),
                 _row_pictures(run, looks, BLOCKED, "long_task", "loops_blocked",
                               "From the scheduled moment of a post to its handler, with long tasks now and then",
                               "Another thread posts every 200 us; every 250th post asks for 5 ms"))


def _row_pictures(run: Run, looks: Looks, contest: Contest, axis: str, name: str, title: str,
                  about: str) -> Iterable[Picture]:
    """One picture for each setting: a panel for each word of the axis, a row for each loop."""
    found = [s for s in settings(contenders(run, contest), (axis,)) if any(latency(p, "p50") for p in s.points)]
    found.sort(key=lambda s: -sum(latency(p, "p50") is not None for p in s.points))
    return (_rows(run, looks, contest, axis, s, name + s.suffix(found[0]), title, about) for s in found)


def _rows(run: Run, looks: Looks, contest: Contest, axis: str, setting: Setting, name: str, title: str,
          about: str) -> Picture:
    points = list(setting.points)
    panels = []
    for word in dict.fromkeys(str(p.axes.get(axis)) for p in points):
        members = [p for p in points if p.axes.get(axis) == word]
        over = "oversubscribed: more threads than CPUs" if any(p.oversubscribed for p in members) else ""
        panels.append(Panel(f"{axis.replace('_', ' ').capitalize()}: {word}", over,
                            [(rivals, [percentile_row(p, looks) for p in sorted(equal, key=p50)])
                             for rivals, equal in by_class(members)]))
    widths = columns(panels, HEADS)
    subtitle = f"{about}: {contest.workload}; {setting_words(setting.fixed, points)}. Lower is better."
    page = Page(page_width(widths, panels), body_height(panels), title, subtitle, percentile_key(),
                caption(run, points, ["Each trial's percentiles, and their medians over the trials. " + PROCESSES]))
    draw_panels(page, panels, widths, HEADS, percentile_limits(points), f"{sample_words(points)}, ns (log scale)")
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _median_latency(point: Point) -> Summary | None:
    return latency(point, "p50")


def _late(point: Point) -> Summary | None:
    return latency(point, "p99.9")


COST = "The cost is wall time per iteration. "
CHARTS = (
    Chart(POST, "posters", "loops_post", "Cost of a post to an event loop", wall_time, "wall ns per post (log scale)",
          "threads that post (log scale, 0 apart: handlers do)", about="Posts are counted by their handlers",
          notes=(COST + "Posters keep 1,024 posts each ahead at most. " + PROCESSES,)),
    Chart(TIMERS, "timers", "loops_timers", "Cost of setting and cancelling a timer", wall_time,
          "wall ns for both (log scale)", "pending timers (log scale)",
          about="A timer is set and another one cancelled, again and again", notes=(COST + PROCESSES,)),
    Chart(FIRE, "timers", "loops_fire", "How late timers fire", _median_latency,
          "ns after the due time, p50 (log scale)", "pending timers (log scale)",
          about="One timer in 50 us on average is due",
          notes=("The median of each trial's distribution. " + PROCESSES,)),
    Chart(FIRE, "timers", "loops_fire_late", "How late the latest timers fire", _late,
          "ns after the due time, p99.9 (log scale)", "pending timers (log scale)",
          about="One timer in 50 us on average is due", notes=("p99.9 of each trial's distribution. " + PROCESSES,)),
    Chart(MANY, "idle_fds", "loops_many", "Cost of a turn against idle descriptors", wall_time,
          "wall ns per turn (log scale)", "descriptors that are watched and not ready (log scale)",
          about="A handler reads an eventfd and makes it ready again",
          notes=(COST + "A read and a write of the handler's are part of it. " + PROCESSES,)),
)
