"""Reads what compares two sides, point by point: the JSON of `handoff gate` and of `handoff compare`."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .document import Unreadable, document_of

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


def load_ratios(path: Path) -> Ratios:
    """The comparison in `path`. Raises NotAResultFile or Unreadable, with a message of one line."""
    document = document_of(path)
    kind = GATE if GATE in document else COMPARE
    schema = "results/gate.schema.json" if kind == GATE else "results/compare.schema.json"
    if document[kind] != VERSION:
        raise Unreadable(f"{path}: {kind} {document[kind]}; expected {VERSION}")
    try:
        found = _gate(document) if kind == GATE else _compare(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else error
        raise Unreadable(f"{path}: breaks {schema}: {what}") from error
    found.points.sort(key=lambda p: -(p.ratio or 0))
    return found


def _gate(document: dict[str, Any]) -> Ratios:
    points = []
    for p in document["points"]:
        slowdown = p.get("slowdown") or {}
        pairs = p.get("pairs") or {}
        count = sum(pairs.get(stage, 0) for stage in ("screening", "confirming", "proving"))
        points.append(_ratio(p["name"], p["finding"], p["reason"], slowdown.get("median"), slowdown.get("low"),
                             slowdown.get("high"), f"{count}" if count else ""))
    handoff = document["context"]["handoff"]
    return Ratios(GATE, points, [str(d) for d in document["differences"]],
                  f"handoff gate, {document['date']}, sweep {document['sweep']['name']}; {handoff['cpu_model']}, "
                  f"{handoff['kernel']}. n is pairs of processes.")


def _compare(document: dict[str, Any]) -> Ratios:
    points = [_ratio(p["name"], p["verdict"], p["why_not"], p["ratio"], p["low"], p["high"],
                     f"{len(p['base']['values'])}, {len(p['candidate']['values'])}") for p in document["points"]]
    sides = [f"{role} {side['commit'] or side['file']}, {side['date']}"
             for role, side in (("base", document["base"]), ("candidate", document["candidate"]))]
    return Ratios(COMPARE, points, [str(r) for r in document["refusals"]],
                  f"handoff compare: {'; '.join(sides)}. n is repetitions of either side.")


def _ratio(name: Any, verdict: Any, why: Any, ratio: Any, low: Any, high: Any, pairs: str) -> Ratio:
    for what, value in (("name", name), ("verdict", verdict), ("reason", why)):
        if not isinstance(value, str):
            raise ValueError(f"{name}: {what} is {value!r}, expected words")
    ratio, low, high = (positive_or_none(value, f"{name}: ratio") for value in (ratio, low, high))
    return Ratio(name, verdict, why, ratio, low if ratio else None, high if ratio else None, pairs)


def positive_or_none(value: Any, where: str) -> float | None:
    """A number above 0; null stays nothing."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
        raise ValueError(f"{where} is {value!r}, expected a number above 0")
    return float(value)
