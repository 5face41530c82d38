"""Ratios of two builds or two files with their intervals, worst first."""

import math
from collections import Counter
from typing import Iterable

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ..choose.text import plural, some
from ..draw.layout import MARGIN, KeyEntry, Page, bare
from ..draw.picture import Picture
from ..draw.ratio_axis import BETTER, BEYOND, percent, ratio_ticks, tick_text
from ..draw.style import FAINT, GRID, INK, SMALL_PT, SOFT, TEXT_PT, WARNING, text_width
from ..read.load_ratios import GATE, Ratio, Ratios

ROWS, PICTURES = 60, 3  # of one picture; at most. Nobody looks through more, and the file has all
ROW, HEAD, FOOT, GAP, PLOT = 0.225, 0.3, 0.55, 0.18, 4.0  # inches
WORDS = 12  # kinds of verdict that are told apart; ours are fewer
WORSE = ("regressed", "slower", "worse", "failed", "broken")
SAME = "#006000"
# Colour and shape of a verdict; whatever has no verdict is hollow.
MARKS = {word: mark for words, mark in (
    (("regressed", "slower", "worse"), (WARNING, ">", "full")),
    (("improved", "faster", "better"), (BETTER, "<", "full")),
    (("unchanged",), (SAME, "o", "full"))) for word in words}
OPEN = (SOFT, "o", "none")


def ratio_pictures(ratios: Ratios) -> Iterable[Picture]:
    """One picture, or several where there are many points; of very many the worst."""
    shown, _ = _worst(ratios.points)
    drawn = [shown[i:i + ROWS] for i in range(0, len(shown), ROWS)]
    limits = _limits(shown)
    return (_picture(ratios, points, limits, "ratios" if i == 0 else f"ratios_{i + 1}", i, len(drawn))
            for i, points in enumerate(drawn))


def _worst(points: list[Ratio]) -> tuple[list[Ratio], list[Ratio]]:
    """Those that are drawn, in their order, and the others: a verdict for the worse goes before a high ratio."""
    first = sorted(points, key=lambda p: p.verdict not in WORSE)  # keeps the order among equals
    drawn = set(map(id, first[:ROWS * PICTURES]))
    return [p for p in points if id(p) in drawn], [p for p in points if id(p) not in drawn]


def _limits(points: list[Ratio]) -> tuple[float, float]:
    medians = [p.ratio for p in points if p.ratio] or [1 / 1.1, 1.1]
    least, most = min([1.0, *medians]), max([1.0, *medians])
    ends = [v for p in points for v in (p.low, p.high) if v and least / BEYOND <= v <= most * BEYOND]
    cut = any(v and not least / BEYOND <= v <= most * BEYOND for p in points for v in (p.low, p.high))
    low, high = min([least, *ends]), max([most, *ends])
    if cut:
        low, high = min(low, least / BEYOND), max(high, most * BEYOND)
    pad = max(0.06 * math.log(high / low), 0.01)
    return low * math.exp(-pad), high * math.exp(pad)


