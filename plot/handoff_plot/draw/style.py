"""Colours, markers, type and number formats. No implementation is named here. What the page shares: plot/style.json."""

import contextlib
import warnings
from bisect import bisect_right
from functools import lru_cache
from typing import Iterator

import matplotlib
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import LOAD_NO_HINTING

from ..read.records import CAUGHT
from ..read.shared_style import shared_style

SHARED = shared_style()

# Sixteen colours from a 12-step sRGB grid with a contrast of at least 2.6 to white and a moderate
# chroma. The first eight, then all sixteen, were found by random restarts of pairwise swaps that
# maximise the smallest OKLab distance of any two under normal vision (weighted 1/1.9) and under
# simulated protanopia, deuteranopia (Machado et al. 2009, full severity) and tritanopia (weighted 1.5:
# it is rare); each next colour is the one farthest from those before it. Smallest distance under
# protanopia and deuteranopia: 0.13 among the first eight, 0.068 among all. Markers carry the rest.
PALETTE = SHARED.palette
# Thirteen shapes, so that colour and shape repeat together only after 16 x 13 implementations.
MARKERS = SHARED.markers
MARK_PT = 6.2
MARK_SCALE = SHARED.mark_scale
# Strokes of lines, turn by turn of the palette: of any 32 neighbours in the catalog, which is more than a family
# has, no two share both colour and stroke.
STROKES = tuple((0, dashes) if dashes else "-" for dashes in SHARED.strokes)
STROKE_PT = 1.6
INK, SOFT, FAINT, RULE, GRID, BAND, WARNING = (
    SHARED.inks[name] for name in ("ink", "soft", "faint", "rule", "grid", "band", "warning"))
TITLE_PT, HEAD_PT, TEXT_PT, SMALL_PT = 14.0, 10.0, 9.0, 8.5
FONT = "DejaVu Sans"
# Debian's fonts with Chinese, Japanese and Korean characters: one of them is used where a file asks for it.
FALLBACKS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
             "Unifont")
RC = {
    "font.family": "sans-serif",
    "font.sans-serif": [FONT],
    "font.size": TEXT_PT,
    "text.color": INK,
    "text.parse_math": False,  # a `$` in a compiler's version is a `$`
    "axes.edgecolor": FAINT,
    "axes.labelcolor": SOFT,
    "axes.labelsize": SMALL_PT,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": SMALL_PT,
    "ytick.labelsize": SMALL_PT,
    "hatch.linewidth": 0.6,
    "savefig.dpi": 150,
    "svg.fonttype": "none",
    "svg.hashsalt": "handoff",  # the same input gives the same bytes
}
matplotlib.rcParams.update(RC)


class Looks:
    """Colour, marker and stroke of each implementation, by its place in the catalog: the same in every chart."""

    def __init__(self, implementations: list[str]) -> None:
        own = dict.fromkeys(name.removesuffix(CAUGHT) for name in implementations)
        self._index = {name: i for i, name in enumerate(own)}

    def color(self, impl: str) -> str:
        return PALETTE[self._place(impl) % len(PALETTE)]

    def _place(self, impl: str) -> int:
        return self._index[impl.removesuffix(CAUGHT)]

    def line(self, impl: str) -> dict[str, object]:
        """Arguments of Axes.plot for a line of `impl` without marks."""
        turn = self._place(impl) // len(PALETTE)
        return {"color": self.color(impl), "linewidth": STROKE_PT, "linestyle": STROKES[turn % len(STROKES)]}

    def mark(self, impl: str, hollow: bool = False) -> dict[str, object]:
        """Arguments of Axes.plot for one mark of `impl`; a hollow one is white inside."""
        color, shape = self.color(impl), MARKERS[self._place(impl) % len(MARKERS)]
        face, edge, width = ("white", color, 1.0) if hollow else (color, "white", 0.6)
        return {"marker": shape, "markersize": MARK_PT * MARK_SCALE.get(shape, 1.0), "color": color,
                "markerfacecolor": face, "markeredgecolor": edge, "markeredgewidth": width}


@contextlib.contextmanager
def without_glyph_warnings() -> Iterator[None]:
    """`fonts_for` has told which characters no font has."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from current font")
        yield


def fonts_for(characters: frozenset[str]) -> str:
    """Chooses the fonts for a file with these characters. The answer names those that no font here has, if any."""
    lacking = {char for char in characters if not _has(FONT, char)}
    found = max(FALLBACKS if lacking else (), key=lambda name: sum(_has(name, char) for char in lacking), default="")
    useful = found and any(_has(found, char) for char in lacking)
    matplotlib.rcParams["font.sans-serif"] = [FONT, found] if useful else [FONT]
    text_width.cache_clear()
    left = sorted(char for char in lacking if not (useful and _has(found, char)))
    return "".join(left[:20]) + ("…" if len(left) > 20 else "")


@lru_cache(maxsize=None)
def _charmap(family: str) -> frozenset[int]:
    if family not in fontManager.get_font_names():
        return frozenset()
    return frozenset(get_font(findfont(FontProperties(family=family))).get_charmap())


def _has(family: str, char: str) -> bool:
    return ord(char) in _charmap(family)


@lru_cache(maxsize=100_000)
def text_width(text: str, points: float, weight: str = "normal") -> float:
    """Width of one line of text, in inches."""
    font = get_font([findfont(FontProperties(family=family, weight=weight))
                     for family in matplotlib.rcParams["font.sans-serif"]])
    font.set_size(points, 72)
    with without_glyph_warnings():
        font.set_text(text, 0.0, flags=LOAD_NO_HINTING)
    return font.get_width_height()[0] / 64 / 72  # 26.6 fixed point, then points


def wrap(text: str, points: float, width: float) -> list[str]:
    """Breaks `text` at blanks into lines of at most `width` inches."""
    lines: list[str] = []
    for word in (piece for whole in text.split() for piece in _pieces(whole, points, width)):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, points) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _pieces(word: str, points: float, width: float) -> list[str]:
    """A word, or the parts of one that is wider than a line."""
    if len(word) < 2 or text_width(word, points) <= width:
        return [word]
    fits = max(1, bisect_right(range(1, len(word)), width, key=lambda n: text_width(word[:n], points)))
    return [word[:fits], *_pieces(word[fits:], points, width)]


def paragraph(text: str, points: float, width: float) -> list[str]:
    """Like wrap, but without a last line of a word or two."""
    lines = wrap(text, points, width)
    for narrower in (0.95, 0.9, 0.85, 0.8, 0.75, 0.7):
        if len(lines) < 2 or text_width(lines[-1], points) > 0.25 * width:
            break
        shorter = wrap(text, points, narrower * width)
        if len(shorter) > len(lines):
            break
        lines = shorter
    return lines
