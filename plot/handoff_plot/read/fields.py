"""Values of a JSON document, each with its place: what passes here is of the type that the code behind expects.

What does not raises Malformed, whose message names the place, what stands there and what is expected.
"""

import math
from typing import Any

from .escape import escaped, shortened

LEAST, MOST = 1e-18, 1e18  # of a number other than 0: no measurement is outside, and products and quotients are doubles
MOST_COUNT = 2**53
SHOWN = 60  # characters of a wrong value that a message quotes


class Malformed(Exception):
    """What is wrong, and where."""


class Field:
    """A value and the way to it from the top of the document."""

    __slots__ = ("value", "_above", "_key")

    def __init__(self, value: Any, above: "Field | None" = None, key: str | int = "") -> None:
        self.value, self._above, self._key = value, above, key

    @property
    def place(self) -> str:
        """`run.points[3].threads`."""
        if self._above is None:
            return ""
        before = self._above.place
        if isinstance(self._key, int):
            return f"{before}[{self._key}]"
        key = shortened(escaped(self._key), SHOWN)
        return f"{before}.{key}" if before else key

    def wrong(self, expected: str) -> Malformed:
        """The error that this is not what is expected."""
        return Malformed(f"{self.place or 'the document'} is {_words(self.value)}, expected {expected}")

    # --- objects and lists --------------------------------------------------------------------------

    def __getitem__(self, key: str) -> "Field":
        """A member of an object; it must be there."""
        members = self._members()
        if key not in members:
            raise Malformed(f"{self.place or 'the document'} has no {key!r}")
        return Field(members[key], self, key)

    def get(self, key: str) -> "Field | None":
        """A member of an object; None where it is absent or null."""
        value = self._members().get(key)
        return None if value is None else Field(value, self, key)

    def fields(self) -> dict[str, "Field"]:
        """The members of an object."""
        return {key: Field(value, self, key) for key, value in self._members().items()}

    def items(self) -> list["Field"]:
        """The elements of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [Field(value, self, i) for i, value in enumerate(self.value)]

    def _members(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return self.value

    # --- values -------------------------------------------------------------------------------------

    def text(self) -> str:
        """A string, as it stands in the file."""
        if not isinstance(self.value, str):
            raise self.wrong("words")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def count(self, least: int = 0) -> int:
        """A whole number."""
        value = self.value
        if type(value) is not int or not least <= value <= MOST_COUNT:  # a bool is an int
            raise self.wrong(f"a whole number from {least} on" if not _huge(value) else "a whole number below 2^53")
        return value

    def number(self) -> float:
        """A number, none below 0. What is nearer to 0 than any measurement is 0."""
        value = self.value
        if type(value) not in (int, float) or not 0 <= value <= MOST:
            raise self.wrong(f"a number up to {MOST:g}" if _huge(value) else "a number, and none below 0")
        return float(value) if value >= LEAST else 0.0

    def positive(self) -> float:
        """A number above 0."""
        value = self.value
        if type(value) not in (int, float) or not LEAST <= value <= MOST:
            raise self.wrong(f"a number from {LEAST:g} to {MOST:g}" if _huge(value) or _tiny(value)
                             else "a number above 0")
        return float(value)

    def positive_or_none(self) -> float | None:
        """A number above 0; null stays nothing."""
        return None if self.value is None else self.positive()

    def counts(self) -> list[int]:
        """A list of whole numbers; a long one is looked at once."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        if not all(type(v) is int and 0 <= v <= MOST_COUNT for v in self.value):
            return [field.count() for field in self.items()]  # finds the one that is wrong
        return self.value


def _huge(value: Any) -> bool:
    return type(value) in (int, float) and value > MOST_COUNT


def _tiny(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < LEAST


def _words(value: Any) -> str:
    """A value as a message quotes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, float) and math.isinf(value):
        return "beyond any double"
    return escaped(shortened(repr(value), SHOWN))
