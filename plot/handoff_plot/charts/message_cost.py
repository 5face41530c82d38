"""What a message costs in every system that carries messages inside of a process: all of them on one axis."""

from dataclasses import replace
from typing import Iterable

from ..choose.contests import MESSAGES
from ..choose.cuts import Setting, settings, table_of
from ..choose.equals import Choice
from ..choose.measures import hump_summaries, wall_time
from ..choose.text import number
from ..choose.words import PROCESSES, labels, over_words, setting_words
from ..draw.caption import caption
from ..draw.layout import Page
from ..draw.picture import Picture
from ..draw.ranking import Columns, Panel, Row, body_height, columns, draw_panels, page_width
from ..draw.rows import DAGGER, HUMPS, dot_key, dot_row, humps_note, ranked
from ..draw.scales import log_limits
from ..draw.style import HEAD_PT, SMALL_PT, Looks, text_width
from ..read.records import Point, Run

FREE = ("wait", "capacity")  # axes that a row chooses from; what capacity it is, its class says
HEADS = ("median", "n")
TITLE = "What a message costs"
RATE = "items_per_second"
NOTE = ("The cost is wall time per message: one over the throughput of the whole team. Each row is an implementation "
        "under the best of its measured wait strategies, among those that promise the same. Workloads do different "
        "work for a message: rows of two workloads say what each costs where it is used so, not which is better. ")


def message_cost_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture: a panel for each workload ranked by its throughput, of families that carry messages.

    It shows the setting with the most implementations, not oversubscribed if there is one.
    """
    workloads: dict[tuple[str, str], list[Point]] = {}
    for p in run.points:
        if p.family in MESSAGES and p.measure == RATE and not p.control and wall_time(p):
            workloads.setdefault((p.family, p.workload), []).append(p)
    chosen = [_main_setting(points) for points in workloads.values()]
    if len({(p.family, p.impl) for s in chosen for p in s.points}) > 1:
        yield _picture(run, looks, chosen)


def _main_setting(points: list[Point]) -> Setting:
    def rank(s: Setting) -> tuple[bool, int, int]:
        return (not any(p.oversubscribed for p in s.points), len({p.impl for p in s.points}), len(s.points))

    return max(settings(points, FREE), key=rank)


def _picture(run: Run, looks: Looks, chosen: list[Setting]) -> Picture:
    panels = [_panel(s, looks) for s in chosen]
    points = [p for s in chosen for p in s.points]
    notes = [NOTE + PROCESSES, *humps_note(points, wall_time)]
    if any("†" in row.wait for panel in panels for row in panel.rows):
        notes.append(DAGGER)
    families = dict.fromkeys(p.family for p in points)
    widths = _widths(panels)
    page = Page(page_width(widths, panels), body_height(panels), TITLE,
                f"{', '.join(families)}: of each workload the setting with the most implementations, not "
                "oversubscribed if there is one; all share the axis. Lower is better.",
                dot_key(waits=True), caption(run, points, notes))
    draw_panels(page, panels, widths, HEADS, log_limits([v for p in points for v in wall_time(p).values], 0.08),
                "wall ns per message (log scale)")
    return Picture("message_cost", page.figure, frozenset(p.name for p in points))


def _widths(panels: list[Panel]) -> Columns:
    """Columns wide enough for titles and headings, too."""
    widths = columns(panels, HEADS)
    longest = max(*(text_width(text, SMALL_PT) for panel in panels for text, _ in panel.groups),
                  *(text_width(panel.title, HEAD_PT, "bold") for panel in panels)) + 0.2
    return replace(widths, plot=max(widths.plot, longest - (widths.total - widths.plot)))


def _panel(setting: Setting, looks: Looks) -> Panel:
    points = list(setting.points)
    name = labels(points)

    def row(choice: Choice) -> Row:
        median = HUMPS if hump_summaries(choice.best, wall_time) else None
        return dot_row(choice, looks, name(choice.best),
                       lambda found: (median or number(found.median), str(found.count)))

    table = table_of(points)
    shown = {axis: value for axis, value in setting.fixed.items() if str(value) != table[axis].neutral}
    words = setting_words(shown, points)
    groups = [(title.replace("_", " "), rows) for title, rows in ranked(points, wall_time, row)]
    about = f"{points[0].family}, {points[0].workload}"
    return Panel(f"{about}: {words}" if words else about, over_words(points), groups)
