"""What is known of an axis: how its values are told apart, and how a caption says one."""

from dataclasses import dataclass
from typing import Any

from .escape import Names
from .fields import Field

WORD, COUNT, SIZE = "word", "count", "size"  # kinds: words; whole numbers; whole numbers or UNBOUNDED
UNBOUNDED = "unbounded"


@dataclass(frozen=True)
class Axis:
    """One line of the table of axes that a result file carries."""

    name: str
    label: str  # in point names
    kind: str = WORD
    unit: str = ""
    least: int = 0
    neutral: str = ""  # the value that point names leave out
    phrase: str = ""  # for captions: {} is the value, {s} an s where the value is not 1
    phrase_neutral: str = ""  # what captions say of the neutral value
    absent: str = ""  # the value of an implementation that has no such axis: it stands beside all other values
    absent_phrase: str = ""  # what a caption says of these where they stand beside others

    def words(self, value: str | int | None) -> str:
        """`2 workers`, `capacity 1,024`; nothing where there is nothing to say of the value."""
        if value is None or (self.kind == SIZE and isinstance(value, str)):
            return ""
        phrase = self.phrase_neutral if self.neutral and str(value) == self.neutral else self.phrase
        number = f"{value:,}" if isinstance(value, int) else value
        return phrase.replace("{s}", "" if value == 1 else "s").replace("{}", number)

    def checked(self, field: Field, names: Names) -> str | int:
        """The value, if it is of the axis's kind."""
        value = field.value
        if self.kind == WORD:
            if not isinstance(value, str):
                raise field.wrong("a word")
            return names(value)
        if self.kind == SIZE and type(value) is not int:
            if value != UNBOUNDED:
                raise field.wrong(f"{UNBOUNDED!r} or a whole number from {self.least} on")
            return value
        return field.count(self.least)


Axes = dict[str, Axis]  # by name, in the order in which pictures and file names state them


def guessed(name: str, value: Any) -> Axis:
    """An axis that no table lists, from its name and one of its values."""
    words = name.removesuffix("_ns").replace("_", " ")
    return Axis(name, name, COUNT if isinstance(value, int) else WORD, phrase=f"{words} {{}}")
