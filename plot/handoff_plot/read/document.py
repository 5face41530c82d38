"""A file as JSON, and what is wrong with one that cannot be read."""

import json
from pathlib import Path
from typing import Any


class NotAResultFile(Exception):
    """What was named is no Handoff result file."""


class Unreadable(Exception):
    """A Handoff result file whose content breaks its own schema."""


EXPECTED = "expected the results.json that `handoff run` writes"


def document_of(path: Path) -> Any:
    """Whatever JSON is in the file. Raises NotAResultFile."""
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise NotAResultFile(f"{path}: {error.strerror or error}; {EXPECTED}") from error
    except (ValueError, RecursionError) as error:
        raise NotAResultFile(f"{path}: not JSON ({_one_line(error)}); {EXPECTED}") from error


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
