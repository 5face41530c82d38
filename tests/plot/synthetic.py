"""Small result files for the tests, valid against results/schema.json unless a test breaks them."""

import importlib
import json
import math
import sys
from pathlib import Path
from typing import Any

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
PLOT = ROOT / "plot" / "plot.py"
sys.path.insert(0, str(ROOT / "plot"))
AXES = importlib.import_module("handoff_plot.read.schema_1").AXES

SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text(encoding="utf-8"))

ANYONE = {"order": "fifo", "producers": "many", "consumers": "many", "capacity": "exact",
          "progress": "lock_free"}
PAIR = {**ANYONE, "producers": "one", "consumers": "one", "progress": "wait_free"}
UNORDERED = {**ANYONE, "order": "per_producer_fifo", "capacity": "unbounded"}


class ResultFile:
    """Collects points with their trials and writes them as one result file. Rates are million items/s."""

    def __init__(self, repetitions: int = 3) -> None:
        self.repetitions = repetitions
        self.points: list[dict[str, Any]] = []
        self.known: dict[str, Trials] = {}
        self.rows: list[dict[str, Any]] = []
        self.failed: list[dict[str, Any]] = []
        self.complete = True
        self.scaling: list[dict[str, Any]] = []
        self.implementations: list[str] = []  # a catalog; empty: the order of the points decides

    def point(self, impl: str, wait: str | None = "yield", guarantees: dict[str, str] = ANYONE, *,
              workload: str = "transfer", family: str = "queues", producers: int | None = 1,
              consumers: int | None = 1, capacity: int | str | None = 1024, bytes: int = 8,
              placement: str = "spread", cpus: int = 2) -> "Trials":
        """Adds a point; the answer takes its trials."""
        axes = {"wait": wait, "producers": producers, "consumers": consumers, "capacity": capacity,
                "bytes": bytes, "placement": placement}
        if workload == "round_trip":
            del axes["producers"], axes["consumers"]
        axes = {key: value for key, value in axes.items() if value is not None}
        threads = (producers or 1) + (consumers or 1)
        return self.add(family, workload, impl, guarantees, threads, "" if "control" in guarantees else "peers",
                        "latency" if workload == "round_trip" else "items_per_second", cpus, axes)

    def team(self, family: str, workload: str, impl: str, guarantees: dict[str, str], *, threads: int = 2,
             rivals: str = "peers", measure: str = "items_per_second", cpus: int = 2, placement: str = "spread",
             **axes: int) -> "Trials":
        """Adds a point of a family whose threads are all alike; the answer takes its trials."""
        return self.add(family, workload, impl, guarantees, threads, rivals, measure, cpus,
                        {"threads": threads, **axes, "placement": placement})

    def add(self, family: str, workload: str, impl: str, guarantees: dict[str, str], threads: int, rivals: str,
            measure: str, cpus: int, axes: dict[str, Any]) -> "Trials":
        """Adds a point, or finds it: trials that differ in more than a time are added one by one."""
        unnamed = (("placement", "spread"), ("peer", "spinning"), ("spin_budget", "own"))
        named = [f"/{AXES[key].label if key in AXES else key}:{value}" for key, value in axes.items()
                 if (key, value) not in unnamed]
        name = f"{family}/{workload}/{impl}" + "".join(named)
        if name in self.known:
            return self.known[name]
        entry = {"name": name,
                 "point": {"family": family, "workload": workload, "impl": impl, **axes},
                 "threads": threads, "oversubscribed": threads > cpus, "guarantees": guarantees,
                 "rivals": rivals, "measure": measure, "trials_ok": 0, "trials_counted": 0}
        self.points.append(entry)
        return self.known.setdefault(name, Trials(self, entry))

    def document(self) -> dict[str, Any]:
        counted = sum(row["counted"] for row in self.rows)
        states = [{"label": "near", "transfer_ns": [7.5, 8.25], "trials": max(1, counted), "counted": True},
                  {"label": "far", "transfer_ns": [50.0, 60.0], "trials": 1, "counted": False}]
        done = len(self.rows) + len(self.failed)
        run = {"schema": 1, "id": "20300102-030405-made", "complete": self.complete,
               "sweep": {"name": "made", "file": "sweeps/made.json", "repetitions": self.repetitions,
                         "min_time_seconds": 0.01, "timeout_seconds": 5},
               "seed": 1, "trials_planned": max(1, len(self.points) * self.repetitions), "trials_done": done,
               "flag_limits": {}, "states": states, "points": self.points, "failed": self.failed,
               "left_out": [], "implementations": self.implementations,
               "ratios": [], "clock_check": {"measured_seconds": 1.0, "wall_seconds": 2.0}}
        if self.scaling:
            run["scaling"] = self.scaling
        return {"context": context(), "benchmarks": self.rows, "run": run}

    def write(self, folder: Path, name: str = "results.json") -> Path:
        """Writes the file and asserts that it is valid."""
        document = self.document()
        jsonschema.Draft7Validator(SCHEMA).validate(document)
        path = folder / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return path


