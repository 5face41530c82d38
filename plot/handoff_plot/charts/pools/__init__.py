"""Charts of thread pools."""

from itertools import chain
from typing import Iterable

from ...choose.contests import IDLE_POOLS, SUBMIT_EMPTY
from ...choose.words import Letters
from ...draw.picture import Picture
from ...draw.style import Looks
from ...read.records import Run
from ...draw.idle_rows import idle_worker_pictures
from .blocking_mix import blocking_pictures
from .lengths import fan_pictures, length_pictures
from .overload import overload_pictures
from .rows import submit_empty_pictures, uneven_pictures
from .wakeup import wakeup_pictures


def pool_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of the family's workloads, of each that has numbers."""
    letters = Letters(p for p in run.points if p.family == SUBMIT_EMPTY.family and not p.control)
    return chain(submit_empty_pictures(run, looks),
                 length_pictures(run, looks, letters),
                 uneven_pictures(run, looks),
                 fan_pictures(run, looks, letters),
                 wakeup_pictures(run, looks, letters),
                 overload_pictures(run, looks, letters),
                 blocking_pictures(run, looks, letters),
                 idle_worker_pictures(run, looks, IDLE_POOLS))
