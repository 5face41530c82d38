"""Asynchronous steps: what a step costs and allocates in chains, fans, failures and stops; how late waits time out."""

from itertools import chain
from typing import Iterable

from ..choose.contests import (ASYNC_CANCEL, ASYNC_CHAIN, ASYNC_CROSS, ASYNC_ERROR, ASYNC_FAN, ASYNC_FIRST,
                               ASYNC_LOOP, ASYNC_NESTED, ASYNC_SEQUENCE, ASYNC_TIMEOUT)
from ..choose.cuts import Cut, Setting
from ..choose.measures import Summary, latency, metric, summary_of, wall_time
from ..choose.text import number
from ..choose.words import PROCESSES
from ..draw.curves import Chart, Reference, chart_pictures
from ..draw.percentile_curves import Beside, Rows, panel_curves, percentiles_of
from ..draw.picture import Picture
from ..draw.style import Looks
from ..read.records import Point, Run


def async_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """Pictures of each setting that has numbers at two values of an axis, and percentiles of waits that time out."""
    return chain(chart_pictures(run, looks, CHARTS),
                 percentiles_of(run, looks, ASYNC_TIMEOUT, (), _one_panel,
                                "A wait of 100 us for what never comes is given up: timeout", "async_timeout",
                                _sleeps(run)))


def _one_panel(setting: Setting) -> Rows:
    """All styles together: they promise the same."""
    return [[("How late the waiter goes on", panel_curves(setting.points))]]


def _allocations(point: Point) -> Summary | None:
    return summary_of(point, lambda trial: trial.allocations)


def _median_latency(point: Point) -> Summary | None:
    return latency(point, "p50")


def _sleeps(run: Run) -> Beside | None:
    """How late the kernel ends a sleep; None where that was not measured."""
    found = {slack: run.kernels[name] - NAP for slack, name in SLEEPS.items() if run.kernels.get(name, 0) > NAP}
    each = ", ".join(f"{number(late / 1000)} us late with {slack}" for slack, late in found.items())
    return Beside(tuple(found.values()), f"nanosleep: {each}", SLEEP_NOTE) if found else None


def _has_stack(point: Point) -> bool:
    """Whether its steps share one stack, so that its growth could be told."""
    return any("stack_bytes" in trial.metrics for trial in point.trials)


def _default_stack(cut: Cut, cpus: int) -> Reference:
    return Reference("8 MiB, the usual stack of a thread", "Most Linux systems give a thread a stack of 8 MiB "
                     "(ulimit -s): a chain that needs more ends the program.", lambda steps: float(8 << 20))


NAP = 1000.0  # ns that the kernels of bench_limits ask for
SLEEPS = {"a timer slack of 1 ns": "sleep_exact_ns", "the default one": "sleep_default_ns"}
SLEEP_NOTE = ("Grey: how late this machine's kernel ends a sleep of 1 us (sleep_exact_ns and sleep_default_ns, "
              "docs/limits.md). A wait that spins may end earlier. ")
STEP = "wall ns per step (log scale)"
CHAIN_END = "wall ns per chain (log scale)"
STEPS = "steps (log scale)"
COST = "The cost is wall time per step, with the step's own work: what plain_loop takes is the floor. "
ABOUT = "Each step needs the result of the one before it"
LONG = f"{ABOUT}, in bounded memory where a style can"
ENDS = ("A line ends at the longest chain that was measured of its style: some need stack or memory for each step. "
        "Dotted lines lead to the names. ")
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
    Chart(ASYNC_LOOP, "steps", "async_loop", "Cost of a step in a very long chain", wall_time, STEP, STEPS,
          about=LONG, notes=(COST + PROCESSES, ENDS)),
    Chart(ASYNC_LOOP, "steps", "async_stack", "Stack that a very long chain takes", metric("stack_bytes"),
          "bytes of stack (log scale, 0 apart)", STEPS, about=LONG, suits=_has_stack, zero=True,
          reference=_default_stack,
          notes=("From the highest to the deepest step of a chain; 0: the stack does not grow. Styles whose steps have "
                 "stacks of their own are left out. ", ENDS)),
)
