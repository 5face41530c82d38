"""Buses: what a delivery costs, what a slow handler does to the others, and what coming, going and throwing cost."""

from typing import Iterable

from ..choose.contests import ISOLATION, PUBLISH, SUBSCRIBE, THROWS
from ..choose.measures import Summary, latency, wall_time
from ..choose.words import PROCESSES
from ..draw.curves import Chart, chart_pictures
from ..draw.picture import Picture
from ..draw.style import Looks
from ..read.records import Point, Run


def bus_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of each setting that has numbers at two values of an axis."""
    return chart_pictures(run, looks, CHARTS)


def _median_latency(point: Point) -> Summary | None:
    return latency(point, "p50")


def _tail_latency(point: Point) -> Summary | None:
    return latency(point, "p99")


def _who_calls(point: Point) -> str:
    """The class of a point by its first promise: publishers or workers call the handlers."""
    return point.rivals.split(",")[0]


DELIVERY = "wall ns per delivery (log scale)"
COST = "A delivery is one call of one handler. The cost is wall time per delivery: one over the throughput. "
MIXED = "Buses of a panel promise different things: docs/buses.md. "
SLOW = ("The handler that was subscribed first sleeps in each call; an event is due every 200 us. The time of an event "
        "that is published late runs from when it was due. ")
CHARTS = (
    Chart(PUBLISH, "handlers", "buses_handlers", "Cost of a delivery against the handlers of a bus", wall_time,
          DELIVERY, "handlers (log scale)", about="Publishers publish as fast as they can", panel=_who_calls,
          mixed=True, notes=(COST + MIXED + PROCESSES,)),
    Chart(PUBLISH, "producers", "buses_publishers", "Cost of a delivery against the publishers of a bus", wall_time,
          DELIVERY, "publishers (log scale)", about="Publishers publish as fast as they can", panel=_who_calls,
          mixed=True, notes=(COST + MIXED + PROCESSES,)),
    Chart(ISOLATION, "slow_ns", "buses_isolation", "How long handlers wait beside a slow one", _median_latency,
          "from due to called, ns, p50 (log scale)", "sleep of the slow handler, ns", panel=_who_calls, mixed=True,
          about="One publisher on a schedule, one slow handler", even=True,
          notes=(SLOW + "The median of each trial's distribution. " + MIXED + PROCESSES,)),
    Chart(ISOLATION, "slow_ns", "buses_isolation_tail",
          "How long handlers wait beside a slow one, the slowest 1 in 100", _tail_latency,
          "from due to called, ns, p99 (log scale)", "sleep of the slow handler, ns", panel=_who_calls, mixed=True,
          about="One publisher on a schedule, one slow handler", even=True,
          notes=(SLOW + "The p99 of each trial's distribution. " + MIXED + PROCESSES,)),
    Chart(SUBSCRIBE, "handlers", "buses_subscribe", "Subscribing and unsubscribing while others publish",
          _median_latency, "both calls together, ns, p50 (log scale)", "handlers that stay (log scale)",
          panel=_who_calls, mixed=True, about="One handler comes and goes while others publish",
          notes=("The median of each trial's distribution. " + MIXED + PROCESSES,)),
    Chart(THROWS, "throwing", "buses_throws", "Cost of a delivery where handlers throw", wall_time, DELIVERY,
          "handlers that throw in each call", about="Publishers publish as fast as they can", panel=_who_calls,
          mixed=True, even=True, notes=(COST + MIXED + PROCESSES,)),
)
