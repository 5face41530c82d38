"""Result files of schema 2, which say what their axes and measures are."""

from . import schema_1
from .axes import COUNT, SIZE, WORD, Axes, Axis
from .escape import Names, sentence
from .fields import Field
from .records import RankedBy

EXACT = 256  # buckets from the first on that hold one value each
HALF = EXACT // 2  # buckets of each further power of two
LAST = EXACT + 56 * HALF - 1  # of a number of 64 bits


def axes(run: Field, names: Names) -> Axes:
    """The file's table of axes, in its order; behind them those that charts may ask for and the file has not."""
    own = {axis.name: axis for axis in (_axis(entry, names) for entry in run["axes"].items())}
    return own | {name: axis for name, axis in schema_1.AXES.items() if name not in own}


def _axis(entry: Field, names: Names) -> Axis:
    name, kind = entry["name"].text(), entry["kind"].text()
    known = schema_1.AXES.get(name)
    kinds = (known.kind,) if known else (WORD, COUNT, SIZE)  # charts count what they know to be counts
    if kind not in kinds:
        raise entry["kind"].wrong(" or ".join(kinds))
    words = {key: field.text() if field else ""
             for key in ("unit", "neutral", "phrase", "phrase_neutral", "absent", "absent_phrase")
             for field in [entry.get(key)]}
    least = entry.get("least")
    lowest = max(least.count() if least else 0, known.least if known else 0)
    return Axis(names(name), names(entry["label"].text()), kind, least=lowest,
                **{key: names(text) if key in ("neutral", "absent") else sentence(text) for key, text in words.items()})


def measures(run: Field) -> dict[str, RankedBy]:
    """What points are ranked by."""
    return {name: RankedBy(*(sentence(entry[key].text()) for key in ("title", "unit", "better")))
            for name, entry in run["measures"].fields().items()}


def ranked_value(row: Field, measure: str) -> float | None:
    """What the trial is ranked by, in the unit of the measure."""
    found = row.get("ranked_value")
    return found.number() if found else None


def samples(histogram: Field) -> list[tuple[float, int]]:
    """(ns, how many) of a latency, from steps between buckets and counts."""
    flat, scale = histogram["buckets"].counts(), histogram["scale"].positive()
    if len(flat) % 2:
        raise histogram["buckets"].wrong(f"pairs, not {len(flat)} numbers")
    found, bucket = [], 0
    for step, count in zip(flat[::2], flat[1::2]):
        bucket += step
        if bucket > LAST:
            raise histogram["buckets"].wrong(f"steps that lead no farther than to bucket {LAST}")
        found.append((_value(bucket) * scale, count))
    return found


def _value(bucket: int) -> int:
    """The middle of a bucket: exact up to EXACT, then HALF buckets for each power of two."""
    if bucket < EXACT:
        return bucket
    shift = bucket // HALF - 1
    return ((bucket - shift * HALF) << shift) + (1 << shift) // 2
