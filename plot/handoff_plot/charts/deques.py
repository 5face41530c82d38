"""Work-stealing deques: what an item takes its owner and thieves together, and how many the thieves get."""

from ..choose.contests import OWNER_AND_THIEVES, contenders
from ..choose.cuts import Cut, cuts
from ..choose.measures import metric, wall_time
from ..choose.words import PROCESSES, setting_words
from ..draw.curves import Chart, curve_pictures
from ..draw.picture import Picture
from ..draw.style import Looks
from ..read.records import Run

STOLEN = metric("stolen_share", 100)


def _about(cut: Cut) -> str:
    return ("One owner pushes and pops, thieves steal, each item is taken once: owner_and_thieves; "
            f"{setting_words(cut.fixed, cut.points)}.")


THIEVES = Chart(
    "deques_thieves", "Cost of an item of a deque against thieves", wall_time,
    "wall ns per item (log scale)", "thieves beside the owner (log scale, 0 apart)",
    lambda cut: _about(cut) + " Lower is better.",
    notes=("The cost is wall time per item, whoever took it: one over the deque's throughput. Without thieves it is "
           "the owner's push and pop alone. A deque that lets thieves have little is fast here, since what they take "
           "costs more than what the owner takes: the share that they got stands in the chart of stolen items. "
           + PROCESSES,))
SHARE = Chart(
    "deques_stolen", "Items that thieves got", STOLEN, "stolen, % of all items",
    "thieves beside the owner (log scale)", _about,
    notes=("This is no ranking: it says what the time of an item was made of. " + PROCESSES,), top=104.0, linear=True)


def deque_pictures(run: Run, looks: Looks) -> list[Picture]:
    """Pictures of each setting that has numbers at two counts of thieves."""
    points = contenders(run, OWNER_AND_THIEVES)
    robbed = [p for p in points if p.axes.get("thieves")]
    return [*curve_pictures(run, looks, THIEVES, cuts(points, "thieves", wall_time)),
            *curve_pictures(run, looks, SHARE, cuts(robbed, "thieves", STOLEN))]
