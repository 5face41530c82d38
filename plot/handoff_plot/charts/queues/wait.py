"""Wait: heat map of throughput, wait strategy x implementation, for one producer and one consumer."""

from typing import Iterable

from ...choose.contests import TRANSFER, contenders
from ...choose.equals import NATIVE, by_guarantee
from ...choose.measures import counted, throughput
from ...choose.queues import Combination, combinations
from ...draw.caption import caption
from ...draw.heat import NOTE, heat_key, table
from ...draw.layout import Page
from ...draw.picture import Picture
from ...draw.rows import humps_note
from ...draw.style import Looks
from ...read.records import Run


def wait_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each (bytes, capacity, placement) in which two strategies can be compared."""
    points = [p for p in contenders(run, TRANSFER) if (p.producers, p.consumers) == (1, 1) and p.wait]
    found = [c for c in combinations(points) if _drawable(c)]
    return (_picture(run, looks, c, "wait" + c.suffix(found[0])) for c in found)


def _drawable(combination: Combination) -> bool:
    own = [p for p in combination.points if p.capacity == combination.capacity]
    return len({p.wait for p in own if counted(p)} - {NATIVE}) >= 2


def _picture(run: Run, looks: Looks, combination: Combination, name: str) -> Picture:
    groups = [(g.title, members) for g, members in by_guarantee(combination.points).items()]
    grid = table("wait", groups, throughput)
    page = Page(grid.width, grid.body, "Throughput by wait strategy, million items per second",
                f"1 producer, 1 consumer; {combination.title}", heat_key(grid),
                caption(run, combination.points, [NOTE, *humps_note(combination.points, throughput)]))
    grid.draw(page, "million items per second (log scale)", looks)
    return Picture(name, page.figure, frozenset(p.name for p in combination.points))
