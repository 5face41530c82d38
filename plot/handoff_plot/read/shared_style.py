"""Colours and marks that the static charts and the page share: plot/style.json."""

import json
from pathlib import Path
from typing import NamedTuple

PATH = Path(__file__).parents[2] / "style.json"


class Style(NamedTuple):
    """What the file says. Dashes are in widths of the stroke, none of them for a full stroke."""

    palette: tuple[str, ...]
    markers: tuple[str, ...]
    mark_scale: dict[str, float]
    strokes: tuple[tuple[float, ...], ...]
    inks: dict[str, str]


def shared_style() -> Style:
    """Reads the file."""
    said = json.loads(PATH.read_text(encoding="utf-8"))
    return Style(tuple(said["palette"]), tuple(said["markers"]), said["mark_scale"],
                 tuple(map(tuple, said["strokes"])), said["inks"])
