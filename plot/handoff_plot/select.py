"""Which trials count, which points stand side by side, and their medians. Numbers only, no drawing."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from statistics import median
from typing import Callable, Iterable, NamedTuple

from .load import Capacity, Point, Run, Trial


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
NATIVE = "native"  # the wait strategy of queues that wait by their own means
UNBOUNDED = "unbounded"


@dataclass(frozen=True)
class Summary:
    """Median and spread of the counted repetitions of one point, in the unit of `values`."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    @property
    def count(self) -> int:
        return len(self.values)


Measure = Callable[[Point], Summary | None]


def counted(point: Point) -> list[Trial]:
    """The trials that enter medians."""
    return [trial for trial in point.trials if trial.counted]


def throughput(point: Point) -> Summary | None:
    """Million items per second over the counted trials; None without any."""
    return _summary(trial.items_per_second / 1e6 for trial in counted(point))


def every_value(points: Iterable[Point]) -> list[float]:
    """The throughput of every counted trial of `points`, million items per second."""
    return [trial.items_per_second / 1e6 for p in points for trial in counted(p)]


def latency(point: Point, percentile: str) -> Summary | None:
    """One percentile (ns) over the counted trials; None without any. What the clock calls 0 counts as 1 ns."""
    return _summary(max(1.0, trial.latency[percentile]) for trial in counted(point) if trial.latency)


def thread_time(point: Point) -> Summary | None:
    """ns of one thread's time per operation, over the counted trials; None without any."""
    return _summary(trial.thread_time for trial in counted(point))


def wall_time(point: Point) -> Summary | None:
    """ns of wall time per operation of the whole team, over the counted trials; None without any."""
    return _summary(trial.wall_time for trial in counted(point))


def cpu_time(point: Point) -> Summary | None:
    """ns of CPU time of the whole process per operation, over the counted trials that took any; None without."""
    return _summary(trial.cpu_time for trial in counted(point) if trial.cpu_time > 0)


def contaminated(point: Point) -> list[Trial]:
    """The trials that carry a flag: kept, and in no median."""
    return [trial for trial in point.trials if trial.flags and not trial.counted]


def metric(name: str, factor: float = 1.0) -> Measure:
    """The measure that reads `factor` times a named metric; None where no counted trial has it."""
    return lambda point: _summary(factor * t.metrics[name] for t in counted(point) if name in t.metrics)


def throughput_thousands(point: Point) -> Summary | None:
    """Thousand items per second over the counted trials; None without any."""
    return _summary(trial.items_per_second / 1e3 for trial in counted(point))


def summary_of(point: Point, value: Callable[[Trial], float | None]) -> Summary | None:
    """What `value` finds in the counted trials; None where it finds nothing in any."""
    return _summary(v for trial in counted(point) for v in [value(trial)] if v is not None)


def fairness(point: Point) -> Summary | None:
    """Jain's index of the least fair role, over the counted trials; None where no role has two threads."""
    return _summary(min(trial.fairness.values()) for trial in counted(point) if trial.fairness)


def _summary(values: Iterable[float]) -> Summary | None:
    kept = tuple(values)
    return Summary(kept) if kept else None


def contenders(run: Run, contest: Contest) -> list[Point]:
    """The points of one contest that are ranked: no controls, and no wait strategy but as it is by itself."""
    return [p for p in run.points if (p.family, p.workload) == contest and not p.control
            and p.axes.get("spin_budget", OWN) == OWN]


def budgeted(run: Run, contest: Contest) -> list[Point]:
    """The points of one contest whose wait strategy was given a spin budget."""
    return [p for p in run.points if (p.family, p.workload) == contest and not p.control
            and p.axes.get("spin_budget", OWN) != OWN]


# --- two humps --------------------------------------------------------------------------------------


def _ranked_value(trial: Trial, by: str) -> float | None:
    if by == "items_per_second":
        return trial.wall_time
    return trial.latency["p50"] if by == "latency" and trial.latency else trial.metrics.get(by)


def hump_summaries(point: Point, measure: Measure) -> tuple[Summary, ...]:
    """Of a point with two humps, the measure over the trials of each, the one with most trials first; else nothing."""
    found = []
    for hump in sorted(point.humps, key=lambda h: -h.trials):
        own = [t for t in counted(point) for value in [_ranked_value(t, point.measure)]
               if value is not None and hump.low <= value <= hump.high]
        found.append(measure(replace(point, trials=own)))
    return tuple(s for s in found if s) if all(found) else ()


