"""Pools in rows: what an empty task costs, what uneven tasks do to the end of a batch, fans of one size."""

from dataclasses import replace
from typing import Iterable

from matplotlib.axes import Axes

from ...choose.contests import SUBMIT_EMPTY, UNEVEN, contenders
from ...choose.cuts import Setting, settings
from ...choose.equals import Choice
from ...choose.measures import Measure, counted, metric, wall_time
from ...choose.text import number, plain
from ...choose.words import PROCESSES, labels, over_words, setting_words
from ...draw.caption import caption
from ...draw.layout import Page
from ...draw.picture import Picture
from ...draw.ranking import Panel, Row, body_height, columns, draw_panels, page_width, reference_key
from ...draw.rows import DAGGER, dot, dot_key, dot_row, ranked
from ...draw.scales import log_limits
from ...draw.style import Looks
from ...read.records import Point, Run

PLAIN = "none"  # the result of a submission that returns nothing
WAIT_NOTE = "Each row is a pool under the best of its measured wait strategies. "
EMPTY_NOTE = ("The cost is wall time per task of all threads together, until the last one has run. Filled marks: tasks "
              "that return nothing, by which rows are ranked; open marks: the same with a future for each, under the "
              "same wait strategy. ")
BOUND_NOTE = ("The lower bound is what no schedule of the same tasks can beat on as many workers, or on the CPUs where "
              "these are fewer. Makespan is the wall time, handing in included; imbalance is the busiest worker's work "
              "over the mean of all. ")
FAN_NOTE = "A mark is the median over the repetitions of each repetition's p50. "
BOUND = metric("makespan_over_bound")


def submit_empty_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each setting: a panel for each number of submitters and workers."""
    free = ("wait", "result", "submitters", "workers")
    found = _drawable(contenders(run, SUBMIT_EMPTY), free, wall_time)
    return (_picture(run, looks, s, _empty_panels(s, looks), "pools_submit_empty" + s.suffix(found[0]),
                     "Cost of handing in an empty task",
                     "Submitters hand in tasks that do nothing: submit_empty", EMPTY_NOTE,
                     ("none, ns", "future, ns", "n"), "wall ns per task (log scale)",
                     "with a future for each" if _futures(s.points) else "", wall_time) for s in found)


def uneven_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each setting: a panel for each distribution, mean length and number of workers."""
    found = _drawable(contenders(run, UNEVEN), ("wait", "lengths", "task_ns", "workers"), BOUND)
    return (_picture(run, looks, s, _uneven_panels(s, looks), "pools_uneven" + s.suffix(found[0]),
                     "How far uneven tasks keep a batch from its end",
                     "Tasks of very different lengths are handed in together: uneven", BOUND_NOTE,
                     ("median", "imbalance", "n"), "makespan over its lower bound (log scale)", "", BOUND)
            for s in found)


def fan_row_pictures(run: Run, looks: Looks, points: list[Point], fan_time: Measure) -> Iterable[Picture]:
    """One picture for each setting of `points`, fans that were measured at one size only: a panel for each fan."""
    axes = ("workers", "fan", "depth", "task_ns")
    found = _drawable(points, ("wait", *axes), fan_time)
    return (_picture(run, looks, s, [_panel(members, axes, _fan_rows(members, looks, fan_time))
                                     for members in _by(s.points, axes)],
                     "pools_fan_rows" + s.suffix(found[0]), "Time to fan out and in",
                     "Many tasks are handed in together and waited for: fan_out_fan_in", FAN_NOTE,
                     ("p50, ns", "n"), "ns from fan-out to fan-in, p50 (log scale)", "", fan_time) for s in found)


def _fan_rows(points: list[Point], looks: Looks, fan_time: Measure) -> list[tuple[str, list[Row]]]:
    name = labels(points)
    return ranked(points, fan_time, lambda choice: dot_row(
        choice, looks, name(choice.best), lambda found: (number(found.median), str(found.count))))


def _drawable(points: list[Point], free: tuple[str, ...], measure: Measure) -> list[Setting]:
    found = [s for s in settings(points, free) if any(measure(p) for p in s.points)]
    return sorted(found, key=lambda s: -sum(measure(p) is not None for p in s.points))


