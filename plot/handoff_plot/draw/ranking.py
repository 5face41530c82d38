"""Panels of ranked rows: a label, a wait strategy, marks along a shared logarithmic axis, numbers."""

from dataclasses import dataclass
from typing import Callable

from matplotlib.axes import Axes
from matplotlib.axis import Axis

from .layout import MARGIN, KeyEntry, Page, bare
from .scales import log_axis, zero_and_log_axis
from .style import BAND, FAINT, GRID, HEAD_PT, INK, SMALL_PT, SOFT, TEXT_PT, WARNING, text_width

ROW = 0.225  # inches
FLOOR = 0.2  # rows, between the last row and the axis
HEAD, BARE_HEAD = 0.6, 0.3  # above the first row: title and column heads; column heads alone
FOOT = 0.62  # below the last row: ticks, axis label, air
GUTTER = 0.5  # between two panels
GAP = 0.16  # between two columns
PLOT, LONE_PAGE = 3.0, 9.0  # the plot of one of two panels; the least width of a page with one panel
Scale = Callable[[Axis, tuple[float, float], float], None]  # makes an axis with limits, so many inches long


@dataclass(frozen=True)
class Row:
    """One implementation. `draw(axes, y)` paints its marks; `missing` stands there if it has none.

    `wait` is empty where the panel's title says it.
    """

    label: str
    wait: str
    numbers: tuple[str, ...]
    draw: Callable[[Axes, float], None] | None
    missing: str = ""


@dataclass(frozen=True)
class Panel:
    """Rows in groups of equal guarantees, each under its heading."""

    title: str
    warning: str
    groups: list[tuple[str, list[Row]]]
    limits: tuple[float, float] | None = None  # of its own axis, where panels share none
    reference: float | None = None  # where an upright line stands

    @property
    def lines(self) -> int:
        return sum(1 + len(rows) for _, rows in self.groups)

    @property
    def rows(self) -> list[Row]:
        return [row for _, rows in self.groups for row in rows]

    @property
    def head(self) -> float:
        return HEAD if self.title or self.warning else BARE_HEAD

    @property
    def height(self) -> float:
        return self.head + ROW * (self.lines + FLOOR) + FOOT


@dataclass(frozen=True)
class Columns:
    """Widths in inches, common to all panels of a page."""

    label: float
    wait: float
    plot: float
    numbers: tuple[float, ...]

    @property
    def before(self) -> float:
        return self.label + self.wait

    @property
    def total(self) -> float:
        return self.before + self.plot + sum(self.numbers)


def columns(panels: list[Panel], heads: tuple[str, ...], least: float = PLOT, page: float = LONE_PAGE) -> Columns:
    """Columns wide enough for every label of `panels`; the plot is `least` inches wide or more.

    A panel alone fills a page that is `page` inches wide.
    """
    rows = [row for panel in panels for row in panel.rows]
    label = max(text_width(row.label, TEXT_PT) for row in rows) + GAP
    waits = [row.wait for row in rows if row.wait]
    wait = max(text_width(text, TEXT_PT) for text in [*waits, "wait"]) + GAP if waits else 0.0
    numbers = []
    for i, head in enumerate(heads):
        cells = [row.numbers[i] for row in rows if row.numbers]
        needed = [text_width(head, SMALL_PT), *(text_width(cell, TEXT_PT) for cell in cells)]
        numbers.append(max(needed) + GAP)
    text = label + wait + sum(numbers)
    plot = least if len(panels) > 1 else max(least, page - 2 * MARGIN - text)
    return Columns(label, wait, plot, tuple(numbers))


def page_width(widths: Columns, panels: list[Panel]) -> float:
    across = min(2, len(panels))
    return 2 * MARGIN + across * widths.total + (across - 1) * GUTTER


def body_height(panels: list[Panel]) -> float:
    return sum(max(panel.height for panel in pair) for pair in _pairs(panels))


def draw_panels(page: Page, panels: list[Panel], widths: Columns, heads: tuple[str, ...],
                limits: tuple[float, float], axis_label: str, zero: bool = False, scale: Scale | None = None) -> None:
    """Paints `panels`, two abreast, into the body of `page`; `zero`: the axis has a 0 below its logarithms.

    `scale` makes another axis than the logarithmic ones.
    """
    make = scale or (zero_and_log_axis if zero else log_axis)
    top = page.top
    for pair in _pairs(panels):
        for i, panel in enumerate(pair):
            _draw(page, panel, widths, heads, MARGIN + i * (widths.total + GUTTER), top, panel.limits or limits,
                  axis_label, make)
        top += max(panel.height for panel in pair)


