"""What an item costs where threads push and pop in other ways than from one side to the other, or all at once."""

from typing import Iterable

from ...choose.contests import BURST, COIN, PAIRS, TRANSFER
from ...choose.cuts import Cut
from ...choose.measures import Summary, summary_of, thread_time, wall_time
from ...choose.words import PROCESSES
from ...draw.curves import Chart, Reference, chart_pictures
from ...draw.picture import Picture
from ...draw.style import Looks
from ...read.records import Point, Run

THREADS = "threads (log scale)"
NS_PER_ITEM = "wall ns per item (log scale)"
THREAD_NS = "ns of one thread's time per {} (log scale)"
THREAD_TIME = ("The cost is one thread's time per pair: what it takes as the thread sees it, loop included. With more "
               "threads than CPUs it holds the time that the thread waits for a CPU. ")
REFUSED = "An operation that finds nothing to pop or no room counts for nothing, but its time is in the others'. "
FLAT = "A queue that has no operation for several items does them one by one: its line is flat. "
RAW = ("Nothing is subtracted: each value holds the operation, the work and the loop. Work is asked for in ns and "
       "spent in calibrated steps. ")


WHOLE = ("A burst lasts from just before its first push to the arrival of its last item, and begins when the one "
         "before it is over and the consumers have had 200 us to fall asleep. The cost is the p50 of the bursts over "
         "their items. A bounded queue holds a burst of more items than its capacity up. ")


def _burst_item(point: Point) -> Summary | None:
    """ns of a burst's median length per item."""
    return summary_of(point, lambda trial: trial.latency["p50"] / point.axes["burst"] if trial.latency else None)


def _work(cut: Cut, cpus: int) -> Reference | None:
    if any(p.axes.get(role) != 1 for p in cut.points for role in ("producers", "consumers")):
        return None  # several producers work at the same time
    note = "What lies above the work alone is the queue's, the wait strategy's and the loop's."
    return Reference("the work alone", note, lambda ns: float(ns) or None)


CHARTS = (
    Chart(PAIRS, "threads", "pairs", "Cost of a push and a pop against threads", thread_time,
          THREAD_NS.format("push and pop"), THREADS, about="Each thread pushes an item, then pops one", gathers=True,
          notes=(THREAD_TIME + PROCESSES,)),
    Chart(COIN, "threads", "coin", "Cost of an operation that a coin decides, against threads", thread_time,
          THREAD_NS.format("operation"), THREADS, about="Each thread pushes an item or pops one, as a coin says",
          gathers=True, notes=(REFUSED + PROCESSES,)),
    Chart(BURST, "burst", "burst", "Cost of an item against the size of a burst", _burst_item,
          "ns of a burst per item (log scale)", "items of a burst (log scale)", gathers=True,
          about="Producers push a burst at once into an empty queue, and consumers wait for it",
          notes=(WHOLE + PROCESSES,)),
    Chart(TRANSFER, "batch", "batch", "Cost of an item against the size of batches", wall_time, NS_PER_ITEM,
          "items with one call (log scale)", about="Producers push and consumers pop several items with one call",
          suits=lambda p: bool(p.axes.get("batch")), notes=(FLAT + PROCESSES,)),
    Chart(TRANSFER, "between_ns", "between", "Cost of an item against the work between operations", wall_time,
          "wall ns per item, work included (log scale)",
          "work between two operations of a thread, ns (log scale, 0 apart)",
          about="Producers push and consumers pop, and work on their own in between",
          suits=lambda p: "between_ns" in p.axes, reference=_work, notes=(RAW + PROCESSES,)),
)


def operation_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of each setting that has numbers at two values of the axis."""
    return chart_pictures(run, looks, CHARTS)
