"""Small result files with limits: shares of them, and matrices of line transfers."""

from typing import Any

from synthetic import ANYONE, GREED, LINEARIZABLE, PAIR, ResultFile, rivals_of

KERNEL = {"what": "made", "low": 0.9, "high": 1.2, "least": 0.8, "batches": 9}


class LimitedFile(ResultFile):
    """A result file with calibrations. Every row of a point in `limits` gets its limit (ns, kernel)."""

    def __init__(self, cpus: int = 2) -> None:
        super().__init__()
        self.cpus = cpus
        self.limits: dict[str, tuple[float, str]] = {}
        self.kernels: dict[str, dict[str, float]] = {"near": {}}  # by machine state, median ns
        self.matrices: list[tuple[str, bool, list[list[float | None]]]] = []  # state, used, ns

    def bound(self, name: str, ns: float, kernel: str) -> None:
        self.limits[name] = (ns, kernel)

    def document(self) -> dict[str, Any]:
        made = super().document()
        for row in made["benchmarks"]:
            if row["name"] in self.limits:
                ns, kernel = self.limits[row["name"]]
                time = row["latency"]["p50"] if row["point"]["workload"] == "round_trip" else row["real_time"]
                row.update(limit_ns=ns, limit_share=ns / time, limit_by=kernel)
        made["run"]["limits"] = {"calibrations": [self._calibration(*m) for m in self.matrices],
                                 "kernels": {state: {name: kernel_of(ns) for name, ns in found.items()}
                                             for state, found in self.kernels.items()}, "above_at": 1.1}
        made["run"]["above_limit"] = []
        return made

    def _calibration(self, state: str, used: bool, ns: list[list[float | None]]) -> dict[str, Any]:
        measured = sum(v is not None for row in ns for v in row) // 2
        pairs = len(ns) * (len(ns) - 1) // 2
        return {"state": state, "used": used, "before_trial": 0, "kernels": {"message_ns": {"median": 1.0, **KERNEL}},
                "matrix": {"cpus": list(range(len(ns))), "ns": ns, "measured": measured, "pairs": pairs,
                           "classes": [{"class": "same cache", "measured": measured, "pairs": pairs}]}}


def kernel_of(ns: float) -> dict[str, float]:
    """A kernel of so many ns per operation."""
    return {"median": ns, "low": 0.9 * ns, "high": 1.2 * ns, "least": 0.8 * ns, "calibrations": 1}


def square(cpus: int, near: float, far: float, group: int = 4, every: int = 1) -> list[list[float | None]]:
    """`near` inside groups of CPUs, `far` between them; of the far ones each `every`-th is measured."""
    def at(i: int, j: int) -> float | None:
        if i == j:
            return None
        if i // group == j // group:
            return near
        return far if (min(i, j) * 7 + max(i, j)) % every == 0 else None

    return [[at(i, j) for j in range(cpus)] for i in range(cpus)]


def limited() -> LimitedFile:
    """Shares from 0.4% to more than all, of three families, and two calibrations that disagree a little."""
    file = LimitedFile()
    for impl, promise, rate in (("pair_ring", PAIR, 300.0), ("wide_ring", ANYONE, 30.0), ("own_waiting", ANYONE, 10.0)):
        for wait, factor in (("yield", 1.0), ("spin", 0.4)):
            file.bound(file.point(impl, wait, promise).rates(rate * factor, rate * factor * 1.1).name, 0.4,
                       "stream_item_ns")
        file.point(impl, "park", promise, capacity=16).rates(1.0)  # of which no bound is certain
        trip = file.point(impl, "yield", promise, workload="round_trip")
        file.bound(trip.latencies((80.0, 90.0, 100.0, 200.0, 900.0)).name, 26.0, "message_ns")
    for impl, wall in (("one_word", 2.0), ("two_words", 40.0)):
        add = file.team("counters", "contended_add", impl, LINEARIZABLE, work_ns=0, rivals=rivals_of(LINEARIZABLE))
        file.bound(add.times(wall, wall * 1.1, wall * 1.05).name, 2.1, "fetch_add_alone_ns")
    lock = file.team("locks", "critical_section", "greedy_lock", GREED, hold_ns=0, think_ns=0, rivals=rivals_of(GREED))
    file.bound(lock.times(500.0, percentiles=(500.0, 600.0, 700.0, 800.0, 900.0), longest_run=3,
                          fair={"worker": 0.9}).name, 2.1,
               "fetch_add_alone_ns")
    file.matrices = [("near", True, square(2, 26.0, 0.0)), ("near", True, square(2, 28.0, 0.0)),
                     ("far", True, square(2, 105.0, 0.0)), ("changed", False, square(2, 60.0, 0.0))]
    return file


def many_cpus(cpus: int, every: int) -> LimitedFile:
    """A larger machine, of whose pairs not all were measured."""
    file = LimitedFile()
    file.point("ring").rates(1.0, 2.0)
    file.matrices = [("near", True, square(cpus, 20.0, 140.0, every=every))]
    return file
