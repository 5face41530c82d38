"""Result files that nobody measured, valid against results/schema.json, for what reads result files."""

import copy
import json
import math

from cli.support import ROOT, library

jsonschema = library("jsonschema")

SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text())
GATE_SCHEMA = json.loads((ROOT / "results" / "gate.schema.json").read_text())
POINT = "queues/transfer/{}/wait:yield/p:1/c:1/cap:64/bytes:8"


def context(**changes):
    """The context of a result; changes go into its part `handoff`, or to the top where the key is there."""
    made = {"date": "2030-01-02T03:04:05+00:00", "host_name": "made", "executable": "bin/handoff", "num_cpus": 2,
            "mhz_per_cpu": 2000, "cpu_scaling_enabled": False,
            "caches": [{"type": "Data", "level": 1, "size": 32768, "num_sharing": 1}], "load_avg": [0.1, 0.1, 0.1],
            "library_build_type": "debug", "library_build_note": "",
            "handoff": {"cpu_model": "Imaginary 9000", "cpus_allowed": 2, "physical_cores": 2, "smt": "off",
                        "governor": "not exposed", "virtualization": "none seen", "kernel": "Linux 9.9.9",
                        "clocksource": "tsc", "clock_cost_ns": 20.0, "compiler": "GNU 99.1", "flags": "-O3",
                        "build_type": "Release", "libraries": {"libtbb-dev": "1.0"}, "git_commit": "abcdef123456",
                        "git_dirty": False}}
    for key, value in changes.items():
        (made if key in made and key != "handoff" else made["handoff"])[key] = value
    return made


def result(points, *, measure="items_per_second", states=((8.0, 9.0),), min_time=0.02, complete=True, failed=(),
           uncounted=(), run="made", **environment):
    """A result file: `points` maps implementations to times (ns), latencies (p50) or metrics, by `measure`."""
    listed, rows = [], []
    for impl, values in points.items():
        name = POINT.format(impl)
        point = {"family": "queues", "workload": "transfer", "impl": impl, "wait": "yield", "producers": 1,
                 "consumers": 1, "capacity": 64, "bytes": 8}
        listed.append({"name": name, "point": point, "threads": 2, "oversubscribed": False, "guarantees": {},
                       "rivals": "peers", "measure": measure, "trials_ok": len(values), "trials_counted": len(values)})
        for repetition, value in enumerate(values):
            time = value if measure == "items_per_second" else 100.0
            row = {"name": name, "run_name": name, "family_index": len(listed) - 1, "per_family_instance_index": 0,
                   "run_type": "iteration", "repetitions": len(values), "repetition_index": repetition, "threads": 2,
                   "iterations": 1000, "real_time": time, "cpu_time": 2 * time, "time_unit": "ns",
                   "items_per_second": 1e9 / time, "thread_time": time, "fairness": {}, "metrics": {}, "status": "ok",
                   "counted": (impl, repetition) not in uncounted,
                   "flags": ["preempted"] if (impl, repetition) in uncounted else [], "state": "steady", "seed": 1,
                   "point": point, "oversubscribed": False, "probe": None, "window_seconds": 0.02, "overlap": 1.0,
                   "run_delay_seconds": 0.0, "voluntary_switches": 0, "involuntary_switches": 0,
                   "team": [{"role": "producer", "cpu": 0, "items": 1000, "start_seconds": 0.0, "end_seconds": 0.02,
                             "cpu_seconds": 0.02, "run_delay_seconds": 0.0, "voluntary_switches": 0,
                             "involuntary_switches": 0}],
                   "trial_wall_seconds": 0.05, "steal_ticks": 0}
            if measure == "latency":
                row["latency"] = {"what": "half of a round trip", "unit": "ns", "relative_error": 0.01, "count": 1,
                                  "min": value, "p50": value, "p90": value, "p99": value, "p99.9": value,
                                  "max": value, "histogram": [[value, 1]]}
            elif measure != "items_per_second":
                row["metrics"] = {measure: value}
            rows.append(row)
    made = {"context": context(**environment), "benchmarks": rows,
            "run": {"schema": 1, "id": run, "complete": complete,
                    "sweep": {"name": "made", "file": "made.json", "repetitions": 3, "min_time_seconds": min_time,
                              "timeout_seconds": 5},
                    "seed": 1, "trials_planned": max(1, len(rows)), "trials_done": len(rows), "flag_limits": {},
                    "states": [{"label": "steady", "transfer_ns": list(range_), "trials": 1, "counted": i == 0}
                               for i, range_ in enumerate(states)],
                    "implementations": list(points), "points": listed,
                    "failed": [{"point": POINT.format(impl), "repetition": 0, "seed": 1, "status": status,
                                "reason": reason, "command": "again", "trial_wall_seconds": 1.0}
                               for impl, status, reason in failed],
                    "left_out": [], "ratios": [], "clock_check": {"measured_seconds": 1.0, "wall_seconds": 2.0}}}
    jsonschema.Draft7Validator(SCHEMA).validate(made)
    return made


