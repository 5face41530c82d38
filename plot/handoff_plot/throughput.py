"""Throughput: million items per second of each implementation, one panel per producers x consumers."""

from matplotlib.axes import Axes

from .caption import caption
from .layout import KeyEntry, Page
from .load import Point, Run
from .picture import Picture
from .ranking import Panel, Row, body_height, columns, draw_panels, page_width
from .scales import log_limits
from .select import (TRANSFER, Choice, Combination, Summary, best_waits, by_guarantee, combinations,
                     contenders, counted, every_value, same_waits, shapes)
from .style import SOFT, Looks, number, plural

HEADS = ("median", "n")
TITLE = "Throughput, each implementation at its best wait strategy"
NOTE = ("Each row is an implementation under the best of its measured wait strategies; n is the number of "
        "counted repetitions. Rows are ranked inside a group of equal guarantees.")
DAGGER = "† Another wait strategy of this implementation has no counted trial here and may be better."


def throughput_pictures(run: Run, looks: Looks) -> list[Picture]:
    """One picture for each (bytes, capacity, placement) with a counted trial of its own."""
    found = [c for c in combinations(contenders(run, TRANSFER)) if _drawable(c)]
    return [_picture(run, looks, c, "throughput" + c.suffix(found[0])) for c in found]


def _drawable(combination: Combination) -> bool:
    own = [p for p in combination.points if p.capacity == combination.capacity]
    return any(counted(p) for p in own)


def _picture(run: Run, looks: Looks, combination: Combination, name: str) -> Picture:
    by_shape = {shape: same_waits(points) for shape, points in shapes(combination.points).items()}
    by_shape = {shape: points for shape, points in by_shape.items() if points}
    points = [p for members in by_shape.values() for p in members]
    panels = [_panel(shape, members, looks) for shape, members in by_shape.items()]
    widths = columns(panels, HEADS)
    notes = [NOTE]
    if any("†" in row.wait for panel in panels for row in panel.rows):
        notes.append(DAGGER)
    page = Page(page_width(widths, panels), body_height(panels), TITLE, combination.title, _key(),
                caption(run, points, notes))
    draw_panels(page, panels, widths, HEADS, log_limits(every_value(points)),
                "million items per second (log scale), higher is better")
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _panel(shape: tuple[int, int], points: list[Point], looks: Looks) -> Panel:
    over = any(p.oversubscribed for p in points)
    groups = [(g.title, [_row(choice, looks) for choice in best_waits(members)])
              for g, members in by_guarantee(points).items()]
    return Panel(shape_title(shape), "oversubscribed: more threads than CPUs" if over else "", groups)


def shape_title(shape: tuple[int, int]) -> str:
    """`1 producer, 2 consumers`."""
    if 0 in shape:
        return "producers and consumers not stated"
    return f"{plural(shape[0], 'producer')}, {plural(shape[1], 'consumer')}"


def _row(choice: Choice, looks: Looks) -> Row:
    impl = choice.best.impl
    if not choice.summary:
        return Row(impl, "", (), None, missing(choice.best))
    wait = (choice.best.wait or "") + (" †" if choice.uncounted else "")
    numbers = (number(choice.summary.median), str(choice.summary.count))
    return Row(impl, wait, numbers, lambda axes, y: _marks(axes, y, choice, looks))


def missing(point: Point) -> str:
    """Why a row is empty."""
    if point.failed and not point.trials:
        return f"failed: {point.failed[0].status}"
    return "no counted trial" if point.trials else "no trial"


def _marks(axes: Axes, y: float, choice: Choice, looks: Looks) -> None:
    others = [s.median for s in choice.others]
    axes.plot(others, [y] * len(others), "|", markersize=7, markeredgewidth=1.0, color="#a6a6a6", zorder=2)
    spread(axes, y, choice.summary, looks.color(choice.best.impl))
    axes.plot([choice.summary.median], [y], zorder=5, **looks.mark(choice.best.impl))


def spread(axes: Axes, y: float, summary: Summary, color: str) -> None:
    """Lowest to highest as a line, every repetition as a dot below it."""
    axes.plot([summary.low, summary.high], [y, y], color=color, alpha=0.55, linewidth=2.0,
              solid_capstyle="round", zorder=3)
    axes.plot(summary.values, [y + 0.36] * summary.count, "o", markersize=2.2, markeredgewidth=0, color=color,
              zorder=4)


def _key() -> list[KeyEntry]:
    def median_mark(box: Axes) -> None:
        box.plot([0.5], [0.5], "o", markersize=6.2, color=SOFT, clip_on=False)

    def line(box: Axes) -> None:
        box.plot([0.1, 0.9], [0.5, 0.5], color=SOFT, alpha=0.55, linewidth=2.0, solid_capstyle="round")

    def dots(box: Axes) -> None:
        box.plot([0.2, 0.42, 0.55, 0.85], [0.5] * 4, "o", markersize=2.2, markeredgewidth=0, color=SOFT)

    def ticks(box: Axes) -> None:
        box.plot([0.3, 0.7], [0.5] * 2, "|", markersize=7, markeredgewidth=1.0, color="#a6a6a6")

    return [KeyEntry("median", median_mark, 0.2), KeyEntry("lowest to highest repetition", line),
            KeyEntry("counted repetitions", dots), KeyEntry("medians of its other wait strategies", ticks, 0.3)]
