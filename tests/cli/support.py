"""What the command tests share: where the build is and how to run its commands."""

import functools
import importlib
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HANDOFF_BUILD", ROOT / "build" / "release"))
HANDOFF = BUILD / "bin" / "handoff"
BENCH_QUEUES = BUILD / "bin" / "bench_queues"
PLANTED = BUILD / "planted"

TINY_SWEEP = {
    "name": "tiny",
    "repetitions": 2,
    "min_time_seconds": 0.002,
    "timeout_seconds": 20,
    "blocks": [
        {"family": "queues", "workload": ["transfer"], "impl": ["cached_ring", "mutex_queue"],
         "wait": ["yield", "native"], "producers": [1], "consumers": [1], "capacity": [64], "bytes": [8]},
        {"family": "queues", "workload": ["round_trip"], "impl": ["vyukov_ring"], "wait": ["yield"],
         "capacity": [64]},
    ],
}


def run(*argv, timeout=120, **more):
    """Runs a command; returns the completed process with text output."""
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=timeout, cwd=ROOT, **more)


class MissingLibrary:
    """Stands for a Python library that is not installed: a test that uses it is skipped there."""

    def __init__(self, name):
        self.name = name

    def __getattr__(self, attribute):
        package = "python3-" + self.name.split(".")[0]
        raise unittest.SkipTest(f"needs {self.name}, which is not installed (Debian: {package})")


def library(name):
    """The Python library of that name, or what skips the tests that use it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return MissingLibrary(name)


@functools.cache
def not_built(family):
    """Implementations that the build left out, by name, with the reason."""
    binary = BUILD / "bin" / f"bench_{family}"
    listed = json.loads(run(binary, "--list_points", "--benchmark_filter=^$").stdout)
    return {entry["impl"]: entry["reason"] for entry in listed["not_built"]}


class CommandTest(unittest.TestCase):
    """Gives each test a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="handoff-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def need(self, family, *impls):
        """Skips the test where the build left one of these implementations out."""
        for impl in impls:
            if impl in not_built(family):
                self.skipTest(f"{impl} is not built: {not_built(family)[impl]}")

    def need_python(self, *names):
        """Skips the test where one of these Python libraries is not installed: a command that it runs needs them."""
        for name in names:
            if isinstance(library(name), MissingLibrary):
                self.skipTest(f"needs {name}, which is not installed (Debian: python3-{name})")

    def need_history(self):
        """Skips the test where the build keeps no history."""
        done = run(HANDOFF, "history", "show", "--db", self.folder / "none")
        if "not built" in done.stderr:
            self.skipTest(done.stderr.strip())

    def need_topology(self):
        """Skips the test where the build does not know what CPUs share."""
        done = run(BUILD / "bin" / "bench_counters", "--benchmark_list_tests", "--impl=fetch_add_counter",
                   "--workload=contended_add", "--placement=other_socket")
        if "not built" in done.stderr:
            self.skipTest(done.stderr.strip())

    def sweep(self, **changes):
        """Writes the tiny sweep with some keys changed; returns its path."""
        path = self.folder / "sweep.json"
        path.write_text(json.dumps({**TINY_SWEEP, **changes}))
        return path

    def results(self, folder):
        """Reads a result file strictly: NaN and Infinity are no JSON."""
        def refuse(word):
            self.fail(f"{word} in a result file")
        return json.loads((folder / "results.json").read_text(), parse_constant=refuse)

    def journal(self, folder):
        """The lines of a run's journal: (trials, calibrations). Only the last one may be cut."""
        lines = (folder / "journal.jsonl").read_text().splitlines()
        read = []
        for line in lines[1:]:
            try:
                read.append(json.loads(line))
            except json.JSONDecodeError:
                self.assertEqual(line, lines[-1], "only the last line may be cut")
        return ([line for line in read if "calibration" not in line], [line for line in read if "calibration" in line])

    def assert_one_line_refusal(self, done, *words):
        """Exit code 2 and one line on stderr that has all the words."""
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for word in words:
            self.assertIn(word, lines[0])
