"""A drawn chart and how it becomes files."""

import io
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from .style import RC, without_glyph_warnings

LONGEST = 100  # characters of a file's name, before its ending
MOST_SIDE, MOST_AREA = 30_000, 60e6  # pixels of a PNG; a larger picture has fewer to the inch
MADE_WITH = {"png": {"Software": None}, "svg": {"Date": None, "Creator": "Handoff"}}  # no date: equal input and bytes


@dataclass(frozen=True)
class Picture:
    """One chart. `shown` names the points that a reader finds in it, with or without a number."""

    name: str
    figure: Figure
    shown: frozenset[str]
    dpi: float = RC["savefig.dpi"]

    def data(self, ending: str, title: str) -> bytes:
        """The bytes of its PNG or SVG."""
        made = io.BytesIO()
        metadata = MADE_WITH[ending] | ({"Title": title} if ending == "svg" else {})
        with without_glyph_warnings():
            self.figure.savefig(made, format=ending, dpi=self._dpi(), metadata=metadata)
        return made.getvalue()

    def _dpi(self) -> float:
        width, height = self.figure.get_size_inches()
        return min(self.dpi, MOST_SIDE / max(width, height), (MOST_AREA / (width * height)) ** 0.5)


class NotWritten(Exception):
    """A picture that could not be written, or the folder for all of them."""

    def __init__(self, path: Path, error: OSError, folder: bool) -> None:
        super().__init__(f"{path}: {error.strerror or error}")
        self.folder = folder


class Folder:
    """Where pictures go: each under a name of its own, of letters, digits and underscores; each as a whole or not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._taken: set[str] = set()
        self._turns: dict[str, int] = {}

    def save(self, picture: Picture) -> list[Path]:
        """Writes NAME.png and NAME.svg. Raises NotWritten."""
        self._make()
        name = self.name_for(picture.name)
        paths = [self.path / f"{name}.{ending}" for ending in MADE_WITH]
        for path, ending in zip(paths, MADE_WITH):
            _write_whole(path, picture.data(ending, name))
        return paths

    def name_for(self, wanted: str) -> str:
        """A file's name that no other picture of this folder has, whatever stands in `wanted`."""
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", wanted)[:LONGEST].strip("_") or "picture"
        found = plain
        while found.lower() in self._taken:
            self._turns[plain] = self._turns.get(plain, 1) + 1
            found = f"{plain}_{self._turns[plain]}"
        self._taken.add(found.lower())
        return found

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not os.access(self.path, os.W_OK | os.X_OK):
                raise PermissionError(0, "no permission to write there")
        except OSError as error:
            raise NotWritten(self.path, error, folder=True) from error


def _write_whole(path: Path, data: bytes) -> None:
    """Writes beside and renames: what was there stays until all is written, and a link is replaced, not followed."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        try:
            with open(file, "wb") as out:
                out.write(data)
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(path, error, folder=False) from error
