"""Reads a result file of any schema into plain values."""

import math
from pathlib import Path
from typing import Any

from . import schema_1, schema_2
from .axes import Axes, guessed
from .document import EXPECTED, NotAResultFile, Unreadable, document_of
from .records import (PERCENTILES, Estimate, Failure, Hump, LatencyHump, Law, Matrix, NotBuilt, Point, RankedBy, Run,
                      Series, State, Trial)

SCHEMAS = {1: schema_1, 2: schema_2}  # what differs from one to the next
NO_AXES = ("family", "workload", "impl")


def load(path: Path) -> Run:
    """The run in `path`. Raises NotAResultFile or Unreadable, with a message of one line."""
    document = _document(path)
    try:
        return _run(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else error
        raise Unreadable(f"{path}: breaks results/schema.json: {what}") from error


def _document(path: Path) -> dict[str, Any]:
    expected = EXPECTED
    document = document_of(path)
    if not isinstance(document, dict) or not isinstance(document.get("benchmarks"), list):
        raise NotAResultFile(f"{path}: JSON, but not a Handoff result file; {expected}")
    run, context = document.get("run"), document.get("context")
    if not isinstance(run, dict) or not isinstance(context, dict) or "handoff" not in context:
        raise NotAResultFile(f"{path}: a plain Google Benchmark file, without `run`; {expected}")
    if run.get("schema") not in SCHEMAS:
        raise NotAResultFile(f"{path}: result file of schema {run.get('schema')}; "
                             f"expected schema {' or '.join(map(str, SCHEMAS))}")
    return document


def _run(document: dict[str, Any]) -> Run:
    run = document["run"]
    schema = SCHEMAS[run["schema"]]
    measures, table = schema.measures(run), _table(schema.axes(run), run["points"])
    points = [_point(entry, table, measures) for entry in run["points"]]
    failures = [Failure(f["point"], f["status"], f["reason"]) for f in run["failed"]]
    return Run(
        points=points,
        states=[_state(entry) for entry in run["states"]],
        implementations=[str(name) for name in run["implementations"]],
        repetitions=int(run["sweep"]["repetitions"]),
        complete=bool(run["complete"]),
        trials_planned=int(run["trials_planned"]),
        trials_done=int(run["trials_done"]),
        cpus=int(document["context"]["handoff"]["cpus_allowed"]),
        facts=_facts(document["context"], run),
        stray=_hand_out(points, document["benchmarks"], failures, schema),
        scaling=[_series(entry, table) for entry in run.get("scaling", [])],
        matrices=[_matrix(c) for c in run.get("limits", {}).get("calibrations", []) if c["used"] and c.get("matrix")],
        measures=measures,
        not_built=[NotBuilt(*(str(entry[key]) for key in ("impl", "family", "reason")))
                   for entry in run.get("not_built", [])],
    )


def _table(known: Axes, points: list[dict[str, Any]]) -> Axes:
    """The known axes, and after them those that only the points have."""
    own = {axis: value for entry in points for axis, value in entry["point"].items() if axis not in NO_AXES}
    return {**known, **{axis: guessed(axis, value) for axis, value in own.items() if axis not in known}}


def _hand_out(points: list[Point], rows: list[dict[str, Any]], failures: list[Failure],
              schema: Any) -> list[str]:
    """Gives each trial and failure to its point; the names of those that have none."""
    by_name = {point.name: point for point in points}
    if len(by_name) < len(points):
        raise ValueError("run.points lists a point twice")
    stray = []
    for row in rows:
        if row.get("check") == "full":
            continue  # it vouches for the others, and its number stands beside none
        point = by_name.get(row["name"])
        trial = _trial(row, schema, point.measure if point else "")
        if point:
            point.trials.append(trial)
        else:
            stray.append(row["name"])
    for failure in failures:
        if failure.point in by_name:
            by_name[failure.point].failed.append(failure)
        else:
            stray.append(failure.point)
    return stray


def _point(entry: dict[str, Any], table: Axes, measures: dict[str, RankedBy]) -> Point:
    name, stated = entry["name"], entry["point"]
    return Point(
        name=name,
        family=_word(stated["family"], "family", name),
        workload=_word(stated["workload"], "workload", name),
        impl=_word(stated["impl"], "impl", name),
        threads=_count(entry["threads"], "threads", name),
        axes={axis: table[axis].checked(stated[axis], name) for axis in stated if axis not in NO_AXES},
        table=table,
        oversubscribed=bool(entry["oversubscribed"]),
        guarantees={key: str(value) for key, value in entry["guarantees"].items()},
        rivals=str(entry["rivals"]),
        measure=str(entry["measure"]),
        humps=tuple(_hump(h, name, measures.get(entry["measure"])) for h in entry.get("humps", ())),
        latency_humps=tuple(LatencyHump(_real(h, "median", name), _real(h, "share", name))
                            for h in entry.get("latency_humps", ())),
    )


def _hump(entry: dict[str, Any], name: str, measure: RankedBy | None) -> Hump:
    """Files have the humps of a rate in ns per operation."""
    median, low, high = (_positive(entry, key, name) for key in ("median", "low", "high"))
    if measure and measure.unit == "1/s":
        median, low, high = schema_1.NS / median, schema_1.NS / high, schema_1.NS / low
    return Hump(median, low, high, _count(entry["trials"], "trials of a hump", name))


def _word(value: Any, key: str, where: str) -> Any:
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{where}: {key} is {value!r}, expected a word")
    return value


def _count(value: Any, key: str, where: str, least: int = 1) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
        raise ValueError(f"{where}: {key} is {value!r}, expected a whole number from {least} on")
    return value


def _trial(row: dict[str, Any], schema: Any, measure: str) -> Trial:
    if not isinstance(row["counted"], bool):
        raise ValueError(f"{row['name']}: counted is {row['counted']!r}, expected true or false")
    latency = row.get("latency")
    return Trial(
        counted=row["counted"],
        flags=tuple(row["flags"]),
        state=row["state"],
        items_per_second=_positive(row, "items_per_second", row["name"]),
        wall_time=_positive(row, "real_time", row["name"]),
        thread_time=_positive(row, "thread_time", row["name"]),
        cpu_time=_real(row, "cpu_time", row["name"]),
        retry_of=_count(row.get("retry_of"), "retry_of", row["name"], least=0),
        fairness={role: _positive(row["fairness"], role, row["name"]) for role in row["fairness"]},
        metrics={key: _real(row["metrics"], key, row["name"]) for key in row["metrics"]},
        latency={p: _real(latency, p, row["name"]) for p in PERCENTILES} if latency else None,
        latency_of=str(latency["what"]) if latency else "",
        samples=tuple(sorted(schema.samples(latency["histogram"]))) if latency else (),
        actual_capacity=row.get("actual_capacity"),
        limit_ns=_positive(row, "limit_ns", row["name"]) if "limit_ns" in row else None,
        limit_share=_positive(row, "limit_share", row["name"]) if "limit_share" in row else None,
        limit_by=str(row.get("limit_by", "")),
        ranked_value=schema.ranked_value(row, measure),
        level=row.get("level", ""),
    )


def _positive(values: dict[str, Any], key: str, where: str) -> float:
    value = _real(values, key, where)
    if value == 0:
        raise ValueError(f"{where}: {key} is {values[key]!r}, expected a number above 0")
    return value


def _real(values: dict[str, Any], key: str, where: str) -> float:
    value = values[key]
    real = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not real or not math.isfinite(value) or value < 0:
        raise ValueError(f"{where}: {key} is {value!r}, expected a number, and none below 0")
    return float(value)


def _series(entry: dict[str, Any], table: Axes) -> Series:
    axes = entry["point"]
    return Series(
        name=entry["name"],
        family=axes["family"],
        workload=axes["workload"],
        impl=axes["impl"],
        axis=entry["axis"],
        fixed={key: table[key].checked(axes[key], entry["name"]) for key in axes if key not in NO_AXES},
        points=tuple((_count(p["threads"], "threads", entry["name"]), str(p["name"])) for p in entry["points"]),
        verdict=entry["verdict"],
        reason=entry.get("reason", ""),
        law=_law(entry["fit"], entry["name"]) if "fit" in entry else None,
    )


def _law(fit: dict[str, Any], where: str) -> Law:
    return Law(
        sigma=_estimate(fit["sigma"], where),
        kappa=_estimate(fit["kappa"], where),
        confidence=_real(fit, "confidence", where),
        relative_rms=_real(fit, "relative_rms", where),
        most_threads=_positive(fit, "most_threads", where),
        peak=_estimate(fit["peak"], where) if "peak" in fit else None,
        curve=tuple((_positive(at, "threads", where), _estimate(at, where), bool(at["prediction"]))
                    for at in fit["curve"]),
    )


def _estimate(entry: dict[str, Any], where: str) -> Estimate:
    high = None if entry["high"] is None else _real(entry, "high", where)
    return Estimate(_real(entry, "value", where), _real(entry, "low", where), high)


def _state(entry: dict[str, Any]) -> State:
    low, high = entry["transfer_ns"]
    return State(entry["label"], (float(low), float(high)), bool(entry["counted"]))


def _matrix(calibration: dict[str, Any]) -> Matrix:
    found = calibration["matrix"]
    cpus = tuple(int(cpu) for cpu in found["cpus"])
    rows = tuple(tuple(None if ns is None else float(ns) for ns in row) for row in found["ns"])
    if any(len(row) != len(cpus) for row in rows) or len(rows) != len(cpus):
        raise ValueError(f"a core-to-core matrix of {len(rows)} rows for {len(cpus)} CPUs")
    return Matrix(calibration["state"], cpus, rows,
                  tuple((str(c["class"]), int(c["measured"]), int(c["pairs"])) for c in found["classes"]))


def _facts(context: dict[str, Any], run: dict[str, Any]) -> dict[str, str]:
    machine = context["handoff"]
    cpus, allowed = context["num_cpus"], machine["cpus_allowed"]
    return {
        "cpu_model": machine["cpu_model"],
        "cpus": f"{cpus} CPUs" if cpus == allowed else f"{allowed} of {cpus} CPUs allowed",
        "virtualization": machine["virtualization"],
        "date": context["date"],
        "kernel": machine["kernel"],
        "compiler": machine["compiler"],
        "commit": machine["git_commit"] + (" (dirty)" if machine["git_dirty"] else ""),
        "id": run["id"],
        "sweep": run["sweep"]["name"],
    }
