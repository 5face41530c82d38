"""How many trials are in no median, and why."""

from collections import Counter
from dataclasses import dataclass
from typing import Iterable

from ..read.records import Point, Run
from .contests import CHARTED
from .text import some


@dataclass(frozen=True)
class Uncounted:
    """How many trials of some points are in no median, and why. Each trial is in one of the sums."""

    trials: int  # with and without a number
    flagged: int
    flags: dict[str, int]  # a trial may carry several
    other_state: int
    unexplained: int
    failed: dict[str, int]  # status -> trials
    beside: int = 0  # good trials of points in which another showed a fault

    @property
    def total(self) -> int:
        return self.flagged + self.other_state + self.unexplained + sum(self.failed.values()) + self.beside


def uncounted(points: Iterable[Point], run: Run) -> Uncounted:
    """The account of `points`. A trial both flagged and in another state is a flagged one."""
    listed = list(points)
    trials = [t for p in listed for t in p.trials]
    beside = [t for p in listed if p.caught for t in p.trials if not t.flags]
    out = [t for p in listed if not p.caught for t in p.trials if not t.counted]
    out += [t for p in listed if p.caught for t in p.trials if t.flags]
    # several pairs of CPUs may have been probed, each with states of its own under the same labels
    good = {s.label for s in run.states if s.counted} - {s.label for s in run.states if not s.counted}
    plain = [t for t in out if not t.flags]
    moved = [t for t in plain if t.state not in good]
    failed = Counter(f.status for p in listed for f in p.failed)
    return Uncounted(
        trials=len(trials) + sum(failed.values()),
        flagged=len(out) - len(plain),
        flags=dict(sorted(Counter(flag for t in out for flag in t.flags).items())),
        other_state=len(moved),
        unexplained=len(plain) - len(moved),
        failed=dict(sorted(failed.items())),
        beside=len(beside),
    )


def reasons(account: Uncounted) -> str:
    """Why trials are not counted: `7 in another machine state, 5 flagged (5 low_overlap)`."""
    parts = []
    if account.other_state:
        parts.append(f"{account.other_state} in another machine state")
    if account.flagged:
        flags = some(f"{count} {flag}" for flag, count in account.flags.items())
        parts.append(f"{account.flagged} flagged ({flags})")
    if account.unexplained:
        parts.append(f"{account.unexplained} for a reason that the file does not state")
    if account.failed:
        statuses = some(f"{count} {status}" for status, count in account.failed.items())
        parts.append(f"{sum(account.failed.values())} failed ({statuses})")
    if account.beside:
        parts.append(f"{account.beside} good ones of points in which another showed a fault")
    return ", ".join(parts)


def unknown_workloads(run: Run) -> dict[tuple[str, str], int]:
    """(family, workload) -> number of points for which there is no chart; controls aside."""
    found: dict[tuple[str, str], int] = {}
    for p in run.points:
        if not p.control and (p.family, p.workload) not in CHARTED:
            found[(p.family, p.workload)] = found.get((p.family, p.workload), 0) + 1
    return found
