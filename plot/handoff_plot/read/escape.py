"""Words of a file as a terminal, a picture and XML can hold them."""

import re
import unicodedata

# Control characters, surrogates, what turns the direction of text, and what is no character: XML has no place for
# most of them, and a terminal obeys some.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
                     "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
NAME, SENTENCE = 160, 600  # characters of a name and of a sentence that are shown


def escaped(text: str) -> str:
    """`text` on one line, with what cannot be shown written as in a string of Python or C."""
    return _UNSAFE.sub(lambda found: _escape(found.group()), text)


def _escape(char: str) -> str:
    code = ord(char)
    wide = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _SHORT.get(char, wide)


def shortened(text: str, most: int) -> str:
    """`text` without its middle where it is longer than `most` characters."""
    if len(text) <= most:
        return text
    tail = most // 3
    return f"{text[:most - tail - 1].rstrip()}…{text[len(text) - tail:].lstrip()}"


def sentence(text: str) -> str:
    """Free text of a file: one line, of a length that a caption can hold."""
    return shortened(escaped(" ".join(text.split())), SENTENCE)


class Names:
    """What is shown of each name of a file: itself where it can be. Different names stay different."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}
        self._turns: dict[str, int] = {}  # how often a shown name was taken

    def __call__(self, name: str) -> str:
        if name not in self._shown:
            self._shown[name] = self._free(shortened(escaped(unicodedata.normalize("NFC", name)), NAME))
        return self._shown[name]

    def _free(self, wanted: str) -> str:
        found = wanted
        while found in self._turns:
            self._turns[wanted] += 1
            found = f"{wanted}~{self._turns[wanted]}"
        self._turns[found] = 1
        return found
