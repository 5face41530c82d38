"""Work-stealing deques: what an item takes its owner and thieves together."""

from .cuts import cuts
from .curves import Chart, curve_pictures
from .load import Run
from .picture import Picture
from .select import OWNER_AND_THIEVES, contenders, wall_time
from .style import Looks
from .words import PROCESSES, setting_words

THIEVES = Chart(
    "deques_thieves", "Cost of an item of a deque against thieves", wall_time,
    "wall ns per item (log scale)", "thieves beside the owner (log scale, 0 apart)",
    lambda cut: "One owner pushes and pops, thieves steal, each item is taken once: owner_and_thieves; "
                f"{setting_words(cut.fixed, cut.points)}. Lower is better.",
    notes=("The cost is wall time per item, whoever took it: one over the deque's throughput. Without thieves it is "
           "the owner's push and pop alone. " + PROCESSES,))


def deque_pictures(run: Run, looks: Looks) -> list[Picture]:
    """One picture for each setting that has numbers at two counts of thieves."""
    return curve_pictures(run, looks, THIEVES, cuts(contenders(run, OWNER_AND_THIEVES), "thieves", wall_time))
