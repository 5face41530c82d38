"""Wakeup: how soon a task starts, as a curve over the percentiles, on a hot and on an idle pool."""

import math
from collections import Counter
from itertools import chain
from typing import Iterable

from matplotlib.axes import Axes

from ...choose.contests import WAKEUP, contenders
from ...choose.cuts import Setting, settings
from ...choose.equals import NATIVE, by_panel
from ...choose.text import number, plain, some
from ...choose.words import PROCESSES, Letters, labels, over_words, promise_words, sample_words, setting_words
from ...draw.caption import caption
from ...draw.layout import MARGIN, KeyEntry, Page
from ...draw.lines import LABEL_STEP
from ...draw.picture import Picture
from ...draw.quantiles import ABOVE, Curve, across, curve_limits, curve_of, curves_key, draw_curves
from ...draw.ranking import Panel, Row, body_height, columns, draw_panels, page_width
from ...draw.scales import UPWARDS, log_limits, log_ticks
from ...draw.style import HEAD_PT, INK, SMALL_PT, SOFT, STROKE_PT, TEXT_PT, Looks, text_width
from ...read.records import Point, Run

UNIT = "ns to the start of the task (log scale)"
PLOT_WIDTH, HEAD, FOOT, GUTTER = 3.6, 0.52, 0.68, 0.35  # inches
DECADE, LEAST, ALL_ROWS = 1.0, 2.6, 14.0  # inches: of one decade, of a panel, of all panels of a column at most
NOTE = (f"Curves run through the samples of all counted repetitions together and end where fewer than {ABOVE} samples "
        "lie above; marks at p50, p90, p99 and p99.9, and upright from the lowest to the highest repetition that has "
        f"{ABOVE} samples above that percentile; open where fewer than two have. Each sample holds one clock reading. ")


def wakeup_pictures(run: Run, looks: Looks, letters: Letters) -> Iterable[Picture]:
    """One picture for each setting, at the wait strategy of most curves; and one of the wait strategies."""
    points = [p for p in contenders(run, WAKEUP) if curve_of(p)]
    tally = Counter(p.wait for p in points if p.wait != NATIVE)
    usual = tally.most_common(1)[0][0] if tally else NATIVE
    found = settings((p for p in contenders(run, WAKEUP) if p.wait in (usual, NATIVE)), ("pool",))
    found = [s for s in found if any(curve_of(p) for p in s.points)]
    found.sort(key=lambda s: -sum(curve_of(p) is not None for p in s.points))
    return chain((_picture(run, looks, letters, s, "pools_wakeup" + s.suffix(found[0])) for s in found),
                 _waits(run, looks, points))


def _picture(run: Run, looks: Looks, letters: Letters, setting: Setting, name: str) -> Picture:
    points = list(setting.points)
    label = letters.label(points, labels(points))
    rows = _rows(points)
    curves = [c for row in rows for _, panel in row for c in panel]
    limits = curve_limits(curves)
    most = max(len(panel) for row in rows for _, panel in row)
    height = max(LEAST, min(ALL_ROWS / len(rows), DECADE * math.log10(limits[1] / limits[0])), LABEL_STEP * (most + 1))
    left = 0.42 + max(text_width(plain(t), SMALL_PT) for t in log_ticks(limits, height, UPWARDS)[0])
    cell = left + PLOT_WIDTH + 0.45 + max(text_width(label(c.point), TEXT_PT) for c in curves)
    cell = max(cell, *(text_width(title, HEAD_PT, "bold") for row in rows for title, _ in row))
    abreast, last = max(len(row) for row in rows), max(across(c.last) for c in curves)
    over = over_words(points)
    subtitle = (f"A task is handed to a pool and starts: wakeup; {setting_words(setting.fixed, points)}"
                f"{'; ' + over if over else ''}. Lower is better.")
    page = Page(2 * MARGIN + abreast * cell + (abreast - 1) * GUTTER, len(rows) * (HEAD + height + FOOT),
                "Time from handing in a task to its start", subtitle, curves_key(),
                caption(run, points, [NOTE + PROCESSES, *_notes(points, curves), letters.note(points)]))
    for i, row in enumerate(rows):
        for j, (title, panel) in enumerate(row):
            x, y = MARGIN + j * (cell + GUTTER), page.top + i * (HEAD + height + FOOT)
            page.text(x, y + 0.16, title, fontsize=HEAD_PT, weight="bold", color=INK)
            axes = page.axes(x + left, y + HEAD, PLOT_WIDTH, height)
            draw_curves(axes, panel, looks, limits, height, label, last,
                        "% of tasks that have started (log scale of the others)")
            if j == 0:
                axes.set_ylabel(UNIT)
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _rows(points: list[Point]) -> list[list[tuple[str, list[Curve]]]]:
    """A row for each promise: (title, curves) of the hot and of the idle pool, where there are any."""
    rows = []
    classes = by_panel(points, promise_words)
    for promise, members in classes:
        row = []
        for state in dict.fromkeys(str(p.axes.get("pool")) for p in points):
            curves = [c for p in members if p.axes.get("pool") == state for c in [curve_of(p)] if c]
            title = f"{state[:1].upper()}{state[1:]} pool" + (f"; {promise}" if len(classes) > 1 else "")
            row += [(title, curves)] if curves else []
        rows += [row] if row else []
    return rows


