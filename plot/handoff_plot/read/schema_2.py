"""Result files of schema 2, which say what their axes and measures are."""

from typing import Any

from .axes import COUNT, SIZE, WORD, Axes, Axis
from .records import RankedBy

EXACT = 256  # buckets from the first on that hold one value each
HALF = EXACT // 2  # buckets of each further power of two


def axes(run: dict[str, Any]) -> Axes:
    """The file's table of axes, in its order."""
    return {axis.name: axis for axis in map(_axis, run["axes"])}


def _axis(entry: dict[str, Any]) -> Axis:
    if entry["kind"] not in (WORD, COUNT, SIZE):
        raise ValueError(f"axis {entry['name']} is of kind {entry['kind']!r}, expected word, count or size")
    words = {key: str(entry.get(key, ""))
             for key in ("unit", "neutral", "phrase", "phrase_neutral", "absent", "absent_phrase")}
    return Axis(str(entry["name"]), str(entry["label"]), entry["kind"], least=int(entry.get("least", 0)), **words)


def measures(run: dict[str, Any]) -> dict[str, RankedBy]:
    """What points are ranked by."""
    return {name: RankedBy(str(entry["title"]), str(entry["unit"]), str(entry["better"]))
            for name, entry in run["measures"].items()}


def ranked_value(row: dict[str, Any], measure: str) -> float | None:
    """What the trial is ranked by, in the unit of the measure."""
    found = row.get("ranked_value")
    return None if found is None else float(found)


def samples(histogram: dict[str, Any]) -> list[tuple[float, int]]:
    """(ns, how many) of a latency, from steps between buckets and counts."""
    flat, scale = histogram["buckets"], float(histogram["scale"])
    if len(flat) % 2:
        raise ValueError(f"a histogram of {len(flat)} numbers, expected pairs")
    found, bucket = [], 0
    for step, count in zip(flat[::2], flat[1::2]):
        bucket += int(step)
        found.append((_value(bucket) * scale, int(count)))
    return found


def _value(bucket: int) -> int:
    """The middle of a bucket: exact up to EXACT, then HALF buckets for each power of two."""
    if bucket < EXACT:
        return bucket
    shift = bucket // HALF - 1
    return ((bucket - shift * HALF) << shift) + (1 << shift) // 2
