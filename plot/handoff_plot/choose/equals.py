"""Which implementations stand in one ranking, and each one's best point there."""

from dataclasses import dataclass
from typing import Callable, Iterable

from ..read.records import Point
from .measures import Measure, Summary, throughput

NATIVE = "native"  # the wait strategy of queues that wait by their own means
UNBOUNDED = "unbounded"


@dataclass(frozen=True)
class Guarantee:
    """What an implementation must promise alike to stand in one ranking."""

    order: str
    bounded: bool
    producers: str
    consumers: str

    @property
    def users(self) -> str:
        """Who may use it, in words."""
        if self.producers == self.consumers == "many":
            return "any number of producers and consumers"
        if self.producers == self.consumers == "one":
            return "one producer and one consumer only"
        if self.producers == "many":
            return "any number of producers, one consumer only"
        return "one producer only, any number of consumers"

    @property
    def order_words(self) -> str:
        words = {"fifo": "FIFO", "per_producer_fifo": "FIFO per producer", "none": "no order",
                 "relaxed": "FIFO in expectation only", "priority": "by priority",
                 "relaxed_priority": "by priority in expectation only", "multicast": "FIFO to each consumer"}
        return words.get(self.order, self.order.replace("_", " "))

    @property
    def title(self) -> str:
        return f"{self.order_words}, {'bounded' if self.bounded else UNBOUNDED}, {self.users}"

    @property
    def rank(self) -> tuple[bool, bool, bool, str, str]:
        """Bounded first, then the fewest users, then the strictest order."""
        return (not self.bounded, "many" in (self.producers, self.consumers), self.order != "fifo",
                self.order, self.users)


def guarantee(point: Point) -> Guarantee:
    """The group in which `point` is ranked. A guarantee that the file leaves out reads `not stated`."""
    stated = point.guarantees.get
    return Guarantee(stated("order", "order not stated"), point.capacity != UNBOUNDED,
                     stated("producers", "not stated"), stated("consumers", "not stated"))


def by_guarantee(points: Iterable[Point]) -> dict[Guarantee, list[Point]]:
    """Points by group, groups in the order in which charts show them."""
    groups: dict[Guarantee, list[Point]] = {}
    for point in points:
        groups.setdefault(guarantee(point), []).append(point)
    return dict(sorted(groups.items(), key=lambda item: item[0].rank))


@dataclass(frozen=True)
class Choice:
    """One implementation in one ranking: its best point, and the points that lost to it."""

    best: Point
    summary: Summary | None  # None: no point of it has a counted trial
    others: tuple[Summary, ...]
    uncounted: int  # points of it that have no counted trial


def best_waits(points: Iterable[Point], measure: Measure = throughput, sign: int = 1) -> list[Choice]:
    """Per implementation its point with the highest median, best first, those without a number last.

    With `sign` -1 the lowest is the best.
    """
    own: dict[str, list[Point]] = {}
    for p in points:
        own.setdefault(p.impl, []).append(p)
    choices = [_choice(candidates, measure, sign) for candidates in own.values()]
    return sorted(choices, key=lambda c: -sign * c.summary.median if c.summary else float("inf"))


def _choice(candidates: list[Point], measure: Measure, sign: int) -> Choice:
    known = [(p, s) for p in candidates for s in [measure(p)] if s]
    if not known:
        return Choice(candidates[0], None, (), len(candidates))
    best, summary = max(known, key=lambda pair: sign * pair[1].median)
    others = tuple(s for p, s in known if p is not best)
    return Choice(best, summary, others, len(candidates) - len(known))


def by_class(points: Iterable[Point],
             title: Callable[[Point], str] = lambda p: p.rivals) -> list[tuple[str, list[Point]]]:
    """(title, points) by class of equals and by what else `title` says of them, in the order of the file."""
    found: dict[tuple[str, str], list[Point]] = {}
    for p in points:
        found.setdefault((p.rivals, title(p)), []).append(p)
    classes = list(dict.fromkeys(rivals for rivals, _ in found))
    return [(key[1], found[key]) for key in sorted(found, key=lambda key: classes.index(key[0]))]


def by_panel(points: Iterable[Point], title: Callable[[Point], str]) -> list[tuple[str, list[Point]]]:
    """(title, points) in the order of the file, whatever their classes are."""
    found: dict[str, list[Point]] = {}
    for p in points:
        found.setdefault(title(p), []).append(p)
    return list(found.items())


def stated(point: Point, key: str) -> str:
    """One guarantee in words."""
    return point.guarantees.get(key, "not stated").replace("_", " ")
