"""Ends with 0 when a run's folder holds a complete result whose trials are all ok, and charts of it.

A chart is asked for when the counted trials give it.

usage: assert_run.py DIR
"""

import json
import pathlib
import sys
from dataclasses import dataclass
from typing import Any, Callable

Row = dict[str, Any]
PROGRAMS = ("fib", "nqueens", "skynet", "uts", "sum", "quicksort", "matrix")
LEAST_SAMPLES = 20  # of a latency whose percentiles are drawn
# A result that beats the fastest batch of its limit by this factor is called a bug in one of the two. A wrong formula
# is wrong by whole factors (a byte taken for a word, a shared line taken for one of each thread's). The machine is
# wrong by less: a kernel and a trial, each of some milliseconds, need not run at the same clock frequency.
BEYOND_LIMIT = 1.5


@dataclass(frozen=True)
class Rule:
    """The chart that counted trials of some workloads give, if `axis` has two values while all others agree."""

    chart: str
    family: str
    workloads: tuple[str, ...]
    axis: str = ""  # empty: one trial is enough
    suits: Callable[[Row], bool] = lambda row: True

    def holds(self, rows: list[Row]) -> bool:
        values: dict[str, set] = {}
        for row in rows:
            point = row["point"]
            if point["family"] == self.family and point["workload"] in self.workloads and self.suits(row):
                value = point.get(self.axis)
                if not self.axis or value not in (None, "native", "unbounded"):
                    rest = {key: what for key, what in point.items() if key != self.axis}
                    values.setdefault(json.dumps(rest, sort_keys=True), set()).add(value)
        return any(len(found) >= (2 if self.axis else 1) for found in values.values())


def shared(row: Row) -> bool:
    return row["point"].get("threads", 1) > 1


def pair(row: Row) -> bool:
    return (row["point"]["producers"], row["point"]["consumers"]) == (1, 1)


def as_it_is(row: Row) -> bool:
    return row["point"].get("spin_budget", "own") == "own"


def budgeted(row: Row) -> bool:
    return not as_it_is(row)


def fair(row: Row) -> bool:
    return shared(row) and not row["oversubscribed"] and bool(row["fairness"])


def sampled(row: Row) -> bool:
    return row.get("latency", {}).get("count", 0) >= LEAST_SAMPLES


def robbed(row: Row) -> bool:
    return row["point"]["workers"] > 1 and {"steals", "runs"} <= row["metrics"].keys()


def risen(row: Row) -> bool:
    return any("p50" in part for part in row.get("course", ()))


