"""Thread pools: what handing in a task costs, how long tasks must be, and what waiting for many takes."""

from dataclasses import replace

from .blocking_mix import blocking_pictures
from .cuts import Cut, cuts
from .curves import Chart, Reference, curve_pictures
from .load import Point, Run
from .overload import overload_pictures
from .picture import Picture
from .pool_rows import submit_empty_pictures, uneven_pictures
from .select import FAN_OUT_FAN_IN, SUBMIT_WORK, contenders, latency, metric, wall_time
from .style import Looks
from .wakeup import wakeup_pictures
from .words import PROCESSES, labels, over_words, setting_words

LENGTH = "length of a task, ns (log scale, 0 apart)"
EFFICIENCY = metric("efficiency", 100)


def pool_pictures(run: Run, looks: Looks) -> list[Picture]:
    """Pictures of the family's workloads, of each that has numbers."""
    lengths = contenders(run, SUBMIT_WORK)
    fans = contenders(run, FAN_OUT_FAN_IN)
    return [*submit_empty_pictures(run, looks),
            *_curves(run, looks, _work(run.cpus), cuts(lengths, "task_ns", wall_time)),
            *_curves(run, looks, EFFICIENT, cuts(lengths, "task_ns", EFFICIENCY)),
            *uneven_pictures(run, looks),
            *_curves(run, looks, FANS, cuts(fans, "fan", fan_time)),
            *wakeup_pictures(run, looks),
            *overload_pictures(run, looks),
            *blocking_pictures(run, looks)]


def fan_time(point: Point):
    """ns from handing in the first task of a fan to knowing that all have run: the median of each trial."""
    return latency(point, "p50")


def _curves(run: Run, looks: Looks, chart: Chart, found: list[Cut]) -> list[Picture]:
    return [picture for cut in found
            for picture in curve_pictures(run, looks, replace(chart, label=labels(cut.points),
                                                              name=chart.name + cut.suffix(found[0])), [cut])]


def _said(cut: Cut) -> str:
    over = over_words(cut.points)
    return setting_words(cut.fixed, cut.points) + (f"; {over}" if over else "")


def _work(cpus: int) -> Chart:
    return Chart(
        "pools_submit_work", "Cost of a task against its length", wall_time, "wall ns per task (log scale)", LENGTH,
        lambda cut: f"Submitters hand in tasks of one length as fast as the pool takes them: submit_work; "
                    f"{_said(cut)}. Lower is better.",
        reference=lambda cut: _least(cut, cpus),
        notes=("The cost is wall time per task of all threads together, the task's own work included. " + PROCESSES,))


def _least(cut: Cut, cpus: int) -> Reference:
    """What a pool that costs nothing would take."""
    workers = int(cut.fixed["workers"] or 1)
    some = f"{min(workers, cpus)} CPU{'s' if min(workers, cpus) > 1 else ''}"
    note = ("The least possible is the length of a task divided by the workers" +
            (f", of which {some} can run at a time." if workers > cpus else "."))
    return Reference("the least possible", note, lambda ns: ns / min(workers, cpus) or None)


EFFICIENT = Chart(
    "pools_efficiency", "Efficiency against the length of a task", EFFICIENCY, "% of the workers' time", LENGTH,
    lambda cut: f"Submitters hand in tasks of one length as fast as the pool takes them: submit_work; {_said(cut)}. "
                "Higher is better.",
    reference=lambda cut: Reference("all of the workers' time", "", lambda ns: 100.0),
    notes=("Efficiency is the time that tasks were asked to take over workers × wall time. Workers that share a CPU "
           "cannot reach 100%. " + PROCESSES,), top=104.0, linear=True)

FANS = Chart(
    "pools_fan", "Time to fan out and in against the size of the fan", fan_time,
    "ns from fan-out to fan-in, p50 (log scale)", "tasks of a fan (log scale)",
    lambda cut: f"Many tasks are handed in together and waited for: fan_out_fan_in; {_said(cut)}. Lower is better.",
    notes=("A mark is the median over the repetitions of each repetition's p50. " + PROCESSES,))
