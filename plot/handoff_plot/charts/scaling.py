"""Throughput against threads with the fitted law of scaling: a panel for each implementation that has one."""

import math
from itertools import groupby
from typing import Iterable

from matplotlib.axes import Axes

from ..choose.cuts import suffix, table_of
from ..choose.measures import throughput
from ..choose.text import plain, plural, some
from ..choose.words import setting_words
from ..draw.caption import caption
from ..draw.layout import MARGIN, KeyEntry, Page, bare
from ..draw.lines import Scale, spread_of
from ..draw.picture import Picture
from ..draw.scales import UPWARDS, log_axis, log_limits, log_ticks
from ..draw.style import FAINT, GRID, HEAD_PT, INK, SMALL_PT, SOFT, STROKE_PT, Looks, text_width
from ..read.records import Estimate, Law, Point, Run, Series

PLOT_WIDTH, HEIGHT = 3.6, 2.9  # inches
HEAD, FOOT, GUTTER = 0.9, 0.62, 0.4
UNIT = "million items per second (log scale)"
BAND = 0.16  # opacity of an interval
DASHES = (0, (4, 2.5))
AXES = {"threads": "threads", "workers": "workers", "producers+consumers": "threads, as many producers as consumers"}
LAW = ("Universal Scalability Law: X(n) = λ n / (1 + σ (n − 1) + κ n (n − 1)); σ is contention, κ coherency. Fitted to "
       "all counted repetitions of the thread counts that have a CPU for each thread; bands are {:.0f}% intervals of "
       "the curve, not of the next measurement. A prediction says where the law leads, not what the machine will do "
       "there: beyond its cores, caches and sockets nothing was measured.")
NO_PEAK = "No peak is named where κ may be 0: {}."


