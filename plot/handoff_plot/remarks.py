"""What a reader of the charts would otherwise not learn: every point and trial that they do not show."""

from typing import Iterable

from .choose.accounts import reasons, uncounted, unknown_workloads
from .choose.contests import CHARTED
from .choose.measures import counted, saturation
from .choose.text import plural
from .read.records import Point, Run


def remarks(run: Run, shown: set[str]) -> list[str]:
    """Lines for the terminal, of all points but those `shown`; one that starts with blanks belongs to the one above."""
    lines = []
    account = uncounted(run.points, run)
    if account.total:
        lines.append(f"not counted: {account.total} of {plural(account.trials, 'trial')}: {reasons(account)}")
    if not run.complete:
        lines.append(f"interrupted run: {run.trials_done} of {run.trials_planned} trials are done")
    missed = [n for n in run.not_built if not n.option]
    lines += _block("not built", "implementation", [f"{n.family}/{n.impl}: {n.reason}" for n in missed])
    return lines + _failed(run) + _saturated(run) + _empty(run) + _without_chart(run, shown)


def _failed(run: Run) -> list[str]:
    failures = [f for p in run.points for f in p.failed]
    return _block("failed", "trial", [f"{f.point}: {f.status}: {' '.join(f.reason.split())}" for f in failures])


def _saturated(run: Run) -> list[str]:
    """Some but not all trials: a number of the mild ones alone would be too good."""
    some = [(p.name, *saturation(p)) for p in run.points]
    return _block("saturated in some trials", "point", [f"{name}: in {saturated} of {trials}"
                                                        for name, saturated, trials in some if 0 < saturated < trials])


def _empty(run: Run) -> list[str]:
    empty = [p for p in run.points if not counted(p)]
    return _block("without a counted trial", "point", [f"{p.name}: {_why(p, run)}" for p in empty])


def _why(point: Point, run: Run) -> str:
    account = uncounted([point], run)
    return reasons(account) if account.total else "no trial was done"


def _without_chart(run: Run, shown: set[str]) -> list[str]:
    controls = [p.name for p in run.points if p.control]
    lines = _block("controls, which are not ranked", "point", controls)
    unknown: dict[str, list[str]] = {f"{family}/{workload}": [] for family, workload in unknown_workloads(run)}
    for p in run.points:
        if not p.control and f"{p.family}/{p.workload}" in unknown:
            unknown[f"{p.family}/{p.workload}"].append(p.name)
    for contest, names in unknown.items():
        lines += _block(f"no chart for {contest}", "point", names)
    hidden = [p.name for p in run.points if p.name not in shown and counted(p) and not p.control
              and (p.family, p.workload) in CHARTED]
    lines += _block("counted, but in none of these charts", "point", hidden)
    return lines + _block("not listed among the run's points", "trial", run.stray)


def _block(head: str, noun: str, items: Iterable[str]) -> list[str]:
    listed = list(items)
    return [f"{head}: {plural(len(listed), noun)}", *(f"  {item}" for item in listed)] if listed else []