class Trials:
    """The trials of one point."""

    def __init__(self, file: ResultFile, entry: dict[str, Any]) -> None:
        self.file, self.entry, self.repetition = file, entry, 0

    @property
    def name(self) -> str:
        return self.entry["name"]

    def rates(self, *values: float, flags: tuple[str, ...] = (), state: str = "near",
              actual_capacity: int | None = None, cpu: float = 1.0, retry_of: int | None = None) -> "Trials":
        """Trials of transfer, of `cpu` ns per item. They count if they have no flag and the state is `near`."""
        for value in values:
            row = self._row(value * 1e6, flags, state)
            row["cpu_time"] = cpu
            if retry_of is not None:
                row["retry_of"] = retry_of
            if actual_capacity:
                row["actual_capacity"] = actual_capacity
        return self

    def latencies(self, *samples: tuple[float, float, float, float, float], flags: tuple[str, ...] = (),
                  state: str = "near") -> "Trials":
        """Trials of round_trip: (p50, p90, p99, p99.9, max) in ns."""
        for sample in samples:
            row = self._row(1e9 / sample[0], flags, state)
            row["latency"] = sampled("half of a round trip", sample)
        return self

    def times(self, *values: float, flags: tuple[str, ...] = (), state: str = "near",
              percentiles: tuple[float, ...] | None = None, fair: dict[str, float] | None = None,
              samples: list[tuple[float, int]] | None = None, what: str = "from asking for the lock to having it",
              **metrics: float) -> "Trials":
        """Trials of `values` wall ns per operation; every thread works all the time.

        `samples` is a histogram of latencies, from which the percentiles follow.
        """
        for value in values:
            row = self._row(1e9 / value, flags, state)
            row.update(real_time=value, thread_time=value * self.entry["threads"], metrics=metrics,
                       fairness=fair or {})
            if percentiles:
                row["latency"] = sampled(what, percentiles)
            if samples:
                row["latency"] = counted_samples(what, samples)
        return self

    def levels(self, *words: str) -> "Trials":
        """At which level the queue ran, in the latest trials."""
        for row, word in zip([r for r in self.file.rows if r["name"] == self.name][-len(words):], words):
            row["level"] = word
        return self

    def humps(self, *groups: tuple[float, float, float, int]) -> "Trials":
        """Two groups of trials: (median, low, high, trials) of what the point is ranked by."""
        self.entry["humps"] = [dict(zip(("median", "low", "high", "trials"), group)) for group in groups]
        return self

    def latency_humps(self, *groups: tuple[float, float]) -> "Trials":
        """Two humps of all latencies: (median, share)."""
        self.entry["latency_humps"] = [{"median": ns, "low": ns, "high": ns, "share": share} for ns, share in groups]
        return self

    def fails(self, status: str, reason: str) -> "Trials":
        """One trial without a number."""
        self.file.failed.append({"point": self.name, "repetition": self.repetition, "seed": 1, "status": status,
                                 "reason": reason, "command": "handoff again", "trial_wall_seconds": 5.0})
        self.repetition += 1
        return self

    def _row(self, items_per_second: float, flags: tuple[str, ...], state: str) -> dict[str, Any]:
        counted = not flags and state == "near"
        member = {"role": "producer", "cpu": 0, "items": 10, "start_seconds": 0.0, "end_seconds": 0.1,
                  "cpu_seconds": 0.1, "run_delay_seconds": 0.0, "voluntary_switches": 0,
                  "involuntary_switches": 0}
        row = {"name": self.name, "run_name": self.name, "family_index": 0, "per_family_instance_index": 0,
               "run_type": "iteration", "repetitions": self.file.repetitions,
               "repetition_index": self.repetition,
               "threads": self.entry["threads"], "iterations": 10, "real_time": 1e9 / items_per_second,
               "cpu_time": 1.0, "time_unit": "ns", "items_per_second": items_per_second,
               "thread_time": 1e9 / items_per_second * self.entry["threads"], "fairness": {}, "metrics": {},
               "status": "ok",
               "counted": counted, "flags": list(flags), "state": state, "seed": 1,
               "point": self.entry["point"],
               "oversubscribed": self.entry["oversubscribed"],
               "probe": {"before_ns": 8.0, "after_ns": 8.0, "cpus": [0, 1]}, "window_seconds": 0.1,
               "overlap": 1.0,
               "run_delay_seconds": 0.0, "voluntary_switches": 0, "involuntary_switches": 0, "team": [member],
               "trial_wall_seconds": 0.2, "steal_ticks": 0}
        self.repetition += 1
        self.entry["trials_ok"] += 1
        self.entry["trials_counted"] += counted
        self.file.rows.append(row)
        return row


