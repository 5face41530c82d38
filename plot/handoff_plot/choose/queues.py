"""Which points of queues may share a picture."""

from collections import Counter
from dataclasses import dataclass
from typing import Iterable

from ..read.records import Capacity, Point
from .cuts import file_suffix, suffix, table_of
from .equals import NATIVE, UNBOUNDED
from .measures import counted


# Axes of queues that pictures treat each in its own way.
KNOWN = ("bytes", "capacity", "placement", "wait", "producers", "consumers", "peer", "spin_budget")
Others = tuple[tuple[str, str | int], ...]  # the values of all other axes


def _others(p: Point) -> Others:
    return tuple((axis, value) for axis, value in p.axes.items() if axis not in KNOWN)


def _others_suffix(own: Others, plain: Others, points: Iterable[Point]) -> str:
    return suffix(dict(own), {**dict.fromkeys(dict(own)), **dict(plain)}, table_of(points))


@dataclass(frozen=True)
class Combination:
    """One value for each axis that a picture must not pool, and the points that have it.

    Unbounded queues have no capacity to agree in: they stand beside every capacity of their bytes,
    placement, producers and consumers.
    """

    bytes: int | None
    capacity: Capacity
    placement: str | None
    points: tuple[Point, ...]
    others: Others = ()

    @property
    def title(self) -> str:
        parts = []
        if self.bytes is not None:
            parts.append(f"{self.bytes}-byte items")
        if self.capacity == UNBOUNDED:
            parts.append("unbounded queues")
        elif self.capacity is not None:
            unbounded = any(p.capacity == UNBOUNDED for p in self.points)
            parts.append(f"capacity {self.capacity:,}" + (" (bounded queues)" if unbounded else ""))
        if self.placement is not None:
            parts.append(f"placement {self.placement}")
        table = table_of(self.points)
        parts += [words for axis, value in self.others for words in [table[axis].words(value)] if words]
        return ", ".join(parts)

    def suffix(self, plain: "Combination") -> str:
        """What to append to a file name: the axes in which this differs from the plain one."""
        return file_suffix((self.bytes, plain.bytes, f"bytes{self.bytes}"),
                           (self.capacity, plain.capacity, f"capacity{self.capacity}"),
                           (self.placement, plain.placement, f"placement_{self.placement}")
                           ) + _others_suffix(self.others, plain.others, self.points)


def combinations(points: list[Point]) -> list[Combination]:
    """Every (bytes, capacity, placement) of the bounded queues, the one with most implementations first."""
    free = [p for p in points if p.capacity == UNBOUNDED]
    bounded: dict[tuple, list[Point]] = {}
    for p in points:
        if p.capacity != UNBOUNDED:
            bounded.setdefault((p.capacity, _side(p)), []).append(p)
    sides = {side for _, side in bounded}
    for p in free:
        if _side(p) not in sides:
            bounded.setdefault((UNBOUNDED, _side(p)), [])
    seated = {_seat(p) for own in bounded.values() for p in own}
    free_at: dict[tuple, list[Point]] = {}
    for p in free:
        free_at.setdefault(_side(p), []).append(p)
    found = []
    for (capacity, side), own in bounded.items():
        seats = {_seat(p) for p in own}
        beside = [p for p in free_at.get(side, ()) if _seat(p) in seats or _seat(p) not in seated]
        size, placement, others = side
        found.append(Combination(size, capacity, placement, tuple(own + beside), others))
    return sorted(found, key=lambda c: (-len({p.impl for p in c.points}), -len(c.points)))


def _side(p: Point) -> tuple[int | None, str | None, Others]:
    return (p.bytes, p.placement, _others(p))


def _seat(p: Point) -> tuple:
    return (_side(p), p.producers, p.consumers)


def same_waits(points: list[Point]) -> list[Point]:
    """Leaves out unbounded queues under wait strategies that no bounded queue here was planned with.

    Otherwise the best of seven strategies would stand beside the best of one.
    """
    planned = {p.wait for p in points if p.capacity != UNBOUNDED} | {NATIVE}
    if planned == {NATIVE}:
        return points
    return [p for p in points if p.capacity != UNBOUNDED or p.wait in planned]


def shapes(points: Iterable[Point]) -> dict[tuple[int, int], list[Point]]:
    """Points by (producers, consumers), small shapes first."""
    found: dict[tuple[int, int], list[Point]] = {}
    for p in points:
        found.setdefault((p.producers or 0, p.consumers or 0), []).append(p)
    return dict(sorted(found.items(), key=lambda item: (sum(item[0]), item[0])))


# --- throughput against capacity --------------------------------------------------------------------


@dataclass(frozen=True)
class CapacityGroup:
    """Points that differ in capacity and implementation only. `wait` is what all but native queues use."""

    bytes: int | None
    placement: str | None
    producers: int | None
    consumers: int | None
    others: Others
    wait: str | None
    lines: dict[str, list[Point]]  # implementation -> points, ascending capacity

    @property
    def shape(self) -> tuple[int, int]:
        return (self.producers or 0, self.consumers or 0)

    @property
    def points(self) -> list[Point]:
        return [p for line in self.lines.values() for p in line]

    def suffix(self, plain: "CapacityGroup") -> str:
        return file_suffix((self.shape, plain.shape, f"p{self.producers}_c{self.consumers}"),
                           (self.bytes, plain.bytes, f"bytes{self.bytes}"),
                           (self.placement, plain.placement, f"placement_{self.placement}")
                           ) + _others_suffix(self.others, plain.others, self.points)


def capacity_groups(points: Iterable[Point]) -> list[CapacityGroup]:
    """Groups in which at least one implementation was counted at two capacities; most points first."""
    sets: dict[tuple, list[Point]] = {}
    for p in points:
        if isinstance(p.capacity, int):
            sets.setdefault((p.bytes, p.placement, p.producers, p.consumers, _others(p)), []).append(p)
    groups = [_capacity_group(axes, members) for axes, members in sets.items()]
    drawable = [g for g in groups if g.lines]
    return sorted(drawable, key=lambda g: -sum(map(len, g.lines.values())))


def _capacity_group(axes: tuple, points: list[Point]) -> CapacityGroup:
    tally = Counter(wait for (_, wait), line in _lines(points).items() if wait != NATIVE for _ in line)
    wait = tally.most_common(1)[0][0] if tally else NATIVE
    native = {impl: line for (impl, w), line in _lines(points).items() if w == NATIVE}
    chosen = {impl: line for (impl, w), line in _lines(points).items() if w == wait}
    return CapacityGroup(*axes, wait, native | chosen)


def _lines(points: list[Point]) -> dict[tuple[str, str | None], list[Point]]:
    """(implementation, wait) -> points by capacity, where at least two capacities were counted."""
    found: dict[tuple[str, str | None], list[Point]] = {}
    for p in points:
        found.setdefault((p.impl, p.wait), []).append(p)
    enough = {key: line for key, line in found.items() if len({p.capacity for p in line if counted(p)}) >= 2}
    return {key: sorted(line, key=lambda p: p.capacity) for key, line in enough.items()}
