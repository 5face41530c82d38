"""Counters: what an increment costs, what readers cost, and how many increments a racy counter loses."""

from dataclasses import replace
from itertools import chain
from typing import Iterable

from ..choose.contests import CONTENDED_ADD, LOST_UPDATES, READ_MIX
from ..choose.cuts import Cut
from ..choose.measures import metric, thread_time
from ..choose.words import setting_words
from ..draw.curves import Chart, Reference, chart_pictures, curve_picture, cuts_of
from ..draw.picture import Picture
from ..draw.style import Looks
from ..read.records import Run

THREAD_TIME = "The cost is one thread's time per {}: what it takes as the thread sees it, loop included. "
APART = ("Panels part counters by what a read may return: the value of one moment during the read (linearizable), a "
         "value between those at its start and its end (interval), or one that is behind that by a bounded number for "
         "each thread (lagging).")
RAW = ("Nothing is subtracted: each value holds the increment, the work after it and the loop. Work is asked for "
       "in ns and spent in calibrated steps.")
LOST = ("A counter that loses increments has no speed that could stand beside a correct one's: none is shown. "
        "Lost: not in the final value after all threads have joined.")


def counter_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of the family's workloads, of each that has numbers at two values of an axis."""
    return chain(chart_pictures(run, looks, CHARTS), _lost(run, looks))


def _work(cut: Cut, cpus: int) -> Reference:
    note = "What lies above the work alone is the counter's and the loop's."
    return Reference("the work alone", note, lambda ns: float(ns) or None)


THREADS = "threads that add to one counter (log scale)"
WORK = "work after each increment, ns (log scale, 0 apart)"
CHARTS = (
    Chart(CONTENDED_ADD, "threads", "counters_threads", "Cost of an increment against threads", thread_time,
          "ns of one thread's time per increment (log scale)", THREADS,
          about="Every thread adds 1, again and again",
          notes=(THREAD_TIME.format("increment") + "With more threads than CPUs it holds the time that the thread "
                 "waits for a CPU. " + APART,)),
    Chart(CONTENDED_ADD, "work_ns", "counters_work", "Cost of an increment and the work after it, against that work",
          thread_time, "ns of one thread's time per increment and work (log scale)", WORK,
          about="Every thread adds 1 and works on its own", suits=lambda p: p.threads > 1,
          notes=(RAW + " " + APART,), reference=_work),
    Chart(READ_MIX, "reads", "counters_read_mix", "Cost of an operation against the share of reads", thread_time,
          "ns of one thread's time per operation (log scale)", "reads, % of all operations (not to scale)",
          about="Every thread reads or adds 1, evenly mixed",
          notes=(THREAD_TIME.format("operation (read or increment)") + APART,), even=True),
)
SHARE = Chart(
    LOST_UPDATES, "threads", "counters_lost_updates", "Increments lost", metric("lost_share", 100),
    "lost, % of all increments (log scale above 0)", THREADS,
    panel_words=lambda cut: f"against {'threads' if cut.axis == 'threads' else 'work'}: "
                            f"{setting_words(cut.fixed, cut.points)}",
    notes=(LOST,), top=100.0, zero=True)
LOST_TITLE = "Every thread adds 1, again and again; then the counter is read: lost_updates. Lower is better."


def _lost(run: Run, looks: Looks) -> Iterable[Picture]:
    """Against threads and against work, each where the sweep has most numbers, as panels of one picture."""
    words = {"threads": THREADS, "work_ns": WORK}
    chosen = [found[0] for axis in words for found in [cuts_of(run, replace(SHARE, axis=axis))] if found]
    return [curve_picture(run, looks, SHARE, chosen, SHARE.name, LOST_TITLE, words)] if chosen else []
