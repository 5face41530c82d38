"""Throughput: million items per second of each implementation, one panel per producers x consumers."""

from typing import Iterable

from matplotlib.axes import Axes

from ...choose.contests import TRANSFER, contenders
from ...choose.equals import Choice, best_waits, by_guarantee
from ...choose.measures import contaminated, counted, every_value, hump_summaries, throughput
from ...choose.queues import Combination, combinations, same_waits, shapes
from ...choose.text import number, plural
from ...choose.words import shape_title
from ...draw.caption import caption, nearest_note
from ...draw.layout import Page
from ...draw.picture import Picture
from ...draw.ranking import Panel, Row, body_height, columns, draw_panels, page_width
from ...draw.rows import DAGGER, HUMPS, OTHERS, dot_key, hollow_dots, hollow_key, humps_note, missing, spread
from ...draw.scales import log_limits
from ...draw.style import Looks
from ...read.records import Point, Run

HEADS = ("median", "n")
LEVEL = "ran"  # the head of a third column, where the levels of queues are known
LEVELS = {"near_empty": "empty", "near_full": "full", "balanced": "–"}
LEVEL_NOTE = ("ran: near full or near empty in all counted repetitions; –: neither, or both in turns; mixed: "
              "repetitions differ. A ring's speed changes by a factor with that alone.")
TITLE = "Throughput, each implementation at its best wait strategy"
NOTE = ("Each row is an implementation under the best of its measured wait strategies; n is the number of "
        "counted repetitions. Rows are ranked inside a group of equal guarantees.")


def throughput_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each (bytes, capacity, placement) with a counted trial of its own."""
    found = [c for c in combinations(contenders(run, TRANSFER)) if _drawable(c)]
    return (_picture(run, looks, c, "throughput" + c.suffix(found[0])) for c in found)


def _drawable(combination: Combination) -> bool:
    own = [p for p in combination.points if p.capacity == combination.capacity]
    return any(counted(p) for p in own)


def _picture(run: Run, looks: Looks, combination: Combination, name: str) -> Picture:
    by_shape = {shape: same_waits(points) for shape, points in shapes(combination.points).items()}
    by_shape = {shape: points for shape, points in by_shape.items() if points}
    points = [p for members in by_shape.values() for p in members]
    panels = [_panel(shape, members, looks) for shape, members in by_shape.items()]
    heads = HEADS
    if any(t.level for p in points for t in counted(p)):
        heads = (*HEADS, LEVEL)
    widths = columns(panels, heads)
    notes = [NOTE, nearest_note(points)]
    if LEVEL in heads:
        notes.append(LEVEL_NOTE)
    shown = [choice.best for panel in by_shape.values() for _, members in by_guarantee(panel).items()
             for choice in best_waits(members)]
    notes += humps_note(shown, throughput)
    if any("†" in row.wait for panel in panels for row in panel.rows):
        notes.append(DAGGER)
    limits = log_limits(every_value(points))
    flagged = _flagged(by_shape.values())
    key = dot_key(waits=True) + ([hollow_key()] if flagged else [])
    if flagged:
        notes.append(_flagged_note(flagged, limits))
    page = Page(page_width(widths, panels), body_height(panels), TITLE, combination.title, key,
                caption(run, points, notes))
    draw_panels(page, panels, widths, heads, limits,
                "million items per second (log scale), higher is better")
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _rates(choice: Choice) -> list[float]:
    """The throughput of the flagged trials that stand in one row."""
    return [trial.items_per_second / 1e6 for trial in contaminated(choice.best)] if choice.summary else []


def _flagged(panels: Iterable[list[Point]]) -> list[float]:
    """That of all rows."""
    return [rate for points in panels for members in by_guarantee(points).values()
            for choice in best_waits(members) for rate in _rates(choice)]


def _flagged_note(rates: list[float], limits: tuple[float, float]) -> str:
    outside = sum(not limits[0] <= rate <= limits[1] for rate in rates)
    text = (f"Open dots: {plural(len(rates), 'trial')} of the rows' points that carry a flag, as a thread that was "
            "kept from its CPU; they are in no median and no spread.")
    return text + (f" Outside the axis: {outside:,} of them." if outside else "")


def _panel(shape: tuple[int, int], points: list[Point], looks: Looks) -> Panel:
    over = any(p.oversubscribed for p in points)
    groups = [(g.title, [_row(choice, looks) for choice in best_waits(members)])
              for g, members in by_guarantee(points).items()]
    return Panel(shape_title(shape), "oversubscribed: more threads than CPUs" if over else "", groups)


def _row(choice: Choice, looks: Looks) -> Row:
    impl = choice.best.impl
    if not choice.summary:
        return Row(impl, "", (), None, missing(choice.best))
    wait = (choice.best.wait or "") + (" †" if choice.uncounted else "")
    median = HUMPS if hump_summaries(choice.best, throughput) else number(choice.summary.median)
    numbers = (median, str(choice.summary.count), _level(choice.best))
    return Row(impl, wait, numbers, lambda axes, y: _marks(axes, y, choice, looks))


def _level(point: Point) -> str:
    """The level at which the queue ran; empty where it is not known."""
    found = {LEVELS.get(t.level, "") for t in counted(point)}
    return found.pop() if len(found) == 1 else "mixed"


def _marks(axes: Axes, y: float, choice: Choice, looks: Looks) -> None:
    others = [s.median for s in choice.others]
    axes.plot(others, [y] * len(others), "|", zorder=2, **OTHERS)
    spread(axes, y, choice.summary, looks.color(choice.best.impl))
    hollow_dots(axes, y, _rates(choice), looks.color(choice.best.impl))
    humps = hump_summaries(choice.best, throughput)
    for s in humps or [choice.summary]:
        axes.plot([s.median], [y], zorder=5, **looks.mark(choice.best.impl, hollow=bool(humps)))
