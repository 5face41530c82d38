"""Which points make the lines of one picture: those that differ in one axis and in the implementation only."""

from dataclasses import dataclass
from typing import Callable, Iterable

from .lines import Line
from .load import Point
from .select import Measure, Summary, file_suffix

# Every axis of a point but the implementation, with the word that tells two pictures apart.
WORDS = {"threads": "threads", "hold_ns": "hold", "think_ns": "think", "work_ns": "work", "reads": "reads",
         "wait": "wait_", "producers": "p", "consumers": "c", "capacity": "capacity", "bytes": "bytes",
         "placement": "placement_"}


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
        """The most threads that are no more than the CPUs."""
        return max((value(p, self.axis) for p in self.points if not p.oversubscribed), default=None)

    @property
    def first_over(self) -> int | None:
        """The fewest threads that are more than the CPUs."""
        return min((value(p, self.axis) for p in self.points if p.oversubscribed), default=None)

    def suffix(self, plain: "Cut") -> str:
        """What to append to a file name: the axes in which this differs from the plain one."""
        return file_suffix(*((self.fixed[name], plain.fixed[name], f"{word}{self.fixed[name]}")
                             for name, word in WORDS.items() if name in self.fixed))


def value(point: Point, axis: str) -> int:
    return getattr(point, axis)


def cuts(points: Iterable[Point], axis: str, measure: Measure) -> list[Cut]:
    """Every cut in which some implementation has numbers at two values of the axis; most numbers first."""
    sets: dict[tuple, list[Point]] = {}
    for p in points:
        if value(p, axis) is not None:
            sets.setdefault(tuple(getattr(p, name) for name in WORDS if name != axis), []).append(p)
    names = [name for name in WORDS if name != axis]
    found = [Cut(axis, dict(zip(names, key)), tuple(members)) for key, members in sets.items()]
    drawable = [c for c in found if any(sum(s is not None for s in line.y) > 1 for line in lines_of(c, measure))]
    return sorted(drawable, key=lambda c: (-sum(measure(p) is not None for p in c.points),
                                           any(p.oversubscribed for p in c.points)))


def lines_of(cut: Cut, measure: Measure, points: Iterable[Point] | None = None,
             label: Callable[[Point], str] = lambda p: p.impl) -> list[Line]:
    """A line for each implementation that has a number somewhere, in the order of the file."""
    own: dict[str, dict[int, Point]] = {}
    for p in cut.points if points is None else points:
        own.setdefault(p.impl, {})[value(p, cut.axis)] = p
    found = []
    for impl, at in own.items():
        y: list[Summary | None] = [measure(at[v]) if v in at else None for v in cut.values]
        if any(y):
            found.append(Line(impl, label(next(iter(at.values()))), tuple(cut.values), tuple(y)))
    return found


def by_class(points: Iterable[Point],
             title: Callable[[Point], str] = lambda p: p.rivals) -> list[tuple[str, list[Point]]]:
    """(title, points) by class of equals and by what else `title` says of them, in the order of the file."""
    found: dict[tuple[str, str], list[Point]] = {}
    for p in points:
        found.setdefault((p.rivals, title(p)), []).append(p)
    classes = list(dict.fromkeys(rivals for rivals, _ in found))
    return [(key[1], found[key]) for key in sorted(found, key=lambda key: classes.index(key[0]))]


def stated(point: Point, key: str) -> str:
    """One guarantee in words."""
    return point.guarantees.get(key, "not stated").replace("_", " ")
