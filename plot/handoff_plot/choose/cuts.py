"""Which points make the lines of one picture: those that differ in one axis and in the implementation only."""

import re
from dataclasses import dataclass
from typing import Callable, Iterable

from ..read.records import Point
from .equals import NATIVE, UNBOUNDED
from .measures import Measure, Summary

# Every axis of a point but the implementation, with the word that tells two pictures apart.
WORDS = {"threads": "threads", "hold_ns": "hold", "think_ns": "think", "work_ns": "work", "reads": "reads",
         "wait": "wait_", "spin_budget": "budget", "producers": "p", "consumers": "c", "capacity": "capacity", "bytes": "bytes",
         "submitters": "submitters", "workers": "workers", "thieves": "thieves", "steal": "steal_",
         "policy": "policy_", "result": "result_", "pool": "pool_", "lengths": "lengths_", "task_ns": "task",
         "arrivals": "arrivals_", "load": "load", "wait_ratio": "ratio", "fan": "fan", "depth": "depth", "tree": "tree_", "size": "size",
         "grain": "grain", "peer": "peer_", "placement": "placement_"}
# The value by which an implementation says that an axis is none of its own: it stands beside all others' values.
NEUTRAL = {"wait": NATIVE, "steal": NATIVE, "capacity": UNBOUNDED, "policy": "none"}


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
        return suffix(self.fixed, plain.fixed)


def value(point: Point, axis: str) -> int | None:
    return point.axes.get(axis)


@dataclass(frozen=True)
class Setting:
    """One value of each axis in `fixed`, and the points that have it or a neutral one."""

    fixed: dict[str, object]
    points: tuple[Point, ...]

    def suffix(self, plain: "Setting") -> str:
        """What to append to a file name: the axes in which this differs from the plain one."""
        return suffix(self.fixed, plain.fixed)


def suffix(own: dict[str, object], plain: dict[str, object]) -> str:
    """The axes in which two pictures differ, as a file name can hold them."""
    return file_suffix(*((own[name], plain[name], f"{word}{own[name]}")
                         for name, word in WORDS.items() if name in own))


def file_suffix(*axes: tuple[object, object, str]) -> str:
    """Joins the words of the axes (own value, plain value, word) that differ, as a file name can hold them."""
    text = "".join("_" + word for own, plain, word in axes if own != plain)
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


def settings(points: Iterable[Point], free: Iterable[str]) -> list[Setting]:
    """Every setting of the axes that are not `free`, in the order of the file.

    A point with a neutral value stands beside every other value of that axis, and alone only where there is none.
    """
    names = [name for name in WORDS if name not in free]
    shared = [name for name in names if name not in NEUTRAL]
    apart: dict[tuple, list[Point]] = {}
    for p in points:
        apart.setdefault(tuple(p.axes.get(name) for name in shared), []).append(p)
    own = [name for name in names if name in NEUTRAL]
    return [Setting({**dict(zip(shared, common)), **fixed}, members)
            for common, listed in apart.items() for fixed, members in _seatings(own, listed)]


def _seatings(names: list[str], points: list[Point]) -> list[tuple[dict[str, object], tuple[Point, ...]]]:
    """Values of axes that have a neutral one, and who may stand there."""
    stated = [tuple(p.axes.get(name) for name in names) for p in points]
    keys = list(dict.fromkeys(stated))
    for i, key in enumerate(keys):  # grows while it is read
        keys += [both for other in keys[:i] for both in [_merged(names, key, other)] if both and both not in keys]
    widest = [k for k in keys if not any(other != k and _merged(names, other, k) == other for other in keys)]
    return [(dict(zip(names, key)), tuple(p for p, own in zip(points, stated) if _merged(names, key, own) == key))
            for key in widest]


def _merged(names: list[str], a: tuple, b: tuple) -> tuple | None:
    """What is stated where the other is neutral; None where the two state different values."""
    found = []
    for name, x, y in zip(names, a, b):
        neutral = NEUTRAL.get(name)
        if x != y and neutral not in (x, y):
            return None
        found.append(y if x == neutral else x)
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
