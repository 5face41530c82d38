"""What an item costs that each of several consumers receives, and how far the slowest of them is behind."""

from typing import Iterable

from ...choose.contests import MULTICAST
from ...choose.measures import metric, wall_time
from ...choose.words import PROCESSES
from ...draw.curves import Chart, chart_pictures
from ...draw.picture import Picture
from ...draw.style import Looks
from ...read.records import Run

ABOUT = "Producers push, and each consumer receives every item"
CONSUMERS = "consumers (log scale)"
PUSHED = "An item counts once, when it is pushed, however many consumers receive it. "
LAG = ("Items that lay before the consumer that was furthest behind, whenever a producer looked: at the beginning of "
       "each chunk of its items. The producer waits for that one when the ring is full. ")
CHARTS = (
    Chart(MULTICAST, "consumers", "multicast", "Cost of an item against its consumers", wall_time,
          "wall ns per item (log scale)", CONSUMERS, about=ABOUT, notes=(PUSHED + PROCESSES,)),
    Chart(MULTICAST, "consumers", "multicast_lag", "How far the slowest consumer is behind", metric("slowest_lag_mean"),
          "items (log scale, 0 apart)", CONSUMERS, about=ABOUT, better="", zero=True, notes=(LAG + PROCESSES,)),
)


def multicast_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of each setting that has numbers at two numbers of consumers."""
    return chart_pictures(run, looks, CHARTS)
