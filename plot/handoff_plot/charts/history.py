"""Series of ratios to a frozen reference build, with their change points."""

from itertools import islice
from typing import Iterable

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ..choose.text import plural
from ..draw.layout import MARGIN, KeyEntry, Page, bare
from ..draw.picture import Picture
from ..draw.ratio_axis import BETTER, BEYOND, percent, ratio_ticks, tick_text
from ..draw.style import GRID, HEAD_PT, INK, SMALL_PT, SOFT, WARNING, text_width
from ..read.load_history import Change, History, Series

PANELS, PICTURES = 12, 6  # of one picture; at most: those that changed come first
MACHINES = 12  # that a caption describes
WIDTH, HEIGHT, HEAD, FOOT, LEFT, GUTTER = 5.0, 1.5, 0.42, 0.5, 0.55, 0.4  # inches
POINT = "#243c6c"


def history_pictures(history: History) -> Iterable[Picture]:
    """Series that changed first; several pictures where there are many, and of very many the first."""
    ordered = sorted(history.series, key=lambda s: (not s.changes, s.point, s.machine))
    shown = ordered[:PANELS * PICTURES]
    pages = [shown[i:i + PANELS] for i in range(0, len(shown), PANELS)]
    return (_picture(history, page, "history" if i == 0 else f"history_{i + 1}", i, len(pages))
            for i, page in enumerate(pages))


def _picture(history: History, shown: list[Series], name: str, index: int, pages: int) -> Picture:
    machines = {machine: i for i, machine in enumerate(dict.fromkeys(s.machine for s in history.series), 1)}
    titles = [s.point + (f"  [machine {machines[s.machine]}]" if len(machines) > 1 else "") for s in shown]
    panel = max([WIDTH, *(text_width(title, HEAD_PT, "bold") - LEFT + 0.1 for title in titles)])
    across = min(2, len(shown))
    rows = (len(shown) + across - 1) // across
    changed = sum(bool(s.changes) for s in history.series)
    subtitle = f"{len(history.series):,} series, {changed:,} changed"
    if pages > 1:
        subtitle += f". Page {index + 1} of {pages}"
    notes = [f"Ratios to {history.reference}.", history.promise]
    left = len(history.series) - PANELS * PICTURES
    if left > 0:
        quiet = changed <= PANELS * PICTURES
        notes.append(f"Not drawn: {left:,} more series{', none of which changed' if quiet else ''}.")
    notes += [f"Machine {i}: {machine}." if len(machines) > 1 else f"Machine: {machine}."
              for machine, i in islice(machines.items(), MACHINES)]
    if len(machines) > MACHINES:
        notes.append(f"And {len(machines) - MACHINES:,} more machines.")
    width = 2 * MARGIN + across * (LEFT + panel) + (across - 1) * GUTTER
    page = Page(width, rows * (HEAD + HEIGHT + FOOT), "Ratios to the reference build, add by add", subtitle, _key(),
                notes)
    for i, (series, title) in enumerate(zip(shown, titles)):
        left = MARGIN + (i % across) * (LEFT + panel + GUTTER)
        top = page.top + (i // across) * (HEAD + HEIGHT + FOOT)
        page.text(left, top + 0.25, title, fontsize=HEAD_PT, weight="bold", color=INK)
        axes = page.axes(left + LEFT, top + HEAD, panel, HEIGHT)
        _panel(axes, series, panel)
    return Picture(name, page.figure, frozenset(s.point for s in shown))


def _panel(axes: Axes, series: Series, width: float) -> None:
    bare(axes)
    entries = series.entries
    ratios = [e.ratio for e in entries]
    least, most = min([1.0, *ratios]), max([1.0, *ratios])
    ends = [v for e in entries for v in (e.low, e.high) if v and least / BEYOND <= v <= most * BEYOND]
    low, high = min([least, *ends]) / 1.01, max([most, *ends]) * 1.01
    axes.set(yscale="log", ylim=(low, high * (high / low) ** 0.35), xlim=(-0.7, len(entries) - 0.3))
    ticks = ratio_ticks((low, high), HEIGHT / 1.35, 0.19)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FixedFormatter([tick_text(t) for t in ticks]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    spans = [[(x, max(e.low, low)), (x, min(e.high, high))] for x, e in enumerate(entries) if e.low and e.high]
    axes.add_collection(LineCollection(spans, colors=POINT, alpha=0.3, linewidths=1.2, zorder=2), autolim=False)
    axes.plot(range(len(entries)), ratios, "o", markersize=3.2, markeredgewidth=0, color=POINT, zorder=4)
    taken = [-1e9, -1e9]  # where the words in the two lines at the top end, in inches
    for i, change in enumerate(series.changes):
        end = series.changes[i + 1].index if i + 1 < len(series.changes) else len(entries)
        begin = series.changes[i - 1].index if i else 0
        color = WARNING if change.after > change.before else BETTER
        if i == 0:
            axes.plot([begin - 0.4, change.index - 0.6], [change.before] * 2, color=SOFT, linewidth=1.6, zorder=3)
        axes.plot([change.index - 0.4, end - 0.6], [change.after] * 2, color=color, linewidth=1.6, zorder=3)
        axes.axvline(change.index - 0.5, color=color, linewidth=1.0, linestyle=(0, (3, 2)), zorder=1)
        _words(axes, series, change, color, taken, width)
    _dates(axes, series)


def _words(axes: Axes, series: Series, change: Change, color: str, taken: list[float], width: float) -> None:
    """Says at the top what changed and where, unless there is no room beside the changes before."""
    text = f"{percent(change.after / change.before)} at {series.entries[change.index].commit[:12]}"
    at = (change.index + 0.2) / (len(series.entries) + 0.4) * width
    needed = text_width(text, SMALL_PT)
    left = at + 0.06 if at + needed + 0.1 < width else at - needed - 0.06
    for line, end in enumerate(taken):
        if left >= max(0.0, end + 0.1):
            axes.text(left / width, 1 - line * 0.16 / HEIGHT, text, transform=axes.transAxes, fontsize=SMALL_PT,
                      color=color, va="top")
            taken[line] = left + needed
            return


def _dates(axes: Axes, series: Series) -> None:
    """The first and the last date, and how many adds."""
    count = len(series.entries)
    ticks = [0, count - 1] if count > 1 else [0]
    words = [series.entries[t].date[:10] for t in ticks]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter(words if count > 1 else [f"{words[0]}, 1 add"]))
    if count > 1:
        for label, align in zip(axes.get_xticklabels(), ("left", "right")):
            label.set_horizontalalignment(align)
        axes.set_xlabel(plural(count, "add"), labelpad=-9)


def _key() -> list[KeyEntry]:
    def dot(box: Axes) -> None:
        box.plot([0.5, 0.5], [0.15, 0.85], color=POINT, alpha=0.3, linewidth=1.2)
        box.plot([0.5], [0.5], "o", markersize=3.2, markeredgewidth=0, color=POINT)

    def level(color: str):
        return lambda box: box.plot([0.1, 0.9], [0.5, 0.5], color=color, linewidth=1.6)

    return [KeyEntry("ratio of an add, 95% interval", dot, 0.2), KeyEntry("level before the first change", level(SOFT)),
            KeyEntry("level after a change for the worse", level(WARNING)),
            KeyEntry("for the better", level(BETTER))]
