#!/usr/bin/python3
"""Writes man pages from what the commands print as their help: man_pages.py --version V --date D --out DIR COMMAND.

Of a command that lists others (`handoff`), it writes a page for each of these, too. Nothing is said here that the help
does not say, so that there is one text.
"""

import argparse
import gzip
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Item:
    """`  --flag VALUE   what it does`."""

    tag: str
    text: str


@dataclass
class Examples:
    """Commands to copy: a block of lines that begin with four blanks."""

    commands: list[str]


@dataclass
class Part:
    """A heading of the help, or none at its beginning, with what stands below: paragraphs and items."""

    heading: str
    content: list[str | Item | Examples] = field(default_factory=list)


@dataclass
class Help:
    usage: list[str]
    parts: list[Part]
    exit_codes: list[str | Item]


def help_of(command: list[str]) -> Help:
    # argparse breaks lines where COLUMNS says; only its paragraphs matter here.
    done = subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "COLUMNS": "1000", "LC_ALL": "C.UTF-8"})
    if done.returncode != 0 or not done.stdout.startswith("usage: "):
        sys.exit(f"man_pages.py: {' '.join(command)} --help: exit code {done.returncode}: {done.stderr.strip()[-300:]}")
    return parsed(done.stdout)


def parsed(text: str) -> Help:
    lines = text.splitlines()
    usage = [lines.pop(0).removeprefix("usage: ")]
    while lines and lines[0].startswith(" " * 7):
        usage.append(lines.pop(0).strip())
    found = Help(usage, [Part("")], [])
    for block in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
        read_block(block.splitlines(), found)
    return found


def read_block(lines: list[str], found: Help) -> None:
    if lines[0].lower().startswith("exit codes: "):
        found.exit_codes = exit_codes(" ".join(line.strip() for line in lines)[len("exit codes: "):])
        return
    content = found.parts[-1].content
    if all(line.startswith("    ") for line in lines):
        content.append(Examples([line.strip() for line in lines]))
        return
    if not lines[0].startswith(" ") and len(lines) == 1 or lines[0][0] != " " and lines[1][0] != " ":
        content.append("")  # a paragraph of its own
    for line, below in zip(lines, [*lines[1:], ""]):
        indent = len(line) - len(line.lstrip())
        if indent == 0 and below.startswith("  "):
            found.parts.append(Part(line.rstrip(":")))
            content = found.parts[-1].content
        elif indent == 0:
            content[-1] = f"{content[-1]} {line}".strip()
        elif indent == 2:
            tag, text = re.fullmatch(r"  (\S.*?)(?:\s{2,}(\S.*))?", line).groups()
            content.append(Item(tag, text or ""))
        else:
            content[-1].text = f"{content[-1].text} {line.strip()}".strip()


def exit_codes(text: str) -> list[str | Item]:
    """`0 fine; 1 a point regressed; 130 interrupted. Of a drill: 0 found`: one item for each code."""
    found: list[str | Item] = []
    for piece in re.split(r"; (?=\d+\b)|\. (?=[A-Z][^.:;]*: \d)", text):
        label, code, meaning = re.fullmatch(r"(?:([A-Z][^.:;]*:) )?(\d+)\s*(.*)", piece).groups()
        found += [label] if label else []
        found.append(Item(code, meaning))
    return found


# ------------------------------------------------------------------------------------------------- as roff

def escaped(text: str) -> str:
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def running(text: str) -> str:
    """Running text: what stands in back quotes, and flags, are bold."""
    pieces = re.split(r"`([^`]+)`|(?<![\w-])(--[a-z][a-z-]*)", text)
    written = ""
    for plain, quoted, flag in zip(pieces[::3], [*pieces[1::3], None], [*pieces[2::3], None]):
        written += escaped(plain).replace("\\&", "")
        if quoted or flag:
            written += f"\\fB{escaped(quoted or flag)}\\fR"
    return "\\&" + written if written[:1] in (".", "'") else written


def words(text: str) -> str:
    """A line of usage, or a tag: flags and commands are bold, what the user puts in their place is italic."""
    pieces = re.split(r"((?<![\w-])--?[A-Za-z][a-z-]*|\bhandoff(?: [a-z]+)?\b|\b[A-Z]{2,}\b)", text)
    written = ""
    for plain, special in zip(pieces[::2], [*pieces[1::2], ""]):
        font = "I" if special.isupper() else "B"
        written += escaped(plain) + (f"\\f{font}{escaped(special)}\\fR" if special else "")
    return written


