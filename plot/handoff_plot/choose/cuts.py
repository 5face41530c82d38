"""Which points make the lines of one picture: those that differ in one axis and in the implementation only."""

import re
from dataclasses import dataclass
from typing import Callable, Iterable

from ..read.axes import WORD, Axes, Axis
from ..read.records import Point
from .measures import Measure, Summary

# Axes whose label in point names is too short for a file name.
FILE_WORDS = {"capacity": "capacity", "submitters": "submitters", "size": "size", "placement": "placement"}


def table_of(points: Iterable[Point]) -> Axes:
    """The table of axes of the run that these points are of."""
    return next((p.table for p in points), {})


@dataclass(frozen=True)
class Cut:
    """Points along `axis`; all else about them but the implementation is in `fixed`."""

    axis: str
    fixed: dict[str, object]
    points: tuple[Point, ...]

    @property
    def values(self) -> list[int]:
        """The values of the axis, ascending."""
        return sorted({value(p, self.axis) for p in self.points})

    @property
    def last_that_fits(self) -> int | None:
        """The last value before the first one with more threads than CPUs."""
        over = self.first_over
        return max((v for v in self.values if over is None or v < over), default=None)

    @property
    def first_over(self) -> int | None:
        """The first value at which some point has more threads than CPUs."""
        return min((value(p, self.axis) for p in self.points if p.oversubscribed), default=None)

    def suffix(self, plain: "Cut") -> str:
        """What to append to a file name: the axes in which this differs from the plain one."""
        return suffix(self.fixed, plain.fixed, table_of(self.points))


def value(point: Point, axis: str) -> int | None:
    return point.axes.get(axis)


@dataclass(frozen=True)
class Setting:
    """One value of each axis in `fixed`, and the points that have it or lack the axis."""

    fixed: dict[str, object]
    points: tuple[Point, ...]

    def suffix(self, plain: "Setting") -> str:
        """What to append to a file name: the axes in which this differs from the plain one."""
        return suffix(self.fixed, plain.fixed, table_of(self.points))


def suffix(own: dict[str, object], plain: dict[str, object], table: Axes) -> str:
    """The axes in which two pictures differ, as a file name can hold them."""
    def word(axis: Axis) -> str:
        return FILE_WORDS.get(axis.name, axis.label) + ("_" if axis.kind == WORD else "")

    return file_suffix(*((own[axis.name], plain[axis.name], f"{word(axis)}{own[axis.name]}")
                         for axis in table.values() if axis.name in own))


def file_suffix(*axes: tuple[object, object, str]) -> str:
    """Joins the words of the axes (own value, plain value, word) that differ, as a file name can hold them."""
    text = "".join("_" + word for own, plain, word in axes if own != plain)
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


def settings(points: Iterable[Point], free: Iterable[str]) -> list[Setting]:
    """Every setting of the axes that are not `free`, in the order of the file.

    A point that lacks an axis stands beside every value of that axis, and alone only where there is none.
    """
    listed = list(points)
    axes = [axis for axis in table_of(listed).values() if axis.name not in free]
    shared = [axis.name for axis in axes if not axis.absent]
    apart: dict[tuple, list[Point]] = {}
    for p in listed:
        apart.setdefault(tuple(p.axes.get(name) for name in shared), []).append(p)
    own = [axis for axis in axes if axis.absent]
    return [Setting({**dict(zip(shared, common)), **fixed}, members)
            for common, members_of in apart.items() for fixed, members in _seatings(own, members_of)]


Key = tuple[object, ...]  # a value for each of some axes


def _seatings(axes: list[Axis], points: list[Point]) -> list[tuple[dict[str, object], tuple[Point, ...]]]:
    """Values of axes that some implementations lack, and the points that may stand there."""
    members: dict[Key, list[tuple[int, Point]]] = {}
    for i, p in enumerate(points):
        members.setdefault(tuple(p.axes.get(axis.name) for axis in axes), []).append((i, p))
    absent = tuple(axis.absent for axis in axes)
    keys = _completed(list(members), absent)
    masks = list(dict.fromkeys(_mask(key, absent) for key in keys))
    # of every key what it states beside others: a key that states no more than another has no place of its own
    poorer = {_under(key, mask, absent) for key in keys for mask in masks if mask < _mask(key, absent)}
    found = []
    for key in keys:
        if key not in poorer:
            seats = [_under(key, mask, absent) for mask in masks if mask <= _mask(key, absent)]
            own = sorted((member for seat in seats for member in members.get(seat, ())), key=lambda member: member[0])
            found.append((dict(zip((axis.name for axis in axes), key)), tuple(p for _, p in own)))
    return found