def plain(rows, **environment):
    """A file as Google Benchmark 1.7.1 writes it: rows are (name, real_time) or dictionaries of changes."""
    made = {key: value for key, value in context(**environment).items() if key not in ("handoff", "library_build_note")}
    benchmarks = []
    for i, row in enumerate(rows):
        changes = {"name": row[0], "real_time": row[1]} if isinstance(row, tuple) else copy.deepcopy(row)
        benchmarks.append({"name": "", "family_index": 0, "per_family_instance_index": 0,
                           "run_name": changes["name"], "run_type": "iteration", "repetitions": len(rows),
                           "repetition_index": i, "threads": 1, "iterations": 1000, "real_time": 1.0, "cpu_time": 1.0,
                           "time_unit": "ns", **changes})
    return {"context": made, "benchmarks": benchmarks}


def gate(points, *, findings=None, complete=True, **build):
    """What a gate writes: `points` maps names to the ratios of their pairs; None is a pair that was replaced."""
    trial = {"status": "ok", "wall_seconds": 0.1, "cpu_seconds": 0.1, "foreign_seconds": 0.0, "steal_seconds": 0.0,
             "value": 1.0, "items": 1, "flags": [], "probe_ns": 30.0}
    base = {"compiler": "GNU 99.1", "flags": "-O3", "git_commit": "frozen", "git_dirty": False}
    listed, pairs = [], []
    for name, ratios in points.items():
        listed.append({"name": name, "family": "queues", "max_slowdown": 1.05, "measure": "items_per_second",
                       "unit": "ns",
                       "finding": (findings or {}).get(name, "no evidence"), "reason": "its own words",
                       "suspect": False,
                       "pairs": {"screening": len(ratios), "confirming": 0, "proving": 0, "replaced": {}},
                       "slowdown": {key: None for key in ("median", "low", "high", "at_most", "could_see")}, "p": None,
                       "base_median": 1.0, "candidate_median": 1.0, "seconds": 1.0})
        pairs += [{"point": name, "order": "base first", "seed": 1, "base": trial, "candidate": trial,
                   "d": None if ratio is None else math.log(ratio), "replaced": "disturbed" if ratio is None else ""}
                  for ratio in ratios]
    made = {"handoff_gate": 1, "date": "2030-01-02T03:04:05+00:00", "context": context(),
            "base": {"folder": "base", "ref": "", "build": base},
            "candidate": {"folder": "candidate", "build": {**base, "git_commit": "new", **build}}, "differences": [],
            "sweep": {"name": "ci", "file": "ci.json"}, "seed": 1, "complete": complete, "wall_seconds": 9.0,
            "rules": {"change_error": 0.005, "proof_error": 0.05, "least_screening": 8, "most_screening": 30,
                      "most_confirming": 60, "most_pairs": 200, "reported_share": 0.6, "require_proof": False,
                      "allow_missing": False, "fail_on_inconclusive": False, "budget_seconds": None},
            "points": listed, "pairs": pairs, "failures": [], "exit_code": 0}
    jsonschema.Draft7Validator({**GATE_SCHEMA, "properties": {**GATE_SCHEMA["properties"], "rules": {}}}).validate(made)
    return made
