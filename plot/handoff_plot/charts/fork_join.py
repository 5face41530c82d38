"""Fork and join: what a task costs, how much of the workers' time is work, how often work is stolen."""

from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import Callable, Iterable

from ..choose.contests import IDLE_SCHEDULERS, PROGRAMS, contenders
from ..choose.cuts import Cut, Setting, cuts, settings
from ..choose.equals import NATIVE, Choice, by_class
from ..choose.measures import Measure, Summary, counted, summary_of, wall_time
from ..choose.text import number, some
from ..choose.words import OVER, PROCESSES, setting_words
from ..draw.caption import caption
from ..draw.curves import ALL, Chart, Reference, curve_picture
from ..draw.heat import NOTE, heat_key, table
from ..draw.layout import Page
from ..draw.picture import Picture
from ..draw.ranking import Panel, Row, body_height, columns, draw_panels, page_width, reference_key
from ..draw.rows import dot_key, dot_row, humps_note, ranked
from ..draw.scales import log_limits
from ..draw.style import Looks
from ..read.records import Point, Run, Trial
from ..draw.idle_rows import idle_worker_pictures

SHAPE = ("size", "tree")  # axes that say which problem a program solves
TASK, PROBLEM = (*SHAPE, "grain", "placement"), (*SHAPE, "placement")  # what makes tasks and runs the same
SERIAL = ("forks", "calls")  # the guarantee of the scheduler that calls where others fork
PER_RUN = ("steals", "failed_steals", "parks", "wakes")
COST_NOTE = ("The cost is wall time per task: a task is a piece of work that could have run elsewhere, and holds its "
             "share of the program's own work. Speed-up is the serial median over the row's. ")
STEAL_NOTE = ("Counted by the schedulers themselves, divided by the runs of the program in the trial; the columns are "
              "medians. This is no ranking: few steals mean that pieces are large when they are stolen, not that "
              "stealing is cheap. ")


