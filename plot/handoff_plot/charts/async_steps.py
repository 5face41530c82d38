"""Asynchronous steps: what a step costs and allocates in chains, fans, failures and stops."""

from typing import Iterable

from ..choose.contests import (ASYNC_CANCEL, ASYNC_CHAIN, ASYNC_CROSS, ASYNC_ERROR, ASYNC_FAN, ASYNC_FIRST,
                               ASYNC_NESTED, ASYNC_SEQUENCE)
from ..choose.measures import Summary, latency, summary_of, wall_time
from ..choose.words import PROCESSES
from ..draw.curves import Chart, chart_pictures
from ..draw.picture import Picture
from ..draw.style import Looks
from ..read.records import Point, Run


def async_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of each setting that has numbers at two values of an axis."""
    return chart_pictures(run, looks, CHARTS)


def _allocations(point: Point) -> Summary | None:
    return summary_of(point, lambda trial: trial.allocations)


def _median_latency(point: Point) -> Summary | None:
    return latency(point, "p50")


STEP = "wall ns per step (log scale)"
CHAIN_END = "wall ns per chain (log scale)"
STEPS = "steps (log scale)"
COST = "The cost is wall time per step, with the step's own work: what plain_loop takes is the floor. "
ABOUT = "Each step needs the result of the one before it"
CHARTS = (
    Chart(ASYNC_CHAIN, "steps", "async_chain", "Cost of an asynchronous step against the length of its chain",
          wall_time, STEP, STEPS, about=ABOUT, notes=(COST + PROCESSES,)),
    Chart(ASYNC_CHAIN, "steps", "async_allocations", "Allocations of an asynchronous step", _allocations,
          "allocations per step", STEPS, about=ABOUT, zero=True,
          notes=("Calls of malloc and its relatives in the measured time. ",)),
    Chart(ASYNC_NESTED, "steps", "async_nested", "Cost of a level of functions in functions", wall_time, STEP,
          "levels (log scale)", about="Each level starts the one below it", notes=(COST + PROCESSES,)),
    Chart(ASYNC_SEQUENCE, "steps", "async_sequence", "Cost of a value against the length of its sequence", wall_time,
          "wall ns per value (log scale)", "values (log scale)",
          about="Each value is given to the caller before the next is computed", notes=(COST + PROCESSES,)),
    Chart(ASYNC_FIRST, "steps", "async_first", "Time to the first of several values", _median_latency,
          "ns, p50 (log scale)", "values that were asked for (log scale)",
          about="From the call to the first value that is given",
          notes=("The median of each trial's distribution, with a reading of the clock. " + PROCESSES,)),
    Chart(ASYNC_FAN, "fan", "async_fan", "Cost of one of several independent steps", wall_time, STEP,
          "steps that are waited for together (log scale)", about="Independent steps", notes=(COST + PROCESSES,)),
    Chart(ASYNC_ERROR, "steps", "async_error", "Cost of a chain that fails in the middle", wall_time, CHAIN_END, STEPS,
          about="The step in the middle throws, and no other runs after it", notes=(PROCESSES,)),
    Chart(ASYNC_CANCEL, "steps", "async_cancel", "Cost of a chain that is told to stop in the middle", wall_time,
          CHAIN_END, STEPS, about="The step in the middle requests a stop", notes=(PROCESSES,)),
    Chart(ASYNC_CROSS, "steps", "async_cross", "Cost of a step on another thread than the one before it",
          wall_time, STEP, STEPS, about="Two threads take turns", notes=(COST + PROCESSES,)),
)
