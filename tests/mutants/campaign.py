#!/usr/bin/python3
"""Mutants of result, gate, comparison, history, journal and sweep files, given to the commands that read them.

Right is, whatever the file: no signal and no traceback, a documented exit code, an answer in seconds, one line on
stderr where the file is refused, no control character on the terminal, valid JSON, valid SVG, and nothing written that
was not asked for. Prints what is not right, and how to get the mutant again. Exit code 1 then.

    tests/mutants/campaign.py --mutants 10000           a whole campaign
    tests/mutants/campaign.py --kind gate --number 17   one mutant, kept
"""

import argparse
import base64
import contextlib
import gzip
import importlib
import io
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from xml.etree import ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from cli.made import gate, plain, result  # noqa: E402
from cli.support import HANDOFF, ROOT, TINY_SWEEP, library  # noqa: E402
from mutants.mutate import mutant, taken_apart  # noqa: E402

jsonschema = library("jsonschema")

SECONDS = 20
MARKDOWN_LIMIT = 1 << 20
SEVEN = [100.0, 101, 102, 103, 104, 105, 106]
# What no message for people contains: names of exceptions and functions, of ours and of libraries.
INTERNAL = re.compile(r"json\.exception|std::|terminate called|basic_string|::at\b|\bat: key|stod\b|stoi\b|vector::|"
                      r"bad_alloc|Traceback|AssertionError|filesystem error|Sanitizer")
# C0 without tab and line feed, DEL, C1, and what reorders a line.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Wrong(Exception):
    """What is not right about a command's answer."""


def strict_json(text):
    def refuse(word):
        raise Wrong(f"{word} in JSON")
    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError as error:
        raise Wrong(f"JSON that is none: {error}") from error


def valid(text, schema):
    """The document, which its schema accepts."""
    document = strict_json(text)
    try:
        jsonschema.Draft7Validator(json.loads((ROOT / "results" / schema).read_text())).validate(document)
    except jsonschema.ValidationError as error:
        raise Wrong(f"breaks {schema}: {error.message[:200]}") from error
    return document


