"""Tasks that block: throughput against workers, where its best is, and where a formula looks for it."""

import math
from dataclasses import dataclass, replace
from statistics import median
from typing import Iterable

from matplotlib.axes import Axes

from ...choose.contests import BLOCKING_MIX, contenders
from ...choose.cuts import Cut, Line, cuts, lines_of
from ...choose.measures import metric, throughput_thousands
from ...choose.text import number, plural, some
from ...choose.words import PROCESSES, Letters, setting_words
from ...draw.curves import Chart, curve_picture
from ...draw.layout import KeyEntry
from ...draw.lines import Scale
from ...draw.picture import Picture
from ...draw.ranking import reference_key, reference_line
from ...draw.style import SOFT, Looks
from ...read.records import Run

CLOSE = 0.05  # of the best throughput: what counts as having found it
NOTE = ("Throughput counts tasks that have run. The best count of a pool is the smallest number of workers whose "
        "spread reaches the pool's best median: more workers are not known to be better. The formula asks for CPUs × "
        "(1 + time blocked / time computing) workers; it has found the best if the median there is within "
        f"{CLOSE:.0%} of the best median. ")


def blocking_pictures(run: Run, looks: Looks, letters: Letters) -> Iterable[Picture]:
    """One picture for each setting: a panel for each ratio of blocking to computing."""
    found = cuts(contenders(run, BLOCKING_MIX), "workers", throughput_thousands)
    pages: dict[tuple, list[Cut]] = {}
    for cut in found:
        pages.setdefault(tuple((a, v) for a, v in cut.fixed.items() if a != "wait_ratio"), []).append(cut)
    listed = list(pages.values())
    return (_picture(run, looks, letters, sorted(group, key=lambda cut: cut.fixed["wait_ratio"] or 0),
                     "pools_blocking_mix" + replace(group[0], fixed=_rest(group[0])).suffix(
                         replace(listed[0][0], fixed=_rest(listed[0][0])))) for group in listed)


def _rest(cut: Cut) -> dict[str, object]:
    return {axis: value for axis, value in cut.fixed.items() if axis != "wait_ratio"}


def _picture(run: Run, looks: Looks, letters: Letters, group: list[Cut], name: str) -> Picture:
    points = [p for cut in group for p in cut.points]
    chart = Chart(
        BLOCKING_MIX, "workers", "pools_blocking_mix", "Tasks that block: throughput against workers",
        throughput_thousands, "thousand tasks per second (log scale)", "workers (log scale)",
        panel_words=lambda cut: f"blocked {cut.fixed['wait_ratio']} × as long as computing",
        panel=lambda p: "", label=letters.label(points, lambda p: p.impl), mixed=True,
        notes=(NOTE + PROCESSES, *(verdict(cut) for cut in group), letters.note(points)), overlay=_overlay,
        keys=(reference_key("what the formula asks for"), KeyEntry("best count of a pool", _ring, 0.2)))
    about = (f"Tasks compute, then block: blocking_mix; {setting_words(_rest(group[0]), points)}. Higher is better.")
    return curve_picture(run, looks, chart, group, name, about)


# --- where the best is ------------------------------------------------------------------------------


def best_count(line: Line) -> int:
    """The smallest number of workers whose spread reaches the best median."""
    top = max(s.median for s in line.y if s)
    return next(x for x, s in zip(line.x, line.y) if s and s.high >= top)


@dataclass(frozen=True)
class Finding:
    """How far the formula's count of workers is from the best of one pool."""

    impl: str
    share: float  # of the best median
    between: bool  # the count was not measured: read off the line between its neighbours

    @property
    def found(self) -> bool:
        return self.share >= 1 - CLOSE


def predicted(cut: Cut) -> float | None:
    """The formula's number of workers, as the file has it."""
    found = [s.median for p in cut.points for s in [metric("predicted_workers")(p)] if s]
    return found[0] if found else None


def finding(line: Line, workers: float) -> Finding | None:
    """None where the count lies outside what was measured."""
    known = [(x, s) for x, s in zip(line.x, line.y) if s]
    top = max(s.median for _, s in known)
    for x, s in known:
        if x == workers:
            return Finding(line.impl, s.median / top, False)
    for (x, a), (y, b) in zip(known, known[1:]):
        if x < workers < y:
            part = math.log(workers / x) / math.log(y / x)
            return Finding(line.impl, a.median ** (1 - part) * b.median**part / top, True)
    return None


def verdict(cut: Cut) -> str:
    """Whether the formula found the best, in words."""
    head = f"Blocked {cut.fixed['wait_ratio']} × as long as computing: "
    workers = predicted(cut)
    if workers is None:
        return head + "the file has no prediction."
    lines = lines_of(cut, throughput_thousands)
    all_found = [finding(line, workers) for line in lines]
    judged = [f for f in all_found if f]
    head += f"the formula asks for {plural(round(workers), 'worker')}"
    if not judged:
        return head + ", which lies outside what was measured."
    missed = sorted((f for f in judged if not f.found), key=lambda f: f.share)
    counts = sorted(best_count(line) for line in lines)
    best = f"{counts[0]}" + (f" to {counts[-1]}" if counts[-1] > counts[0] else "")
    of_all = f"{len(judged) - len(missed)} of {plural(len(judged), 'pool')}"
    text = f"{head} and found the best of {of_all}; best counts: {best}."
    if missed:
        text += " Missed: " + some(f"{f.impl} ({f.share:.0%} of its best)" for f in missed) + "."
    if any(f.between for f in judged):
        text += " That count was not measured: throughput is read off between its neighbours."
    slept = _slept(cut)
    return text + (f" With the fewest workers, blocking took {number(slept)} × as long as computing." if slept else "")


def _slept(cut: Cut) -> float | None:
    """The ratio as it was where workers are fewest and no sleeper waits for a CPU."""
    found = [s.median for p in cut.points if p.axes["workers"] == cut.values[0]
             for s in [metric("actual_wait_ratio")(p)] if s]
    return median(found) if found else None


def _overlay(axes: Axes, cut: Cut, scale: Scale, lines: list[Line], looks: Looks) -> None:
    workers = predicted(cut)
    if workers:
        at = scale.at(workers)
        if scale.limits[0] <= at <= scale.limits[1]:
            axes.axvline(at, **reference_line(), zorder=1)
    for line in lines:
        at = best_count(line)
        top = next(s.median for x, s in zip(line.x, line.y) if x == at)
        axes.plot([scale.at(at)], [top], "o", markersize=11, markerfacecolor="none",
                  markeredgecolor=looks.color(line.impl), markeredgewidth=1.2, zorder=6)


def _ring(box: Axes) -> None:
    box.plot([0.5], [0.5], "o", markersize=6.2, color=SOFT)
    box.plot([0.5], [0.5], "o", markersize=11, markerfacecolor="none", markeredgecolor=SOFT, markeredgewidth=1.2)
