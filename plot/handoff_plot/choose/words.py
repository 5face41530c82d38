"""What a picture has fixed, in words; and which of its points have more threads than CPUs."""

from typing import Callable, Iterable

from ..read.records import Point
from .cuts import table_of
from .equals import NATIVE
from .measures import saturation
from .text import plural, some

OVER = "oversubscribed: more threads than CPUs"
PROCESSES = ("Every repetition is a process of its own, and the spread is that between processes: one process agrees "
             "with itself far better than with the next.")
# Captions say these last.
CHOICES = ("wait", "spin_budget", "steal", "capacity", "policy", "peer", "placement", "sched", "neighbours")


def setting_words(fixed: dict[str, object], points: Iterable[Point]) -> str:
    """`1 submitter, 2 workers, wait strategy park (native where they wait by their own means)`."""
    listed, parts = list(points), []
    for axis in sorted(table_of(listed).values(), key=lambda axis: axis.name in CHOICES):
        text = axis.words(fixed.get(axis.name))
        if text:
            beside = axis.absent and fixed[axis.name] != axis.absent
            some = beside and any(p.axes.get(axis.name) == axis.absent for p in listed)
            parts.append(f"{text} ({axis.absent_phrase})" if some else text)
    return ", ".join(parts)


def over_words(points: Iterable[Point]) -> str:
    """Whether they are oversubscribed; those that are not among others that are have a word beside their name."""
    listed = list(points)
    if not any(p.oversubscribed for p in listed):
        return ""
    return OVER if all(p.oversubscribed for p in listed) else OVER + " (but for those marked “fits”)"


def labels(points: Iterable[Point]) -> Callable[[Point], str]:
    """The name of a point's implementation, with the word that `over_words` speaks of."""
    listed = list(points)
    mixed = len({p.oversubscribed for p in listed}) > 1
    return lambda p: f"{p.impl} (fits)" if mixed and not p.oversubscribed else p.impl


class Letters:
    """A letter for each class of equals, the same in all pictures of a family."""

    def __init__(self, points: Iterable[Point]) -> None:
        classes = dict.fromkeys(p.rivals for p in points)
        self._letters = {rivals: _letter(i) for i, rivals in enumerate(classes)}

    def label(self, points: Iterable[Point], name: Callable[[Point], str]) -> Callable[[Point], str]:
        """`name` with the letter, where `points` are of several classes."""
        several = len({p.rivals for p in points}) > 1
        return lambda p: f"{name(p)} [{self._letters[p.rivals]}]" if several else name(p)

    def note(self, points: Iterable[Point]) -> str:
        """What the letters of `points` mean."""
        own = {p.rivals for p in points}
        classes = [rivals for rivals in self._letters if rivals in own]
        if len(classes) == 1:
            return f"All promise the same: {classes[0]}."
        each = some((f"[{self._letters[rivals]}] {rivals}" for rivals in classes), joint="; ")
        return f"Equals have the same letter, others promise different things and are not ranked with them: {each}."


def _letter(i: int) -> str:
    return (_letter(i // 26 - 1) if i >= 26 else "") + chr(ord("A") + i % 26)


def promise_words(point: Point) -> str:
    """What a pool promises first of all; less than makes it an equal of others."""
    capacity, starts = point.guarantees.get("capacity"), point.guarantees.get("starts")
    return f"{capacity}, starts: {starts.replace('_', ' ')}" if capacity and starts else point.rivals


TITLES = {NATIVE: "Wait strategy: native (queues that wait by their own means)"}


def by_wait(points: list[Point]) -> dict[str, list[Point]]:
    """Points by wait strategy in the order of the sweep, native last."""
    found: dict[str, list[Point]] = {}
    for p in points:
        found.setdefault(p.wait or "", []).append(p)
    return dict(sorted(found.items(), key=lambda item: item[0] == NATIVE))


def saturation_note(points: Iterable[Point]) -> list[str]:
    """Which points were saturated in some of their trials, as a note of one paragraph, or none."""
    each = []
    for p in points:
        saturated, trials = saturation(p)
        if 0 < saturated < trials:
            at = [p.impl, *([p.wait] if p.wait else []), *([f"{p.axes['load']}%"] if "load" in p.axes else [])]
            each.append(f"{', '.join(at)}: saturated in {saturated} of {trials}")
    return [f"A saturated repetition counts as infinitely slow in medians. {some(each, joint='; ')}."] if each else []


def sample_words(points: list[Point]) -> str:
    """What one latency sample is, in the file's words."""
    return some(sorted({t.latency_of for p in points for t in p.trials if t.latency_of}), 4, "; ")


def shape_title(shape: tuple[int, int]) -> str:
    """`1 producer, 2 consumers`."""
    if 0 in shape:
        return "producers and consumers not stated"
    return f"{plural(shape[0], 'producer')}, {plural(shape[1], 'consumer')}"
