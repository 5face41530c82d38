"""Mutants of JSON documents, by their structure and by their text. Every draw comes from the Random that is given."""

import codecs
import json


class Raw(str):
    """Text that stands in the document as it is, JSON or not."""


class Pairs(list):
    """An object as a list of (key, value), so that keys can stand twice."""


DEEP = 100_000

HOSTILE = [
    Raw("NaN"), Raw("Infinity"), Raw("-Infinity"), Raw("-nan(ind)"), Raw("1e999"), Raw("-1e999"), Raw("1" + "0" * 400),
    Raw("1e-999"), Raw("1e308"), Raw("-1e308"), Raw("5e-324"), Raw("1e100"), Raw("-0.0"), Raw("1,048,576"), Raw("2%"),
    Raw("007"), Raw("None"), Raw("'x'"), Raw(""), Raw("[" * DEEP + "]" * DEEP), Raw('{"a":' * DEEP + "1" + "}" * DEEP),
    Raw("[" * 70 + "]" * 70), Raw('"\\ud800"'), Raw('"\\q"'), Raw('"C:\\work"'), Raw('"a\nb"'), Raw('"\x1b[31m"'),
    0, -1, 1, 0.5, 2**31, -2**31, 2**32, 2**53 + 1, 2**63, -2**63, 2**64, 2**64 - 1, 10**15,
    "", " ", "NaN", "null", "0", "\x00", "a\x00b", "\x1b[31mRED\x1b]0;title\x07", "two\nlines", "\r", "\t", "x" * 3000,
    "../../escaped", "/etc/passwd", "-", "--out", "a|b`c`<b>&amp;]]>", "\u202e", "\u2028", "隊列", "\U0001f600",
    "%s%n", "queues", "items_per_second", "latency", "saturated", None, True, False, [], Pairs(),
    [None], [[]], [[[[]]]],
    Pairs([("", "")]), ["queues", "transfer"], [1e308, 1e308], [0], Pairs([("p50", None)])]

LOG = ["[Warning] queue.cc:71 duplicate instrument", "Run on (8 X 3000 MHz CPU s)", "bench finished in 3 s", "{", "}",
       "]", "\x00\x00\x00\x00", "null", "<html>"]


def taken_apart(value):
    """A document whose objects are Pairs."""
    if isinstance(value, dict):
        return Pairs((key, taken_apart(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return [taken_apart(inner) for inner in value]
    return value


def text_of(value):
    """JSON, as far as what is in it is."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Pairs):
        return "{" + ", ".join(f"{json.dumps(key)}: {text_of(inner)}" for key, inner in value) + "}"
    if isinstance(value, list):
        return "[" + ",\n".join(map(text_of, value)) + "]"
    return json.dumps(value)


def places(value):
    """Every (container, index) of a document."""
    found = []
    left = [value]
    while left:
        inner = left.pop()
        for i in range(len(inner)):
            found.append((inner, i))
            child = inner[i][1] if isinstance(inner, Pairs) else inner[i]
            if isinstance(child, list):
                left.append(child)
    return found


def put(container, i, value):
    container[i] = (container[i][0], value) if isinstance(container, Pairs) else value


def got(container, i):
    return container[i][1] if isinstance(container, Pairs) else container[i]


def copy_of(value):
    """Of lists, Pairs and what is in them; others never change."""
    if isinstance(value, Pairs):
        return Pairs((key, copy_of(inner)) for key, inner in value)
    return [copy_of(inner) for inner in value] if isinstance(value, list) else value


def mutate_tree(dice, document):
    """Changes one place of a document; where all is gone, nothing."""
    all_places = places(document)
    if not all_places:
        return
    container, i = dice.choice(all_places)
    # Rows and points are many and alike: as often somewhere near the top.
    if dice.random() < 0.3:
        container, i = dice.choice(all_places[:60])
    value = got(container, i)
    how = dice.random()
    if how < 0.45:
        put(container, i, copy_of(dice.choice(HOSTILE)))
    elif how < 0.57:
        del container[i]
    elif how < 0.65:
        container.insert(i, copy_of(container[i]) if not isinstance(container, Pairs) else container[i])
    elif how < 0.73:
        other, j = dice.choice(all_places)
        is_small = not isinstance(got(other, j), list)
        put(container, i, copy_of(got(other, j)) if is_small or dice.random() < 0.2 else None)
    elif how < 0.79 and isinstance(container, Pairs):
        key = dice.choice(["", "x", "name", "run", "points", "benchmarks", "\x1b[31m", "handoff_gate", "a" * 500])
        container[i] = (key, value)
    elif how < 0.85 and isinstance(value, list) and not isinstance(value, Pairs) and value:
        put(container, i, [copy_of(value[0]) for _ in range(dice.choice([2, 30, 300]))])
    elif how < 0.91 and isinstance(value, (int, float)) and not isinstance(value, bool):
        put(container, i, dice.choice([-value, value + 1, value * 1e6, value / 1e6, str(value), float(value), [value]]))
    elif how < 0.96 and isinstance(value, str):
        put(container, i, dice.choice([value[:len(value) // 2], value + "\x1b[0m", value.upper(), value + "/" + value,
                                       value.replace("/", "/../"), [value], value * 50]))
    elif isinstance(value, list) and value:
        put(container, i, type(value)(dice.sample(value, len(value))))
    else:
        put(container, i, Pairs([("x", value)]))


def mutate_bytes(dice, text):
    """Changes a text somewhere, or as a whole."""
    at = dice.randrange(len(text) + 1)
    how = dice.randrange(13)
    if how == 0:
        return text[:at]
    if how == 1:
        return text[:at] + text[at + dice.choice([1, 1, 10, 1000]):]
    if how == 2:
        byte = dice.choice([b"\x00", b"\xff", b"\x1b", b"\xe9", b"\n", b'"', b"\\", b"{", b"]", b",", b" "])
        return text[:at] + byte + text[at:]
    if how == 3 and at < len(text):
        return text[:at] + bytes([text[at] ^ 1 << dice.randrange(8)]) + text[at + 1:]
    if how == 4:
        return codecs.BOM_UTF8 + text
    if how == 5:
        encoding = dice.choice(["utf-16", "utf-16-be", "utf-32", "latin-1"])
        return text.decode("utf-8", "replace").encode(encoding, "replace")
    if how == 6:
        return dice.choice(LOG).encode() + b"\n" + text
    if how == 7:
        return text + b"\n" + dice.choice(LOG).encode() + b"\n"
    if how == 8:
        return text[:at] + b"\n" + dice.choice(LOG).encode() + b"\n" + text[at:]
    if how == 9:
        return text + b"\n" + text
    if how == 10:
        place = text.find(dice.choice([b",", b":", b'"', b"}", b"]"]), at)
        return text if place < 0 else text[:place] + text[place + 1:]
    if how == 11:
        return text.replace(b"\n", b"\r\n")
    return text[:at] + text[dice.randrange(len(text) + 1):]


def mutant(dice, document):
    """The bytes of a mutant of a document (of Pairs), or of a text."""
    if isinstance(document, bytes):
        text = document
        for _ in range(dice.choice([1, 1, 2, 4])):
            text = mutate_bytes(dice, text)
        return text
    changed = copy_of(document)
    for _ in range(dice.choice([0, 1, 1, 1, 2, 3, 5])):
        mutate_tree(dice, changed)
    text = text_of(changed).encode("utf-8", "replace")
    if dice.random() < 0.3:
        text = mutate_bytes(dice, text)
    return text