def _picture(run: Run, looks: Looks, setting: Setting, panels: list[Panel], name: str, title: str, about: str,
             note: str, heads: tuple[str, ...], unit: str, hollow: str, shown: Measure) -> Picture:
    widths = columns(panels, heads)
    points = list(setting.points)
    notes = [note + WAIT_NOTE + PROCESSES]
    if any("†" in row.wait for panel in panels for row in panel.rows):
        notes.append(DAGGER)
    key = dot_key(waits=_choose(points), hollow=hollow)
    if any(panel.reference for panel in panels):
        key.append(reference_key("the lower bound"))
    said = setting_words(setting.fixed, points)
    page = Page(page_width(widths, panels), body_height(panels), title,
                about + (f"; {said}" if said else "") + ". Lower is better.", key, caption(run, points, notes))
    limits = log_limits([v for p in points for s in [shown(p)] if s for v in s.values] +
                        [panel.reference for panel in panels if panel.reference], 0.08)
    draw_panels(page, panels, widths, heads, limits, unit)
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _choose(points: list[Point]) -> bool:
    """Whether some pool was measured with several wait strategies at otherwise the same point."""
    seats: dict[tuple, set] = {}
    for p in points:
        seat = (p.impl, *((axis, value) for axis, value in p.axes.items() if axis != "wait"))
        seats.setdefault(seat, set()).add(p.wait)
    return any(len(waits) > 1 for waits in seats.values())


def _by(points: tuple[Point, ...], axes: tuple[str, ...]) -> list[list[Point]]:
    found: dict[tuple, list[Point]] = {}
    for p in points:
        found.setdefault(tuple(p.axes.get(axis) for axis in axes), []).append(p)
    return [found[key] for key in sorted(found, key=lambda key: tuple(map(_order, key)))]


def _order(value: str | int | None) -> tuple[int, str | int]:
    """Nothing before numbers before words."""
    return (0, 0) if value is None else (2, value) if isinstance(value, str) else (1, value)


def _panel(points: list[Point], axes: tuple[str, ...], groups: list[tuple[str, list[Row]]],
           reference: float | None = None) -> Panel:
    words = setting_words({axis: points[0].axes.get(axis) for axis in axes}, points)
    return Panel(words, over_words(points), groups, reference=reference)


# --- empty tasks ------------------------------------------------------------------------------------


def _futures(points: tuple[Point, ...]) -> bool:
    return any(p.axes.get("result") != PLAIN and counted(p) for p in points)


def _empty_panels(setting: Setting, looks: Looks) -> list[Panel]:
    axes = ("submitters", "workers")
    return [_panel(points, axes, _empty_rows(points, looks)) for points in _by(setting.points, axes)]


def _empty_rows(points: list[Point], looks: Looks) -> list[tuple[str, list[Row]]]:
    """Rows of the points that return nothing; of pools without such a point, of their futures alone."""
    plain = [p for p in points if p.axes.get("result") == PLAIN]
    name, without = labels(points), {p.impl for p in plain}
    priced = {(p.impl, p.wait): p for p in points if p.axes.get("result") != PLAIN}

    def row(choice: Choice) -> Row:
        if choice.best.impl not in without:
            cost = ("–", number(choice.summary.median), str(choice.summary.count)) if choice.summary else ()
            lone = dot_row(choice, looks, name(choice.best), lambda found: cost)
            if not choice.summary:
                return lone
            return replace(lone, draw=lambda axes, y: dot(axes, y, choice.summary, choice.best.impl, looks, True))
        future = priced.get((choice.best.impl, choice.best.wait))
        found = wall_time(future) if future else None

        def beside(axes: Axes, y: float) -> None:
            if found:
                dot(axes, y, found, choice.best.impl, looks, hollow=True)

        return dot_row(choice, looks, name(choice.best), lambda own: (
            number(own.median), number(found.median) if found else "–", str(own.count)), beside)

    return ranked(plain + [p for p in points if p.impl not in without], wall_time, row)


# --- uneven tasks -----------------------------------------------------------------------------------


def _uneven_panels(setting: Setting, looks: Looks) -> list[Panel]:
    axes = ("lengths", "task_ns", "workers")
    return [_panel(points, axes, _uneven_rows(points, looks), reference=1.0)
            for points in _by(setting.points, axes)]


def _uneven_rows(points: list[Point], looks: Looks) -> list[tuple[str, list[Row]]]:
    name = labels(points)

    def row(choice: Choice) -> Row:
        uneven = metric("imbalance")(choice.best)
        return dot_row(choice, looks, name(choice.best), lambda found: (
            f"{found.median:.3f}", plain(round(uneven.median, 2)) if uneven else "–", str(found.count)))

    return ranked(points, BOUND, row)