class Sandbox:
    """A folder with `in` and `out`; the commands run in it and may write into `out` only."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.inside = self.folder / "in"
        self.out = self.folder / "out"
        self.inside.mkdir()
        self.out.mkdir()

    def files(self):
        return {str(path): path.stat().st_size for path in self.folder.rglob("*") if self.out not in path.parents}

    def run(self, *arguments, codes=(0, 2)):
        command = [str(a) for a in (HANDOFF, *arguments)]
        shown = " ".join(command)
        try:
            done = subprocess.run(command, capture_output=True, cwd=self.folder, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise Wrong(f"{shown}: no answer in {SECONDS} s") from error
        if done.returncode not in codes:
            raise Wrong(f"{shown}: exit code {done.returncode}: {done.stderr[-300:]!r}")
        try:
            texts = done.stdout.decode(), done.stderr.decode()
        except UnicodeDecodeError as error:
            raise Wrong(f"{shown}: no UTF-8: {error}") from error
        for text in texts:
            if found := CONTROL.search(text):
                raise Wrong(f"{shown}: {found.group()!r} reaches the terminal")
            if found := INTERNAL.search(text):
                raise Wrong(f"{shown}: says {found.group()!r}: {text[:300]!r}")
        # What is passed over in a journal is said before what is refused.
        lines = [line for line in texts[1].splitlines() if "passed over" not in line]
        if done.returncode == 2 and len(lines) != 1:
            raise Wrong(f"{shown}: refuses in {len(lines)} lines: {texts[1][:300]!r}")
        if done.returncode == 2 and len(lines[0]) > 2000:
            raise Wrong(f"{shown}: refuses in {len(texts[1])} characters")
        return done.returncode, *texts


# ------------------------------------------------------------------------------------------------ what is driven


def drive_compare(box, file, others):
    """Both places of `compare`, the terminal, JSON and Markdown."""
    for pair in ((file, others["result"]), (others["result"], file), (others["plain"], file)):
        for name in ("c.json", "c.md"):
            (box.out / name).unlink(missing_ok=True)
        code, _, _ = box.run("compare", *pair, "--json", box.out / "c.json", "--markdown", box.out / "c.md")
        if code == 0:
            valid((box.out / "c.json").read_text(), "compare.schema.json")
            text = (box.out / "c.md").read_bytes()
            if len(text) > MARKDOWN_LIMIT or CONTROL.search(text.decode()):
                raise Wrong(f"Markdown of {len(text)} bytes, or with control characters")
            bars = {re.sub(r"\\.", "", line).count("|") for line in text.decode().splitlines() if line.startswith("|")}
            if bars != {8}:
                raise Wrong(f"a table of Markdown whose rows have {bars} bars")


def drive_history(box, file, others):
    """`history add`, as the result and as the reference, and `show`."""
    for arguments in ((file, "--reference", others["result"]), (others["other"], "--reference", file), (file,)):
        db = box.out / "history.sqlite"
        db.unlink(missing_ok=True)
        code, _, _ = box.run("history", "add", *arguments, "--db", db)
        if code == 0:
            shown = box.out / "h.json"
            box.run("history", "show", "--db", db, "--json", shown, codes=(0,))
            valid(shown.read_text(), "history.schema.json")


def drive_report(box, file, others):
    """The page, whose data is as its schema says, and the summary."""
    page = box.out / "page.html"
    page.unlink(missing_ok=True)
    code, _, _ = box.run("report", file, others["result"], "--out", page)
    if code == 0:
        encoding, data = re.search(r'data-encoding="([^"]*)">([^<]*)</script>', page.read_text()).groups()
        packed = base64.b64decode(data, validate=True)
        valid(gzip.decompress(packed) if encoding.startswith("gzip") else packed, "page.schema.json")
    for flags in ((), ("--markdown",)):
        box.run("report", "--summary", *flags, file, codes=(code,))


def drive_measured(box, file, others):
    drive_compare(box, file, others)
    drive_history(box, file, others)
    drive_report(box, file, others)


def drive_journal(box, file, others):
    """Goes on with a run that was finished before its journal was changed."""
    folder = box.out / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copyfile(file, folder / "journal.jsonl")
    code, _, _ = box.run("run", "--resume", folder, "--quiet", codes=(0, 1, 2))
    if code != 2 and (folder / "results.json").exists():
        strict_json((folder / "results.json").read_text())


def drive_sweep(box, file, others):
    box.run("list", file)


def refuse_to_wait(_, frame):
    raise Wrong("plot.py: no answer in time at " + "".join(traceback.format_stack(frame, 3)).replace("\n", " "))


def drive_plot(box, file, others):
    """plot.py in this process: starting it takes longer than drawing."""
    out = box.out / "pictures"
    shutil.rmtree(out, ignore_errors=True)
    said, refused = io.StringIO(), io.StringIO()
    signal.signal(signal.SIGALRM, refuse_to_wait)
    signal.alarm(3 * SECONDS)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(refused):
            code = others["plot"]([str(file), "--out", str(out)])
    except (Exception, SystemExit) as error:  # pylint: disable=broad-except
        if isinstance(error, Wrong):
            raise
        where = traceback.extract_tb(error.__traceback__)[-1]
        raise Wrong(f"plot.py: {type(error).__name__}: {str(error)[:200]} ({where.filename}:{where.lineno})") from error
    finally:
        signal.alarm(0)
    if code not in (0, 1, 2):
        raise Wrong(f"plot.py: exit code {code}")
    for text in (said.getvalue(), refused.getvalue()):
        if found := CONTROL.search(text):
            raise Wrong(f"plot.py: {found.group()!r} reaches the terminal")
    if code == 2 and len(refused.getvalue().splitlines()) != 1:
        raise Wrong(f"plot.py: refuses in {len(refused.getvalue().splitlines())} lines: {refused.getvalue()[:300]!r}")
    for picture in out.glob("*.svg") if out.exists() else ():
        try:
            ElementTree.parse(picture)
        except ElementTree.ParseError as error:
            raise Wrong(f"plot.py: {picture.name} is no XML: {error}") from error


# ---------------------------------------------------------------------------------------------------- campaign


def originals(box):
    """The documents that mutants are made of, each with what reads it: kind -> (document, drive)."""
    points = {"ring": SEVEN, "queue": [1.1 * v for v in SEVEN], "few": SEVEN[:3]}
    made = {
        "result": result(points, git_commit="frozen"),
        "latency": result(points, measure="latency", uncounted={("ring", 1)},
                          failed=[("queue", "crashed", "signal 11")]),
        "plain": plain([(f"BM_{name}/8", value) for name, values in points.items() for value in values] +
                       [{"name": "BM_ring/8_mean", "real_time": 99.0, "run_type": "aggregate"},
                        {"name": "BM_x", "real_time": 1.0, "error_occurred": True, "error_message": "no device"}]),
        "gate": gate({f"queues/transfer/{name}": [1.1, 1.2, 1.3, 1.0, 1.2, 1.2, None] for name in ("a", "b")}),
    }
    files = {}
    other = result(points, git_commit="new", date="2031-02-03T04:05:06+00:00")
    for kind, document in (*made.items(), ("other", other)):
        files[kind] = box.inside / f"{kind}.json"
        files[kind].write_text(json.dumps(document))
    compared, shown, db = (box.out / name for name in ("c.json", "h.json", "h.sqlite"))
    box.run("compare", files["result"], files["other"], "--json", compared, codes=(0,))
    made["compare"] = json.loads(compared.read_text())
    for i in range(12):
        factor = 1.0 if i < 6 else 1.2
        files["next"] = box.inside / "next.json"
        files["next"].write_text(json.dumps(result({p: [factor * v + i / 10 for v in vs] for p, vs in points.items()})))
        box.run("history", "add", files["next"], "--reference", files["result"], "--db", db, f"--commit=c{i}",
                f"--date=2030-01-{i + 1:02}", codes=(0,))
    box.run("history", "show", "--db", db, "--json", shown, codes=(0,))
    made["history"] = json.loads(shown.read_text())
    found = {kind: (taken_apart(document), drive_measured) for kind, document in made.items()}
    sweep = box.inside / "sweep.json"
    sweep.write_text(json.dumps({**TINY_SWEEP, "ratios": [{"label": "a", "numerator": "b", "denominator": "c"}]}))
    found["sweep"] = taken_apart(json.loads(sweep.read_text())), drive_sweep
    return found, files


def journal(box):
    """A finished run's journal; its trials are measured once."""
    folder = box.out / "made"
    sweep = box.inside / "tiny.json"
    block = {"family": "counters", "workload": ["contended_add"], "impl": ["fetch_add_counter", "striped_counter"],
             "threads": [1, 2], "work_ns": [0]}
    sweep.write_text(json.dumps({"name": "tiny", "repetitions": 2, "min_time_seconds": 0.002, "timeout_seconds": 5,
                                 "blocks": [block]}))
    box.run("run", sweep, "--out", folder, "--quiet", codes=(0,))
    return (folder / "journal.jsonl").read_bytes()


