"""A file as JSON, and what is wrong with one that cannot be read."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .escape import escaped
from .fields import Field

EXPECTED = "expected the results.json that `handoff run` writes"
LONG = 18  # digits of a number that is read exactly; what is longer is no count


class NotAResultFile(Exception):
    """What was named is no Handoff result file."""


class Unreadable(Exception):
    """A Handoff result file whose content breaks its own schema."""


@dataclass(frozen=True)
class Document:
    """What stands in a file, read once: a pipe cannot be read twice."""

    path: Path
    value: Any
    characters: frozenset[str]  # beyond ASCII, anywhere in it

    @property
    def root(self) -> Field:
        return Field(self.value)

    def has(self, key: str) -> bool:
        """Whether it is an object with that key, which says what kind of file it is."""
        return isinstance(self.value, dict) and key in self.value


def document_of(path: Path) -> Document:
    """Whatever JSON is in the file. Raises NotAResultFile."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotAResultFile(f"{path}: {error.strerror or error}; {EXPECTED}") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotAResultFile(f"{path}: UTF-16, as PowerShell's > writes; {EXPECTED}, in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotAResultFile(f"{path}: not UTF-8 (line {line}, byte {data[error.start]:#04x}); {EXPECTED}") from error
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_int=_whole, object_pairs_hook=_object)
    except RecursionError as error:
        raise NotAResultFile(f"{path}: not JSON of ours (nested too deeply); {EXPECTED}") from error
    except ValueError as error:
        raise NotAResultFile(f"{path}: not JSON ({escaped(str(error))}); {EXPECTED}") from error
    return Document(path, value, _characters(text))


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONG else float(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"an object has {twice[:60]!r} twice")
    return found


def _characters(text: str) -> frozenset[str]:
    """All beyond ASCII, those written as \\uXXXX too."""
    found = set() if text.isascii() else {char for char in set(text) if char > "\x7f"}
    if "\\u" in text:
        written = set(re.findall(r"(?:\\u[0-9a-fA-F]{4})+", text))
        for run in written:
            found |= set(json.loads(f'"{run}"'))
    return frozenset(char for char in found if char > "\x7f" and not "\ud800" <= char <= "\udfff")
