"""Channels under overload: goodput, age and how long the sender stands still, what became of items, batches."""

import math
from dataclasses import dataclass
from typing import Callable, Iterable, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedFormatter, FixedLocator

from ...choose.contests import CHANNEL_OVERLOAD, contenders
from ...choose.cuts import Cut, Line, table_of
from ...choose.measures import Measure, Summary, counted, metric, summary_of
from ...choose.text import plain
from ...choose.words import PROCESSES, over_words, setting_words
from ...draw.caption import caption
from ...draw.layout import MARGIN, KeyEntry, Page, bare
from ...draw.lines import LABEL_STEP, Scale, draw_lines, lines_key
from ...draw.picture import Picture
from ...draw.ranking import reference_line
from ...draw.scales import UPWARDS, even_axis, log_limits, log_ticks
from ...draw.style import HEAD_PT, INK, PALETTE, SMALL_PT, SOFT, TEXT_PT, Looks, text_width
from ...read.records import Point, Run, Trial

POLICIES = ("block", "reject", "drop_newest", "drop_oldest", "latest", "sample", "caller_runs", "grow")
POLICY_LOOKS = Looks(list(POLICIES))  # the same colour and mark for a policy in every picture
PLOT_WIDTH, HEIGHT, HEAD, FOOT, GUTTER = 3.4, 2.7, 0.52, 0.68, 0.35  # inches
BAR, BAR_STEP, STACK_WIDTH = 0.2, 0.3, 2.6  # inches
NOTE = ("Items are due on a schedule, whether the receivers keep up or not; loads are percent of what they handle when "
        "they never wait (carried). Goodput is what was handled before the schedule's end. An item's age runs from the "
        "time at which it was due to the beginning of its handling. ")
ENDLESS = ("Ages of block and grow above 100% are as long as the overload has lasted, here the length of a trial. Grow "
           "is over a channel without a bound. ")
FATES = "An item that the sender handles itself counts as handled. Shares are means of the counted trials. "


class Fate(NamedTuple):
    """What may become of an item: a share of all, in a trial."""

    words: str
    color: str
    share: Callable[[Trial], float]


def _share(name: str) -> Callable[[Trial], float]:
    return lambda trial: trial.metrics.get(name, 0.0)


def _late(trial: Trial) -> float:
    handled = trial.metrics.get("delivered_share", 0.0) + trial.metrics.get("ran_by_caller_share", 0.0)
    return max(0.0, handled - trial.metrics.get("goodput_of_offered", 0.0))


FATE_OF_ITEMS = (
    Fate("handled in time", PALETTE[2], _share("goodput_of_offered")),
    Fate("handled after the schedule's end", "#a8c8a0", _late),
    Fate("refused", PALETTE[1], _share("refused_share")),
    Fate("dropped as the newest", PALETTE[0], _share("dropped_newest_share")),
    Fate("dropped as the oldest", PALETTE[6], _share("dropped_oldest_share")),
    Fate("conflated", PALETTE[3], _share("conflated_share")),
    Fate("left out of the sample", "#b8b8b8", _share("sampled_share")),
)


@dataclass(frozen=True)
class _Side:
    """One of the panels of a picture."""

    title: str
    unit: str
    measure: Measure
    top: float | None  # the end of a linear scale at least; None: logarithmic
    ideal: Callable[[int], float] | None = None


def _age(percentile: str) -> Measure:
    return lambda point: summary_of(point, lambda t: max(1.0, t.latency[percentile]) if t.latency else None)


def _cpu(point: Point) -> Summary | None:
    return summary_of(point, lambda t: t.metrics.get("receiver_cpu_ns_per_item"))


GOODPUT = _Side("Goodput: higher is better", "handled in time, % of what was offered",
                metric("goodput_of_offered", 100), 104.0, lambda load: min(100.0, 10000.0 / load))
HELD = _Side("The sender stands still", "time in offers, % of the sender's time", metric("held_share", 100), 104.0)
MEDIAN_AGE = _Side("Age, median: lower is better", "p50 of the age, ns (log scale)", _age("p50"), None)
AGE = _Side("Age, p99: lower is better", "p99 of the age, ns (log scale)", _age("p99"), None)
SIDES = (GOODPUT, MEDIAN_AGE, HELD, AGE)
BATCH = _Side("Items in a batch", "mean", metric("batch_mean"), 1.0)
ADDED = _Side("Added latency: lower is better", "p50 until the batch is complete, ns (log)",
              metric("added_latency_p50_ns"), None)
CPU = _Side("CPU time of the receiver: lower is better", "ns per item, work included", _cpu, 1.0)
BATCH_SIDES = (BATCH, MEDIAN_AGE, CPU, ADDED)


