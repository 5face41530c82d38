"""Footprint: bytes per item of a full queue, as bars, and what it has when it is empty."""

from typing import Iterable

from matplotlib.axes import Axes

from ...choose.contests import FOOTPRINT, contenders
from ...choose.cuts import settings
from ...choose.equals import UNBOUNDED, by_guarantee
from ...choose.measures import Summary, counted, metric
from ...choose.text import number
from ...draw.caption import caption
from ...draw.layout import KeyEntry, Page
from ...draw.picture import Picture
from ...draw.ranking import Panel, Row, body_height, columns, draw_panels, page_width
from ...draw.rows import missing
from ...draw.scales import even_axis
from ...draw.style import SOFT, Looks
from ...read.records import Point, Run

PER_ITEM, EMPTY, DRAINED = metric("bytes_per_item"), metric("empty_bytes"), metric("drained_bytes")
PER_GONE = metric("bytes_per_producer_gone")
HEADS = ("bytes/item", "empty, bytes", "drained, bytes", "n")
GONE_HEADS = (*HEADS[:-1], "bytes/producer gone", HEADS[-1])
ITEM = 8  # bytes of payload of an item in this workload
NOTE = ("All the heap bytes that a full queue has, the queue itself, its handles and the allocator's overhead among "
        f"them, over the items in it, which are of {ITEM} bytes each. A ring has all its memory from the beginning, a "
        "linked queue takes it item by item: `empty` is what it has before the first one, `drained` what it still has "
        "when the last one is out. An unbounded queue was filled with 1,024 items. Bars are medians; repetitions "
        "rarely differ.")
GONE = ("Before that, producers came and went one after the other, each a thread of its own that pushed some items: "
        "`bytes/producer gone` is what the queue keeps of each.")


def footprint_pictures(run: Run, looks: Looks) -> Iterable[Picture]:
    """One picture for each capacity of bounded queues with a counted trial; unbounded ones stand beside each."""
    found = [s for s in settings(contenders(run, FOOTPRINT), ()) if any(PER_ITEM(p) for p in s.points)]
    found.sort(key=lambda s: -len(s.points))
    return (_picture(run, looks, list(s.points), "footprint" + s.suffix(found[0])) for s in found)


def _picture(run: Run, looks: Looks, points: list[Point], name: str) -> Picture:
    gone = any(PER_GONE(p) for p in points)
    groups = [(g.title, [_row(p, looks, gone) for p in sorted(members, key=_bytes)])
              for g, members in by_guarantee(points).items()]
    panels = [Panel("One thread fills the queue", "", groups)]
    heads = GONE_HEADS if gone else HEADS
    widths = columns(panels, heads)
    capacities = sorted({p.capacity for p in points if p.capacity != UNBOUNDED})
    before = sorted({str(p.axes["producers_gone"]) for p in points if p.axes.get("producers_gone")})
    about = "; ".join([f"{ITEM}-byte items", *(f"{n} producers came and went before" for n in before),
                       *(f"capacity {c:,} (bounded queues)" for c in capacities)])
    page = Page(page_width(widths, panels), body_height(panels), "Memory of a full queue per item",
                f"{about}. Lower is better.", [KeyEntry("the item itself", _item_key, 0.15)],
                caption(run, points, [NOTE, *([GONE] if gone else [])]))
    most = max(s.high for p in points for s in [PER_ITEM(p)] if s)
    draw_panels(page, panels, widths, heads, (0.0, 1.04 * most), "bytes per item",
                scale=lambda axis, limits, inches: even_axis(axis, limits[1], inches))
    return Picture(name, page.figure, frozenset(p.name for p in points))


def _bytes(point: Point) -> float:
    found = PER_ITEM(point)
    return found.median if found else float("inf")


def _row(point: Point, looks: Looks, gone: bool) -> Row:
    found, empty = PER_ITEM(point), EMPTY(point)
    if not found or not empty:
        return Row(point.impl, "", (), None, missing(point))
    others = [f"{s.median:,.0f}" if s else "" for measure in (EMPTY, DRAINED, *([PER_GONE] if gone else []))
              for s in [measure(point)]]
    numbers = (number(found.median), *others, str(len(counted(point))))
    return Row(point.impl, "", numbers, lambda axes, y: _bar(axes, y, found, looks.color(point.impl)))


def _bar(axes: Axes, y: float, found: Summary, color: str) -> None:
    axes.barh([y], [found.median], height=0.56, color=color, alpha=0.85, linewidth=0, zorder=3)
    axes.plot([ITEM, ITEM], [y - 0.5, y + 0.5], color=SOFT, linewidth=1.0, zorder=4)


def _item_key(box: Axes) -> None:
    box.plot([0.5, 0.5], [0.1, 0.9], color=SOFT, linewidth=1.0)