def _notes(points: list[Point], curves: list[Curve]) -> list[str]:
    counts = sorted(c.count for c in curves)
    samples = f"{counts[0]:,}" + (f" to {counts[-1]:,}" if counts[-1] > counts[0] else "")
    notes = [f"A curve holds {samples} samples, each the time {sample_words(points)}."]
    drawn = {c.point.impl for c in curves}
    without = [impl for impl in dict.fromkeys(p.impl for p in points) if impl not in drawn]
    if without:
        notes.append(f"Measured, but with fewer than {2 * ABOVE} counted samples and so without a curve: "
                     f"{some(without)}.")
    return notes


# --- wait strategies --------------------------------------------------------------------------------


WAITS_NOTE = (f"Marks are at p50, p90, p99 and p99.9 of the samples of all counted repetitions together, each if "
              f"{ABOVE} samples lie above it; open where fewer than two repetitions have as many. ")


def _waits(run: Run, looks: Looks, points: list[Point]) -> Iterable[Picture]:
    """One picture for each setting: the wait strategies of every pool that was measured with two."""
    own = [p for p in points if p.wait != NATIVE]
    found = [s for s in settings(own, ("pool", "wait")) if _chosen(s.points)]
    return (_waits_picture(run, looks, s, "pools_wakeup_waits" + s.suffix(found[0])) for s in found)


def _chosen(points: tuple[Point, ...]) -> list[tuple[str, str]]:
    """(implementation, state of the pool) with two wait strategies."""
    tally = Counter((p.impl, str(p.axes.get("pool"))) for p in points)
    return [key for key, count in tally.items() if count > 1]


def _waits_picture(run: Run, looks: Looks, setting: Setting, name: str) -> Picture:
    panels, shown = [], []
    for impl, state in _chosen(setting.points):
        members = [p for p in setting.points if (p.impl, p.axes.get("pool")) == (impl, state)]
        curves = sorted((curve_of(p) for p in members), key=lambda c: c.at(0.5))
        panels.append(Panel(f"{impl}, {state} pool", over_words(members),
                            [("wait strategies by p50", [_wait_row(c, looks) for c in curves])]))
        shown += members
    heads = ("p50, ns", "p99, ns", "samples")
    widths = columns(panels, heads)
    values = [v for p in shown for _, s in curve_of(p).marks for v in s.values]
    page = Page(page_width(widths, panels), body_height(panels),
                "Time from handing in a task to its start, by wait strategy",
                f"A task is handed to a pool and starts: wakeup; {setting_words(setting.fixed, shown)}. "
                "Lower is better.",
                _waits_key(), caption(run, shown, [WAITS_NOTE + PROCESSES]))
    draw_panels(page, panels, widths, heads, log_limits(values, 0.06), UNIT)
    return Picture(name, page.figure, frozenset(p.name for p in shown))


def _wait_row(curve: Curve, looks: Looks) -> Row:
    impl, marks = curve.point.impl, curve.marks
    color = looks.color(impl)

    def draw(axes: Axes, y: float) -> None:
        axes.plot([curve.at(marks[0][0]), curve.at(marks[-1][0])], [y, y], color=color, linewidth=1.0, alpha=0.5,
                  zorder=2)
        for share, found in marks:
            axes.plot([found.low, found.high], [y + 0.3] * 2, color=color, linewidth=STROKE_PT, alpha=0.5, zorder=3)
            axes.plot([curve.at(share)], [y], zorder=5, **looks.mark(impl, hollow=found.count == 1))

    last = number(curve.at(0.99)) if any(share == 0.99 for share, _ in marks) else "–"
    return Row(curve.point.wait or "", "", (number(curve.at(0.5)), last, f"{curve.count:,}"), draw)


def _waits_key() -> list[KeyEntry]:
    def line(box: Axes) -> None:
        box.plot([0.1, 0.9], [0.5, 0.5], color=SOFT, linewidth=STROKE_PT, alpha=0.5)

    return [curves_key()[1], KeyEntry("lowest to highest repetition", line)]