def reference_line() -> dict[str, object]:
    """What a line looks like that no implementation drew."""
    return {"color": FAINT, "linewidth": 3.0, "alpha": 0.45, "solid_capstyle": "butt"}


def reference_key(text: str) -> KeyEntry:
    return KeyEntry(text, lambda box: box.plot([0.5, 0.5], [0.1, 0.9], **reference_line()), 0.15)


def _pairs(panels: list[Panel]) -> list[list[Panel]]:
    return [panels[i:i + 2] for i in range(0, len(panels), 2)]


def _draw(page: Page, panel: Panel, widths: Columns, heads: tuple[str, ...], left: float, top: float,
          limits: tuple[float, float], axis_label: str, scale: Scale) -> None:
    page.text(left, top + 0.2, panel.title, fontsize=HEAD_PT, weight="bold", color=INK)
    if panel.warning:
        indent = text_width(panel.title, HEAD_PT, "bold") + 0.12
        if indent + text_width(panel.warning, SMALL_PT) <= widths.total:
            page.text(left + indent, top + 0.2, panel.warning, fontsize=SMALL_PT, color=WARNING)
        else:
            page.text(left, top + 0.355, panel.warning, fontsize=SMALL_PT, color=WARNING)
    _heads(page, widths, heads, left, top + panel.head - 0.1)
    axes = page.axes(left + widths.before, top + panel.head, widths.plot, ROW * (panel.lines + FLOOR))
    bare(axes)
    axes.set_ylim(panel.lines - 0.5 + FLOOR, -0.5)
    axes.set_yticks([])
    scale(axes.xaxis, limits, widths.plot)
    axes.grid(axis="x", which="major", color=GRID, linewidth=0.8)
    axes.set_xlabel(axis_label)
    if panel.reference is not None:
        axes.axvline(panel.reference, **reference_line(), zorder=2)
    y = 0
    for heading, rows in panel.groups:
        _heading(axes, heading, y, widths)
        for i, row in enumerate(rows, 1):
            _row(axes, row, y + i, widths)
        y += 1 + len(rows)


def _heads(page: Page, widths: Columns, heads: tuple[str, ...], left: float, baseline: float) -> None:
    style = {"fontsize": SMALL_PT, "color": FAINT}
    if widths.wait:
        page.text(left + widths.label, baseline, "wait", **style)
    right = left + widths.before + widths.plot
    for head, width in zip(heads, widths.numbers):
        right += width
        page.text(right, baseline, head, ha="right", **style)


def _heading(axes: Axes, text: str, y: float, widths: Columns) -> None:
    left, right = _fraction(widths, -widths.before), _fraction(widths, widths.plot + sum(widths.numbers))
    place = axes.get_yaxis_transform()
    axes.fill_between([left, right], y - 0.46, y + 0.46, transform=place, color=BAND, linewidth=0,
                      clip_on=False, zorder=1.5)
    axes.text(_fraction(widths, -widths.before + 0.06), y, text, transform=place, fontsize=SMALL_PT, color=SOFT,
              va="center_baseline", style="italic")


def _row(axes: Axes, row: Row, y: float, widths: Columns) -> None:
    place = axes.get_yaxis_transform()
    color = INK if row.draw else FAINT

    def write(inches: float, text: str, **style: object) -> None:
        axes.text(_fraction(widths, inches), y, text, transform=place, va="center_baseline",
                  **{"fontsize": TEXT_PT, "color": color, **style})

    write(-widths.before + 0.06, row.label)
    write(-widths.wait, row.wait, color=SOFT if row.draw else FAINT)
    if row.draw:
        row.draw(axes, y)
    else:
        write(0.06, row.missing, fontsize=SMALL_PT, color=FAINT)
    right = widths.plot
    for cell, width in zip(row.numbers, widths.numbers):
        right += width
        write(right, cell, ha="right")


def _fraction(widths: Columns, inches: float) -> float:
    """Inches from the left edge of the plot, as a fraction of its width."""
    return inches / widths.plot
