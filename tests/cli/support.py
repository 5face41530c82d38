"""What the command tests share: where the build is and how to run its commands."""

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


class CommandTest(unittest.TestCase):
    """Gives each test a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="handoff-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

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