# --- equals with equals -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Guarantee:
    """What an implementation must promise alike to stand in one ranking."""

    order: str
    bounded: bool
    producers: str
    consumers: str

    @property
    def users(self) -> str:
        """Who may use it, in words."""
        if self.producers == self.consumers == "many":
            return "any number of producers and consumers"
        if self.producers == self.consumers == "one":
            return "one producer and one consumer only"
        return f"producers: {self.producers}, consumers: {self.consumers}"

    @property
    def order_words(self) -> str:
        words = {"fifo": "FIFO", "per_producer_fifo": "FIFO per producer", "none": "no order"}
        return words.get(self.order, self.order.replace("_", " "))

    @property
    def title(self) -> str:
        return f"{self.order_words}, {'bounded' if self.bounded else UNBOUNDED}, {self.users}"

    @property
    def rank(self) -> tuple[bool, bool, bool, str, str]:
        """Bounded first, then the fewest users, then the strictest order."""
        return (not self.bounded, "many" in (self.producers, self.consumers), self.order != "fifo",
                self.order, self.users)


def guarantee(point: Point) -> Guarantee:
    """The group in which `point` is ranked. A guarantee that the file leaves out reads `not stated`."""
    stated = point.guarantees.get
    return Guarantee(stated("order", "order not stated"), point.capacity != UNBOUNDED,
                     stated("producers", "not stated"), stated("consumers", "not stated"))


def by_guarantee(points: Iterable[Point]) -> dict[Guarantee, list[Point]]:
    """Points by group, groups in the order in which charts show them."""
    groups: dict[Guarantee, list[Point]] = {}
    for point in points:
        groups.setdefault(guarantee(point), []).append(point)
    return dict(sorted(groups.items(), key=lambda item: item[0].rank))


# --- points that may share a picture ----------------------------------------------------------------


@dataclass(frozen=True)
class Combination:
    """One value for each axis that a picture must not pool, and the points that have it.

    Unbounded queues have no capacity to agree in: they stand beside every capacity of their bytes,
    placement, producers and consumers.
    """

    bytes: int | None
    capacity: Capacity
    placement: str | None
    points: tuple[Point, ...]

    @property
    def title(self) -> str:
        parts = []
        if self.bytes is not None:
            parts.append(f"{self.bytes}-byte items")
        if self.capacity == UNBOUNDED:
            parts.append("unbounded queues")
        elif self.capacity is not None:
            unbounded = any(p.capacity == UNBOUNDED for p in self.points)
            parts.append(f"capacity {self.capacity:,}" + (" (bounded queues)" if unbounded else ""))
        if self.placement is not None:
            parts.append(f"placement {self.placement}")
        return ", ".join(parts)

    def suffix(self, plain: "Combination") -> str:
        """What to append to a file name: the axes in which this differs from the plain one."""
        return file_suffix((self.bytes, plain.bytes, f"bytes{self.bytes}"),
                           (self.capacity, plain.capacity, f"capacity{self.capacity}"),
                           (self.placement, plain.placement, f"placement_{self.placement}"))


def file_suffix(*axes: tuple[object, object, str]) -> str:
    """Joins the words of the axes (own value, plain value, word) that differ, as a file name can hold them."""
    text = "".join("_" + word for own, plain, word in axes if own != plain)
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


def combinations(points: list[Point]) -> list[Combination]:
    """Every (bytes, capacity, placement) of the bounded queues, the one with most implementations first."""
    free = [p for p in points if p.capacity == UNBOUNDED]
    bounded: dict[tuple, list[Point]] = {}
    for p in points:
        if p.capacity != UNBOUNDED:
            bounded.setdefault((p.bytes, p.capacity, p.placement), []).append(p)
    sides = {(size, placement) for size, _, placement in bounded}
    for p in free:
        if (p.bytes, p.placement) not in sides:
            bounded.setdefault((p.bytes, UNBOUNDED, p.placement), [])
    seated = {_seat(p) for own in bounded.values() for p in own}
    found = []
    for (size, capacity, placement), own in bounded.items():
        seats = {_seat(p) for p in own}
        beside = [p for p in free if (p.bytes, p.placement) == (size, placement)
                  and (_seat(p) in seats or _seat(p) not in seated)]
        found.append(Combination(size, capacity, placement, tuple(own + beside)))
    return sorted(found, key=lambda c: (-len({p.impl for p in c.points}), -len(c.points)))


def _seat(p: Point) -> tuple:
    return (p.bytes, p.placement, p.producers, p.consumers)


def same_waits(points: list[Point]) -> list[Point]:
    """Leaves out unbounded queues under wait strategies that no bounded queue here was planned with.

    Otherwise the best of seven strategies would stand beside the best of one.
    """
    planned = {p.wait for p in points if p.capacity != UNBOUNDED} | {NATIVE}
    if planned == {NATIVE}:
        return points
    return [p for p in points if p.capacity != UNBOUNDED or p.wait in planned]


