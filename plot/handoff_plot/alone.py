"""Imports matplotlib as it is by itself: no settings, backend or style of the user's change a picture.

It reads a `matplotlibrc` of the working folder first, then the one that MATPLOTLIBRC names, then the user's; and a
MPLBACKEND that it does not know ends the import. So it is imported from a folder that has none, with these two set.
"""

import contextlib
import logging
import os
import sys
from pathlib import Path
from typing import Iterator

from .terminal import PROGRAM


@contextlib.contextmanager
def _here() -> Iterator[None]:
    """Works in this folder; the one before may be gone, or be closed to reading."""
    before = os.open(".", os.O_PATH | os.O_DIRECTORY)
    try:
        os.chdir(Path(__file__).parent)
        yield
    finally:
        os.fchdir(before)
        os.close(before)


os.environ["MPLBACKEND"] = "agg"
os.environ["MATPLOTLIBRC"] = os.devnull
logging.getLogger("matplotlib").setLevel(logging.ERROR)  # where its cache is, is nobody's business here
with _here():
    try:
        import matplotlib
        import matplotlib.font_manager  # noqa: F401  reads or makes its cache
    except OSError as failed:  # it must write its list of fonts somewhere
        sys.exit(f"{PROGRAM}: matplotlib does not start: {failed}; set MPLCONFIGDIR or TMPDIR to a folder to write to")

matplotlib.rcParams.update({key: value for key, value in matplotlib.rcParamsDefault.items() if key != "backend"})