def items(content: list[str | Item | Examples]) -> list[str]:
    lines = []
    for one in content:
        if isinstance(one, str):
            lines += [".PP", running(one)]
            continue
        if isinstance(one, Examples):
            lines += [".PP", ".RS", ".EX", *map(escaped, one.commands), ".EE", ".RE"]
            continue
        lines += [".TP", words(one.tag), running(one.text) or "\\&"]
    return lines


#: headings of argparse that are sections of a man page
SECTIONS = {"positional arguments": "ARGUMENTS", "options": "OPTIONS", "exit codes": "EXIT STATUS"}


def page(name: str, about: str, text: Help, see: list[str], version: str, date: str) -> str:
    command = "handoff " + name.removeprefix("handoff-") if text.usage[0].startswith("handoff ") else name
    command = command if text.usage[0].startswith(command) else name
    lines = [f'.TH {escaped(name.upper())} 1 {escaped(date)} "handoff {version}" "Handoff"',
             ".SH NAME", f"{escaped(name)} \\- {escaped(about)}", ".SH SYNOPSIS"]
    for usage in text.usage:
        lines += [f'.SY "{escaped(command)}"', words(usage.removeprefix(command).strip())]
    lines += [".YS", ".SH DESCRIPTION"]
    # Paragraphs that stand behind flags are about the whole.
    paragraphs = [one for part in text.parts for one in part.content if isinstance(one, str)]
    lines += [line for one in paragraphs for line in (".PP", running(one))]
    grouped = False
    for part in text.parts:
        content = [one for one in part.content if isinstance(one, Item)]
        if not content:
            continue
        if part.heading.lower() in SECTIONS:
            lines.append(f".SH {SECTIONS[part.heading.lower()]}")
        elif not part.heading:
            lines.append(".SH COMMANDS" if content[0].tag.startswith("handoff ") else ".SH OPTIONS")
        else:
            lines += [] if grouped else [".SH OPTIONS"]
            lines.append(f".SS {running(part.heading[:1].upper() + part.heading[1:])}")
            grouped = True
        lines += items(content)
    examples = [one for part in text.parts for one in part.content if isinstance(one, Examples)]
    if examples:
        lines += [".SH EXAMPLES", *items(examples)]
    if text.exit_codes:
        lines += [".SH EXIT STATUS", *items(text.exit_codes)]
    lines += [".SH SEE ALSO", *(f".BR \\%{escaped(other)} (1)," for other in see)]
    return "\n".join(lines).rstrip(",") + "\n"


def commands_of(text: Help) -> dict[str, str]:
    """The commands that a help lists, with what it says of each at first."""
    found: dict[str, str] = {}
    for one in text.parts[0].content:
        match = isinstance(one, Item) and re.match(r"handoff ([a-z]+)\b", one.tag)
        if match:
            found.setdefault(match[1], one.text)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", type=Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--date", required=True, help="of the version")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    name = asked.command.name
    text = help_of([str(asked.command)])
    commands = commands_of(text)
    every = [name, *(f"{name}-{command}" for command in commands)]
    first = next((one for one in text.parts[0].content if isinstance(one, str)), "")
    about = first[:1].lower() + first[1:].rstrip(".")
    see = [*every[1:], "handoff-plot"] if commands else ["handoff"]
    pages = {name: page(name, about, text, see, asked.version, asked.date)}
    for command, about in commands.items():
        see = [other for other in every if other != f"{name}-{command}"]
        pages[f"{name}-{command}"] = page(f"{name}-{command}", about, help_of([str(asked.command), command]), see,
                                          asked.version, asked.date)
    asked.out.mkdir(parents=True, exist_ok=True)
    for old in asked.out.glob(f"{name}-*.1.gz") if commands else ():  # of a command that is no more
        if old.name not in (f"{title}.1.gz" for title in [*pages, "handoff-plot"]):
            old.unlink()
    for title, roff in pages.items():
        # no time and no name inside: the same text gives the same bytes
        (asked.out / f"{title}.1.gz").write_bytes(gzip.compress(roff.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
