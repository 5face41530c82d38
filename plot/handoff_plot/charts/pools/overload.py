"""Overload: what pools do with more than they can: work done, tasks turned away, age of a task at its start."""

import math
from dataclasses import dataclass
from typing import Iterable

from ...choose.contests import OVERLOAD, contenders
from ...choose.cuts import Cut, Line, cuts, lines_of
from ...choose.equals import by_panel
from ...choose.measures import Measure, Summary, latency, metric, summary_of
from ...choose.text import plain
from ...choose.words import PROCESSES, Letters, labels, over_words, promise_words, setting_words
from ...draw.caption import caption
from ...draw.layout import MARGIN, Page
from ...draw.lines import LABEL_STEP, Scale, draw_lines, lines_key
from ...draw.picture import Picture
from ...draw.ranking import reference_key, reference_line
from ...draw.scales import UPWARDS, log_limits, log_ticks
from ...draw.style import HEAD_PT, INK, SMALL_PT, TEXT_PT, Looks, text_width
from ...read.records import Point, Run

PLOT_WIDTH, HEIGHT, MOST, HEAD, FOOT, GUTTER = 3.2, 3.0, 4.6, 0.52, 0.68, 0.35  # inches
NOTE = ("Tasks arrive on a schedule, whether the pool keeps up or not; loads are percent of what the workers can do. "
        "Goodput is the work done until the last submission returned, as a share of what the workers could have done: "
        "above 100% where the submitter runs tasks, too. Age is counted from the scheduled arrival, so that a pool "
        "that holds up its submitter is charged for it. "
        "All pictures of overload share their scales. ")


@dataclass(frozen=True)
class _Side:
    """One of the panels abreast."""

    title: str
    unit: str
    measure: Measure
    linear: bool


def _turned_away(point: Point) -> Summary | None:
    def share(metrics: dict[str, float]) -> float | None:
        parts = [metrics[key] for key in ("rejected_share", "discarded_share") if key in metrics]
        return 100 * sum(parts) if parts else None

    return summary_of(point, lambda t: share(t.metrics))


def _age(point: Point) -> Summary | None:
    return latency(point, "p99")


GOODPUT = _Side("Work done: higher is better", "goodput, % of the workers' time", metric("goodput_share", 100), True)
AWAY = _Side("Turned away: lower is better", "rejected and discarded, % of tasks", _turned_away, True)
CALLER = _Side("Run by the submitter", "ran on the caller, % of tasks", metric("ran_by_caller_share", 100), True)
AGE = _Side("Age at start: lower is better", "p99 of the age at start, ns (log scale)", _age, False)


def overload_pictures(run: Run, looks: Looks, letters: Letters) -> Iterable[Picture]:
    """One picture for each policy and setting in which some pool was counted at two loads."""
    points = contenders(run, OVERLOAD)
    policies: dict[tuple, list[Point]] = {}
    for p in points:  # a policy is what is compared: who has none does not stand beside every one
        policies.setdefault((p.axes.get("policy"), p.capacity), []).append(p)
    found = [cut for members in policies.values() for cut in cuts(members, "load", GOODPUT.measure)]
    found.sort(key=lambda cut: -sum(GOODPUT.measure(p) is not None for p in cut.points))
    limits = {side.title: _limits(side, [p for cut in found for p in cut.points])
              for side in (GOODPUT, AWAY, CALLER, AGE)}
    return (_picture(run, looks, letters, cut, _name(cut, found), limits) for cut in found)


def _name(cut: Cut, found: list[Cut]) -> str:
    """Named after its policy; then follows what else differs from the fullest picture of that policy."""
    same = next(c for c in found if c.fixed["policy"] == cut.fixed["policy"])
    return f"pools_overload_{cut.fixed['policy']}" + cut.suffix(same)


def _limits(side: _Side, points: list[Point]) -> tuple[float, float]:
    values = [v for p in points for s in [side.measure(p)] if s for v in s.values]
    if side.linear:
        return (0.0, max([104.0, *(1.04 * v for v in values)]))
    return log_limits(values or [1.0], 0.05)


def _sides(points: tuple[Point, ...]) -> list[_Side]:
    def some(side: _Side) -> bool:
        return any(s.high > 0 for p in points for s in [side.measure(p)] if s)

    return [GOODPUT, *(side for side in (AWAY, CALLER, AGE) if some(side))]


def _picture(run: Run, looks: Looks, letters: Letters, cut: Cut, name: str,
             limits: dict[str, tuple[float, float]]) -> Picture:
    points, sides = list(cut.points), _sides(cut.points)
    label = letters.label(points, labels(points))
    rows = [(title, members) for title, members in by_panel(points, promise_words)
            if any(lines_of(cut, side.measure, members) for side in sides)]
    lines = {(title, side.title): lines_of(cut, side.measure, members, label)
             for title, members in rows for side in sides}
    most = max(map(len, lines.values()))
    height = max(HEIGHT, min(MOST, LABEL_STEP * (most + 1)), LABEL_STEP * (most + 1))
    widths = [_left(limits[side.title], height) + PLOT_WIDTH for side in sides]
    names = 0.45 + max(text_width(line.label, TEXT_PT) for drawn in lines.values() for line in drawn)
    single = any(line.single for drawn in lines.values() for line in drawn)
    over = over_words(points)
    page = Page(2 * MARGIN + sum(widths) + len(sides) * names + (len(sides) - 1) * GUTTER,
                len(rows) * (HEAD + height + FOOT), "Pools under more load than they can carry",
                f"Tasks arrive on a schedule: overload; {setting_words(cut.fixed, points)}"
                f"{'; ' + over if over else ''}.",
                [*lines_key(single), reference_key("the workers' whole time is offered")],
                caption(run, points, [NOTE + PROCESSES, letters.note(points)]))
    scale = Scale(cut.values, "offered load, % of the workers' time (log scale)")
    for i, (title, _) in enumerate(rows):
        x, y = MARGIN, page.top + i * (HEAD + height + FOOT)
        for side, width in zip(sides, widths):
            text = side.title + (f"; {title}" if len(rows) > 1 else "")
            page.text(x, y + 0.16, text, fontsize=HEAD_PT, weight="bold", color=INK)
            axes = page.axes(x + width - PLOT_WIDTH, y + HEAD, PLOT_WIDTH, height)
            _draw(axes, side, lines[title, side.title], looks, scale, limits[side.title], height)
            x += width + names + GUTTER
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _draw(axes, side: _Side, lines: list[Line], looks: Looks, scale: Scale, limits: tuple[float, float],
          height: float) -> None:
    if not lines:
        axes.axis("off")
        return
    draw_lines(axes, lines, looks, scale, limits, height, linear=side.linear)
    axes.set_ylabel(side.unit)
    if scale.ticks[0] <= 100 <= scale.ticks[-1]:
        axes.axvline(math.log2(100), **reference_line(), zorder=1)


def _left(limits: tuple[float, float], height: float) -> float:
    ticks = log_ticks(limits, height, UPWARDS)[0] if limits[0] else [100.0]
    return 0.42 + max(text_width(plain(t), SMALL_PT) for t in ticks)
