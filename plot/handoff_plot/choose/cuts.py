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


def _seatings(axes: list[Axis], points: list[Point]) -> list[tuple[dict[str, object], tuple[Point, ...]]]:
    """Values of axes that some implementations lack, and the points that may stand there."""
    stated = [tuple(p.axes.get(axis.name) for axis in axes) for p in points]
    keys = list(dict.fromkeys(stated))
    for i, key in enumerate(keys):  # grows while it is read
        keys += [both for other in keys[:i] for both in [_merged(axes, key, other)] if both and both not in keys]
    widest = [k for k in keys if not any(other != k and _merged(axes, other, k) == other for other in keys)]
    return [(dict(zip((axis.name for axis in axes), key)),
             tuple(p for p, own in zip(points, stated) if _merged(axes, key, own) == key))
            for key in widest]


def _merged(axes: list[Axis], a: tuple, b: tuple) -> tuple | None:
    """What is stated where the other lacks the axis; None where the two state different values."""
    found = []
    for axis, x, y in zip(axes, a, b):
        if x != y and axis.absent not in (x, y):
            return None
        found.append(y if x == axis.absent else x)
    return tuple(found)


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