def sampled(what: str, percentiles: tuple[float, ...]) -> dict[str, Any]:
    """A latency of which only p50, p90, p99, p99.9 and the maximum matter."""
    return {"what": what, "unit": "ns", "relative_error": 0.0078125, "count": 5, "min": percentiles[0] / 2,
            "histogram": [[percentiles[0], 5]], **dict(zip(("p50", "p90", "p99", "p99.9", "max"), percentiles))}


def counted_samples(what: str, samples: list[tuple[float, int]]) -> dict[str, Any]:
    """A latency with this histogram."""
    ordered = [ns for ns, count in sorted(samples) for _ in range(count)]

    def at(share: float) -> float:
        return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]

    return {**sampled(what, (at(0.5), at(0.9), at(0.99), at(0.999), ordered[-1])), "count": len(ordered),
            "min": ordered[0], "histogram": [list(pair) for pair in sorted(samples)]}


def context() -> dict[str, Any]:
    """A machine that does not exist. The `$` signs would be swallowed by mathematical typesetting."""
    machine = {"cpu_model": "Imaginary 9000 $x_1$", "cpus_allowed": 2, "physical_cores": 2, "smt": "off",
               "governor": "performance", "virtualization": "none", "kernel": "Linux 9.9.9",
               "clocksource": "tsc",
               "clock_cost_ns": 20.0, "compiler": "GNU 99.1", "flags": "-O3", "build_type": "Release",
               "libraries": {}, "git_commit": "abcdef123456", "git_dirty": True}
    return {"date": "2030-01-02T03:04:05+00:00", "host_name": "nowhere", "executable": "handoff", "num_cpus": 2,
            "mhz_per_cpu": 1000, "cpu_scaling_enabled": False, "caches": [], "load_avg": [],
            "library_build_type": "release", "library_build_note": "none", "handoff": machine}


