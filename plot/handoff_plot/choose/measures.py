"""Medians and spreads of the trials that count."""

import math
from dataclasses import dataclass, replace
from statistics import median
from typing import Callable, Iterable

from ..read.records import Point, Trial


@dataclass(frozen=True)
class Summary:
    """Median and spread of the counted repetitions of one point, in the unit of `values`.

    `infinite`: so many more were slower than any number; they count in the median.
    """

    values: tuple[float, ...]
    infinite: int = 0

    @property
    def median(self) -> float:
        return median([*self.values, *[math.inf] * self.infinite])

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    @property
    def count(self) -> int:
        return len(self.values)


ROUNDING = 1e-9  # of values that were written and read
Measure = Callable[[Point], Summary | None]


def counted(point: Point) -> list[Trial]:
    """The trials that enter medians: none of a point with a trial that failed its check."""
    return [] if point.caught else [trial for trial in point.trials if trial.counted]


def throughput(point: Point) -> Summary | None:
    """Million items per second over the counted trials; None without any."""
    return _summary(trial.items_per_second / 1e6 for trial in counted(point))


def every_value(points: Iterable[Point]) -> list[float]:
    """The throughput of every counted trial of `points`, million items per second."""
    return [trial.items_per_second / 1e6 for p in points for trial in counted(p)]


def is_saturated(trial: Trial) -> bool:
    """It fell ever further behind its schedule: infinitely slow, whatever it measured until then."""
    return trial.metrics.get("saturated", 0) > 0


def saturation(point: Point) -> tuple[int, int]:
    """In how many of how many trials the point was saturated: as the file says, or of those that count."""
    return point.saturated or (sum(map(is_saturated, counted(point))), len(counted(point)))


def slowness(point: Point, value: Callable[[Trial], float | None]) -> Summary | None:
    """What `value` finds in the counted trials, where lower is better and saturated trials are infinitely slow.

    None where it finds nothing, and where the median is infinite.
    """
    answered = [t for t in counted(point) if not is_saturated(t)]
    values = tuple(v for t in answered for v in [value(t)] if v is not None)
    found = Summary(values, len(counted(point)) - len(answered))
    return found if values and math.isfinite(found.median) else None


def latency(point: Point, percentile: str) -> Summary | None:
    """One percentile (ns) over the counted trials; None without any. What the clock calls 0 counts as 1 ns."""
    return slowness(point, lambda trial: max(1.0, trial.latency[percentile]) if trial.latency else None)


def thread_time(point: Point) -> Summary | None:
    """ns of one thread's time per operation, over the counted trials; None without any."""
    return _summary(trial.thread_time for trial in counted(point))


def wall_time(point: Point) -> Summary | None:
    """ns of wall time per operation of the whole team, over the counted trials; None without any."""
    return _summary(trial.wall_time for trial in counted(point))


def cpu_time(point: Point) -> Summary | None:
    """ns of CPU time of the whole process per operation, over the counted trials that took any; None without."""
    return _summary(trial.cpu_time for trial in counted(point) if trial.cpu_time > 0)


def contaminated(point: Point) -> list[Trial]:
    """The trials that carry a flag: kept, and in no median."""
    return [] if point.caught else [trial for trial in point.trials if trial.flags and not trial.counted]


def metric(name: str, factor: float = 1.0) -> Measure:
    """The measure that reads `factor` times a named metric; None where no counted trial has it."""
    return lambda point: _summary(factor * t.metrics[name] for t in counted(point) if name in t.metrics)


def throughput_thousands(point: Point) -> Summary | None:
    """Thousand items per second over the counted trials; None without any."""
    return _summary(trial.items_per_second / 1e3 for trial in counted(point))


def summary_of(point: Point, value: Callable[[Trial], float | None]) -> Summary | None:
    """What `value` finds in the counted trials; None where it finds nothing in any."""
    return _summary(v for trial in counted(point) for v in [value(trial)] if v is not None)


def fairness(point: Point) -> Summary | None:
    """Jain's index of the least fair role, over the counted trials; None where no role has two threads."""
    return _summary(min(trial.fairness.values()) for trial in counted(point) if trial.fairness)


def _summary(values: Iterable[float]) -> Summary | None:
    kept = tuple(values)
    return Summary(kept) if kept else None


# --- two humps --------------------------------------------------------------------------------------


def hump_summaries(point: Point, measure: Measure) -> tuple[Summary, ...]:
    """Of a point with two humps, the measure over the trials of each, the one with most trials first; else nothing."""
    found = []
    for hump in sorted(point.humps, key=lambda h: -h.trials):
        own = [t for t in counted(point) if t.ranked_value is not None
               and hump.low * (1 - ROUNDING) <= t.ranked_value <= hump.high * (1 + ROUNDING)]
        found.append(measure(replace(point, trials=own)))
    return tuple(s for s in found if s) if all(found) else ()


def share(point: Point) -> Summary | None:
    """Percent of the limit over the counted trials, nothing of it in saturated ones; None where there is no limit."""
    found = summary_of(point, lambda trial: 0.0 if is_saturated(trial) else
                       None if trial.limit_share is None else 100 * trial.limit_share)
    return found if found and found.median > 0 else None
