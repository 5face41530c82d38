#!/usr/bin/python3
"""Runs clang-tidy over the project's C++ with the checks of .clang-tidy.

usage: tests/tidy.py [--build DIR] [--fix] [PATTERN ...]

Most of the time of a clang-tidy run goes into the standard library and JSON headers. The sources of one folder are
therefore read as one unit: a made file that includes them all. Where two of them do not get along (the same name in two
unnamed namespaces, say), the one that clang stumbles over is read by itself.

What is read: every source of harness/ and benchmarks/, every header of impls/, and of each family one generated unit.
With patterns: the units and sources whose path contains one of them.

Exit codes: 0 no findings; 1 findings; 2 usage, or clang-tidy cannot run.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[1]
TIDY = "clang-tidy-19"
ERROR = "[clang-diagnostic-error]"
# GCC's flags that clang does not know are no findings.
LENIENT = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-error",
           "--extra-arg=-Wno-ignored-optimization-argument"]


@dataclass
class Unit:
    """Sources that are read together, and the compiler's flags for them."""

    name: str
    sources: list[pathlib.Path]
    flags: list[str]


def flags_of(command: str) -> list[str]:
    """Of a compiler's command line: what decides how the code reads (-D, -I, -isystem, -std, -f)."""
    words = shlex.split(command)
    flags = []
    for word, following in zip(words, words[1:] + [""]):
        if word == "-isystem":
            flags.append(f"-isystem{following}")
        elif re.match(r"-(D|I|std=|march=)", word):
            flags.append(word)
    return flags


def united(commands: list[str]) -> list[str]:
    """The flags of several commands, each once, in order."""
    return list(dict.fromkeys(flag for command in commands for flag in flags_of(command)))


def generated_sample(commands: dict[pathlib.Path, str], generated: pathlib.Path) -> list[pathlib.Path]:
    """One unit of each family's: the first that is no adapter, for it needs no library."""
    families: dict[pathlib.Path, pathlib.Path] = {}
    for source in sorted(commands):
        if source.parent.parent == generated and source.parent.name.startswith("bench_") and source.is_file() \
                and "third_party" not in source.read_text():
            families.setdefault(source.parent, source)
    return list(families.values())


def included_by_these_only(these: set[pathlib.Path], headers: list[pathlib.Path]) -> set[pathlib.Path]:
    """What some of these headers include, and none of the others."""
    def included(by: Iterable[pathlib.Path]) -> set[pathlib.Path]:
        return {(header.parent / name).resolve() for header in by
                for name in re.findall(r'^#include "(.*)"', header.read_text(), re.M)}
    return included(these) - included(header for header in headers if header not in these)


def units(build: pathlib.Path) -> list[Unit]:
    commands = {pathlib.Path(entry["file"]): entry["command"]
                for entry in json.loads((build / "compile_commands.json").read_text())}
    folders: dict[str, list[pathlib.Path]] = {}
    for source in sorted(commands):
        parts = source.relative_to(ROOT).parts if source.is_relative_to(ROOT) else ("", )
        if parts[0] in ("harness", "benchmarks"):
            folders.setdefault("/".join(parts[:2]) if len(parts) > 2 else parts[0], []).append(source)
    sample = generated_sample(commands, build / "generated")
    for source in sample:
        folders[f"generated/{source.parent.name}"] = [source]
    made = [Unit(name, sources, united([commands[source] for source in sources]))
            for name, sources in sorted(folders.items(), key=lambda folder: not folder[0].startswith("generated/"))]

    headers = sorted((ROOT / "impls").rglob("*.hpp"))
    # GCC's omp.h is not clang's to read, and clang's own is not installed.
    headers = [header for header in headers if "#include <omp.h>" not in header.read_text()]
    # What adapts a library that this build has not is in none of its units.
    built = {name for source in commands if source.is_relative_to(build / "generated") and source.is_file()
             for name in re.findall(r'^#include "(.*)"', source.read_text(), re.M)}
    left_out = {header for header in headers
                if header.parent.name == "third_party" and str(header.relative_to(ROOT / "impls")) not in built}
    left_out |= included_by_these_only(left_out, headers)
    headers = [header for header in headers if header not in left_out]
    headers.remove(ROOT / "impls" / "catalog.hpp")  # a list for macros, read by CMake
    # Before a tool that analyses, Concurrency Kit hides the instructions that this queue of its needs.
    headers = [header for header in headers if not re.search(r'#include ["<].*ck_fifo', header.read_text())]
    # Asio and Boost.Asio have traits of the same names, outside of any namespace.
    apart = [header for header in headers if "#include <asio/" in header.read_text()]
    headers = [header for header in headers if header not in apart]
    # What takes longest begins first, so that no CPU waits for it at the end.
    flags = united([commands[source] for source in sample])
    return [Unit("impls", headers, flags), *([Unit("impls_apart", apart, flags)] if apart else []), *made]


