"""Idle: what a thread burns that waits for an item, by wait strategy."""

from typing import Iterable

from ...choose.contests import IDLE, contenders
from ...choose.cuts import Setting, settings
from ...choose.words import PROCESSES, over_words, setting_words
from ...draw.caption import caption
from ...draw.layout import Page
from ...draw.picture import Picture
from ...draw.ranking import Panel, body_height, columns, draw_panels, page_width
from ...draw.rows import dot_key
from ...draw.style import Looks
from ...read.records import Point, Run
from ...draw.idle_rows import CPU, HEADS, LEAST, LIMITS, cpu_row, least_first

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
    rows = {impl: [cpu_row(p, looks, p.wait or "not stated") for p in sorted(members, key=least_first)]
            for impl, members in queues.items()}
    panels = [Panel(impl, over_words(members), [("wait strategies", rows[impl])]) for impl, members in queues.items()]
    widths = columns(panels, HEADS)
    page = Page(page_width(widths, panels), body_height(panels), "CPU time of a thread that waits in vain",
                f"idle; {setting_words(setting.fixed, points)}. Lower is better.", dot_key(waits=False),
                caption(run, points, [NOTE + PROCESSES]))
    draw_panels(page, panels, widths, HEADS, LIMITS, "CPU time, % of the time waited (log scale)")
    return Picture(name, page.figure, frozenset(p.name for p in points))