def fork_join_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of the programs, at the wait strategy and the steal policy that most numbers were taken with."""
    points = [p for contest in PROGRAMS for p in contenders(run, contest)]
    chosen = main_setting(points)
    usual = [p for p in points if all(p.axes.get(axis) in (None, NATIVE, value)
                                      for axis, value in chosen.items())]
    serial = [p for contest in PROGRAMS for p in run.points
              if (p.family, p.workload) == contest and _is_serial(p)]
    return chain(_costs(run, looks, usual, serial), _efficiencies(run, looks, usual, serial),
                 _steals(run, looks, usual), ablation_pictures(run, looks, points, chosen),
                 idle_worker_pictures(run, looks, IDLE_SCHEDULERS))


def main_setting(points: Iterable[Point]) -> dict[str, object]:
    """The wait strategy and the steal policy with most counted points."""
    tally = Counter((p.axes.get("wait"), p.axes.get("steal")) for p in points if counted(p)
                    and NATIVE != p.axes.get("wait") and NATIVE != p.axes.get("steal"))
    return dict(zip(("wait", "steal"), tally.most_common(1)[0][0])) if tally else {}


def problem_words(point: Point, axes: Iterable[str] = SHAPE) -> str:
    """`fib: size 30`."""
    words = setting_words({axis: point.axes.get(axis) for axis in axes}, [point])
    return f"{point.workload}: {words}" if words else point.workload


def program_words(point: Point) -> str:
    """`sum: size 1,000, grain 10`."""
    return problem_words(point, (*SHAPE, "grain"))


def _is_serial(point: Point) -> bool:
    return point.guarantees.get(SERIAL[0]) == SERIAL[1]


def _by_workers(points: Iterable[Point]) -> list[Setting]:
    """Settings that hold for all programs, the one with most numbers first; the serial program alone makes none."""
    found = settings(points, (*SHAPE, "grain"))
    drawable = [s for s in found if any(counted(p) and not _is_serial(p) for p in s.points)]
    return sorted(drawable, key=lambda s: (-sum(bool(counted(p)) for p in s.points),
                                           any(p.oversubscribed for p in s.points)))


def _problems(points: Iterable[Point]) -> list[list[Point]]:
    """Points of one program and problem, at the finest grain that most schedulers were counted at."""
    found: dict[tuple, dict[int, list[Point]]] = {}
    for p in points:
        own = found.setdefault((p.workload, *(p.axes.get(axis) for axis in SHAPE)), {})
        own.setdefault(p.axes.get("grain") or 0, []).append(p)
    return [min(grains.items(), key=lambda item: (-sum(bool(counted(p)) for p in item[1]), item[0]))[1]
            for grains in found.values()]


def _warning(points: list[Point]) -> str:
    return OVER if any(p.oversubscribed for p in points) else ""


# --- what a task costs ------------------------------------------------------------------------------


def _costs(run: Run, looks: Looks, points: list[Point], serial: list[Point]) -> Iterable[Picture]:
    found, tasks = _by_workers(points), _serial_tasks(serial)
    names: dict[tuple, list[str]] = {}
    for p in serial:
        names.setdefault(_key(p, TASK), []).append(p.name)
    return (_cost(run, looks, s, tasks, names, "fork_join_cost" + s.suffix(found[0])) for s in found)


def _cost(run: Run, looks: Looks, setting: Setting, tasks: dict[tuple, Summary], names: dict[tuple, list[str]],
          name: str) -> Picture:
    problems = [points for points in _problems(setting.points) if any(counted(p) for p in points)]
    panels = [_cost_panel(points, tasks, looks) for points in problems]
    points = [p for members in problems for p in members]
    heads = ("ns", "speed-up", "n")
    widths = columns(panels, heads)
    key = dot_key(waits=False)
    if any(panel.reference is not None for panel in panels):
        key.append(reference_key("the serial program, median"))
    subtitle = f"Programs that fork and join; {setting_words(setting.fixed, points)}. Lower is better."
    page = Page(page_width(widths, panels), body_height(panels), "Cost of a task in fork-join programs", subtitle,
                key, caption(run, points, [COST_NOTE + "Panels have scales of their own. " + PROCESSES]))
    draw_panels(page, panels, widths, heads, (1.0, 10.0), "wall ns per task (log scale)")
    references = frozenset(chain.from_iterable(names.get(_key(p, TASK), ()) for p in points))
    return Picture(name, page.figure, frozenset(p.name for p in points) | references)


def _cost_panel(points: list[Point], tasks: dict[tuple, Summary], looks: Looks) -> Panel:
    reference = tasks.get(_key(points[0], TASK))
    values = [v for p in points for s in [wall_time(p)] if s for v in s.values]

    def numbers(found: Summary) -> tuple[str, ...]:
        gain = f"{reference.median / found.median:.2f}" if reference else "–"
        return (number(found.median), gain, str(found.count))

    rows = ranked(points, wall_time, lambda c: _row(c, looks, numbers))
    return Panel(program_words(points[0]), _warning(points), _headed(rows),
                 log_limits(values + ([reference.median] if reference else []), 0.08),
                 reference.median if reference else None)


def _headed(groups: list[tuple[str, list[Row]]]) -> list[tuple[str, list[Row]]]:
    return [("all schedulers" if title == ALL else title, rows) for title, rows in groups]


def _row(choice: Choice, looks: Looks, numbers: Callable[[Summary], tuple[str, ...]]) -> Row:
    """A row without a wait strategy: the picture has one for all."""
    row = dot_row(choice, looks, choice.best.impl, numbers)
    return Row(row.label, "", row.numbers, row.draw, row.missing)


def _key(point: Point, axes: Iterable[str]) -> tuple:
    """What points have in common that solve the same problem, as far as these axes say."""
    return (point.workload, *(point.axes.get(axis) for axis in axes))


def _serial_tasks(serial: list[Point]) -> dict[tuple, Summary]:
    """What a task of each problem takes where nothing is forked."""
    found: dict[tuple, Summary] = {}
    for p in serial:
        own = wall_time(p)
        if own:
            found.setdefault(_key(p, TASK), own)
    return found


# --- efficiency against grain -----------------------------------------------------------------------


def run_time(point: Point) -> Summary | None:
    """Wall ns of one run of the program."""
    return summary_of(point, _run_ns)


def _run_ns(trial: Trial) -> float | None:
    tasks = trial.metrics.get("tasks_per_run")  # a run that forks nothing is one iteration all the same
    return None if tasks is None else trial.wall_time * max(1.0, tasks)


def _serial_runs(serial: list[Point]) -> dict[tuple, Summary]:
    """The fastest serial run of each problem, whatever its grain."""
    fastest: dict[tuple, Summary] = {}
    for p in serial:
        own, key = run_time(p), _key(p, PROBLEM)
        if own and (key not in fastest or own.median < fastest[key].median):
            fastest[key] = own
    return fastest


def _efficiencies(run: Run, looks: Looks, points: list[Point], serial: list[Point]) -> Iterable[Picture]:
    """One picture for each number of workers: a panel for each problem that was measured at two grains."""
    chart = _efficiency_chart(serial)
    found = [cut for contest in PROGRAMS
             for cut in cuts((p for p in points if p.workload == contest.workload), "grain", chart.measure)]
    pages: dict[tuple, list[Cut]] = {}
    for cut in found:
        page = tuple((axis, value) for axis, value in cut.fixed.items() if axis not in SHAPE)
        pages.setdefault(page, []).append(cut)
    with_forks = [group for group in pages.values()
                  if not all(_is_serial(p) for cut in group for p in cut.points)]
    listed = sorted(with_forks, key=lambda group: (-sum(len(cut.points) for cut in group),
                                                   any(p.oversubscribed for cut in group for p in cut.points)))
    plain = _shapeless(listed[0][0]) if listed else None
    drawn = (_efficiency(run, looks, chart, group, "fork_join_efficiency" + _shapeless(group[0]).suffix(plain))
             for group in listed)
    names: dict[tuple, list[str]] = {}
    for p in serial:
        names.setdefault(_key(p, PROBLEM), []).append(p.name)
    return (replace(picture, shown=picture.shown.union(*(names.get(_key(cut.points[0], PROBLEM), ()) for cut in group)))
            for picture, group in zip(drawn, listed))  # the serial points stand for 100%


def _shapeless(cut: Cut) -> Setting:
    return Setting({axis: value for axis, value in cut.fixed.items() if axis not in SHAPE}, cut.points)


def _efficiency_chart(serial: list[Point]) -> Chart:
    fastest = _serial_runs(serial)

    def measure(point: Point) -> Summary | None:
        reference, workers = fastest.get(_key(point, PROBLEM)), point.axes.get("workers")
        if not reference or not workers:
            return None
        return summary_of(point, lambda t: 100 * reference.median / (workers * _run_ns(t)) if _run_ns(t) else None)

    return Chart(
        PROGRAMS[0], "grain", "fork_join_efficiency", "Efficiency against grain", measure, "% of the workers' time",
        "largest piece that is not divided, elements (log scale)",
        panel_words=lambda cut: "program " + problem_words(cut.points[0]),
        notes=("Efficiency is the serial program's time over workers × wall time of a run: 100% is as much work per "
               "worker as the serial program does alone. The serial time is the median of the fastest grain at which "
               "the serial program was measured. " + PROCESSES,),
        panel=lambda p: p.rivals,
        reference=lambda cut, cpus: Reference("all of the workers' time", "", lambda grain: 100.0),
        top=104.0, linear=True)


def _efficiency(run: Run, looks: Looks, chart: Chart, group: list[Cut], name: str) -> Picture:
    fixed = _shapeless(group[0]).fixed
    points = [p for cut in group for p in cut.points]
    about = f"Programs that divide until a piece has the grain; {setting_words(fixed, points)}."
    if any(p.oversubscribed for p in points):
        about += f" {OVER[0].upper()}{OVER[1:]}."
    return curve_picture(run, looks, chart, group, name, about + " Higher is better.")


# --- steals -----------------------------------------------------------------------------------------


def per_run(name: str) -> Measure:
    """A metric divided by the runs of the program."""
    return lambda point: summary_of(
        point, lambda t: t.metrics[name] / t.metrics["runs"] if name in t.metrics and t.metrics.get("runs") else None)


STEALS = per_run("steals")


def _steals(run: Run, looks: Looks, points: list[Point]) -> Iterable[Picture]:
    """One picture for each number of workers that can steal from each other."""
    found = [s for s in _by_workers(p for p in points if (p.axes.get("workers") or 1) > 1)
             if any(STEALS(p) for p in s.points)]
    return (_steals_picture(run, looks, s, "fork_join_steals" + s.suffix(found[0])) for s in found)


def _steals_picture(run: Run, looks: Looks, setting: Setting, name: str) -> Picture:
    problems = [kept for points in _problems(setting.points)
                for kept in [[p for p in points if STEALS(p)]] if kept]
    points = [p for members in problems for p in members]
    panels = [_steals_panel(members, looks) for members in problems]
    heads = tuple(name.replace("_", " ") for name in PER_RUN) + ("n",)
    widths = columns(panels, heads)
    values = [v for p in points for v in STEALS(p).values if v > 0] or [1.0]
    telling = {p.impl for p in setting.points if STEALS(p)}
    mute = [impl for impl in dict.fromkeys(p.impl for p in setting.points if counted(p)) if impl not in telling]
    notes = [STEAL_NOTE + PROCESSES]
    if mute:
        notes.append(f"Measured, but count no steals: {some(mute)}.")
    subtitle = f"How often a piece of work moves to another worker; {setting_words(setting.fixed, points)}."
    page = Page(page_width(widths, panels), body_height(panels), "Steals in one run of a program", subtitle,
                dot_key(waits=False), caption(run, points, notes))
    draw_panels(page, panels, widths, heads, (min(values), log_limits(values, 0.08)[1]),
                "steals per run (log scale above 0)", zero=True)
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _steals_panel(points: list[Point], looks: Looks) -> Panel:
    def row(choice: Choice) -> Row:
        others = tuple(_rate(per_run(name)(choice.best)) for name in PER_RUN[1:])
        return _row(choice, looks, lambda found: (_rate(found), *others, str(found.count)))

    return Panel(program_words(points[0]), _warning(points), _headed(ranked(points, STEALS, row)))


def _rate(found: Summary | None) -> str:
    if not found:
        return "–"
    return number(found.median) if found.median > 0 else "0"


ABLATIONS = {"steal": "Cost of a task by deque and steal policy, wall ns per task",
             "wait": "Cost of a task by scheduler and wait strategy, wall ns per task"}


def ablation_pictures(run: Run, looks: Looks, points: list[Point], chosen: dict[str, object]) -> Iterable[Picture]:
    """One picture for each program and setting in which two values of `steal` or of `wait` can be compared.

    The other of the two has the value in `chosen`.
    """
    return (picture for axis in ABLATIONS for contest in PROGRAMS
            for picture in _ablations(run, looks, axis, contest.workload, points, chosen))


def _ablations(run: Run, looks: Looks, axis: str, program: str, points: list[Point],
               chosen: dict[str, object]) -> Iterable[Picture]:
    other = "wait" if axis == "steal" else "steal"
    own = [p for p in points if p.workload == program and p.axes.get(axis) is not None
           and p.axes.get(other) in (None, NATIVE, chosen.get(other))]
    found = [s for s in settings(own, (axis,))
             if len({p.axes[axis] for p in s.points if counted(p)} - {NATIVE}) >= 2]
    found.sort(key=lambda s: (-sum(bool(counted(p)) for p in s.points), any(p.oversubscribed for p in s.points)))
    return (_ablation(run, looks, axis, program, s, f"fork_join_{axis}_{program}" + s.suffix(found[0])) for s in found)


def _ablation(run: Run, looks: Looks, axis: str, program: str, setting: Setting, name: str) -> Picture:
    grid = table(axis, _headed(by_class(setting.points)), wall_time, lower=True)
    over = f"; {OVER}" if any(p.oversubscribed for p in setting.points) else ""
    page = Page(grid.width, grid.body, ABLATIONS[axis],
                f"{program}; {setting_words(setting.fixed, setting.points)}{over}. Lower is better.",
                heat_key(grid), caption(run, setting.points, [NOTE + " The brighter, the faster. " + PROCESSES,
                                                              *humps_note(setting.points, wall_time)]))
    grid.draw(page, "wall ns per task (log scale)", looks)
    return Picture(name, page.figure, frozenset(p.name for p in setting.points))