def write_unit(unit: Unit, folder: pathlib.Path) -> pathlib.Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / (unit.name.replace("/", "-") + ".cpp")
    file.write_text("".join(f'#include "{source}"\n' for source in unit.sources))
    return file


def tidy(file: pathlib.Path, flags: list[str], fix: bool) -> str:
    """clang-tidy's findings in a file and in our files that it includes."""
    done = subprocess.run(
        [TIDY, "--quiet", f"--config-file={ROOT}/.clang-tidy", f"--header-filter=^{re.escape(str(ROOT))}/", *LENIENT,
         *(["--fix"] if fix else []), str(file), "--", *flags],
        capture_output=True, text=True, cwd=ROOT)
    if done.returncode < 0:
        return f"{file}:1:1: error: {TIDY} died of signal {-done.returncode}"
    return done.stdout.strip()


def split(text: str) -> list[str]:
    """clang-tidy's output, finding by finding."""
    starts = re.compile(r"^\S+:\d+:\d+: (?:warning|error): ", re.MULTILINE)
    places = [match.start() for match in starts.finditer(text)] + [len(text)]
    return [text[begin:end].strip() for begin, end in zip(places, places[1:])]


def findings(unit: Unit, folder: pathlib.Path, fix: bool) -> str:
    if len(unit.sources) == 1:
        return tidy(unit.sources[0], unit.flags, fix)
    answer = tidy(write_unit(unit, folder), unit.flags, fix)
    if ERROR not in answer or unit.name == "impls":
        return answer
    # What is wrong only beside the others is read by itself; an error elsewhere may have hidden the rest.
    places = {pathlib.Path(place) for place in re.findall(r"^(\S+?):\d+:\d+: error: ", answer, re.MULTILINE)}
    hides = not places <= set(unit.sources) or "file not found" in answer or "too many errors" in answer
    again = unit.sources if hides or fix else sorted(places)
    kept = [] if hides else [finding for finding in split(answer) if ERROR not in finding]
    return "\n".join(filter(None, [*kept, *(tidy(source, unit.flags, fix) for source in again)]))


def chosen(all_units: list[Unit], patterns: list[str]) -> list[Unit]:
    if not patterns:
        return all_units
    kept = []
    for unit in all_units:
        whole = any(pattern in unit.name for pattern in patterns)
        sources = [source for source in unit.sources if whole
                   or any(pattern in str(source.relative_to(ROOT)) for pattern in patterns)]
        if sources:
            kept.append(Unit(unit.name, sources, unit.flags))
    return kept


def distinct(text: str) -> list[str]:
    """The findings, each once, although several units include the same header, with paths below the project."""
    found = list(dict.fromkeys(split(text)))
    # What clang cannot compile brings a note for every overload of an operator: the error's own lines are enough.
    found = ["\n".join(finding.splitlines()[:3]) if ERROR in finding else finding
             for finding in found]
    return [finding.replace(f"{ROOT}/", "") for finding in found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "lint",
                        help="a configured build folder")
    parser.add_argument("--fix", action="store_true", help="mend what clang-tidy can mend")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="only sources whose path contains one of these")
    options = parser.parse_args()
    build = options.build.resolve()
    if not shutil.which(TIDY):
        print(f"tidy: {TIDY}: not found; remedy: apt-get install {TIDY}", file=sys.stderr)
        return 2
    if not (build / "compile_commands.json").is_file():
        print(f"tidy: {build}: not configured; remedy: tests/lint.sh tidy, which configures it", file=sys.stderr)
        return 2
    looked_at = chosen(units(build), options.patterns)
    if not looked_at:
        print(f"tidy: {' '.join(options.patterns)}: no source's path contains it", file=sys.stderr)
        return 2
    # --fix one by one: two units would mend the same header at the same time.
    with ThreadPoolExecutor(1 if options.fix else len(os.sched_getaffinity(0))) as pool:
        texts = list(pool.map(lambda unit: findings(unit, build / "tidy", options.fix), looked_at))
    found = distinct("\n".join(texts))
    for finding in found:
        print(finding)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    sources = sum(len(unit.sources) for unit in looked_at)
    print(f"tidy: {len(found)} findings in {sources} files, {used.ru_utime + used.ru_stime:.0f} s of CPU time, "
          f"at most {used.ru_maxrss // 1024} MB; not read: tests/, headers that need omp.h or what is not installed, "
          "generated units but one of each family", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
