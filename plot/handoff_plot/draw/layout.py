"""A page measured in inches from its top left corner: title, key, body, caption."""

from dataclasses import dataclass
from typing import Callable

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .style import FAINT, HEAD_PT, INK, RULE, SMALL_PT, SOFT, TITLE_PT, paragraph, text_width

MARGIN = 0.3
LINE = 0.165  # of small text
KEY_HEIGHT = 0.3


@dataclass(frozen=True)
class KeyEntry:
    """One entry of the key: `draw` paints a glyph into a box of `width` inches and unit height."""

    text: str
    draw: Callable[[Axes], None]
    width: float = 0.42


class Page:
    """One picture. The body starts `top` inches below the upper edge and is `body` inches high."""

    def __init__(self, width: float, body: float, title: str, subtitle: str, key: list[KeyEntry],
                 caption: list[str]) -> None:
        room = width - 2 * MARGIN
        self.width = width
        heading = paragraph(subtitle, HEAD_PT, room)
        rows = _key_rows(key, room)
        notes = [line for part in caption for line in paragraph(part, SMALL_PT, room)]
        self.top = MARGIN + 0.3 + 0.19 * len(heading) + 0.1 + KEY_HEIGHT * len(rows) + 0.08
        foot = 0.16 + LINE * len(notes)
        self.height = self.top + body + foot + MARGIN - 0.08
        self.figure = Figure(figsize=(width, self.height), facecolor="white")
        FigureCanvasAgg(self.figure)
        self._head(title, heading, rows)
        self._foot(notes, self.top + body + 0.16)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes in inches; `top` counts from the upper edge of the page."""
        return self.figure.add_axes([left / self.width, 1 - (top + height) / self.height,
                                     width / self.width, height / self.height])

    def text(self, left: float, top: float, text: str, **style: object) -> None:
        """Text whose baseline is `top` inches below the upper edge."""
        self.figure.text(left / self.width, 1 - top / self.height, text, **style)

    def _head(self, title: str, heading: list[str], rows: list[list[KeyEntry]]) -> None:
        self.text(MARGIN, MARGIN + 0.17, title, fontsize=TITLE_PT, weight="bold", color=INK)
        for i, line in enumerate(heading):
            self.text(MARGIN, MARGIN + 0.43 + 0.19 * i, line, fontsize=HEAD_PT, color=SOFT)
        top = MARGIN + 0.4 + 0.19 * len(heading)
        for row in rows:
            left = MARGIN
            for entry in row:
                self._key(entry, left, top)
                left += _key_width(entry)
            top += KEY_HEIGHT

    def _key(self, entry: KeyEntry, left: float, top: float) -> None:
        box = self.axes(left, top, entry.width, KEY_HEIGHT)
        box.set(xlim=(0, 1), ylim=(0, 1))
        box.axis("off")
        entry.draw(box)
        self.text(left + entry.width + 0.07, top + KEY_HEIGHT / 2, entry.text, fontsize=SMALL_PT, color=SOFT,
                  va="center_baseline")

    def _foot(self, lines: list[str], top: float) -> None:
        rule = self.axes(MARGIN, top - 0.02, self.width - 2 * MARGIN, 0.02)
        rule.axis("off")
        rule.axhline(0.5, color=RULE, linewidth=0.8)
        for i, line in enumerate(lines):
            self.text(MARGIN, top + LINE * (i + 1), line, fontsize=SMALL_PT, color=SOFT)


def _key_width(entry: KeyEntry) -> float:
    return entry.width + 0.07 + text_width(entry.text, SMALL_PT) + 0.26


def _key_rows(key: list[KeyEntry], room: float) -> list[list[KeyEntry]]:
    rows: list[list[KeyEntry]] = []
    used = room + 1
    for entry in key:
        if used + _key_width(entry) > room:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += _key_width(entry)
    return rows


def bare(axes: Axes) -> None:
    """Leaves only the lower spine."""
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
