"""Which workloads have charts, and which of their points are ranked."""

from typing import NamedTuple

from ..read.records import Point, Run


class Contest(NamedTuple):
    """What a chart is about: a workload of a family."""

    family: str
    workload: str


TRANSFER = Contest("queues", "transfer")
ROUND_TRIP = Contest("queues", "round_trip")
PACED = Contest("queues", "paced")
IDLE = Contest("queues", "idle")
FOOTPRINT = Contest("queues", "footprint")
CONTENDED_ADD = Contest("counters", "contended_add")
READ_MIX = Contest("counters", "read_mix")
LOST_UPDATES = Contest("counters", "lost_updates")
CRITICAL_SECTION = Contest("locks", "critical_section")
READER_WRITER = Contest("locks", "reader_writer")
BARRIER_EPISODE = Contest("locks", "barrier_episode")
OWNER_AND_THIEVES = Contest("deques", "owner_and_thieves")
PROGRAMS = tuple(Contest("fork_join", name)
                 for name in ("fib", "nqueens", "skynet", "uts", "sum", "quicksort", "matrix"))
SUBMIT_EMPTY = Contest("pools", "submit_empty")
SUBMIT_WORK = Contest("pools", "submit_work")
UNEVEN = Contest("pools", "uneven")
FAN_OUT_FAN_IN = Contest("pools", "fan_out_fan_in")
WAKEUP = Contest("pools", "wakeup")
OVERLOAD = Contest("pools", "overload")
BLOCKING_MIX = Contest("pools", "blocking_mix")
CHARTED = (TRANSFER, ROUND_TRIP, PACED, IDLE, FOOTPRINT, CONTENDED_ADD, READ_MIX, LOST_UPDATES, CRITICAL_SECTION, READER_WRITER,
           BARRIER_EPISODE, OWNER_AND_THIEVES, *PROGRAMS, SUBMIT_EMPTY, SUBMIT_WORK, UNEVEN, FAN_OUT_FAN_IN,
           WAKEUP, OVERLOAD, BLOCKING_MIX)
OWN = "own"  # the spin budget that a wait strategy has by itself


def contenders(run: Run, contest: Contest) -> list[Point]:
    """The points of one contest that are ranked: no controls, and no wait strategy but as it is by itself."""
    return [p for p in run.points if (p.family, p.workload) == contest and not p.control
            and p.axes.get("spin_budget", OWN) == OWN]


def budgeted(run: Run, contest: Contest) -> list[Point]:
    """The points of one contest whose wait strategy was given a spin budget."""
    return [p for p in run.points if (p.family, p.workload) == contest and not p.control
            and p.axes.get("spin_budget", OWN) != OWN]