RULES = (
    Rule("cpu_throughput", "queues", ("transfer",), "wait", as_it_is),
    Rule("latency_load", "queues", ("paced",), "load", sampled),
    Rule("percentiles_paced", "queues", ("paced",), "", sampled),
    Rule("percentiles_round_trip", "queues", ("round_trip",), "", sampled),
    Rule("throughput", "queues", ("transfer",), "", as_it_is),
    Rule("capacity", "queues", ("transfer",), "capacity", as_it_is),
    Rule("wait", "queues", ("transfer",), "wait", lambda row: pair(row) and as_it_is(row)),
    Rule("round_trip", "queues", ("round_trip",), "", as_it_is),
    Rule("spin_budget_transfer", "queues", ("transfer",), "spin_budget", budgeted),
    Rule("spin_budget_round_trip", "queues", ("round_trip",), "spin_budget", budgeted),
    Rule("burst", "queues", ("burst",), "burst", lambda row: "latency" in row),
    Rule("soak", "queues", ("soak",), "", lambda row: "course" in row and not row["metrics"]["saturated"]),
    Rule("swell", "queues", ("swell",), "", risen),
    Rule("idle", "queues", ("idle",)),
    Rule("footprint", "queues", ("footprint",)),
    Rule("counters_threads", "counters", ("contended_add",), "threads"),
    Rule("counters_work", "counters", ("contended_add",), "work_ns", shared),
    Rule("counters_read_mix", "counters", ("read_mix",), "reads"),
    Rule("counters_lost_updates", "counters", ("lost_updates",), "threads"),
    Rule("counters_lost_updates", "counters", ("lost_updates",), "work_ns"),
    Rule("locks_threads", "locks", ("critical_section",), "threads"),
    Rule("locks_fairness", "locks", ("critical_section",), "", fair),
    Rule("locks_acquire", "locks", ("critical_section",), "", lambda row: shared(row) and "latency" in row),
    Rule("locks_reader_writer", "locks", ("reader_writer",), "reads"),
    Rule("locks_barrier", "locks", ("barrier_episode",), "threads"),
    Rule("pools_submit_empty", "pools", ("submit_empty",)),
    Rule("pools_submit_work", "pools", ("submit_work",), "task_ns"),
    Rule("pools_efficiency", "pools", ("submit_work",), "task_ns"),
    Rule("pools_uneven", "pools", ("uneven",)),
    Rule("pools_fan", "pools", ("fan_out_fan_in",), "", lambda row: "latency" in row),
    Rule("pools_wakeup", "pools", ("wakeup",), "", sampled),
    Rule("pools_overload", "pools", ("overload",), "load"),
    Rule("pools_blocking_mix", "pools", ("blocking_mix",), "workers"),
    Rule("deques_thieves", "deques", ("owner_and_thieves",), "thieves"),
    Rule("deques_stolen", "deques", ("owner_and_thieves",), "thieves", lambda row: row["point"]["thieves"] > 0),
    Rule("channels_capacity", "channels", ("stream",), "capacity"),
    Rule("channels_fan_in", "channels", ("stream",), "producers"),
    Rule("channels_fan_out", "channels", ("stream",), "consumers"),
    Rule("channels_ping_pong", "channels", ("ping_pong",), "capacity"),
    Rule("channels_select", "channels", ("select",), "sources"),
    Rule("channels_cancel", "channels", ("cancel",), "capacity"),
    Rule("channels_close", "channels", ("close",), "capacity"),
    Rule("buses_handlers", "buses", ("publish",), "handlers"),
    Rule("buses_publishers", "buses", ("publish",), "producers"),
    Rule("buses_isolation", "buses", ("isolation",), "slow_ns"),
    Rule("buses_subscribe", "buses", ("subscribe",), "handlers"),
    Rule("buses_throws", "buses", ("throws",), "throwing"),
    Rule("processors_producers", "processors", ("events",), "producers"),
    Rule("processors_handler", "processors", ("events",), "handler_ns"),
    Rule("processors_throws", "processors", ("events",), "throws"),
    Rule("processors_skew", "processors", ("events",), "skew"),
    Rule("processors_workers", "processors", ("events",), "workers"),
    Rule("processors_topology", "processors", ("topology",), "handler_ns"),
    Rule("processors_stop", "processors", ("stop",), "handler_ns"),
    Rule("processors_latency", "processors", ("latency",), "", sampled),
    Rule("channels_overload", "channels", ("overload",), "load"),
    Rule("channels_overload_memory", "channels", ("overload",), "load",
         lambda row: "memory_growth_bytes_per_second" in row["metrics"]),
    Rule("channels_overload_fates", "channels", ("overload",), "load"),
    Rule("async_chain", "async", ("chain",), "steps"),
    Rule("async_allocations", "async", ("chain",), "steps"),
    Rule("async_nested", "async", ("nested",), "steps"),
    Rule("async_sequence", "async", ("sequence",), "steps"),
    Rule("async_first", "async", ("first",), "steps", lambda row: "latency" in row),
    Rule("async_fan", "async", ("fan",), "fan"),
    Rule("async_error", "async", ("error",), "steps"),
    Rule("async_cancel", "async", ("cancel",), "steps"),
    Rule("async_timeout", "async", ("timeout",), "", sampled),
    Rule("async_cross", "async", ("cross",), "steps"),
    Rule("async_loop", "async", ("loop",), "steps"),
    Rule("async_stack", "async", ("loop",), "steps", lambda row: "stack_bytes" in row["metrics"]),
    Rule("loops_post", "loops", ("post",), "posters"),
    Rule("loops_timers", "loops", ("timers",), "timers"),
    Rule("loops_fire", "loops", ("fire",), "timers"),
    Rule("loops_many", "loops", ("many",), "idle_fds"),
    Rule("loops_wake", "loops", ("wake",), "", lambda row: "latency" in row),
    Rule("loops_blocked", "loops", ("blocked",), "", lambda row: "latency" in row),
    Rule("fork_join_cost", "fork_join", PROGRAMS, "", lambda row: row["point"]["wait"] != "native"),
    Rule("fork_join_steals", "fork_join", PROGRAMS, "", robbed),
    Rule("fork_join_steal", "fork_join", PROGRAMS, "steal"),
    Rule("fork_join_wait", "fork_join", PROGRAMS, "wait"),
)
EFFICIENCY = Rule("fork_join_efficiency", "fork_join", PROGRAMS, "grain")


