"""Event processors: what an event costs against producers, work, exceptions and keys; latencies, stops, graphs."""

from itertools import chain
from typing import Iterable

from ..choose.contests import EVENT_LATENCY, EVENTS, STOP, TOPOLOGY
from ..choose.measures import Summary, latency, wall_time
from ..choose.words import PROCESSES
from ..draw.curves import Chart, chart_pictures
from ..draw.percentile_curves import percentiles_of, rows_by_wait
from ..draw.picture import Picture
from ..draw.style import Looks
from ..read.records import Point, Run


def processor_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of each setting that has numbers at two values of an axis, and percentiles of latencies."""
    return chain(chart_pictures(run, looks, CHARTS),
                 percentiles_of(run, looks, EVENT_LATENCY, ("wait",), rows_by_wait,
                                "An event is submitted to a processor that has no other: latency",
                                "processors_latency"))


def _median_latency(point: Point) -> Summary | None:
    return latency(point, "p50")


def _has_threads(point: Point) -> bool:
    """Whether it may have several threads for its handlers."""
    return point.guarantees.get("workers") == "many"


def _with_its_threads(point: Point) -> bool:
    """Whether what handles events side by side has several threads for it: with one it would stand alone."""
    return point.guarantees.get("order", "submission") == "submission" or int(point.axes.get("workers", 1)) > 1


EVENT = "wall ns per event (log scale)"
COST = "The cost is wall time per event: one over the processor's throughput. "
ABOUT = "Producers submit events, until all are handled"
HANDLER = "work in the handler, ns (log scale, 0 apart)"
MEDIAN = "The median of each trial's distribution. "
CHARTS = (
    Chart(EVENTS, "producers", "processors_producers", "Cost of an event against producers", wall_time, EVENT,
          "producers (log scale)", about=ABOUT, suits=_with_its_threads, notes=(COST + PROCESSES,)),
    Chart(EVENTS, "handler_ns", "processors_handler", "Cost of an event against the work of its handler", wall_time,
          EVENT, HANDLER, about=ABOUT, suits=_with_its_threads, notes=(COST + PROCESSES,)),
    Chart(EVENTS, "throws", "processors_throws", "Cost of an event where handlers throw", wall_time, EVENT,
          "handlers that throw, %", about=ABOUT, suits=_with_its_threads, even=True, notes=(COST + PROCESSES,)),
    Chart(EVENTS, "skew", "processors_skew", "Cost of an event where one key is frequent", wall_time, EVENT,
          "events that have the same key, %", about=ABOUT, suits=_has_threads, even=True,
          notes=(COST + "The other events have 64 keys evenly. " + PROCESSES,)),
    Chart(EVENTS, "workers", "processors_workers", "Cost of an event against the processor's threads", wall_time, EVENT,
          "threads that handle events (log scale)", about=ABOUT, suits=_has_threads, notes=(COST + PROCESSES,)),
    Chart(TOPOLOGY, "handler_ns", "processors_topology", "Cost of an event that three handlers see", wall_time, EVENT,
          HANDLER, about="Producers submit events, until all stages have handled them",
          notes=(COST + "One processor where it has graphs; of the others three, whose handlers submit to the next. "
                 + PROCESSES,)),
    Chart(STOP, "handler_ns", "processors_stop", "How long stop() takes while producers submit", _median_latency,
          "ns, p50 (log scale)", HANDLER, about="A thread stops a processor that others submit to",
          notes=(MEDIAN + "How much lies in a processor at its stop differs; left_at_stop in the results says it. "
                 + PROCESSES,)),
)
