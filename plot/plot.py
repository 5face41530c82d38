#!/usr/bin/python3
"""Draws the charts of a Handoff result file, comparison or history: plot.py FILE.json [--out DIR]."""

import argparse
import sys
from pathlib import Path

import matplotlib

from handoff_plot.charts import draw
from handoff_plot.charts.history import history_pictures
from handoff_plot.charts.ratios import ratio_pictures
from handoff_plot.draw.picture import Picture
from handoff_plot.draw.style import RC
from handoff_plot.read.document import NotAResultFile, Unreadable, document_of
from handoff_plot.read.load import load
from handoff_plot.read.load_history import HISTORY, load_history
from handoff_plot.read.load_ratios import COMPARE, GATE, load_ratios
from handoff_plot.remarks import remarks

DRAWN, NOTHING, USAGE = 0, 1, 2


def main(arguments: list[str]) -> int:
    """Exit code: 0 drawn, 1 nothing to draw or unreadable content, 2 usage."""
    options = _options(arguments)
    out = options.out or options.results.parent
    try:
        pictures, remarked = _read_and_draw(options.results, options.overview)
    except NotAResultFile as error:
        return _refuse(USAGE, str(error))
    except Unreadable as error:
        return _refuse(NOTHING, str(error))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            for path in picture.save(out):
                print(f"wrote {path}")
    except OSError as error:
        return _refuse(USAGE, f"--out {out}: {error.strerror or error}; expected a folder to write to")
    for line in remarked:
        print(line)
    if not pictures:
        return _refuse(NOTHING, f"{options.results}: nothing to draw: no point of a chart has a counted trial")
    return DRAWN


def _read_and_draw(path: Path, overview: bool) -> tuple[list[Picture], list[str]]:
    """The pictures of whatever is in the file, and what they do not show."""
    document = document_of(path)
    keys = document if isinstance(document, dict) else {}
    with matplotlib.rc_context(RC):
        if GATE in keys or COMPARE in keys:
            return ratio_pictures(load_ratios(path)), []
        if HISTORY in keys:
            return history_pictures(load_history(path)), []
    run = load(path)
    pictures = draw(run, overview)
    return pictures, remarks(run, pictures)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="plot.py",
                                     description="Draws the charts of a Handoff result file, comparison or history.")
    parser.add_argument("results", metavar="RESULTS.json", type=Path,
                        help="what `handoff run`, `handoff gate --json`, `handoff compare --json` or "
                             "`handoff history show --json` has written")
    parser.add_argument("--out", metavar="DIR", type=Path,
                        help="folder for the pictures (default: the folder of RESULTS.json)")
    parser.add_argument("--overview", action="store_true",
                        help="also draw overview: one small panel of the fastest queues, legible at 800 pixels")
    return parser.parse_args(arguments)


def _refuse(code: int, message: str) -> int:
    print(f"plot.py: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
