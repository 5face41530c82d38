"""Latency by percentile, up to p99.99: paced at some of its loads, round_trip in each of its situations."""

from typing import Iterable

from ...choose.contests import PACED, ROUND_TRIP
from ...choose.cuts import Setting
from ...choose.words import by_wait
from ...draw.percentile_curves import Rows, panel_curves, panel_title, percentiles_of, rows_by_wait
from ...draw.picture import Picture
from ...draw.quantiles import curve_of
from ...draw.style import Looks
from ...read.records import Run


def percentile_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each workload and setting with a curve."""
    for contest, free, rows_of, words in (
            (PACED, ("wait", "load"), _by_load, "Items are handed over on a schedule: paced"),
            (ROUND_TRIP, ("wait",), rows_by_wait, "One item goes to another thread and comes back: round_trip")):
        yield from percentiles_of(run, looks, contest, free, rows_of, words, f"percentiles_{contest.workload}")


def _by_load(setting: Setting) -> Rows:
    """A row for each wait strategy, in it the lowest, a middle and the highest load that most implementations carry."""
    with_curve: dict[int, set[str]] = {}
    for p in setting.points:
        if curve_of(p):
            with_curve.setdefault(p.axes["load"], set()).add(p.impl)
    most = max(map(len, with_curve.values()))
    loads = sorted(load for load, impls in with_curve.items() if len(impls) * 2 > most)
    shown = sorted({loads[0], loads[len(loads) // 2], loads[-1]})
    rows = [[(f"{panel_title(wait)}; load {load}%", panel_curves(p for p in members if p.axes["load"] == load))
             for load in shown]
            for wait, members in by_wait(list(setting.points)).items()]
    return [row for row in rows if any(curves for _, curves in row)]
