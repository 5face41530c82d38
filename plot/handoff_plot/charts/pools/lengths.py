"""Curves of pools: what a task costs against its length, and what waiting for many tasks takes against their number."""

from dataclasses import replace
from itertools import chain
from typing import Iterable

from ...choose.contests import FAN_OUT_FAN_IN, SUBMIT_WORK, contenders
from ...choose.cuts import Cut
from ...choose.measures import latency, metric, wall_time
from ...choose.words import PROCESSES, Letters, labels, promise_words
from ...draw.curves import Chart, Reference, curve_picture, cuts_of
from ...draw.picture import Picture
from ...draw.style import Looks
from ...read.records import Point, Run
from .rows import fan_row_pictures

LENGTH = "length of a task, ns (log scale, 0 apart)"


def length_pictures(run: Run, looks: Looks, letters: Letters) -> Iterable[Picture]:
    """What a task costs, and how much of the workers' time is work, against the length of a task."""
    return (picture for chart in LENGTHS for picture in _curves(run, looks, letters, chart, cuts_of(run, chart)))


def fan_pictures(run: Run, looks: Looks, letters: Letters) -> Iterable[Picture]:
    """Fans against their size, and in rows what was measured at one size only."""
    sizes = cuts_of(run, FANS)
    drawn = {p.name for cut in sizes for p in cut.points}
    single = [p for p in contenders(run, FANS.contest) if p.name not in drawn]
    return chain(_curves(run, looks, letters, FANS, sizes), fan_row_pictures(run, looks, single, fan_time))


def fan_time(point: Point):
    """ns from handing in the first task of a fan to knowing that all have run: the median of each trial."""
    return latency(point, "p50")


def _curves(run: Run, looks: Looks, letters: Letters, chart: Chart, found: list[Cut]) -> Iterable[Picture]:
    return (_curve(run, looks, letters, chart, cut, chart.name + cut.suffix(found[0])) for cut in found)


def _curve(run: Run, looks: Looks, letters: Letters, chart: Chart, cut: Cut, name: str) -> Picture:
    label = letters.label(cut.points, labels(cut.points))
    lettered = replace(chart, label=label, panel=promise_words, mixed=True,
                       notes=(*chart.notes, letters.note(cut.points)))
    return curve_picture(run, looks, lettered, [cut], name)


def _least(cut: Cut, cpus: int) -> Reference:
    """What a pool that costs nothing would take."""
    workers = int(cut.fixed["workers"] or 1)
    some = f"{min(workers, cpus)} CPU{'s' if min(workers, cpus) > 1 else ''}"
    note = ("The least possible is the length of a task divided by the workers" +
            (f", of which {some} can run at a time." if workers > cpus else "."))
    return Reference("the least possible", note, lambda ns: ns / min(workers, cpus) or None)


ABOUT = "Submitters hand in tasks of one length as fast as the pool takes them"
LENGTHS = (
    Chart(SUBMIT_WORK, "task_ns", "pools_submit_work", "Cost of a task against its length", wall_time,
          "wall ns per task (log scale)", LENGTH, about=ABOUT, reference=_least,
          notes=("The cost is wall time per task of all threads together, the task's own work included. "
                 + PROCESSES,)),
    Chart(SUBMIT_WORK, "task_ns", "pools_efficiency", "Efficiency against the length of a task",
          metric("efficiency", 100), "% of the workers' time", LENGTH, about=ABOUT, better="Higher",
          reference=lambda cut, cpus: Reference("all of the workers' time", "", lambda ns: 100.0),
          notes=("Efficiency is the time that tasks were asked to take over workers × wall time. Workers that share a "
                 "CPU, with each other or with a submitter, cannot reach 100%. " + PROCESSES,), top=104.0, linear=True),
)
FANS = Chart(
    FAN_OUT_FAN_IN, "fan", "pools_fan", "Time to fan out and in against the size of the fan", fan_time,
    "ns from fan-out to fan-in, p50 (log scale)", "tasks of a fan (log scale)",
    about="Many tasks are handed in together and waited for",
    notes=("A mark is the median over the repetitions of each repetition's p50. " + PROCESSES,))
