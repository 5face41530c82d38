"""Curves over the percentiles of a contest's latencies, up to p99.99: a picture for each setting, panels in rows."""

import math
from dataclasses import dataclass
from typing import Callable, Iterable

from ..choose.contests import Contest, contenders
from ..choose.cuts import Setting, settings
from ..choose.text import plain
from ..choose.words import (PROCESSES, TITLES, Letters, by_wait, labels, over_words, sample_words, saturation_note,
                            setting_words)
from ..read.records import Point, Run
from .caption import caption
from .layout import MARGIN, KeyEntry, Page
from .lines import LABEL_STEP
from .picture import Picture
from .quantiles import ABOVE, MARKED, Curve, across, curve_limits, curve_of, curves_key, draw_curves
from .ranking import reference_line
from .scales import UPWARDS, log_ticks
from .style import HEAD_PT, INK, SMALL_PT, TEXT_PT, Looks, text_width

# Inches: the width of a panel; its height at least, that of all rows, and that of one decade.
PLOT_WIDTH, LEAST, ALL_ROWS, DECADE = 3.4, 2.4, 14.0, 1.0
HEAD, FOOT, GUTTER, ABREAST = 0.52, 0.68, 0.35, 3
SHARES = (*MARKED, 0.9999)
NOTE = (f"Curves run through the samples of all counted repetitions together and end where fewer than {ABOVE} samples "
        f"lie above; marks likewise, upright from the lowest to the highest repetition that has {ABOVE} samples above "
        "that percentile; open where fewer than two have. Each sample holds one clock reading. ")
SATURATED = "The curve of a point with saturated repetitions ends at the share of the others, and has no marks."
Rows = list[list[tuple[str, list[Curve]]]]  # of panels, each with its title


@dataclass(frozen=True)
class Beside:
    """Latencies (ns) that no implementation had, each a line across all panels.

    `text` stands in the key, `note` in the caption.
    """

    ns: tuple[float, ...]
    text: str
    note: str


def percentiles_of(run: Run, looks: Looks, contest: Contest, free: tuple[str, ...],
                   rows_of: Callable[[Setting], Rows], words: str, name: str,
                   beside: Beside | None = None) -> Iterable[Picture]:
    """One picture of a contest for each setting with a curve of the axes that are not `free`."""
    points = contenders(run, contest)
    letters = Letters(points)
    found = [s for s in settings(points, free) if any(curve_of(p) for p in s.points)]
    found.sort(key=lambda s: -sum(curve_of(p) is not None for p in s.points))
    for s in found:
        yield _picture(run, looks, letters, s, rows_of(s), words, name + s.suffix(found[0]), beside)


def rows_by_wait(setting: Setting) -> Rows:
    """Panels for the wait strategies, some abreast."""
    panels = [(panel_title(wait), panel_curves(members)) for wait, members in by_wait(list(setting.points)).items()]
    drawn = [panel for panel in panels if panel[1]]
    return [drawn[i:i + ABREAST] for i in range(0, len(drawn), ABREAST)]


def panel_title(wait: str) -> str:
    """The name of a wait strategy without what stands in brackets."""
    return TITLES.get(wait, f"Wait strategy: {wait}").split(" (")[0]


def panel_curves(points: Iterable[Point]) -> list[Curve]:
    """The curves of those points that have one."""
    return [curve for p in points for curve in [curve_of(p)] if curve]


def _picture(run: Run, looks: Looks, letters: Letters, setting: Setting, rows: Rows, words: str, name: str,
             beside: Beside | None) -> Picture:
    curves = [curve for row in rows for _, panel in row for curve in panel]
    points = list(setting.points)
    label = letters.label(points, labels(points))
    limits = curve_limits(curves, SHARES, beside.ns if beside else ())
    most = max(len(panel) for row in rows for _, panel in row)
    height = max(LEAST, min(ALL_ROWS / len(rows), DECADE * math.log10(limits[1] / limits[0])), LABEL_STEP * (most + 1))
    left = 0.42 + max(text_width(plain(t), SMALL_PT) for t in log_ticks(limits, height, UPWARDS)[0])
    cell = left + PLOT_WIDTH + 0.45 + max(text_width(label(c.point), TEXT_PT) for c in curves)
    cell = max(cell, *(text_width(title, HEAD_PT, "bold") for row in rows for title, _ in row))
    abreast, last = max(map(len, rows)), max(across(c.last) for c in curves)
    over = over_words(points)
    page = Page(2 * MARGIN + abreast * cell + (abreast - 1) * GUTTER, len(rows) * (HEAD + height + FOOT),
                "Latency by percentile",
                f"{words}; {setting_words(setting.fixed, points)}{'; ' + over if over else ''}. Lower is better.",
                [*curves_key(SHARES), *([_beside_key(beside)] if beside else [])],
                caption(run, points, [NOTE + PROCESSES, *([beside.note] if beside else []),
                                      *_notes(points, curves), letters.note(points)]))
    for i, row in enumerate(rows):
        for j, (title, panel) in enumerate(row):
            x, y = MARGIN + j * (cell + GUTTER), page.top + i * (HEAD + height + FOOT)
            page.text(x, y + 0.16, title, fontsize=HEAD_PT, weight="bold", color=INK)
            if panel:
                axes = page.axes(x + left, y + HEAD, PLOT_WIDTH, height)
                draw_curves(axes, panel, looks, limits, height, label, last,
                            "% of samples that took no longer (log scale of the others)", SHARES)
                for ns in beside.ns if beside else ():
                    axes.axhline(ns, **reference_line(), zorder=2)
                if j == 0:
                    axes.set_ylabel("latency, ns (log scale)")
            else:
                page.text(x + left, y + HEAD + 0.2, "no latency: saturated, or too few samples", fontsize=SMALL_PT,
                          color=INK)
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _beside_key(beside: Beside) -> KeyEntry:
    return KeyEntry(beside.text, lambda box: box.plot([0.0, 1.0], [0.5, 0.5], **reference_line()))


def _notes(points: list[Point], curves: list[Curve]) -> list[str]:
    counts = sorted(c.count for c in curves)
    samples = f"{counts[0]:,}" + (f" to {counts[-1]:,}" if counts[-1] > counts[0] else "")
    notes = [f"A curve holds {samples} samples; each is the time {sample_words(points)}."]
    saturated = saturation_note(points)
    return [*notes, *saturated, *([SATURATED] if saturated else [])]