class Campaign:
    def __init__(self, options, box):
        self.options = options
        self.box = box
        self.documents, self.others = originals(box)
        if "journal" in options.kinds:
            self.documents["journal"] = journal(box), drive_journal
        if options.plot:
            sys.path.insert(0, str(ROOT / "plot"))
            self.others["plot"] = importlib.import_module("plot").main
        self.found = {}
        self.codes = 0

    def one(self, kind, number):
        document, drive = self.documents[kind]
        dice = random.Random(f"{self.options.seed}/{kind}/{number}")
        file = self.box.inside / "mutant.json"
        file.write_bytes(mutant(dice, document))
        before = self.box.files()
        drives = [drive] if not self.options.only_plot else []
        if self.options.plot and kind not in ("journal", "sweep"):
            drives.append(drive_plot)
        for each in drives:
            try:
                each(self.box, file, self.others)
                if (after := self.box.files()) != before:
                    raise Wrong(f"writes elsewhere: {set(after.items()) ^ set(before.items())}")
            except Wrong as wrong:
                self.tell(kind, number, str(wrong), file)

    def tell(self, kind, number, wrong, file):
        # Alike ones once: numbers and the mutant's own words vary.
        alike = re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "_", wrong)[-160:]
        self.found.setdefault(alike, []).append(number)
        if len(self.found[alike]) > 1:
            return
        print(f"{kind} {number}: {wrong}", flush=True)
        if self.options.keep:
            self.options.keep.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, self.options.keep / f"{kind}_{number}.json")

    def run(self):
        kinds = self.options.kinds
        if self.options.number is not None:
            for kind in kinds:
                self.one(kind, self.options.number)
        else:
            for i in range(self.options.mutants):
                self.one(kinds[i % len(kinds)], i // len(kinds))
        for alike, numbers in self.found.items():
            print(f"{len(numbers)}x {alike}")
        total = 1 if self.options.number is not None else self.options.mutants
        print(f"{total} mutants, seed {self.options.seed}: {sum(map(len, self.found.values()))} wrong answers "
              f"of {len(self.found)} kinds")
        return 1 if self.found else 0


KINDS = ("result", "latency", "plain", "gate", "compare", "history", "journal", "sweep")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", dest="kinds", action="append", choices=KINDS, help="these only (default: all)")
    parser.add_argument("--number", type=int, help="this mutant of each kind only")
    parser.add_argument("--plot", action="store_true", help="plot/plot.py reads them, too")
    parser.add_argument("--only-plot", action="store_true", help="and nobody else")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the mutants that were answered wrongly")
    options = parser.parse_args()
    options.plot |= options.only_plot
    options.kinds = options.kinds or list(KINDS)
    if options.keep:
        options.keep = options.keep.resolve()
    with tempfile.TemporaryDirectory(prefix="handoff-mutants-") as folder:
        os.environ.setdefault("MPLCONFIGDIR", str(pathlib.Path(folder) / "out"))
        return Campaign(options, Sandbox(folder)).run()


if __name__ == "__main__":
    sys.exit(main())
