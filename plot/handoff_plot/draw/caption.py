"""The words under every chart: what was left out and why, and where the numbers come from."""

from functools import lru_cache
from typing import Iterable

from ..choose.accounts import reasons, uncounted, unknown_workloads
from ..choose.measures import counted, share
from ..choose.text import number, plural, some
from ..read.records import CAUGHT, Point, Run

REASONS, NAMES = 4, 6  # for which implementations were not built, and names for each, that a caption lists


def caption(run: Run, points: Iterable[Point], notes: Iterable[str]) -> list[str]:
    """Paragraphs for a chart of `points`; `notes` are the chart's own."""
    listed = list(points)
    facts = [_failed(listed), actual_capacities(listed), _trials(run, listed), elsewhere(run),
             not_built(run, {p.family for p in listed}), _machine(run), _origin(run)]
    return [part for part in [*notes, *facts] if part]


def short_caption(run: Run, points: Iterable[Point], notes: Iterable[str]) -> list[str]:
    """Paragraphs for a small picture: without what only a reader of the whole run asks for."""
    listed = list(points)
    facts = [_failed(listed), _trials(run, listed), not_built(run, {p.family for p in listed}), _machine(run)]
    return [part for part in [*notes, *facts] if part]


def not_built(run: Run, families: set[str]) -> str:
    """`Not built: a, b (oneTBB not found); c (Boost not found).`, shortened where it is long. Without what nobody asked
    for."""
    reasons: dict[str, list[str]] = {}
    for entry in run.not_built:
        if entry.family in families and not entry.option:
            reasons.setdefault(" ".join(entry.reason.split()), []).append(entry.impl)
    each = [f"{some(impls, NAMES)} ({reason})" for reason, impls in list(reasons.items())[:REASONS]]
    left = sum(map(len, list(reasons.values())[REASONS:]))
    each += [f"{left} more for other reasons"] if left else []
    return f"Not built: {'; '.join(each)}." if each else ""


def provenance(run: Run) -> list[str]:
    """Where numbers come from that are no trial's."""
    return [_machine(run), _origin(run)]


def _failed(points: list[Point]) -> str:
    """What the mark of an implementation with an invalid trial means."""
    marked = any(p.impl.endswith(CAUGHT) for p in points)
    return (f"“{CAUGHT.strip(' ()')}”: in this run a trial of it, here or elsewhere, showed a fault. A point with such "
            "a trial has no number.") if marked else ""


def _trials(run: Run, points: list[Point]) -> str:
    account = uncounted(points, run)
    text = f"{plural(run.repetitions, 'repetition')}; "
    text += f"{account.total:,} of {plural(account.trials, 'trial')} not counted"
    text += f": {reasons(account)}." if account.total else "."
    repeated = [t for p in points for t in p.trials if t.retry_of is not None]
    if repeated:
        text += (f" Of these, {plural(len(repeated), 'trial')} repeated flagged ones; "
                 f"{sum(t.counted for t in repeated):,} of them counted.")
    empty = sum(not counted(p) for p in points)
    if empty:
        text += f" {plural(empty, 'point')} without a counted trial."
    if not run.complete:
        text += f" The run was interrupted: {run.trials_done:,} of {run.trials_planned:,} trials are done."
    return text


def actual_capacities(points: list[Point]) -> str:
    """Which bounded queues hold another number of items than their point asks for."""
    found: dict[str, set[tuple[int, int]]] = {}
    for p in points:
        for trial in p.trials:
            if isinstance(p.capacity, int) and trial.actual_capacity not in (None, p.capacity):
                found.setdefault(p.impl, set()).add((p.capacity, trial.actual_capacity))
    if not found:
        return ""
    each = [f"{impl} holds {some(f'{real:,} for {asked:,}' for asked, real in sorted(pairs))}"
            for impl, pairs in found.items()]
    return f"Actual capacity differs from the one asked for: {some(each, joint='; ')}."


@lru_cache(maxsize=2)
def elsewhere(run: Run) -> str:
    """What of the run no chart shows, in one sentence; nothing if that is nothing."""
    parts = []
    controls = sum(p.control for p in run.points)
    if controls:
        parts.append(f"{plural(controls, 'control point')} (not ranked)")
    for (family, workload), count in unknown_workloads(run).items():
        parts.append(f"{plural(count, 'point')} of {family}/{workload} (no chart for it)")
    if run.stray:
        parts.append(f"{plural(len(run.stray), 'trial')} of points that the run does not list")
    return f"In this run but in no chart: {some(parts)}." if parts else ""


def _machine(run: Run) -> str:
    facts = run.facts
    states = [f"{s.label}, line transfer {number(s.transfer_ns[0])}–{number(s.transfer_ns[1])} ns"
              for s in run.states if s.counted]
    state = f"machine state counted: {some(states, 8, '; ')}" if states else "machine state not probed"
    return f"{facts['cpu_model']}, {facts['cpus']}, virtualization: {facts['virtualization']}; {state}."


def _origin(run: Run) -> str:
    f = run.facts
    return (f"Run {f['id']}, sweep {f['sweep']}, {f['date']}; {f['kernel']}; compiler {f['compiler']}; "
            f"commit {f['commit']}.")


def nearest_note(points: Iterable[Point]) -> str:
    """A sentence on the implementation that comes nearest to its limit, of those that never failed a check."""
    known = [(s.median, p.impl) for p in points for s in [share(p)] if s and not p.impl.endswith(CAUGHT)]
    if not known:
        return ""
    best, impl = max(known)
    return (f"Nearest to what the machine could do at best comes {impl}, with {number(best)}% of its limit "
            "(docs/limits.md).")
