"""Counters: what an increment costs, what readers cost, and how many increments a racy counter loses."""

from ..choose.contests import CONTENDED_ADD, LOST_UPDATES, READ_MIX, contenders
from ..choose.cuts import Cut, cuts
from ..choose.measures import metric, thread_time
from ..choose.text import plural
from ..draw.curves import Chart, Reference, curve_picture, curve_pictures
from ..draw.picture import Picture
from ..draw.style import Looks
from ..read.records import Run

INCREMENT = "ns of one thread's time per increment (log scale)"
THREAD_TIME = "The cost is one thread's time per {}: what it takes as the thread sees it, loop included. "
APART = ("Panels part counters by what a read may return: the value of one moment during the read (linearizable), a "
         "value between those at its start and its end (interval), or one that is behind that by a bounded number for "
         "each thread (lagging).")
RAW = ("Nothing is subtracted: each value holds the increment, the work after it and the loop. Work is asked for "
       "in ns and spent in calibrated steps.")
LOST = ("A counter that loses increments has no speed that could stand beside a correct one's: none is shown. "
        "Lost: not in the final value after all threads have joined.")


def counter_pictures(run: Run, looks: Looks) -> list[Picture]:
    """Pictures of the family's workloads, of each that has numbers at two values of an axis."""
    adds, mixes = contenders(run, CONTENDED_ADD), contenders(run, READ_MIX)
    shared = [p for p in adds if p.threads > 1]
    return [*curve_pictures(run, looks, THREADS, cuts(adds, "threads", thread_time)),
            *curve_pictures(run, looks, WORK, cuts(shared, "work_ns", thread_time)),
            *curve_pictures(run, looks, READS, cuts(mixes, "reads", thread_time)),
            *_lost(run, looks)]


def _words(cut: Cut) -> str:
    parts = []
    if cut.fixed.get("threads") is not None:
        parts.append(plural(cut.fixed["threads"], "thread"))
    if cut.fixed.get("work_ns") is not None:
        parts.append(f"{cut.fixed['work_ns']} ns of work after each increment")
    if cut.fixed.get("placement") is not None:
        parts.append(f"placement {cut.fixed['placement']}")
    if cut.axis != "threads" and any(p.oversubscribed for p in cut.points):
        parts.append("oversubscribed: more threads than CPUs")
    return ", ".join(parts)


def _work(cut: Cut) -> Reference:
    note = "What lies above the work alone is the counter's and the loop's."
    return Reference("the work alone", note, lambda ns: float(ns) or None)


THREADS = Chart(
    "counters_threads", "Cost of an increment against threads", thread_time, INCREMENT,
    "threads that add to one counter (log scale)",
    lambda cut: f"Every thread adds 1, again and again: contended_add; {_words(cut)}. Lower is better.",
    notes=(THREAD_TIME.format("increment") + "With more threads than CPUs it holds the time that the thread waits "
           "for a CPU. " + APART,))
WORK = Chart(
    "counters_work", "Cost of an increment and the work after it, against that work", thread_time,
    "ns of one thread's time per increment and work (log scale)",
    "work after each increment, ns (log scale, 0 apart)",
    lambda cut: f"Every thread adds 1 and works on its own: contended_add; {_words(cut)}. Lower is better.",
    notes=(RAW + " " + APART,), reference=_work)
READS = Chart(
    "counters_read_mix", "Cost of an operation against the share of reads", thread_time,
    "ns of one thread's time per operation (log scale)", "reads, % of all operations (not to scale)",
    lambda cut: f"Every thread reads or adds 1, evenly mixed: read_mix; {_words(cut)}. Lower is better.",
    notes=(THREAD_TIME.format("operation (read or increment)") + APART,), even=True)
SHARE = Chart(
    "counters_lost_updates", "Increments lost", metric("lost_share", 100),
    "lost, % of all increments (log scale above 0)", "",
    lambda cut: f"against {'threads' if cut.axis == 'threads' else 'work'}: {_words(cut)}",
    notes=(LOST,), top=100.0, zero=True)
LOST_TITLE = "Every thread adds 1, again and again; then the counter is read: lost_updates. Lower is better."


def _lost(run: Run, looks: Looks) -> list[Picture]:
    """Against threads and against work, each where the sweep has most numbers, as panels of one picture."""
    points = contenders(run, LOST_UPDATES)
    words = {"threads": THREADS.axis_words, "work_ns": WORK.axis_words}
    chosen = [found[0] for axis in words for found in [cuts(points, axis, SHARE.measure)] if found]
    return [curve_picture(run, looks, SHARE, chosen, SHARE.name, LOST_TITLE, words)] if chosen else []