LONG_NAME = "an_implementation_that_nobody_has_heard_of_42"


def everything() -> ResultFile:
    """Data for every chart, beside points of all the kinds that have no number or no chart."""
    file = ResultFile()
    for capacity, rate in ((16, 10.0), (256, 20.0), (1024, 30.0)):
        file.point("pair_ring", "yield", PAIR, capacity=capacity).rates(rate, rate + 4, rate + 1)
        file.point("wide_ring", "yield", capacity=capacity).rates(rate / 4, rate / 2, rate / 3)
    file.point("pair_ring", "spin", PAIR).rates(40, 44).rates(41, flags=("low_overlap",))
    file.point("wide_ring", "spin").rates(6, 7).rates(900, state="far")
    file.point("wide_ring", "yield", producers=2, consumers=2).rates(5, 6, 5.5)
    file.point("wide_ring", "spin", producers=2, consumers=2).rates(1, 2, 3, flags=("preempted",
                                                                                    "contaminated"))
    file.point("own_waiting", "native").rates(3, 2, 4, actual_capacity=2047)
    file.point("endless", "yield", UNORDERED, capacity="unbounded").rates(8, 9, 8.5)
    file.point("endless", "spin", UNORDERED, capacity="unbounded").fails("timeout", "20 s are over").rates(7)
    file.point("endless", "park", UNORDERED, capacity="unbounded").rates(7.7)
    file.point(LONG_NAME, "yield").rates(12, 15, 13)
    file.point(LONG_NAME, "yield", bytes=64).rates(9.5, 9, 10)
    file.point("pair_ring", "yield", PAIR, bytes=64).rates(11, 12, 13)
    for wait, p50 in (("spin", 200.0), ("yield", 300.0)):
        for impl, factor in (("pair_ring", 1.0), ("wide_ring", 1.5)):
            base = p50 * factor
            file.point(impl, wait, PAIR if impl == "pair_ring" else ANYONE, workload="round_trip").latencies(
                *((base + d, base * 2, base * 4 + d, base * 10, base * 200) for d in (0, 10, 20)))
    file.point("own_waiting", "native", workload="round_trip").latencies(
        (25000, 30000, 40000, 60000, 61000), flags=("contaminated",))
    file.point("flagged_lines", None, {"control": "yes"}, workload="floor", producers=None, consumers=None,
               capacity=None).rates(500, 510, 505)
    file.point("pair_ring", "yield", PAIR, workload="unheard_of").rates(1, 1, 1)
    file.point("crew", None, {}, family="pools", workload="submit", producers=None, consumers=None,
               capacity=None).rates(1, 1, 1)
    return file


LINEARIZABLE, INTERVAL, RACY = ({"reading": word, "progress": "lock_free"}
                                for word in ("linearizable", "interval", "racy"))
TURNS, GREED, NAPS = ({"admission": admission, "waiting": waiting} for admission, waiting in
                      (("fifo", "spins"), ("any", "spins"), ("any", "spins_then_sleeps")))
COUNTERS = {"one_word": LINEARIZABLE, "two_words": LINEARIZABLE, "spread_words": INTERVAL}
LOCKS = {"turn_lock": TURNS, "greedy_lock": GREED, "nap_lock": NAPS}


def rivals_of(guarantees: dict[str, str]) -> str:
    """The class of equals of a counter or a lock."""
    return next(f"{key}: {guarantees[key]}" for key in ("reading", "admission") if key in guarantees)


