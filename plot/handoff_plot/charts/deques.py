"""Work-stealing deques: what an item takes its owner and thieves together, and how many the thieves get."""

from typing import Iterable

from ..choose.contests import OWNER_AND_THIEVES
from ..choose.measures import metric, wall_time
from ..choose.words import PROCESSES
from ..draw.curves import Chart, chart_pictures
from ..draw.picture import Picture
from ..draw.style import Looks
from ..read.records import Run

ABOUT = "One owner pushes and pops, thieves steal, each item is taken once"
CHARTS = (
    Chart(OWNER_AND_THIEVES, "thieves", "deques_thieves", "Cost of an item of a deque against thieves", wall_time,
          "wall ns per item (log scale)", "thieves beside the owner (log scale, 0 apart)", about=ABOUT,
          notes=("The cost is wall time per item, whoever took it: one over the deque's throughput. Without thieves it "
                 "is the owner's push and pop alone. A deque that lets thieves have little is fast here, since what "
                 "they take costs more than what the owner takes: the share that they got stands in the chart of "
                 "stolen items. " + PROCESSES,)),
    Chart(OWNER_AND_THIEVES, "thieves", "deques_stolen", "Items that thieves got", metric("stolen_share", 100),
          "stolen, % of all items", "thieves beside the owner (log scale)", about=ABOUT, better="",
          suits=lambda p: bool(p.axes.get("thieves")),
          notes=("This is no ranking: it says what the time of an item was made of. " + PROCESSES,), top=104.0,
          linear=True),
)


def deque_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of each setting that has numbers at two counts of thieves."""
    return chart_pictures(run, looks, CHARTS)