def _picture(ratios: Ratios, points: list[Ratio], limits: tuple[float, float], name: str, page_index: int,
             pages: int) -> Picture:
    def widest(texts: list[str]) -> float:
        return max(text_width(text, TEXT_PT) for text in texts) + GAP

    label = widest([p.name for p in points])
    change = widest([percent(p.ratio) for p in points if p.ratio] + ["change"])
    verdict = widest([p.verdict for p in points] + ["verdict"])
    pairs = widest([p.pairs for p in points] + ["n"])
    width = 2 * MARGIN + label + PLOT + change + pairs + verdict
    body = HEAD + ROW * (len(points) + 0.5) + FOOT
    page = Page(width, body, "Ratios, worst first", _subtitle(ratios, page_index, pages), _key(ratios), _notes(ratios))
    axes = page.axes(MARGIN + label, page.top + HEAD, PLOT, ROW * (len(points) + 0.5))
    bare(axes)
    axes.set(ylim=(len(points) - 0.25, -0.75), yticks=[], xscale="log", xlim=limits)
    ticks = ratio_ticks(limits, PLOT, 0.6)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([tick_text(t) for t in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.axvline(1, color=FAINT, linewidth=1.0, zorder=1)
    axes.set_xlabel("candidate against base (log scale), to the right is worse")
    edges = [MARGIN + label + PLOT + change, MARGIN + label + PLOT + change + pairs]
    for text, right in (("change", edges[0]), ("n", edges[1])):
        page.text(right, page.top + HEAD - 0.12, text, ha="right", fontsize=SMALL_PT, color=FAINT)
    page.text(edges[1] + GAP, page.top + HEAD - 0.12, "verdict", fontsize=SMALL_PT, color=FAINT)
    for y, point in enumerate(points):
        baseline = page.top + HEAD + ROW * (y + 0.75)
        color = INK if point.ratio else FAINT

        def write(left: float, text: str, **style: object) -> None:
            page.text(left, baseline, text, va="center_baseline", **{"fontsize": TEXT_PT, "color": color, **style})

        write(MARGIN, point.name)
        write(edges[0], percent(point.ratio) if point.ratio else "-", ha="right")
        write(edges[1], point.pairs, ha="right", color=SOFT)
        write(edges[1] + GAP, point.verdict, color=MARKS.get(point.verdict, OPEN)[0])
        if point.ratio:
            _draw(axes, y, point, limits)
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _draw(axes: Axes, y: float, point: Ratio, limits: tuple[float, float]) -> None:
    color, shape, fill = MARKS.get(point.verdict, OPEN)
    if point.low and point.high:
        axes.plot([max(point.low, limits[0]), min(point.high, limits[1])], [y, y], color=color, alpha=0.55,
                  linewidth=2.0, solid_capstyle="butt", zorder=3)
        for beyond, edge, arrow in ((point.low < limits[0], limits[0], "$<$"),
                                    (point.high > limits[1], limits[1], "$>$")):
            if beyond:  # it goes on where the picture ends
                axes.plot([edge], [y], marker="<" if arrow == "$<$" else ">", markersize=4, color=color, clip_on=False,
                          zorder=4)
    axes.plot([point.ratio], [y], marker=shape, markersize=6.2, color=color, zorder=5,
              markerfacecolor=color if fill == "full" else "white", markeredgecolor=color, markeredgewidth=1.0)


def _subtitle(ratios: Ratios, page_index: int, pages: int) -> str:
    text = _counts(ratios.points)
    return text if pages == 1 else f"{text}. Page {page_index + 1} of {pages}"


def _counts(points: list[Ratio]) -> str:
    """`6 points: 1 slower, 5 no difference seen`."""
    counts = Counter(p.verdict for p in points)
    usual = {word for word, _ in counts.most_common(WORDS)}
    each = [f"{n:,} {word}" for word, n in counts.items() if word in usual]
    more = sum(n for word, n in counts.items() if word not in usual)
    return f"{plural(len(points), 'point')}: " + ", ".join(each + ([f"{more:,} others"] if more else []))


def _span(points: list[Ratio]) -> str:
    """From which ratio to which."""
    known = [p.ratio for p in points if p.ratio]
    return f", from {percent(min(known))} to {percent(max(known))}" if known else ""


def _notes(ratios: Ratios) -> list[str]:
    head = "The builds differ" if ratios.kind == GATE else "No verdict"
    notes = [f"{head}: {some(ratios.refusals, 8, '; ')}."] if ratios.refusals else []
    drawn, left = _worst(ratios.points)
    if left:
        notes.append(f"These are the {len(drawn)} worst, by verdict, then by ratio. "
                     f"Not drawn: {_counts(left)}{_span(left)}.")
    none = [p for p in ratios.points if not p.ratio]
    if none:
        notes.append("Without a ratio: " + "; ".join(f"{p.name} ({p.why or p.verdict})" for p in none[:5]) +
                     (f"; and {len(none) - 5} more" if len(none) > 5 else "") + ".")
    return [*notes, "An arrow at the edge: the interval goes on.", ratios.origin]


def _key(ratios: Ratios) -> list[KeyEntry]:
    def mark(verdict: str) -> KeyEntry:
        color, shape, fill = MARKS.get(verdict, OPEN)

        def draw(box: Axes) -> None:
            box.plot([0.1, 0.9], [0.5, 0.5], color=color, alpha=0.55, linewidth=2.0, solid_capstyle="butt")
            box.plot([0.5], [0.5], marker=shape, markersize=6.2, color=color, clip_on=False,
                     markerfacecolor=color if fill == "full" else "white", markeredgecolor=color)

        return KeyEntry(verdict, draw)

    counts = Counter(p.verdict for p in ratios.points if p.ratio)
    words = [word for word in counts if word in dict(counts.most_common(WORDS))]
    return [mark(word) for word in words] + [KeyEntry("line: 95% interval of the ratio", lambda box: None, 0.01)]