def teams() -> ResultFile:
    """Data for every chart of counters and locks, beside points of all the kinds that have no number or no line."""
    file = ResultFile()
    file.implementations = ["some_queue", "torn_word", *COUNTERS, *LOCKS, "round_barrier"]
    for i, (impl, promise) in enumerate(COUNTERS.items()):
        def at(workload: str, threads: int, **axes: int) -> Trials:
            return file.team("counters", workload, impl, promise, threads=threads, rivals=rivals_of(promise), **axes)

        for threads, wall in ((1, 7.0), (2, 21.0), (4, 23.0)):
            at("contended_add", threads, work_ns=0).times(wall + i, wall + i + 2, wall + i + 1)
        at("contended_add", 2, work_ns=100).times(70 + i, 72 + i)
        at("contended_add", 2, work_ns=300).times(170 + i, flags=() if i else ("preempted",))
        for reads, wall in ((0, 22.0), (10, 19.0), (100, 2.0)):
            at("read_mix", 2, reads=reads).times(wall + i, wall + i + 0.5)
    file.team("counters", "contended_add", "lost_word", LINEARIZABLE, threads=2, work_ns=0,
              rivals="reading: linearizable").times(4321, flags=("low_overlap",))
    file.team("counters", "contended_add", "bare_add", {"control": "yes"}, threads=2, work_ns=0,
              rivals="").times(0.0123)
    for impl, promise, shares in (("torn_word", RACY, (0.0, 0.4, 0.0025)), ("one_word", LINEARIZABLE, (0.0,) * 3)):
        for (threads, work), share in zip(((1, 0), (2, 0), (2, 100)), shares):
            trials = file.team("counters", "lost_updates", impl, promise, threads=threads, work_ns=work, rivals="all",
                               measure="lost_share")
            for more in (1.0, 1.1):
                trials.times(0.7654, lost_share=share * more)
    for impl, promise in LOCKS.items():
        _lock(file, impl, promise)
    for threads, wall in ((2, 150.0), (4, 90000.0)):
        file.team("locks", "barrier_episode", "round_barrier", {"waiting": "spins"}, threads=threads,
                  rivals="all").times(wall, wall * 2, wall * 3)
    return file


def _lock(file: ResultFile, impl: str, promise: dict[str, str]) -> None:
    """A lock that hands itself on in turns collapses where threads outnumber CPUs; a greedy one is unfair."""
    turns, greedy = promise is TURNS, promise is GREED
    for hold, think in ((0, 0), (100, 400)):
        for threads, wall in ((1, 20.0), (2, 130.0 if turns else 60.0), (4, 4e6 if turns else 300.0)):
            trials = file.team("locks", "critical_section", impl, promise, threads=threads, hold_ns=hold,
                               think_ns=think, rivals=rivals_of(promise))
            for more in (1.0, 1.25, 1.1):
                value = (wall + hold) * more
                trials.times(value, longest_run=5000 * more if greedy else 2,
                             fair={"worker": 0.6 if greedy else 0.99} if threads > 1 else {},
                             percentiles=(value, value * 2, value * 5, value * 50, value * 900),
                             flags=("preempted",) if promise is NAPS and threads == 4 and hold else ())
    for reads, wall in ((0, 200.0), (90, 140.0), (100, 90.0)):
        file.team("locks", "reader_writer", impl, promise, threads=2, reads=reads, hold_ns=100,
                  rivals=rivals_of(promise)).times(wall, wall * 1.1)


def crowd_of_locks(count: int = 18) -> ResultFile:
    """Many locks with long names in one class, whose lines and marks all but coincide."""
    file = ResultFile()
    file.implementations = [f"queue_{i}" for i in range(9)]
    for i in range(count):
        for threads, wall in ((1, 30.0), (2, 100.0), (4, 1e7 if i % 3 == 0 else 350.0)):
            trials = file.team("locks", "critical_section", f"lock_that_has_a_long_name_{i:02}", GREED, threads=threads,
                               hold_ns=0, think_ns=0, rivals=rivals_of(GREED))
            for more in (1.0, 1.02):
                value = wall * (1 + i / 200) * more
                trials.times(value, fair={"worker": 0.99 - i / 1000} if threads > 1 else {}, longest_run=3 + i % 2,
                             percentiles=(value, value * 2, value * 5, value * 50, value * 900))
    return file
