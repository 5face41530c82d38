"""Charts of queues."""

from typing import Iterable

from ...draw.picture import Picture
from ...draw.style import Looks
from ...read.records import Run
from .capacity import capacity_pictures
from .cpu_throughput import cpu_throughput_pictures
from .footprint import footprint_pictures
from .idle import idle_pictures
from .latency_load import latency_load_pictures
from .multicast import multicast_pictures
from .operations import operation_pictures
from .percentiles import percentile_pictures
from .rank_error import rank_error_pictures
from .round_trip import round_trip_pictures
from .soak import soak_pictures
from .spin_budget import spin_budget_pictures
from .swell import swell_pictures
from .throughput import throughput_pictures
from .wait import wait_pictures

CHARTS = (throughput_pictures, capacity_pictures, wait_pictures, round_trip_pictures, cpu_throughput_pictures,
          latency_load_pictures, percentile_pictures, spin_budget_pictures, idle_pictures, footprint_pictures,
          operation_pictures, rank_error_pictures, multicast_pictures, soak_pictures, swell_pictures)


def queue_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of the family's workloads, of each that has numbers."""
    return (picture for chart in CHARTS for picture in chart(run, looks))
