"""What a result file says, as plain values."""

from dataclasses import dataclass, field

from .axes import Axes

INVALID = "invalid"  # status of a trial whose check failed
CAUGHT = " (failed its check)"  # stands after the name of an implementation with a trial that showed a fault
PERCENTILES = ("p50", "p90", "p99", "p99.9", "max")
Capacity = int | str | None  # items, "unbounded", or None: the workload has no such axis


@dataclass(frozen=True)
class Part:
    """One part of a trial's schedule; all are equally long."""

    until: float  # seconds since the schedule began
    load: float | None  # offered in it, in percent, where that changes
    p50: float | None  # ns, of the items that were due in it; None without any
    p99: float | None
    memory_bytes: float | None  # of the process at the part's end
    cpu_ns: float | None  # CPU time of the process per item


@dataclass(frozen=True)
class Trial:
    """One trial with status ok."""

    counted: bool
    flags: tuple[str, ...]
    state: str
    items_per_second: float
    wall_time: float  # ns of the team's wall clock per operation
    thread_time: float  # ns of one thread's time per operation
    cpu_time: float  # ns of the whole process's CPU time per operation
    retry_of: int | None  # the flagged repetition that it repeats
    fairness: dict[str, float]  # role -> Jain's index
    metrics: dict[str, float]  # what else the workload observed
    latency: dict[str, float] | None  # percentile -> ns
    latency_of: str  # what a sample is, in the file's words
    samples: tuple[tuple[float, int], ...]  # (ns, how many), ascending: all latencies
    actual_capacity: int | None  # items
    limit_ns: float | None  # what the machine could do at best, per operation or of the p50
    limit_share: float | None  # of what was measured; 1: at the limit
    limit_by: str  # the kernel that binds
    ranked_value: float | None = None  # what its point is ranked by, in the unit of the measure
    level: str = ""  # near_empty, near_full, balanced; empty where nobody knows
    course: tuple[Part, ...] = ()  # of workloads that go on for long, or change on the way
    allocations: float | None = None  # calls of malloc and its relatives per operation


@dataclass(frozen=True)
class Failure:
    """One trial that carries no number."""

    point: str
    status: str
    reason: str


@dataclass(frozen=True)
class Hump:
    """One of the two groups into which a point's counted trials fall, by their ranked values."""

    median: float
    low: float
    high: float
    trials: int


@dataclass(frozen=True)
class LatencyHump:
    """One of the two humps of a point's latencies, in ns."""

    median: float
    share: float  # of all samples


@dataclass(eq=False)
class Point:
    """One point of the sweep and all that was observed at it."""

    name: str
    family: str
    workload: str
    impl: str
    threads: int  # of the whole team
    axes: dict[str, str | int]  # the value of every axis that the workload has
    table: Axes  # of the run
    oversubscribed: bool
    guarantees: dict[str, str]
    rivals: str  # points are ranked with those of the same words; empty: a control
    measure: str = "items_per_second"  # what it is ranked by
    humps: tuple[Hump, ...] = ()  # two or none
    latency_humps: tuple[LatencyHump, ...] = ()  # two or none
    saturated: tuple[int, int] | None = None  # in how many of how many trials, where the file says so
    known_fault: bool | None = None  # whether a trial showed one, where the file says so
    trials: list[Trial] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    @property
    def wait(self) -> str | None:
        return self.axes.get("wait")

    @property
    def producers(self) -> int | None:
        return self.axes.get("producers")

    @property
    def consumers(self) -> int | None:
        return self.axes.get("consumers")

    @property
    def capacity(self) -> Capacity:
        return self.axes.get("capacity")

    @property
    def bytes(self) -> int | None:
        return self.axes.get("bytes")

    @property
    def placement(self) -> str | None:
        return self.axes.get("placement")

    @property
    def control(self) -> bool:
        """True for what is measured beside the contenders and not ranked with them."""
        return not self.rivals

    @property
    def caught(self) -> bool:
        """True with a trial that showed a fault: whatever its other trials say, it has no number."""
        return any(f.status == INVALID for f in self.failed) if self.known_fault is None else self.known_fault


@dataclass(frozen=True)
class State:
    """One machine state of the run; `transfer_ns` is the range of its line transfers."""

    label: str
    transfer_ns: tuple[float, float]
    counted: bool


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; `high` is None where the measurements set no limit."""

    value: float
    low: float
    high: float | None


@dataclass(frozen=True)
class Law:
    """A fitted law of scaling. `curve`: (threads, items per second, whether it is a prediction)."""

    sigma: Estimate
    kappa: Estimate
    confidence: float
    relative_rms: float
    most_threads: float  # measured
    peak: Estimate | None  # threads
    curve: tuple[tuple[float, Estimate, bool], ...]


@dataclass(frozen=True)
class Series:
    """Points that differ in the number of threads only, and what the run says of them."""

    name: str
    family: str
    workload: str
    impl: str
    axis: str
    fixed: dict[str, str | int]  # all other axes
    points: tuple[tuple[int, str], ...]  # (threads, name)
    verdict: str
    reason: str  # why there is no law; empty where there is one
    law: Law | None


@dataclass(frozen=True)
class Matrix:
    """Line transfer of every pair of CPUs, ns one way, by one calibration."""

    state: str
    cpus: tuple[int, ...]
    ns: tuple[tuple[float | None, ...], ...]  # None: not measured
    classes: tuple[tuple[str, int, int], ...]  # topology, pairs measured, pairs

    @property
    def known(self) -> list[float]:
        """Every time that was measured."""
        return [ns for row in self.ns for ns in row if ns is not None]


@dataclass(frozen=True)
class RankedBy:
    """What points are ranked by."""

    title: str
    unit: str
    better: str  # higher, lower


@dataclass(frozen=True)
class NotBuilt:
    """An implementation of the catalog that this build left out, and why."""

    impl: str
    family: str
    reason: str
    option: bool  # it is built only where an option of the build asks for it, and none did


@dataclass(frozen=True, eq=False)
class Run:
    """A whole result file. `facts` are the strings that captions quote."""

    points: list[Point]
    states: list[State]
    implementations: list[str]  # the catalog's, in its order, measured here or not
    repetitions: int
    complete: bool
    trials_planned: int
    trials_done: int
    cpus: int  # that threads may run on
    facts: dict[str, str]
    stray: list[str]  # names of rows and failures that belong to no point
    matrices: list[Matrix] = field(default_factory=list)  # of the calibrations that are used
    kernels: dict[str, float] = field(default_factory=dict)  # of bench_limits, in the state that counts: median ns
    scaling: list[Series] = field(default_factory=list)
    measures: dict[str, RankedBy] = field(default_factory=dict)
    not_built: list[NotBuilt] = field(default_factory=list)
