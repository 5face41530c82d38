"""What the parts of a scheduler are worth: its deque beside its steal policy, and beside its wait strategy."""

from .caption import caption
from .cuts import NEUTRAL, Setting, by_class, settings
from .curves import ALL
from .heat import NOTE, heat_key, table
from .layout import Page
from .load import Point, Run
from .picture import Picture
from .rows import humps_note
from .select import PROGRAMS, counted, wall_time
from .style import Looks
from .words import OVER, PROCESSES, setting_words

TITLES = {"steal": "Cost of a task by deque and steal policy, wall ns per task",
          "wait": "Cost of a task by scheduler and wait strategy, wall ns per task"}


def ablation_pictures(run: Run, looks: Looks, points: list[Point], chosen: dict[str, object]) -> list[Picture]:
    """One picture for each program and setting in which two values of `steal` or of `wait` can be compared.

    The other of the two has the value in `chosen`.
    """
    return [picture for axis in TITLES for contest in PROGRAMS
            for picture in _pictures(run, looks, axis, contest.workload, points, chosen)]


def _pictures(run: Run, looks: Looks, axis: str, program: str, points: list[Point],
              chosen: dict[str, object]) -> list[Picture]:
    other = "wait" if axis == "steal" else "steal"
    own = [p for p in points if p.workload == program and p.axes.get(axis) is not None
           and p.axes.get(other) in (None, NEUTRAL[other], chosen.get(other))]
    found = [s for s in settings(own, (axis,))
             if len({p.axes[axis] for p in s.points if counted(p)} - {NEUTRAL[axis]}) >= 2]
    found.sort(key=lambda s: (-sum(bool(counted(p)) for p in s.points), any(p.oversubscribed for p in s.points)))
    return [_picture(run, looks, axis, program, s, f"fork_join_{axis}_{program}" + s.suffix(found[0])) for s in found]


def _picture(run: Run, looks: Looks, axis: str, program: str, setting: Setting, name: str) -> Picture:
    grid = table(axis, _headed(setting), wall_time, lower=True)
    over = f"; {OVER}" if any(p.oversubscribed for p in setting.points) else ""
    page = Page(grid.width, grid.body, TITLES[axis],
                f"{program}; {setting_words(setting.fixed, setting.points)}{over}. Lower is better.",
                heat_key(grid), caption(run, setting.points, [NOTE + " The brighter, the faster. " + PROCESSES,
                                                              *humps_note(setting.points, wall_time)]))
    grid.draw(page, "wall ns per task (log scale)", looks)
    return Picture(name, page.figure, frozenset(p.name for p in setting.points))


def _headed(setting: Setting) -> list[tuple[str, list[Point]]]:
    return [("all schedulers" if title == ALL else title, points) for title, points in by_class(setting.points)]
