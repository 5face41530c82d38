"""Idle: what is burnt by who has nothing to do; a row for each way of waiting."""

from ..choose.contests import Contest, contenders
from ..choose.cuts import Setting, settings
from ..choose.measures import metric
from ..choose.words import PROCESSES, labels, over_words, setting_words
from ..draw.caption import caption
from ..draw.layout import Page
from ..draw.picture import Picture
from ..draw.ranking import Panel, Row, body_height, columns, draw_panels, page_width
from ..draw.rows import dot, dot_key, missing
from ..draw.style import Looks
from ..read.records import Point, Run

CPU = metric("idle_cpu", 100)
HEADS = ("CPU, %", "n")
LEAST = 0.001  # %; about what reading the thread's CPU clock costs
LIMITS = (LEAST / 2, 200.0)
NATIVE = "native"
WORKERS_NOTE = ("It has run some tasks and has nothing to do for as long as the trial lasts. CPU time of all of its "
                "own threads over the time: 100% is a processor that nobody else can have, and each worker may burn "
                f"one. What is below {LEAST}% is drawn there. ")


def idle_worker_pictures(run: Run, looks: Looks, contest: Contest) -> list[Picture]:
    """Of pools or schedulers: one picture for each setting, a row for each implementation and wait strategy."""
    found = [s for s in settings(contenders(run, contest), ("wait", "capacity", "policy", "steal"))
             if any(CPU(p) for p in s.points)]
    found.sort(key=lambda s: -sum(CPU(p) is not None for p in s.points))
    return [_picture(run, looks, contest, s, f"{contest.family}_idle" + s.suffix(found[0])) for s in found]


def _picture(run: Run, looks: Looks, contest: Contest, setting: Setting, name: str) -> Picture:
    points = sorted(setting.points, key=least_first)
    name_of = labels(points)
    rows = [cpu_row(p, looks, name_of(p) if p.wait in (None, NATIVE) else f"{name_of(p)}, {p.wait}") for p in points]
    panels = [Panel("", over_words(points), [("implementations", rows)])]
    widths = columns(panels, HEADS)
    kind = "pool" if contest.family == "pools" else "scheduler"
    page = Page(page_width(widths, panels), body_height(panels), f"CPU time of a {kind} that has nothing to do",
                f"idle; {setting_words(setting.fixed, points)}. Lower is better.", dot_key(waits=False),
                caption(run, points, [f"A {kind}. " + WORKERS_NOTE + PROCESSES]))
    draw_panels(page, panels, widths, HEADS, LIMITS, "CPU time of all workers, % of the time (log scale)")
    return Picture(name, page.figure, frozenset(p.name for p in points))


def least_first(point: Point) -> float:
    """To sort by."""
    found = CPU(point)
    return found.median if found else float("inf")


def cpu_row(point: Point, looks: Looks, label: str) -> Row:
    """The row of one point."""
    found = CPU(point)
    if not found:
        return Row(label, "", (), None, missing(point))
    drawn = type(found)(tuple(max(LEAST, v) for v in found.values))
    median = f"{found.median:.3f}" if found.median < 10 else f"{found.median:.1f}"
    return Row(label, "", (median, str(found.count)), lambda axes, y: dot(axes, y, drawn, point.impl, looks))
