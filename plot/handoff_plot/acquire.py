"""Acquire: percentiles of the time from asking for a lock to having it, one panel per number of threads."""

from .caption import caption
from .cuts import by_class
from .layout import Page
from .load import Point, Run
from .picture import Picture
from .ranking import Panel, body_height, columns, draw_panels, page_width
from .round_trip import HEADS, p50, percentile_key, percentile_limits, percentile_row, sample_words
from .select import CRITICAL_SECTION, contenders, file_suffix, latency
from .style import Looks, plural

NOTE = ("Percentiles are medians over the n counted repetitions of each percentile; whiskers at p50 and p99 "
        "reach from the lowest to the highest repetition. Rows are ordered by p50 inside a class of equals. A short "
        "p50 beside a long p99 or maximum often means that one thread takes the lock again and again while the others "
        "wait.")
PLOT = 4.2  # inches; the waits of one lock span many decades
Shape = tuple[int | None, int | None, str | None]


def acquire_pictures(run: Run, looks: Looks) -> list[Picture]:
    """One picture for each (hold, think, placement) in which two threads or more have counted latencies."""
    shapes: dict[Shape, list[Point]] = {}
    for p in contenders(run, CRITICAL_SECTION):
        if p.threads > 1 and any(t.latency for t in p.trials):
            shapes.setdefault((p.hold_ns, p.think_ns, p.placement), []).append(p)
    drawable = {shape: points for shape, points in shapes.items() if any(latency(p, "p50") for p in points)}
    found = sorted(drawable.items(), key=lambda item: -sum(latency(p, "p50") is not None for p in item[1]))
    return [_picture(run, looks, shape, points, "locks_acquire" + _suffix(shape, found[0][0]))
            for shape, points in found]


def _suffix(shape: Shape, plain: Shape) -> str:
    return file_suffix(*((own, other, f"{word}{own}")
                         for own, other, word in zip(shape, plain, ("hold", "think", "placement_"))))


def _picture(run: Run, looks: Looks, shape: Shape, points: list[Point], name: str) -> Picture:
    by_threads: dict[int, list[Point]] = {}
    for p in sorted(points, key=lambda p: p.threads):
        by_threads.setdefault(p.threads, []).append(p)
    panels = [_panel(threads, members, looks) for threads, members in by_threads.items()]
    widths = columns(panels, HEADS, PLOT)
    hold, think, placement = shape
    subtitle = (f"Every thread takes one lock, again and again: critical_section; held for {hold} ns, "
                f"{think} ns between two sections of a thread, placement {placement}. Lower is better.")
    page = Page(page_width(widths, panels), body_height(panels), "Time to get a lock", subtitle,
                percentile_key(), caption(run, points, [NOTE]))
    draw_panels(page, panels, widths, HEADS, percentile_limits(points), f"{sample_words(points)}, ns (log scale)")
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _panel(threads: int, points: list[Point], looks: Looks) -> Panel:
    over = any(p.oversubscribed for p in points)
    return Panel(plural(threads, "thread"), "oversubscribed: more threads than CPUs" if over else "",
                 [(rivals, [percentile_row(p, looks) for p in sorted(members, key=p50)])
                  for rivals, members in by_class(points)])
