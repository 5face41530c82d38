"""Names beside marks: where they fit without covering one another."""

import math

from matplotlib.axes import Axes

from .layout import KeyEntry
from .style import SOFT, Looks, text_width

LABEL_PT, LABEL_HEIGHT, CLEAR = 8.5, 0.16, 0.075  # points, inches, half a mark in inches
INDENT, SMALL = 0.12, 0.65  # inches before a name; the size of a small mark there
NEAR = 0.19  # inches from a mark to a name that needs no thread between them
FILLS = ("full", "none", "left", "bottom", "right", "top")  # of marks, one for each class of equals
Box = tuple[float, float, float, float]  # left, bottom, right, top, in inches


def filled(mark: dict[str, object], fill: str) -> dict[str, object]:
    """A mark that is filled with its colour in full, in part or, white inside, not at all."""
    face = {"markerfacecolor": "white"} if fill == "none" else {"fillstyle": fill, "markerfacecoloralt": "white"}
    return {**mark, **face, "markeredgecolor": mark["color"], "markeredgewidth": 1.0}


def label_mark(axes: Axes, impl: str, text: str, anchor: tuple[float, float], at: tuple[float, float], looks: Looks,
               room: tuple[float, float]) -> None:
    """Words on a mark of `impl`, their left end at `at`; where it is not close, a thread to it and a small mark.

    In inches, inside axes of `room`.
    """
    (across, height), width, left = room, INDENT + text_width(text, LABEL_PT), at[0] + INDENT / 2
    above = at[1] > anchor[1]
    near = (min(max(anchor[0], at[0]), at[0] + width),
            at[1] + (-0.5 if above else 0.5) * LABEL_HEIGHT * (abs(at[1] - anchor[1]) > LABEL_HEIGHT / 2))
    if math.dist(anchor, near) > NEAR:
        axes.plot([anchor[0] / across, near[0] / across], [anchor[1] / height, near[1] / height],
                  transform=axes.transAxes, color=looks.color(impl), linewidth=0.6, alpha=0.6, zorder=2)
        small = looks.mark(impl)
        axes.plot([(at[0] + INDENT / 2) / across], [at[1] / height], transform=axes.transAxes, zorder=6,
                  **{**small, "markersize": SMALL * small["markersize"], "markeredgewidth": 0})
        left = at[0] + INDENT
    axes.text(left / across, at[1] / height, text, transform=axes.transAxes, fontsize=LABEL_PT,
              va="center_baseline", ha="left", zorder=6)


def place(anchors: list[tuple[float, float]], widths: list[float],
          room: tuple[float, float], blocked: list[Box]) -> list[tuple[float, float]]:
    """Left ends of labels close to their anchors, over no mark, nothing `blocked` and no other label, inside `room`.

    All in inches.

    Takes the nearest free place for each; a label that finds none stands beside its mark.
    """
    taken = [*blocked, *((x - CLEAR, y - CLEAR, x + CLEAR, y + CLEAR) for x, y in anchors)]
    found: dict[int, tuple[float, float]] = {}
    for i in sorted(range(len(anchors)), key=lambda i: (-anchors[i][0], anchors[i][1])):
        (x, y), width = anchors[i], widths[i]
        places = _around(x, y, width)
        free = next((p for p in places if _free(_box(p, width), taken, room)), places[0])
        taken.append(_box(free, width))
        found[i] = free
    return [found[i] for i in range(len(anchors))]


def _around(x: float, y: float, width: float) -> list[tuple[float, float]]:
    """Left ends of a label beside, over, under and ever farther from (x, y), the nearest first."""
    close = CLEAR + 0.06
    places = [(x + close, y), (x - close - width, y)]
    for ring in range(1, 24):
        up = LABEL_HEIGHT * ring * 0.5
        for dy in (up, -up):
            for dx in (close, -width / 2, -close - width, close + 0.25 * ring, -close - width - 0.25 * ring):
                places.append((x + dx, y + dy))
    return sorted(places, key=lambda p: math.dist((min(max(x, p[0]), p[0] + width), p[1]), (x, y)))


def _box(at: tuple[float, float], width: float) -> Box:
    return (at[0] - 0.02, at[1] - LABEL_HEIGHT / 2, at[0] + width + 0.02, at[1] + LABEL_HEIGHT / 2)


def _free(box: Box, taken: list[Box], room: tuple[float, float]) -> bool:
    inside = box[0] >= 0 and box[1] >= 0 and box[2] <= room[0] and box[3] <= room[1]
    return inside and not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken)


def apart_key() -> KeyEntry:
    def apart(box: Axes) -> None:
        box.plot([0.0, 0.75], [0.9, 0.5], color=SOFT, linewidth=0.6, alpha=0.6)
        box.plot([0.9], [0.5], "o", markersize=6.2 * SMALL, color=SOFT, markeredgewidth=0)

    return KeyEntry("before a name that stands apart from its mark", apart, 0.3)