def shapes(points: Iterable[Point]) -> dict[tuple[int, int], list[Point]]:
    """Points by (producers, consumers), small shapes first."""
    found: dict[tuple[int, int], list[Point]] = {}
    for p in points:
        found.setdefault((p.producers or 0, p.consumers or 0), []).append(p)
    return dict(sorted(found.items(), key=lambda item: (sum(item[0]), item[0])))


@dataclass(frozen=True)
class Choice:
    """One implementation in one ranking: its best point, and the points that lost to it."""

    best: Point
    summary: Summary | None  # None: no point of it has a counted trial
    others: tuple[Summary, ...]
    uncounted: int  # points of it that have no counted trial


def best_waits(points: Iterable[Point], measure: Measure = throughput, sign: int = 1) -> list[Choice]:
    """Per implementation its point with the highest median, best first, those without a number last.

    With `sign` -1 the lowest is the best.
    """
    own: dict[str, list[Point]] = {}
    for p in points:
        own.setdefault(p.impl, []).append(p)
    choices = [_choice(candidates, measure, sign) for candidates in own.values()]
    return sorted(choices, key=lambda c: -sign * c.summary.median if c.summary else float("inf"))


def _choice(candidates: list[Point], measure: Measure, sign: int) -> Choice:
    known = [(p, s) for p in candidates for s in [measure(p)] if s]
    if not known:
        return Choice(candidates[0], None, (), len(candidates))
    best, summary = max(known, key=lambda pair: sign * pair[1].median)
    others = tuple(s for p, s in known if p is not best)
    return Choice(best, summary, others, len(candidates) - len(known))


# --- throughput against capacity --------------------------------------------------------------------


@dataclass(frozen=True)
class CapacityGroup:
    """Points that differ in capacity and implementation only. `wait` is what all but native queues use."""

    bytes: int | None
    placement: str | None
    producers: int | None
    consumers: int | None
    wait: str | None
    lines: dict[str, list[Point]]  # implementation -> points, ascending capacity

    @property
    def shape(self) -> tuple[int, int]:
        return (self.producers or 0, self.consumers or 0)

    def suffix(self, plain: "CapacityGroup") -> str:
        return file_suffix((self.shape, plain.shape, f"p{self.producers}_c{self.consumers}"),
                           (self.bytes, plain.bytes, f"bytes{self.bytes}"),
                           (self.placement, plain.placement, f"placement_{self.placement}"))


def capacity_groups(points: Iterable[Point]) -> list[CapacityGroup]:
    """Groups in which at least one implementation was counted at two capacities; most points first."""
    sets: dict[tuple, list[Point]] = {}
    for p in points:
        if isinstance(p.capacity, int):
            sets.setdefault((p.bytes, p.placement, p.producers, p.consumers), []).append(p)
    groups = [_capacity_group(axes, members) for axes, members in sets.items()]
    drawable = [g for g in groups if g.lines]
    return sorted(drawable, key=lambda g: -sum(map(len, g.lines.values())))


def _capacity_group(axes: tuple, points: list[Point]) -> CapacityGroup:
    tally = Counter(wait for (_, wait), line in _lines(points).items() if wait != NATIVE for _ in line)
    wait = tally.most_common(1)[0][0] if tally else NATIVE
    native = {impl: line for (impl, w), line in _lines(points).items() if w == NATIVE}
    chosen = {impl: line for (impl, w), line in _lines(points).items() if w == wait}
    return CapacityGroup(*axes, wait, native | chosen)


def _lines(points: list[Point]) -> dict[tuple[str, str | None], list[Point]]:
    """(implementation, wait) -> points by capacity, where at least two capacities were counted."""
    found: dict[tuple[str, str | None], list[Point]] = {}
    for p in points:
        found.setdefault((p.impl, p.wait), []).append(p)
    enough = {key: line for key, line in found.items() if len({p.capacity for p in line if counted(p)}) >= 2}
    return {key: sorted(line, key=lambda p: p.capacity) for key, line in enough.items()}


# --- what is not counted ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Uncounted:
    """How many trials of some points are in no median, and why. Each trial is in one of the sums."""

    trials: int  # with and without a number
    flagged: int
    flags: dict[str, int]  # a trial may carry several
    other_state: int
    unexplained: int
    failed: dict[str, int]  # status -> trials

    @property
    def total(self) -> int:
        return self.flagged + self.other_state + self.unexplained + sum(self.failed.values())


def uncounted(points: Iterable[Point], run: Run) -> Uncounted:
    """The account of `points`. A trial both flagged and in another state is a flagged one."""
    listed = list(points)
    trials = [t for p in listed for t in p.trials]
    out = [t for t in trials if not t.counted]
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
    )
