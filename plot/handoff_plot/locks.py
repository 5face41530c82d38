"""Locks and barriers: what a critical section, a shared or exclusive access, and an episode take."""

from .acquire import acquire_pictures
from .cuts import Cut, cuts, stated
from .curves import Chart, Reference, curve_pictures
from .fairness import fairness_pictures
from .load import Point, Run
from .picture import Picture
from .select import BARRIER_EPISODE, CRITICAL_SECTION, READER_WRITER, contenders, wall_time
from .style import Looks, plural

# Wall time and not a thread's time: a lock lets one in after the other, so a thread's time grows with the
# number of threads under a perfect lock too. The wall time of a section is one over the lock's throughput,
# and stands beside the time that the lock is held.
WALL = ("The cost is wall time of the whole team per {}. ")
COLLAPSE = ("Where threads outnumber CPUs, a lock that hands itself to the one next in line often hands itself to one "
            "that is not running, and nobody gets in until that one has a CPU again. ")
APART = ("Panels part locks by who gets in next: who came first (fifo), whoever is fastest (any), readers and writers "
         "by turns (phases), writers before readers (writers){}.")


def lock_pictures(run: Run, looks: Looks) -> list[Picture]:
    """Pictures of the family's workloads, of each that has numbers."""
    sections, mixes = contenders(run, CRITICAL_SECTION), contenders(run, READER_WRITER)
    episodes = contenders(run, BARRIER_EPISODE)
    return [*curve_pictures(run, looks, _sections(run.cpus), cuts(sections, "threads", wall_time)),
            *fairness_pictures(run, looks),
            *acquire_pictures(run, looks),
            *curve_pictures(run, looks, READS, cuts(mixes, "reads", wall_time)),
            *curve_pictures(run, looks, EPISODES, cuts(episodes, "threads", wall_time))]


def _class(point: Point) -> str:
    """The class of equals, and how its members wait: what decides who collapses."""
    waiting = stated(point, "waiting")
    return point.rivals if waiting in point.rivals.replace("_", " ") else f"{point.rivals}; {waiting}"


def _waiting(point: Point) -> str:
    return f"{point.impl} ({stated(point, 'waiting')})"


def _words(cut: Cut) -> str:
    parts = []
    for axis, words in (("threads", "{}"), ("hold_ns", "held for {} ns"),
                        ("think_ns", "{} ns between two sections of a thread"), ("placement", "placement {}")):
        if cut.fixed.get(axis) is not None:
            parts.append(words.format(plural(cut.fixed[axis], "thread") if axis == "threads" else cut.fixed[axis]))
    if cut.axis != "threads" and any(p.oversubscribed for p in cut.points):
        parts.append("oversubscribed: more threads than CPUs")
    return ", ".join(parts)


def _sections(cpus: int) -> Chart:
    return Chart(
        "locks_threads", "Cost of a critical section against threads", wall_time,
        "wall ns per critical section (log scale)", "threads that take the lock (log scale)",
        lambda cut: f"Every thread takes one lock, again and again: critical_section; {_words(cut)}. "
                    "Lower is better.",
        panel=_class, reference=lambda cut: _ideal(cut, cpus),
        notes=(WALL.format("critical section: one over the lock's throughput, work inside and between sections "
                           "included") + COLLAPSE + APART.format("; and by how they wait"),))


def _ideal(cut: Cut, cpus: int) -> Reference | None:
    """What a lock that costs nothing would take: the CPUs share all the work, one thread at a time holds."""
    hold, think = float(cut.fixed["hold_ns"] or 0), float(cut.fixed["think_ns"] or 0)
    if hold + think == 0:
        return None
    note = ("A lock that costs nothing takes the time that it is held, or, if that is longer, what is held and done "
            "between by all threads, shared by the CPUs.")
    return Reference("a lock that costs nothing", note, lambda n: max(hold, (hold + think) / min(n, cpus)))


READS = Chart(
    "locks_reader_writer", "Cost of an access against the share of reads", wall_time,
    "wall ns per access (log scale)", "reads, % of all accesses (not to scale)",
    lambda cut: f"Every thread reads or writes under one lock, mixed: reader_writer; {_words(cut)}. "
                "Lower is better.",
    label=_waiting,
    notes=(WALL.format("access: one over the lock's throughput, work inside included") + APART.format(""),), even=True)

EPISODES = Chart(
    "locks_barrier", "Cost of a barrier's episode against threads", wall_time,
    "wall ns per episode (log scale)", "threads that meet at the barrier (log scale)",
    lambda cut: f"All threads meet, again and again: barrier_episode; {_words(cut)}. Lower is better.",
    label=_waiting,
    notes=(WALL.format("episode: from one meeting of all threads to the next"),))
