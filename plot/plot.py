#!/usr/bin/python3
"""Draws the charts of a Handoff result file, comparison or history: plot.py FILE.json [--out DIR]."""

import argparse
import sys
from pathlib import Path
from typing import Callable, Iterable

from handoff_plot.charts import draw
from handoff_plot.charts.history import history_pictures
from handoff_plot.charts.ratios import ratio_pictures
from handoff_plot.draw.picture import Folder, NotWritten, Picture
from handoff_plot.draw.style import fonts_for
from handoff_plot.read.document import Document, NotAResultFile, Unreadable, document_of
from handoff_plot.read.load import load
from handoff_plot.read.load_history import HISTORY, load_history
from handoff_plot.read.load_ratios import COMPARE, GATE, load_ratios
from handoff_plot.remarks import remarks
from handoff_plot.terminal import PROGRAM, Terminal, complain, last_words, unsaid

DRAWN, NOTHING, USAGE, INTERRUPTED = 0, 1, 2, 130
EXIT_CODES = """\
Each picture is written as NAME.png and NAME.svg, as a whole or not at all, and nothing outside of the folder.

Exit codes:
  0    drawn
  1    nothing to draw; content that breaks the file's own schema; a picture or the output could not be written
  2    usage: no such file, not a file of these, no folder to write to
  130  interrupted
"""


def main(arguments: list[str]) -> int:
    """The exit code; see EXIT_CODES."""
    try:
        options = _options(arguments)
    except OSError as error:  # of the page of help
        return _refuse(NOTHING, unsaid(error)) if unsaid(error) else DRAWN
    terminal, shown = Terminal(), set()
    try:
        document = document_of(options.results)
        unknown = fonts_for(document.characters)
        pictures, remarked = _pictures(document, options.overview)
        folder, drawn = Folder(options.out or _beside(options.results)), False
        for picture in pictures:
            for path in folder.save(picture):
                terminal.say(f"wrote {path}")
            drawn = True
            shown |= picture.shown
    except NotAResultFile as error:
        return _refuse(USAGE, str(error))
    except Unreadable as error:
        return _refuse(NOTHING, str(error))
    except NotWritten as error:
        return _refuse(*((USAGE, f"--out {error}; expected a folder to write to") if error.folder else
                         (NOTHING, str(error))))
    if unknown:
        terminal.say(f"no font here has {unknown}: boxes stand for them in PNGs, and in SVGs it depends on the viewer; "
                     "Debian's fonts-noto-cjk or fonts-wqy-microhei has Chinese, Japanese and Korean ones")
    for line in remarked(shown):
        terminal.say(line)
    if not drawn:
        return _refuse(NOTHING, f"{options.results}: nothing to draw: no point of a chart has a counted trial")
    return _refuse(NOTHING, terminal.failure) if terminal.failure else DRAWN


def _pictures(document: Document, overview: bool) -> tuple[Iterable[Picture], Callable[[set[str]], list[str]]]:
    """The pictures of whatever is in the file, each drawn when it is asked for; what those shown leave out."""
    if document.has(GATE) or document.has(COMPARE):
        return ratio_pictures(load_ratios(document)), lambda shown: []
    if document.has(HISTORY):
        return history_pictures(load_history(document)), lambda shown: []
    run = load(document)
    return draw(run, overview), lambda shown: remarks(run, shown)


def _beside(results: Path) -> Path:
    """The file's folder; the working folder where it is a pipe or standard input."""
    of_devices = results.absolute().parts[1:2] in (("dev",), ("proc",))
    return results.parent if results.is_file() and not of_devices else Path(".")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=PROGRAM, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description="Draws the charts of a Handoff result file, comparison or history.",
                                     epilog=EXIT_CODES)
    parser.add_argument("results", metavar="RESULTS.json", type=Path,
                        help="what `handoff run`, `handoff gate --json`, `handoff compare --json` or "
                             "`handoff history show --json` has written; a pipe will do")
    parser.add_argument("--out", metavar="DIR", type=Path,
                        help="folder for the pictures (default: the folder of RESULTS.json; of a pipe, this folder)")
    parser.add_argument("--overview", action="store_true",
                        help="also draw overview: one small panel of the fastest queues, legible at 800 pixels")
    return parser.parse_args(arguments)


def _main() -> int:
    try:
        return main(sys.argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as left:  # by argparse, which has said why
        return left.code


def _refuse(code: int, message: str) -> int:
    complain(message)
    return code


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if stream:  # a terminal of another encoding gets escapes for what it cannot show
            stream.reconfigure(errors="backslashreplace")
    code = _main()
    words = last_words()
    sys.exit(_refuse(NOTHING, words) if words else code)