def scaling_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each workload and setting in which some implementation has a law."""
    groups: dict[tuple, list[Series]] = {}
    for s in run.scaling:
        groups.setdefault((s.family, s.workload, s.axis, tuple(s.fixed.items())), []).append(s)
    drawn = [group for group in groups.values() if any(s.law for s in group)]
    plain_of: dict[tuple[str, str], Series] = {}
    for group in drawn:
        plain_of.setdefault((group[0].family, group[0].workload), group[0])
    return (_picture(run, looks, group, plain_of[group[0].family, group[0].workload]) for group in drawn)


def _picture(run: Run, looks: Looks, group: list[Series], usual: Series) -> Picture:
    first = group[0]
    by_name = {p.name: p for p in run.points}
    fitted = [s for s in group if s.law]
    points = [p for s in group for _, name in s.points for p in [by_name.get(name)] if p and not p.oversubscribed]
    limits = log_limits([v for s in fitted for v in _heights(s, by_name)], 0.06)
    across = min(2, len(fitted))
    rows = math.ceil(len(fitted) / across)
    ticks = log_ticks(limits, HEIGHT, UPWARDS)[0]
    left = 0.42 + max(text_width(plain(t), SMALL_PT) for t in ticks)
    cell = max(left + PLOT_WIDTH, *(text_width(words, SMALL_PT) for s in fitted for words in _words(s.law)))
    page = Page(max(2 * MARGIN + across * cell + (across - 1) * GUTTER, 7.0), rows * (HEAD + HEIGHT + FOOT),
                "Throughput against threads, and the law of scaling", _subtitle(first, points), _key(fitted),
                caption(run, points, _notes(group)))
    for i, s in enumerate(fitted):
        x = MARGIN + (i % across) * (cell + GUTTER)
        y = page.top + (i // across) * (HEAD + HEIGHT + FOOT)
        page.text(x, y + 0.16, s.impl, fontsize=HEAD_PT, weight="bold", color=INK)
        for line, words in enumerate(_words(s.law)):
            page.text(x, y + 0.36 + 0.17 * line, words, fontsize=SMALL_PT, color=SOFT)
        axes = page.axes(x + left, y + HEAD, PLOT_WIDTH, HEIGHT)
        _draw(axes, s, by_name, looks, limits)
        if i % across == 0:
            axes.set_ylabel(UNIT)
    name = f"scaling_{first.family}_{first.workload}" + suffix(first.fixed, {**first.fixed, **usual.fixed},
                                                               table_of(points))
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _measured(series: Series, by_name: dict[str, Point]) -> list[tuple[int, Point]]:
    """(threads, point) of what the law was fitted to."""
    return [(threads, by_name[name]) for threads, name in series.points
            if name in by_name and not by_name[name].oversubscribed]


def _heights(series: Series, by_name: dict[str, Point]) -> list[float]:
    seen = [v for _, p in _measured(series, by_name) for s in [throughput(p)] if s for v in s.values]
    return seen + [at.value / 1e6 for _, at, _ in series.law.curve]


def _draw(axes: Axes, series: Series, by_name: dict[str, Point], looks: Looks, limits: tuple[float, float]) -> None:
    law, color = series.law, looks.color(series.impl)
    least, most = law.curve[0][0], law.curve[-1][0]
    powers = [2**i for i in range(math.ceil(math.log2(least)), math.floor(math.log2(most)) + 1)]
    ticks = powers[::math.ceil(len(powers) / 8)] if len(powers) > 8 else powers or [max(1, round(most))]
    scale = Scale(ticks, AXES.get(series.axis, series.axis) + " (log scale)")
    scale.limits = (math.log2(least) - 0.25, math.log2(most) + 0.1)
    bare(axes)
    log_axis(axes.yaxis, limits, HEIGHT)
    axes.grid(axis="y", which="major", color=GRID, linewidth=0.8)
    axes.tick_params(axis="y", which="both", length=0)
    scale.draw(axes)

    measured = [at for at in law.curve if not at[2]]
    for part, style, label in ((measured, "-", series.impl), (law.curve[len(measured) - 1:], DASHES, "_")):
        x = [scale.at(threads) for threads, _, _ in part]
        axes.fill_between(x, [max(at.low / 1e6, limits[0]) for _, at, _ in part],
                          [min(at.high / 1e6, limits[1]) if at.high else limits[1] for _, at, _ in part],
                          color=color, alpha=BAND, linewidth=0, zorder=2)
        axes.plot(x, [at.value / 1e6 for _, at, _ in part], color=color, linewidth=STROKE_PT, linestyle=style,
                  label=label, zorder=4)
    for threads, point in _measured(series, by_name):
        summary = throughput(point)
        if summary:
            spread_of(axes, scale.at(threads), summary, color)
            axes.plot([scale.at(threads)], [summary.median], zorder=5,
                      **looks.mark(series.impl, hollow=summary.count == 1))
    end = scale.at(law.most_threads)
    axes.plot([end, end], [0, 1], transform=axes.get_xaxis_transform(), color=FAINT, linewidth=0.8,
              linestyle=(0, (2, 2)), zorder=1)
    axes.text(end, 1.012, " prediction →", transform=axes.get_xaxis_transform(), fontsize=SMALL_PT, color=SOFT,
              va="bottom", ha="left")
    _peak(axes, law, scale, limits)


def _peak(axes: Axes, law: Law, scale: Scale, limits: tuple[float, float]) -> None:
    """An upright line at the peak and a band of its interval, where they are on the axis."""
    if not law.peak or not law.curve[0][0] <= law.peak.value <= law.curve[-1][0]:
        return
    high = scale.limits[1] if law.peak.high is None else min(scale.at(law.peak.high), scale.limits[1])
    axes.axvspan(max(scale.at(law.peak.low), scale.limits[0]), high, color=FAINT, alpha=BAND, linewidth=0, zorder=0)
    axes.plot([scale.at(law.peak.value)] * 2, limits, color=INK, linewidth=0.9, zorder=1)


def _words(law: Law) -> tuple[str, str]:
    """What stands over a panel."""
    peak = "no peak can be predicted"
    if law.peak:
        where = " (prediction)" if law.peak.value > law.most_threads else ""
        peak = f"peak at {_range(law.peak)} threads{where}"
    return (f"contention σ {_range(law.sigma, 100)}%, coherency κ {_range(law.kappa)}",
            f"relative RMS {100 * law.relative_rms:.1f}%, {peak}")


def _range(estimate: Estimate, factor: float = 1.0) -> str:
    def words(value: float | None) -> str:
        return "no limit" if value is None else f"{factor * value:.3g}"

    return f"{words(estimate.value)} [{words(estimate.low)} .. {words(estimate.high)}]"


def _subtitle(first: Series, points: list[Point]) -> str:
    return f"{first.workload}; {setting_words(first.fixed, points)}. Higher is better."


def _notes(group: list[Series]) -> list[str]:
    """The law, who has no peak, and who has no law and why."""
    fitted = [s for s in group if s.law]
    notes = [LAW.format(100 * fitted[0].law.confidence)]
    flat = [s.impl for s in fitted if not s.law.peak]
    if flat:
        notes.append(NO_PEAK.format(some(flat)))
    refused = sorted((s for s in group if not s.law), key=lambda s: (s.verdict, s.reason))
    for (verdict, reason), members in groupby(refused, key=lambda s: (s.verdict, s.reason)):
        listed = list(members)
        why = f"retrograde ({reason})" if verdict == "retrograde" else reason
        notes.append(f"No law, and no panel, for {plural(len(listed), 'implementation')}: {why}: "
                     f"{some(s.impl for s in listed)}.")
    return notes


def _key(fitted: list[Series]) -> list[KeyEntry]:
    def mark(box: Axes) -> None:
        box.plot([0.5], [0.5], "o", markersize=6.2, color=SOFT)
        box.plot([0.5, 0.5], [0.05, 0.95], color=SOFT, linewidth=STROKE_PT, alpha=0.5)

    def curve(box: Axes) -> None:
        box.fill_between([0.0, 1.0], 0.2, 0.8, color=SOFT, alpha=BAND, linewidth=0)
        box.plot([0.0, 1.0], [0.5, 0.5], color=SOFT, linewidth=STROKE_PT)

    def dashed(box: Axes) -> None:
        box.fill_between([0.0, 1.0], 0.2, 0.8, color=SOFT, alpha=BAND, linewidth=0)
        box.plot([0.0, 1.0], [0.5, 0.5], color=SOFT, linewidth=STROKE_PT, linestyle=DASHES)

    def peak(box: Axes) -> None:
        box.fill_between([0.0, 1.0], 0.0, 1.0, color=FAINT, alpha=BAND, linewidth=0)
        box.plot([0.5, 0.5], [0.0, 1.0], color=INK, linewidth=0.9)

    entries = [KeyEntry("median and spread of the counted repetitions", mark, 0.2),
               KeyEntry("the law and its interval", curve), KeyEntry("prediction", dashed)]
    if any(s.law.peak for s in fitted):
        entries.append(KeyEntry("peak and its interval", peak, 0.3))
    return entries