def _completed(keys: list[Key], absent: Key) -> list[Key]:
    """The keys, and after them what becomes of two of which each states what the other lacks.

    It asks an index for those that agree with a key: comparing every two would be quadratic in the points.
    """
    masks = {_mask(key, absent) for key in keys}
    if all(a <= b or b <= a for a in masks for b in masks):
        return keys  # nobody states what somebody else lacks and lacks what that one states
    keys, known = list(keys), set(keys)
    index: dict[tuple[frozenset[int], frozenset[int]], dict[Key, list[Key]]] = {}
    seen: dict[frozenset[int], list[Key]] = {}
    for key in keys:  # grows while it is read
        own = _mask(key, absent)
        for mask in list(seen):
            if own <= mask or mask <= own:
                continue
            common = own & mask
            if (mask, common) not in index:
                index[mask, common] = {}
                for other in seen[mask]:
                    index[mask, common].setdefault(_under(other, common, absent), []).append(other)
            for other in index[mask, common].get(_under(key, common, absent), ()):
                both = tuple(y if x == none else x for x, y, none in zip(key, other, absent))
                if both not in known:
                    known.add(both)
                    keys.append(both)
        seen.setdefault(own, []).append(key)
        for (mask, common), agreeing in index.items():
            if mask == own:
                agreeing.setdefault(_under(key, common, absent), []).append(key)
    return keys


def _mask(key: Key, absent: Key) -> frozenset[int]:
    """Which axes it states."""
    return frozenset(i for i, (value, none) in enumerate(zip(key, absent)) if value != none)


def _under(key: Key, mask: frozenset[int], absent: Key) -> Key:
    """What the key states of the axes in `mask`, as a key that lacks the others."""
    return tuple(value if i in mask else absent[i] for i, value in enumerate(key))


def cuts(points: Iterable[Point], axis: str, measure: Measure) -> list[Cut]:
    """Every cut in which some implementation has numbers at two values of the axis; most numbers first."""
    found = [Cut(axis, s.fixed, s.points)
             for s in settings((p for p in points if value(p, axis) is not None), (axis,))]
    drawable = [c for c in found if any(sum(s is not None for s in line.y) > 1 for line in lines_of(c, measure))]
    return sorted(drawable, key=lambda c: (-sum(measure(p) is not None for p in c.points),
                                           any(p.oversubscribed for p in c.points)))


@dataclass(frozen=True)
class Line:
    """One implementation: a summary or nothing for each value of the axis."""

    impl: str
    label: str
    x: tuple[int, ...]
    y: tuple[Summary | None, ...]

    @property
    def ends(self) -> tuple[int, float]:
        """The last value that has a number, and its median."""
        return next((x, s.median) for x, s in zip(reversed(self.x), reversed(self.y)) if s)

    @property
    def single(self) -> int:
        """How many of its numbers rest on one counted trial and have no spread."""
        return sum(s is not None and s.count == 1 for s in self.y)


def lines_of(cut: Cut, measure: Measure, points: Iterable[Point] | None = None,
             label: Callable[[Point], str] = lambda p: p.impl) -> list[Line]:
    """A line for each implementation that has a number somewhere, in the order of the file.

    It passes over values of the axis at which the implementation has no point.
    """
    own: dict[str, dict[int, Point]] = {}
    for p in cut.points if points is None else points:
        own.setdefault(p.impl, {})[value(p, cut.axis)] = p
    found = []
    for impl, at in own.items():
        x = [v for v in cut.values if v in at]
        y: list[Summary | None] = [measure(at[v]) for v in x]
        if any(y):
            found.append(Line(impl, label(next(iter(at.values()))), tuple(x), tuple(y)))
    return found
