#!/usr/bin/env python3
"""The sweeps of `./bench --impl NAME`: which rivals to measure beside an implementation, then all workloads with them.

  impl_sweep.py family NAME           prints the family that measures it; exit 2 where the catalog has no such name
  impl_sweep.py first NAME            prints a sweep that meets everybody in the family once, briefly
  impl_sweep.py all NAME RESULTS      prints the sweep of NAME and of the best of its ranking group in RESULTS, a run of
                                      the first; with --fit SECONDS COUNT, as many repetitions of COUNT points as fit
"""

import difflib
import json
import pathlib
import re
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
#: what a trial takes beside its measured window: a process, its threads, the rehearsal, the audit
TRIAL_SECONDS = 0.09
RIVALS = 3

#: kind of a catalog line -> the family that measures it, as in cmake/Families.cmake
FAMILIES = {"QUEUE": "queues", "COUNTER": "counters", "LOCK": "locks", "BARRIER": "locks", "DEQUE": "deques",
            "SCHEDULER": "fork_join", "POOL": "pools", "CHANNEL": "channels", "BUS": "buses", "PROCESSOR": "processors",
            "ASYNC": "async", "LOOP": "loops"}

#: family -> a block of one point or a few, by which the rivals are chosen
FIRST = {
    "queues": [{"workload": ["transfer"], "wait": ["yield", "native"], "producers": [1], "consumers": [1],
                "capacity": [1024, "unbounded"], "bytes": [8]}],
    "counters": [{"workload": ["contended_add"], "threads": [2], "work_ns": [0]}],
    "locks": [{"workload": ["critical_section"], "threads": [2], "hold_ns": [0], "think_ns": [0]},
              {"workload": ["barrier_episode"], "threads": [2]}],
    "deques": [{"workload": ["owner_and_thieves"], "thieves": [1]}],
    "fork_join": [{"workload": ["fib"], "workers": [2], "size": [18]}],
    "pools": [{"workload": ["submit_empty"], "wait": ["park", "native"], "submitters": [1], "workers": [2]}],
    "channels": [{"workload": ["stream"], "wait": ["yield", "native"], "producers": [1], "consumers": [1],
                  "capacity": [0, 1, 64, "unbounded"]}],
    "buses": [{"workload": ["publish"], "producers": [1], "handlers": [8]}],
    "processors": [{"workload": ["events"], "wait": ["yield", "native"], "producers": [1],
                    "capacity": [1024, "unbounded"]}],
    "async": [{"workload": ["chain"], "executor": ["inline", "native"], "steps": [100]}],
    "loops": [{"workload": ["post"], "posters": [1]}],
}

ONE_TO_ONE = {"producers": [1], "consumers": [1]}
SIZES = {"capacity": [1024, "unbounded"]}
WAITS = ["spin", "yield", "backoff", "sleep", "park", "condvar", "hybrid", "native"]
FEW_WAITS = ["yield", "park", "native"]

#: all that queues are measured in: item sizes, teams, capacities, latency alone and under load, sleepers, one core
QUEUES = [
    {"workload": ["transfer"], "wait": WAITS, **ONE_TO_ONE, **SIZES, "bytes": [8]},
    {"workload": ["transfer"], "wait": FEW_WAITS, **ONE_TO_ONE, **SIZES, "bytes": [64, 256]},
    {"workload": ["transfer"], "wait": FEW_WAITS, "producers": [1, 2], "consumers": [1, 2], **SIZES, "bytes": [8]},
    {"workload": ["transfer"], "wait": ["yield", "native"], **ONE_TO_ONE, "capacity": [16, 16384], "bytes": [8]},
    {"workload": ["round_trip"], "wait": ["spin", "yield", "park", "hybrid", "native"], **SIZES, "bytes": [8]},
    {"workload": ["round_trip"], "wait": ["park", "hybrid", "native"], **SIZES, "bytes": [8], "peer": ["asleep"]},
    {"workload": ["round_trip"], "wait": FEW_WAITS, **SIZES, "bytes": [8], "placement": ["same_core"]},
    {"workload": ["paced"], "wait": FEW_WAITS, **ONE_TO_ONE, **SIZES, "bytes": [8], "arrivals": ["poisson"],
     "load": [10, 50, 90]},
    {"workload": ["burst"], "wait": FEW_WAITS, **ONE_TO_ONE, **SIZES, "bytes": [8], "burst": [512]},
    {"workload": ["idle"], "wait": FEW_WAITS, **SIZES},
    {"workload": ["footprint"], **SIZES},
]


def catalog():
    """Name -> kinds of its lines."""
    kinds = {}
    for line in (ROOT / "impls" / "catalog.hpp").read_text().splitlines():
        if found := re.match(r'HANDOFF_([A-Z]+)\((\w+), "', line):
            kinds.setdefault(found[2], []).append(found[1])
    return kinds


def family_of(name):
    for kind in catalog().get(name, []):
        if kind in FAMILIES:
            return FAMILIES[kind]
    known = sorted(n for n, kinds in catalog().items() if set(kinds) & set(FAMILIES))
    near = difflib.get_close_matches(name, known, 3)
    print(f"bench: --impl {name}: impls/catalog.hpp has no such line; "
          + (f"near it: {', '.join(near)}" if near else "CONTRIBUTING.md says how to add one"), file=sys.stderr)
    sys.exit(2)


def blocks_of(family):
    if family == "queues":
        return QUEUES
    return json.loads((ROOT / "sweeps" / f"{family}.json").read_text())["blocks"]


def sweep(name, family, blocks, impls, repetitions, min_time):
    narrowed = [{"family": family, **block, **({"impl": impls} if impls else {})} for block in blocks]
    return {"name": name, "description": "Made by ./bench --impl.", "repetitions": repetitions,
            "min_time_seconds": min_time, "timeout_seconds": 20, "blocks": narrowed}


def rivals_of(name, results):
    """The fastest others of the ranking groups that the implementation is in."""
    groups = {(p["rivals"], p["point"].get("workload")) for p in results["run"]["points"]
              if p["point"]["impl"] == name and p["rivals"]}
    group_of = {p["name"]: (p["rivals"], p["point"].get("workload")) for p in results["run"]["points"]}
    failed = {trial["point"].split("/")[2] for trial in results["run"]["failed"]}
    times = {}
    for row in results["benchmarks"]:
        impl = row["point"]["impl"]
        if row.get("status", "ok") == "ok" and impl not in failed | {name} and group_of.get(row["name"]) in groups:
            times.setdefault(impl, []).append(row["real_time"])
    best = sorted(times, key=lambda impl: statistics.median(times[impl]))
    return best[:RIVALS]


def main(what, name, *rest):
    family = family_of(name)
    if what == "family":
        print(family)
        return
    if what == "first":
        made = sweep(f"{name}-first", family, FIRST[family], None, 3, 0.01)
    else:
        impls = [name, *rivals_of(name, json.loads(pathlib.Path(rest[0]).read_text()))]
        repetitions, min_time = 3, 0.02
        if rest[1:]:
            seconds, count = float(rest[2]), int(rest[3])
            fitting = int(seconds / max(count, 1) / (min_time + TRIAL_SECONDS))
            repetitions = min(max(fitting, 1), 7)
        made = sweep(name, family, blocks_of(family), impls, repetitions, min_time)
    json.dump(made, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
