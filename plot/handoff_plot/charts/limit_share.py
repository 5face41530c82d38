"""How near each implementation comes to what the machine could do at best: bars of the share of the limit."""

from typing import Iterable

from matplotlib.axes import Axes

from ..choose.cuts import Setting, settings, table_of
from ..choose.equals import Choice, best_waits, by_class
from ..choose.measures import Summary, share, summary_of
from ..choose.text import number, some
from ..draw.caption import caption
from ..draw.layout import KeyEntry, Page
from ..draw.picture import Picture
from ..draw.ranking import Panel, Row, body_height, columns, draw_panels, page_width, reference_key
from ..draw.rows import DAGGER, missing
from ..draw.scales import percent_axis
from ..draw.style import INK, SOFT, Looks
from ..read.records import Point, Run

OWN_CHOICES = ("wait", "steal")
HEADS = ("% of limit", "limit, ns", "n")
TITLE = "How near to the limit of the machine"
NOTE = ("The limit is what bench_limits measured in this run, in the machine state of the trial, put together by the "
        "formula of the workload and shape (docs/limits.md): a bound that nothing can beat, not a goal that anything "
        "must reach. The bar is the median of the counted repetitions at the best of the measured wait strategies. ")
FULL = 100.0


def limit_share_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each family: a panel for each workload, at the setting with the most implementations among those
    that are not oversubscribed, if there are any."""
    contests: dict[str, dict[str, list[Point]]] = {}
    for p in run.points:
        if not p.control and share(p):
            contests.setdefault(p.family, {}).setdefault(p.workload, []).append(p)
    return (_picture(run, looks, family, [_main_setting(points) for points in workloads.values()])
            for family, workloads in contests.items())


def _main_setting(points: list[Point]) -> Setting:
    def rank(s: Setting) -> tuple[bool, int, int]:
        return (not any(p.oversubscribed for p in s.points), len({p.impl for p in s.points}),
                max(p.threads for p in s.points))

    return max(settings(points, OWN_CHOICES), key=rank)


def _picture(run: Run, looks: Looks, family: str, found: list[Setting]) -> Picture:
    panels = [_panel(s, looks) for s in found]
    widths = columns(panels, HEADS, least=3.4)
    points = [p for s in found for p in s.points]
    notes = [NOTE + _kernels(points)]
    if any("†" in row.wait for panel in panels for row in panel.rows):
        notes.append(DAGGER)
    highest = max(v for p in points for v in share(p).values)
    page = Page(page_width(widths, panels), body_height(panels), TITLE,
                f"{family}: of each workload the setting with the most implementations, not oversubscribed if there is "
                "one. Higher is better.",
                [_bar_key(), _spread_key(), reference_key("the limit")], caption(run, points, notes))
    draw_panels(page, panels, widths, HEADS, (0.0, max(105.0, 1.05 * highest)), "percent of the limit",
                scale=percent_axis)
    return Picture(f"limit_share_{family}", page.figure, frozenset(p.name for p in points))


def _kernels(points: list[Point]) -> str:
    """By which kernels the points are bound."""
    bound: dict[str, list[str]] = {}
    for p in points:
        for trial in p.trials:
            if trial.limit_by and trial.limit_by not in bound.setdefault(p.workload, []):
                bound[p.workload].append(trial.limit_by)
    said = "; ".join(f"{workload} by {some(kernels, 8, ' or ')}" for workload, kernels in bound.items())
    return f"Bound by: {said}."


def _panel(setting: Setting, looks: Looks) -> Panel:
    points = list(setting.points)
    groups = [(title, [_row(choice, looks) for choice in best_waits(members, share)])
              for title, members in by_class(points)]
    table = table_of(points)
    words = ", ".join(f"{axis.replace('_', ' ')} {_text(value)}" for axis, value in setting.fixed.items()
                      if value is not None and str(value) != table[axis].neutral)
    over = any(p.oversubscribed for p in points)
    return Panel(f"{points[0].workload}: {words}" if words else points[0].workload,
                 "oversubscribed: more threads than CPUs" if over else "", groups, reference=FULL)


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _row(choice: Choice, looks: Looks) -> Row:
    found, point = choice.summary, choice.best
    if not found:
        return Row(point.impl, "", (), None, missing(point))
    limit = summary_of(point, lambda trial: trial.limit_ns)
    wait = (point.wait or "") + (" †" if choice.uncounted else "")
    return Row(point.impl, wait, (number(found.median), number(limit.median), str(found.count)),
               lambda axes, y: _bar(axes, y, found, looks.color(point.impl), point.impl))


def _bar(axes: Axes, y: float, found: Summary, color: str, impl: str) -> None:
    axes.barh([y], [found.median], height=0.56, color=color, alpha=0.75, linewidth=0, zorder=3)
    axes.plot([found.low, found.high], [y, y], color=INK, linewidth=1.2, solid_capstyle="butt", zorder=4, label=impl)


def _bar_key() -> KeyEntry:
    return KeyEntry("median", lambda box: box.fill_between([0.0, 1.0], 0.25, 0.75, color=SOFT, alpha=0.75, linewidth=0),
                    0.3)


def _spread_key() -> KeyEntry:
    return KeyEntry("lowest to highest repetition",
                    lambda box: box.plot([0.1, 0.9], [0.5, 0.5], color=INK, linewidth=1.2))
