"""Reads what compares two sides, point by point: the JSON of `handoff gate` and of `handoff compare`."""

from dataclasses import dataclass

from .document import Document, Unreadable
from .escape import Names, sentence
from .fields import Field, Malformed

GATE, COMPARE = "handoff_gate", "handoff_compare"
VERSION = 1


@dataclass(frozen=True)
class Ratio:
    """One point: candidate / base, above 1 is worse; no ratio where there is none."""

    name: str
    verdict: str
    why: str  # in the file's words; may be empty
    ratio: float | None
    low: float | None
    high: float | None
    pairs: str  # how much the ratio rests on, in words


@dataclass(frozen=True)
class Ratios:
    """A whole file."""

    kind: str  # GATE or COMPARE
    points: list[Ratio]  # worst first
    refusals: list[str]  # why there is no verdict at all, or what differs
    origin: str  # where the numbers come from, a sentence


def load_ratios(document: Document) -> Ratios:
    """The comparison in a file. Raises Unreadable, with a message of one line."""
    kind = GATE if document.has(GATE) else COMPARE
    schema = "results/gate.schema.json" if kind == GATE else "results/compare.schema.json"
    root = document.root
    if root[kind].value != VERSION:
        raise Unreadable(f"{document.path}: {root[kind].wrong(str(VERSION))}")
    try:
        found = _gate(root) if kind == GATE else _compare(root)
    except Malformed as error:
        raise Unreadable(f"{document.path}: breaks {schema}: {error}") from error
    found.points.sort(key=lambda p: -(p.ratio or 0))
    return found


def _gate(root: Field) -> Ratios:
    names, points = Names(), []
    for p in root["points"].items():
        slowdown, pairs = p.get("slowdown"), p.get("pairs")
        stages = [pairs.get(stage) for stage in ("screening", "confirming", "proving")] if pairs else []
        count = sum(stage.count() for stage in stages if stage)
        ends = [_ratio_or_none(slowdown[key]) if slowdown else None for key in ("median", "low", "high")]
        points.append(_ratio(names, p, "finding", "reason", ends, f"{count:,}" if count else ""))
    machine = root["context"]["handoff"]
    words = [sentence(field.text()) for field in (root["date"], root["sweep"]["name"], machine["cpu_model"],
                                                  machine["kernel"])]
    return Ratios(GATE, points, [sentence(d.text()) for d in root["differences"].items()],
                  "handoff gate, {}, sweep {}; {}, {}. n is pairs of processes.".format(*words))


def _compare(root: Field) -> Ratios:
    names, points = Names(), []
    for p in root["points"].items():
        ends = [_ratio_or_none(p[key]) for key in ("ratio", "low", "high")]
        counts = [len(p[side]["values"].items()) for side in ("base", "candidate")]
        points.append(_ratio(names, p, "verdict", "why_not", ends, ", ".join(f"{n:,}" for n in counts)))
    sides = []
    for role in ("base", "candidate"):
        commit, file, date = (sentence(root[role][key].text()) for key in ("commit", "file", "date"))
        sides.append(f"{role} {commit or file}, {date}")
    return Ratios(COMPARE, points, [sentence(r.text()) for r in root["refusals"].items()],
                  f"handoff compare: {'; '.join(sides)}. n is repetitions of either side.")


def _ratio(names: Names, p: Field, verdict: str, why: str, ends: list[float | None], pairs: str) -> Ratio:
    ratio, low, high = ends
    return Ratio(names(p["name"].text()), names(p[verdict].text()), sentence(p[why].text()), ratio,
                 low if ratio else None, high if ratio else None, pairs)


def _ratio_or_none(field: Field) -> float | None:
    """A gate writes 0 where a side took no time at all: no ratio, either."""
    return None if field.value == 0 and field.value is not False else field.positive_or_none()
