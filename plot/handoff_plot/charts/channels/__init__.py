"""Channels: what an item costs against capacity, senders and receivers, hand-overs, selects and closes."""

import re
from itertools import chain
from typing import Iterable

from ...choose.contests import CANCEL, CHANNEL_OVERLOAD, CLOSE, PING_PONG, SELECT, STREAM
from ...choose.measures import Summary, latency, metric, wall_time
from ...choose.words import PROCESSES
from ...draw.curves import Chart, chart_pictures
from ...draw.picture import Picture
from ...draw.style import Looks
from ...read.records import Point, Run
from .overload import overload_pictures


def channel_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of each setting that has numbers at two values of an axis."""
    return chain(chart_pictures(run, looks, CHARTS), overload_pictures(run))


def _median_latency(point: Point) -> Summary | None:
    return latency(point, "p50")


def _promise(point: Point) -> str:
    """The class of a point in words."""
    return point.rivals.replace("_", " ")


def _of_any_capacity(point: Point) -> str:
    """The same without its capacity."""
    return re.sub("^(rendezvous|unbounded|bounded, capacity (at least )?[0-9]+), ", "", _promise(point))


def _is_bounded(point: Point) -> bool:
    return isinstance(point.axes.get("capacity"), int)


def _grows(point: Point) -> bool:
    return point.axes.get("policy") == "grow"


ITEM = "wall ns per item (log scale)"
COST = "The cost is wall time per item: one over the channel's throughput. "
NEWEST = ("A channel that delivers the newest item only is measured by what is sent; most of that may never be "
          "received. ")
CAPACITY = "capacity, items (log scale, 0 apart: a rendezvous)"
LATENCY = "The median of each trial's distribution. "
STREAMS = "Senders send, receivers receive, the last sender closes"
CHARTS = (
    Chart(STREAM, "capacity", "channels_capacity", "Cost of an item of a channel against its capacity", wall_time, ITEM,
          CAPACITY, about=STREAMS, suits=_is_bounded,
          panel=_of_any_capacity, mixed=True, gathers=True, notes=(COST + NEWEST + PROCESSES,)),
    Chart(STREAM, "producers", "channels_fan_in", "Cost of an item of a channel against senders", wall_time, ITEM,
          "senders (log scale)", about=STREAMS, panel=_promise, gathers=True,
          notes=(COST + NEWEST + PROCESSES,)),
    Chart(STREAM, "consumers", "channels_fan_out", "Cost of an item of a channel against receivers", wall_time, ITEM,
          "receivers (log scale)", about=STREAMS, panel=_promise, gathers=True,
          notes=(COST + "Where each receiver receives every item, an item is counted once. " + NEWEST + PROCESSES,)),
    Chart(PING_PONG, "capacity", "channels_ping_pong", "From a send to its receive, against the capacity",
          _median_latency, "half of a round trip, ns, p50 (log scale)", CAPACITY,
          about="One item makes a round trip through two channels", suits=_is_bounded, panel=_of_any_capacity,
          mixed=True, gathers=True, notes=(LATENCY + PROCESSES,)),
    Chart(SELECT, "sources", "channels_select", "Cost of an item from one of several channels", wall_time, ITEM,
          "channels that the receiver waits on (log scale)", about="One thread sends to all, one selects",
          panel=_promise, notes=(COST + PROCESSES,)),
    Chart(CLOSE, "capacity", "channels_close",
          "From close() until the waiting thread was told (middle: the later of both)", _median_latency,
          "ns, p50 (log scale)", CAPACITY, about="A third thread closes the channel of two", suits=_is_bounded,
          panel=_of_any_capacity, mixed=True, gathers=True, notes=(LATENCY + PROCESSES,)),
    Chart(CANCEL, "capacity", "channels_cancel", "From a request to stop until the receiver has returned",
          _median_latency, "ns, p50 (log scale)", CAPACITY, about="One thread waits for an item, another cancels that",
          suits=_is_bounded, panel=_of_any_capacity, mixed=True, gathers=True, notes=(LATENCY + PROCESSES,)),
    Chart(CHANNEL_OVERLOAD, "load", "channels_overload_memory", "Memory that unbounded channels gain under overload",
          metric("memory_growth_bytes_per_second", 1e-6), "megabytes per second (log scale)",
          "offered load, % of what the receivers handle (log scale)",
          about="Senders offer items of 8 bytes on a schedule", suits=_grows, zero=True,
          panel=lambda p: "", mixed=True,
          notes=("What the heap gains from the beginning of the schedule to its end, per second. Loads are percent of "
                 "what the receivers handle when they never wait (carried). " + PROCESSES,)),
)