def overload_pictures(run: Run) -> Iterable[Picture]:
    """Of each channel and setting: lines by policy and what became of the items; of batches, lines by their limit."""
    points = [p for p in contenders(run, CHANNEL_OVERLOAD) if counted(p)]
    single = [p for p in points if p.axes.get("batch", 1) == 1]
    settings = _groups(single, lambda p: p.axes["policy"] == "grow")
    plain_of = settings[0] if settings else []
    for members in settings:
        yield _lines_picture(run, members, "channels_overload" + _suffix(members, plain_of), SIDES,
                             lambda p: str(p.axes["policy"]), POLICY_LOOKS, _notes(members),
                             "Channels under more load than their receivers can handle")
    for members in settings:
        yield _fates_picture(run, members, "channels_overload_fates" + _suffix(members, plain_of))
    batched = _groups([p for p in points if p.axes.get("batch", 1) != 1], lambda p: False, ("linger_us",))
    for members in batched:
        limits = sorted({int(p.axes.get("linger_us", 0)) for p in members})
        looks = Looks([_linger(limit) for limit in limits])
        yield _lines_picture(run, members, "channels_overload_batches" + _suffix(members, batched[0]), BATCH_SIDES,
                             lambda p: _linger(int(p.axes.get("linger_us", 0))), looks,
                             [NOTE, "A batch is complete when it has all its items, or when the limit of time has "
                              "passed since its first. ", PROCESSES],
                             "Batches with a limit of time")


def _notes(points: list[Point]) -> list[str]:
    return [NOTE, ENDLESS if {"block", "grow"} & {str(p.axes["policy"]) for p in points} else "", PROCESSES]


def _linger(limit: int) -> str:
    return f"waits {limit} us" if limit else "what is there"


def _groups(points: list[Point], joins: Callable[[Point], bool],
            free: tuple[str, ...] = ("policy",)) -> list[list[Point]]:
    """Points of one implementation that differ in the load and in `free` only, where some have two loads.

    What `joins` stands in every group of its implementation whose other axes but the capacity are the same.
    """
    groups: dict[tuple, list[Point]] = {}

    def key(p: Point, without: tuple[str, ...] = ()) -> tuple:
        return (p.impl, *(v for a, v in sorted(p.axes.items()) if a not in ("load", *free, *without)))

    for p in points:
        if not joins(p):
            groups.setdefault(key(p), []).append(p)
    alone: dict[tuple, list[Point]] = {}
    for p in filter(joins, points):
        homes = [g for g in groups.values() if key(g[0], ("capacity",)) == key(p, ("capacity",))]
        for home in homes:
            home.append(p)
        if not homes:
            alone.setdefault(key(p), []).append(p)
    found = [g for g in [*groups.values(), *alone.values()] if len({p.axes["load"] for p in g}) > 1]
    return sorted(found, key=lambda g: -len(g))


def _fixed(points: list[Point]) -> dict[str, object]:
    """What all have in common; the capacity is that of the bounded ones."""
    first = next((p for p in points if p.axes.get("capacity") != "unbounded"), points[0])
    same = {a: v for a, v in first.axes.items()
            if a == "capacity" or all(p.axes.get(a) == v for p in points)}
    return {axis: same.get(axis) for axis in table_of(points)}


def _suffix(own: list[Point], plain_of: list[Point]) -> str:
    """The implementation, and the axes in which the picture differs from the fullest one."""
    cut = Cut("load", _fixed(own) | {"policy": None, "linger_us": None}, tuple(own))
    plain_cut = Cut("load", _fixed(plain_of) | {"policy": None, "linger_us": None}, tuple(plain_of))
    return f"_{own[0].impl.removesuffix('_channel')}" + cut.suffix(plain_cut)


def _subtitle(points: list[Point]) -> str:
    fixed = {a: v for a, v in _fixed(points).items() if a not in ("load", "policy", "linger_us")}
    over = over_words(points)
    return (f"{points[0].impl}: senders offer items on a schedule: overload; {setting_words(fixed, points)}"
            f"{'; ' + over if over else ''}.")


# --- lines against the load ---------------------------------------------------------------------------