def required(results: dict[str, Any]) -> list[str]:
    """The names that charts of `results` begin with."""
    controls = {point["name"] for point in results["run"]["points"] if not point["rivals"]}
    rows = [row for row in results["benchmarks"] if row["counted"] and row["name"] not in controls]
    charts = [rule.chart for rule in RULES if rule.holds(rows)]
    if EFFICIENCY.holds(beside_serial(results)):
        charts.append(EFFICIENCY.chart)
    counted = {row["name"] for row in rows}
    if any(series["verdict"] == "fitted" and any(point["name"] in counted for point in series["points"])
           for series in results["run"].get("scaling", [])):
        charts.append("scaling")
    charts += [f"limit_share_{row['point']['family']}" for row in rows if "limit_share" in row]
    if calibrated_pairs(results):
        charts.append("core_to_core")
    return list(dict.fromkeys(charts))


def calibrated_pairs(results: dict[str, Any]) -> bool:
    """Whether pairs of CPUs were measured in the machine state that counts."""
    good = [state["label"] for state in results["run"]["states"] if state["counted"]]
    return any(c["used"] and c["state"] in good and c.get("matrix")
               for c in results["run"].get("limits", {}).get("calibrations", []))


def beside_serial(results: dict[str, Any]) -> list[Row]:
    """Counted trials of schedulers that fork, of problems that the serial program has solved, too."""
    serial = {point["name"] for point in results["run"]["points"] if point["guarantees"].get("forks") == "calls"}
    rows = [row for row in results["benchmarks"] if row["counted"] and "tasks_per_run" in row["metrics"]]

    def problem(row: Row) -> tuple:
        return tuple(row["point"].get(axis) for axis in ("workload", "size", "tree", "placement"))

    solved = {problem(row) for row in rows if row["name"] in serial}
    return [row for row in rows if row["name"] not in serial and problem(row) in solved]


def complaints(folder: pathlib.Path) -> list[str]:
    schema = json.loads((pathlib.Path(__file__).parents[2] / "results" / "schema.json").read_text())
    results = json.loads((folder / "results.json").read_text())
    import jsonschema  # here, so that what else this file has works without it

    jsonschema.validate(results, schema)
    run = results["run"]
    found = [f"{t['status']}: {t['point']}: {t['reason']}" for t in run["failed"]]
    made = run.get("retries", {"made": 0})["made"]
    if not run["complete"] or len(results["benchmarks"]) + len(run["failed"]) - made != run["trials_planned"]:
        found.append("the run is not complete")
    if not results["benchmarks"]:
        found.append("no trial at all")
    found += [f"above its limit: {one['name']}: {one['time_ns']:.3g} ns, {one['limit_by']} allows {one['limit_ns']:.3g}"
              for one in run.get("above_limit", []) if one["least_share"] > BEYOND_LIMIT]
    charts = required(results)
    if not charts:
        found.append("no chart can be drawn of this run")
    for chart in charts:
        for ending in ("png", "svg"):
            files = [*folder.glob(f"{chart}.{ending}"), *folder.glob(f"{chart}_*.{ending}")]
            if not files or any(file.stat().st_size < 5000 for file in files):
                found.append(f"chart {chart}.{ending} is missing or empty")
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    wrong = complaints(pathlib.Path(sys.argv[1]))
    print("\n".join(wrong) or "every trial is ok and every chart is there")
    sys.exit(1 if wrong else 0)
