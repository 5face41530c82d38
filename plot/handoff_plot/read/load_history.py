"""Reads the JSON of `handoff history show` (results/history.schema.json)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .document import Unreadable, document_of
from .load_ratios import positive_or_none

HISTORY = "handoff_history"
VERSION = 1


@dataclass(frozen=True)
class Entry:
    """One add of a series."""

    commit: str
    date: str
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Change:
    """A change point; `index` is that of the first entry after it."""

    index: int
    before: float
    after: float
    p: float


@dataclass(frozen=True)
class Series:
    """The ratios of one point on one machine, by date."""

    point: str
    machine: str
    entries: list[Entry]
    changes: list[Change]


@dataclass(frozen=True)
class History:
    """A whole file."""

    series: list[Series]
    reference: str
    promise: str  # how often a change is shown where there is none


def load_history(path: Path) -> History:
    """The history in `path`. Raises NotAResultFile or Unreadable, with a message of one line."""
    document = document_of(path)
    if document[HISTORY] != VERSION:
        raise Unreadable(f"{path}: {HISTORY} {document[HISTORY]}; expected {VERSION}")
    try:
        promise = (f"{document['method']}; {document['multiplicity']}: of looks at a history in which nothing changed, "
                   f"a share of {document['false_alarms']:g} shows any change.")
        return History([_series(s) for s in document["series"]], str(document["reference"]), promise)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else error
        raise Unreadable(f"{path}: breaks results/history.schema.json: {what}") from error


def _series(entry: dict[str, Any]) -> Series:
    name = str(entry["point"])
    entries = [Entry(str(e["commit"]), str(e["date"]), _number(e["ratio"], name),
                     positive_or_none(e["low"], name), positive_or_none(e["high"], name)) for e in entry["entries"]]
    changes = [Change(int(c["index"]), _number(c["before"], name), _number(c["after"], name), float(c["p"]))
               for c in entry["change_points"]]
    if not entries or any(not 0 < c.index < len(entries) for c in changes):
        raise ValueError(f"{name}: a change point outside of the series")
    return Series(name, str(entry["machine"]), entries, changes)


def _number(value: Any, where: str) -> float:
    number = positive_or_none(value, f"{where}: ratio")
    if number is None:
        raise ValueError(f"{where}: a ratio is missing")
    return number
