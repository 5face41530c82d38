"""Idle: what a thread burns that waits for an item, by wait strategy."""

from typing import Iterable

from ...choose.contests import IDLE, contenders
from ...choose.cuts import Setting, settings
from ...choose.measures import metric
from ...choose.words import PROCESSES, over_words, setting_words
from ...draw.caption import caption
from ...draw.layout import Page
from ...draw.picture import Picture
from ...draw.ranking import Panel, Row, body_height, columns, draw_panels, page_width
from ...draw.rows import dot, dot_key, missing
from ...draw.style import Looks
from ...read.records import Point, Run

CPU = metric("idle_cpu", 100)
HEADS = ("CPU, %", "n")
LEAST = 0.001  # %; about what reading the thread's CPU clock costs
NOTE = ("A consumer waits on an empty queue for as long as the trial lasts, then one item comes. CPU time of the "
        "waiting thread over the time that it waited: 100% is a processor that nobody else can have. Of strategies "
        f"that sleep, falling asleep and waking up once is most of it; what is below {LEAST}% is drawn there. ")


def idle_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each setting with a counted trial: a panel for each queue, a row for each wait strategy."""
    found = [s for s in settings(contenders(run, IDLE), ("wait",)) if any(CPU(p) for p in s.points)]
    found.sort(key=lambda s: -sum(CPU(p) is not None for p in s.points))
    return (_picture(run, looks, s, "idle" + s.suffix(found[0])) for s in found)


def _picture(run: Run, looks: Looks, setting: Setting, name: str) -> Picture:
    queues: dict[str, list[Point]] = {}
    for p in setting.points:
        queues.setdefault(p.impl, []).append(p)
    points = list(setting.points)
    rows = {impl: [_row(p, looks) for p in sorted(members, key=_cpu)] for impl, members in queues.items()}
    panels = [Panel(impl, over_words(members), [("wait strategies", rows[impl])]) for impl, members in queues.items()]
    widths = columns(panels, HEADS)
    page = Page(page_width(widths, panels), body_height(panels), "CPU time of a thread that waits in vain",
                f"idle; {setting_words(setting.fixed, points)}. Lower is better.", dot_key(waits=False),
                caption(run, points, [NOTE + PROCESSES]))
    draw_panels(page, panels, widths, HEADS, (LEAST / 2, 200.0), "CPU time, % of the time waited (log scale)")
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _cpu(point: Point) -> float:
    found = CPU(point)
    return found.median if found else float("inf")


def _row(point: Point, looks: Looks) -> Row:
    found = CPU(point)
    label = point.wait or "not stated"
    if not found:
        return Row(label, "", (), None, missing(point))
    drawn = type(found)(tuple(max(LEAST, v) for v in found.values))
    median = f"{found.median:.3f}" if found.median < 10 else f"{found.median:.1f}"
    return Row(label, "", (median, str(found.count)), lambda axes, y: dot(axes, y, drawn, point.impl, looks))
