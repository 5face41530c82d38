"""Reads the JSON of `handoff history show` (results/history.schema.json)."""

from dataclasses import dataclass

from .document import Document, Unreadable
from .escape import Names, sentence
from .fields import Field, Malformed

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


def load_history(document: Document) -> History:
    """The history in a file. Raises Unreadable, with a message of one line."""
    root, names = document.root, Names()
    if root[HISTORY].value != VERSION:
        raise Unreadable(f"{document.path}: {root[HISTORY].wrong(str(VERSION))}")
    try:
        method, several = (sentence(root[key].text()) for key in ("method", "multiplicity"))
        promise = (f"{method}; {several}: of looks at a history in which nothing changed, "
                   f"a share of {root['false_alarms'].number():g} shows any change.")
        return History([_series(s, names) for s in root["series"].items()], sentence(root["reference"].text()), promise)
    except Malformed as error:
        raise Unreadable(f"{document.path}: breaks results/history.schema.json: {error}") from error


def _series(field: Field, names: Names) -> Series:
    entries = [Entry(names(e["commit"].text()), names(e["date"].text()), e["ratio"].positive(),
                     e["low"].positive_or_none(), e["high"].positive_or_none()) for e in field["entries"].items()]
    if not entries:
        raise field["entries"].wrong("at least one entry")
    changes = []
    for c in field["change_points"].items():
        changes.append(Change(c["index"].count(1), c["before"].positive(), c["after"].positive()))
        if changes[-1].index >= len(entries):
            raise c["index"].wrong(f"an entry of the series, which has {len(entries)}: a change point outside of it")
    if any(a.index >= b.index for a, b in zip(changes, changes[1:])):
        raise field["change_points"].wrong("change points in their order")
    return Series(names(field["point"].text()), names(field["machine"].text()), entries, changes)
