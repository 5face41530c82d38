"""The pictures themselves: one room for each family, and charts of all families.

A family is one line in FAMILIES.
"""

from typing import Iterable

from ..draw.picture import Picture
from ..draw.style import Looks
from ..read.records import Run
from .buses import bus_pictures
from .async_steps import async_pictures
from .channels import channel_pictures
from .core_to_core import core_to_core_pictures
from .counters import counter_pictures
from .deques import deque_pictures
from .fork_join import fork_join_pictures
from .limit_share import limit_share_pictures
from .locks import lock_pictures
from .message_cost import message_cost_pictures
from .loops import loop_pictures
from .pools import pool_pictures
from .processors import processor_pictures
from .queues import queue_pictures
from .queues.overview import overview_pictures
from .scaling import scaling_pictures

FAMILIES = (queue_pictures, counter_pictures, lock_pictures, pool_pictures, deque_pictures, fork_join_pictures,
            channel_pictures, bus_pictures, processor_pictures, async_pictures, loop_pictures)
OF_ALL = (message_cost_pictures, scaling_pictures, limit_share_pictures, core_to_core_pictures)


def draw(run: Run, overview: bool = False) -> Iterable[Picture]:
    """Every chart for which `run` has data, and after them, if asked for, the small one for a first page.

    Each is drawn when it is asked for, so that one at a time takes memory.
    """
    looks = Looks(run.implementations + [p.impl for p in run.points])
    charts = (*FAMILIES, *OF_ALL, *([overview_pictures] if overview else []))
    return (picture for chart in charts for picture in chart(run, looks))