def _lines_picture(run: Run, points: list[Point], name: str, sides: tuple[_Side, ...],
                   label: Callable[[Point], str], looks: Looks, notes: list[str], title: str) -> Picture:
    drawn = {side.title: _lines(points, side, label) for side in sides}
    sides = tuple(side for side in sides if drawn[side.title])
    most = max(len(lines) for lines in drawn.values())
    height = max(HEIGHT, LABEL_STEP * (most + 1))
    limits = {side.title: _limits(side, points) for side in sides}
    left = max(_left(limits[side.title], height) for side in sides)
    names = 0.45 + max(text_width(line.label, TEXT_PT) for lines in drawn.values() for line in lines)
    cell = left + PLOT_WIDTH + names
    rows = math.ceil(len(sides) / 2)
    single = any(line.single for lines in drawn.values() for line in lines)
    key = lines_key(single)
    if any(side.ideal for side in sides):
        key.append(KeyEntry("handled, if nothing but what exceeds 100% were lost",
                            lambda box: box.plot([0.0, 1.0], [0.5, 0.5], **reference_line())))
    page = Page(2 * MARGIN + 2 * cell + GUTTER, rows * (HEAD + height + FOOT), title, _subtitle(points), key,
                caption(run, points, ["".join(notes)]))
    scale = Scale([p.axes["load"] for p in points], "offered load, % of what the receivers handle (log scale)")
    for i, side in enumerate(sides):
        x, y = MARGIN + (i % 2) * (cell + GUTTER), page.top + (i // 2) * (HEAD + height + FOOT)
        page.text(x, y + 0.16, side.title, fontsize=HEAD_PT, weight="bold", color=INK)
        axes = page.axes(x + left, y + HEAD, PLOT_WIDTH, height)
        draw_lines(axes, drawn[side.title], looks, scale, limits[side.title], height, linear=side.top is not None)
        axes.set_ylabel(side.unit)
        if side.ideal:
            at = [scale.ticks[0] * (scale.ticks[-1] / scale.ticks[0]) ** (n / 40) for n in range(41)]
            axes.plot([math.log2(x) for x in at], [side.ideal(x) for x in at], **reference_line(), zorder=1)
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _lines(points: list[Point], side: _Side, label: Callable[[Point], str]) -> list[Line]:
    own: dict[str, dict[int, Point]] = {}
    for p in points:
        own.setdefault(label(p), {})[p.axes["load"]] = p
    found = []
    for word, at in own.items():
        x = sorted(at)
        y = tuple(side.measure(at[load]) for load in x)
        if any(y):
            found.append(Line(word, word, tuple(x), y))
    order = {word: i for i, word in enumerate(POLICIES)}
    return sorted(found, key=lambda line: order.get(line.impl, 0))


def _limits(side: _Side, points: list[Point]) -> tuple[float, float]:
    values = [v for p in points for s in [side.measure(p)] if s for v in s.values]
    if side.top is not None:
        return (0.0, max([side.top, *(1.04 * v for v in values)]))
    return log_limits(values or [1.0], 0.05)


def _left(limits: tuple[float, float], height: float) -> float:
    ticks = log_ticks(limits, height, UPWARDS)[0] if limits[0] else [limits[1]]
    return 0.42 + max(text_width(plain(t if limits[0] else round(t)), SMALL_PT) for t in ticks)


# --- what became of the items -------------------------------------------------------------------------


def _fates_picture(run: Run, points: list[Point], name: str) -> Picture:
    """A panel for each load, a bar for each policy."""
    loads = sorted({p.axes["load"] for p in points})
    policies = [word for word in POLICIES if any(p.axes["policy"] == word for p in points)]
    at = {(p.axes["load"], p.axes["policy"]): p for p in points}
    words = 0.15 + max(text_width(word, TEXT_PT) for word in policies)
    across = min(3, len(loads))
    rows = math.ceil(len(loads) / across)
    height = BAR_STEP * len(policies)
    used = [fate for fate in FATE_OF_ITEMS if any(_mean(p, fate) >= 0.0005 for p in points)]
    key = [KeyEntry(fate.words, _swatch(fate.color), 0.25) for fate in used]
    cell = words + STACK_WIDTH
    page = Page(2 * MARGIN + across * cell + (across - 1) * GUTTER, rows * (HEAD + height + FOOT),
                "What became of the items, by policy", _subtitle(points), key,
                caption(run, points, ["".join((NOTE, FATES, PROCESSES))]))
    for i, load in enumerate(loads):
        x, y = MARGIN + (i % across) * (cell + GUTTER), page.top + (i // across) * (HEAD + height + FOOT)
        page.text(x + words, y + 0.16 + 0.2, f"Offered {load}%", fontsize=HEAD_PT, weight="bold", color=INK)
        axes = page.axes(x + words, y + HEAD, STACK_WIDTH, height)
        _stacks(axes, [(word, at.get((load, word))) for word in policies], used)
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _mean(point: Point, fate: Fate) -> float:
    shares = [fate.share(t) for t in counted(point)]
    return sum(shares) / len(shares)


def _swatch(color: str) -> Callable[[Axes], None]:
    return lambda box: box.add_patch(Rectangle((0.1, 0.2), 0.8, 0.6, color=color))


def _stacks(axes: Axes, bars: list[tuple[str, Point | None]], fates: list[Fate]) -> None:
    bare(axes)
    even_axis(axes.xaxis, 100.0, STACK_WIDTH)
    axes.set_xlim(0.0, 100.0)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.yaxis.set_major_locator(FixedLocator(list(range(len(bars)))))
    axes.yaxis.set_major_formatter(FixedFormatter([word for word, _ in bars]))
    axes.tick_params(axis="y", length=0, labelsize=TEXT_PT, labelcolor=INK)
    axes.set_xlabel("% of what was offered")
    for y, (_, point) in enumerate(bars):
        if point is None:
            axes.text(1.0, y, "not measured", fontsize=SMALL_PT, color=SOFT, va="center")
            continue
        before = 0.0
        for fate in fates:
            width = 100 * _mean(point, fate)
            axes.barh(y, width, height=BAR / BAR_STEP, left=before, color=fate.color, edgecolor="white", linewidth=0.5)
            if width >= 12:
                axes.text(before + width / 2, y, f"{width:.0f}", fontsize=SMALL_PT, va="center", ha="center",
                          color="white" if _is_dark(fate.color) else INK)
            before += width


def _is_dark(color: str) -> bool:
    red, green, blue = (int(color[i:i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140
