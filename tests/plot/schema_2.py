"""Turns a small result file of schema 1 into one of schema 2."""

import copy
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from synthetic import ResultFile

from handoff_plot.read.axes import Axis
from handoff_plot.read.fields import Field
from handoff_plot.read.schema_1 import AXES, MEASURES, ranked_value


def bucket_of(value: int) -> int:
    """The bucket of the harness's histogram that holds a whole number."""
    if value < 256:
        return value
    shift = value.bit_length() - 8
    return shift * 128 + (value >> shift)


def histogram(samples: list[list[float]], scale: float) -> dict[str, Any]:
    """[[ns, count], ...] as steps from bucket to bucket and counts."""
    found: dict[int, int] = {}
    for ns, count in samples:
        bucket = bucket_of(round(ns / scale))
        found[bucket] = found.get(bucket, 0) + count
    flat, before = [], 0
    for bucket in sorted(found):
        flat += [bucket - before, found[bucket]]
        before = bucket
    return {"scale": scale, "buckets": flat}


def axis_entry(axis: Axis) -> dict[str, Any]:
    """A line of run.axes."""
    left_out = ("least",) if axis.kind == "word" else ()
    entry = {key: value for key, value in asdict(axis).items() if value != "" and key not in left_out}
    return entry if axis.kind == "word" else {**entry, "greatest": 1 << 30}


def converted(document: dict[str, Any], more_axes: tuple[Axis, ...] = (), scale: float = 0.5) -> dict[str, Any]:
    """The document in schema 2, with all axes of schema 1 and `more_axes`."""
    made = copy.deepcopy(document)
    measured = {point["name"]: point["measure"] for point in made["run"]["points"]}
    made["run"].update(schema=2, axes=[axis_entry(axis) for axis in (*AXES.values(), *more_axes)],
                       measures={name: asdict(measure) for name, measure in MEASURES.items()})
    for name in set(measured.values()) - set(MEASURES):
        made["run"]["measures"][name] = {"title": name, "unit": "", "better": "lower"}
    for row in made["benchmarks"]:
        value = ranked_value(Field(row), measured.get(row["name"], ""))
        if value is not None:
            row["ranked_value"] = value
        if "latency" in row:
            row["latency"]["histogram"] = histogram(row["latency"]["histogram"], scale)
    return made


def write(file: ResultFile, folder: Path, more_axes: tuple[Axis, ...] = (), **run: Any) -> Path:
    """The file in schema 2, with further keys of `run`."""
    document = converted(file.document(), more_axes)
    document["run"].update(run)
    path = folder / "results.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
