"""bench_limits, its place in a run, and handoff doctor. Nothing here depends on how fast the machine is."""

import json
import os
import pathlib
import stat
import sys

from cli.assert_run import complaints
from cli.support import BENCH_QUEUES, BUILD, HANDOFF, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

BENCH_LIMITS = BUILD / "bin" / "bench_limits"
SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text())
CALIBRATION = SCHEMA["properties"]["run"]["properties"]["limits"]["properties"]["calibrations"]["items"]
TWO_CPUS = len(os.sched_getaffinity(0)) > 1
ACROSS = {"line_transfer_ns", "message_ns", "stream_item_ns", "stream_line_ns", "fetch_add_two_ns", "mutex_two_ns",
          "futex_wake_ns", "wake_ns", "condition_wake_ns"}

# A bench_limits whose kernels are `FACTOR` times as long as the real one's.
SLOWER = """#!{python}
import json, subprocess, sys, tempfile
with tempfile.NamedTemporaryFile() as file:
    subprocess.run(["{real}", "--seconds=0.1", "--measurement=" + file.name], check=True)
    measured = json.load(open(file.name))
for kernel in measured["kernels"].values():
    kernel.pop("probe", None)
    for key in ("median", "low", "high", "least"):
        kernel[key] *= {factor}
if measured["probe"]:
    measured["probe"]["after_ns"] = measured["probe"]["before_ns"]
target = next(a.split("=", 1)[1] for a in sys.argv if a.startswith("--measurement="))
open(target, "w").write(json.dumps(measured))
"""


class Kernels(CommandTest):
    @classmethod
    def setUpClass(cls):
        done = run(BENCH_LIMITS, "--json", "--seconds=0.2")
        assert done.returncode == 0, done.stderr
        cls.measured = json.loads(done.stdout)

    def test_its_shape(self):
        jsonschema.validate({**self.measured, "state": "near", "used": True, "before_trial": 0},
                            {**CALIBRATION, "definitions": SCHEMA["definitions"]})
        kernels = self.measured["kernels"]
        for name, kernel in kernels.items():
            self.assertTrue(name.endswith("_ns"), name)
            self.assertTrue(0 < kernel["least"] <= kernel["low"] <= kernel["median"] <= kernel["high"], (name, kernel))
            self.assertGreaterEqual(kernel["batches"], 1, name)  # 5 where nobody else uses the CPUs
        self.assertEqual(set(kernels) & set(self.measured["absent"]), set())
        self.assertEqual(ACROSS <= set(kernels), TWO_CPUS)

    def test_what_must_hold_on_any_machine(self):
        k = {name: kernel["median"] for name, kernel in self.measured["kernels"].items()}
        # what holds another as a part: the slack is for batches that something disturbed
        self.assertLess(k["fetch_add_alone_ns"], k["system_call_ns"])
        self.assertLess(k["fetch_add_alone_ns"], 1.5 * k["mutex_alone_ns"])
        self.assertLess(k["system_call_ns"], k["futex_wake_same_cpu_ns"])
        self.assertLess(5 * k["system_call_ns"], k["thread_ns"])
        if self.measured["kernels"]["yield_ns"]["high"] < 100_000:  # else it found others to yield to
            self.assertLess(k["yield_ns"], 3 * k["switch_ns"])
        for nap in ("sleep_default_ns", "sleep_exact_ns"):
            self.assertGreaterEqual(self.measured["kernels"][nap]["least"], 1000)  # nanosleep is never early
        if TWO_CPUS:
            self.assertLessEqual(k["message_ns"], k["line_transfer_ns"])
            self.assertLess(k["system_call_ns"], k["wake_ns"])
            self.assertLessEqual(k["wake_ns"], k["futex_wake_ns"])
            # seven or eight words to a line
            self.assertTrue(k["stream_line_ns"] / 8.001 <= k["stream_item_ns"] <= k["stream_line_ns"] / 6.999, k)
            self.assertEqual(k["stream_item_ns"], min(s["item_ns"] for s in self.measured["streams"]))

    def test_the_matrix(self):
        matrix = self.measured["matrix"]
        if not TWO_CPUS:
            self.assertIsNone(matrix)
            return
        size = range(len(matrix["cpus"]))
        self.assertEqual(sorted(os.sched_getaffinity(0)), matrix["cpus"])
        for i in size:
            self.assertIsNone(matrix["ns"][i][i])
            self.assertEqual(matrix["ns"][i], [matrix["ns"][j][i] for j in size])
        known = sum(ns is not None for row in matrix["ns"] for ns in row)
        self.assertEqual(known, 2 * matrix["measured"])
        self.assertEqual(sum(c["measured"] for c in matrix["classes"]), matrix["measured"])
        self.assertEqual(sum(c["pairs"] for c in matrix["classes"]), matrix["pairs"])

    def test_on_one_cpu_what_takes_two_is_absent_with_a_reason(self):
        cpu = str(min(os.sched_getaffinity(0)))
        done = run("taskset", "-c", cpu, BENCH_LIMITS, "--json", "--seconds=0.1")
        self.assertEqual(done.returncode, 0, done.stderr)
        measured = json.loads(done.stdout)
        self.assertLessEqual(ACROSS, set(measured["absent"]))
        self.assertIsNone(measured["probe"])
        self.assertIn("switch_ns", measured["kernels"])

    def test_the_table_and_refusals(self):
        done = run(BENCH_LIMITS, "--seconds", "0.1")
        self.assertEqual(done.returncode, 0, done.stderr)
        for word in ("fetch_add_alone_ns", "system_call_ns", "noise:"):
            self.assertIn(word, done.stdout)
        self.assert_one_line_refusal(run(BENCH_LIMITS, "--seconds=0"), "seconds", "0")
        self.assert_one_line_refusal(run(BENCH_LIMITS, "--second=1"), "--second=1", "--seconds")


class InARun(CommandTest):
    def binaries(self, limits=None):
        """A folder with bench_queues and, perhaps, a script as bench_limits."""
        folder = self.folder / "bin"
        folder.mkdir()
        (folder / "bench_queues").symlink_to(BENCH_QUEUES)
        if limits is not None:
            (folder / "bench_limits").write_text(limits)
            (folder / "bench_limits").chmod(stat.S_IRWXU)
        return folder

    def calibrated(self, *flags):
        """A run with a calibration in the state that counts. The machine may change its state: three attempts."""
        for n in range(3):
            out = self.folder / f"out{n}"
            done = run(HANDOFF, "run", self.sweep(), "--out", out, *flags)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            results = self.results(out)
            jsonschema.validate(results, SCHEMA)
            if any("limit_share" in row and row["counted"] for row in results["benchmarks"]):
                return out, done, results
        self.skipTest("the machine changed its state in every attempt")

    def test_limits_are_terms_times_kernels_of_the_same_state(self):
        if not TWO_CPUS:
            self.skipTest("one CPU")
        _, done, results = self.calibrated()
        limits, points = results["run"]["limits"], {p["name"]: p for p in results["run"]["points"]}
        self.assertLessEqual(len(limits["calibrations"]), 20)
        for row in results["benchmarks"]:
            kernels = limits["kernels"].get(row["state"], {})
            terms = points[row["name"].removesuffix("/check:full")]["limit"]
            if not all(term["kernel"] in kernels for term in terms):
                self.assertNotIn("limit_ns", row)
                continue
            expected, by = max((t["times"] * kernels[t["kernel"]]["median"], t["kernel"]) for t in terms)
            self.assertAlmostEqual(row["limit_ns"], expected, delta=1e-9 * expected)
            self.assertEqual(row["limit_by"], by)
            time = row["latency"]["p50"] if row["point"]["workload"] == "round_trip" else row["real_time"]
            self.assertAlmostEqual(row["limit_share"], expected / time, delta=1e-9)
        for row in results["benchmarks"]:
            streams = row["point"]["workload"] == "transfer" and row["state"] != "changed"
            self.assertEqual("items_per_transfer" in row, streams)
            if streams:
                transfer = (row["probe"]["before_ns"] + row["probe"]["after_ns"]) / 2
                self.assertAlmostEqual(row["items_per_transfer"] * row["real_time"], transfer, delta=1e-8 * transfer)
        self.assertRegex(done.stdout, r"n=\d  (\(.*\)  )?[\d.]+% of limit")

    def test_a_result_above_its_limit_is_said_and_complained_of(self):
        if not TWO_CPUS:
            self.skipTest("one CPU")
        self.need_python("jsonschema")
        script = SLOWER.format(python=sys.executable, real=BENCH_LIMITS, factor=1e5)
        out, done, results = self.calibrated("--binaries", self.binaries(script))
        counted = {row["name"] for row in results["benchmarks"] if row["counted"]}
        self.assertEqual({one["name"] for one in results["run"]["above_limit"]}, counted)
        self.assertEqual(done.stdout.count("ABOVE ITS LIMIT: "), len(counted))
        found = [line for line in complaints(out) if line.startswith("above its limit: ")]
        self.assertEqual(len(found), len(counted), found)

    def test_without_bench_limits_the_run_goes_on_and_says_so(self):
        out = self.folder / "out"
        done = run(HANDOFF, "run", self.sweep(), "--out", out, "--binaries", self.binaries())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stderr.count("no bench_limits"), 1, done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertIn("no bench_limits", results["run"]["limits"]["note"])
        self.assertFalse(any("limit_ns" in row for row in results["benchmarks"]))
        self.assertEqual(len(results["benchmarks"]), 6 + 2)

    def test_a_bench_limits_that_fails_is_in_the_file(self):
        out = self.folder / "out"
        binaries = self.binaries("#!/bin/sh\nexit 3\n")
        done = run(HANDOFF, "run", self.sweep(), "--out", out, "--binaries", binaries)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("a calibration failed: bench_limits ended with exit code 3", done.stdout)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertEqual([c["state"] for c in results["run"]["limits"]["calibrations"]], ["failed"])
        self.assertIn("exit code 3", results["run"]["limits"]["calibrations"][0]["reason"])

    def test_resuming_keeps_calibrations_and_old_journals_have_none(self):
        out = self.folder / "out"
        self.assertEqual(run(HANDOFF, "run", self.sweep(), "--out", out, "--quiet").returncode, 0)
        _, before = self.journal(out)
        self.assertGreaterEqual(len(before), 1)
        journal = out / "journal.jsonl"
        lines = journal.read_text().splitlines(keepends=True)
        # As if stopped before its last trials; where the machine changed its state, calibrations follow the last one.
        trials = [i for i, line in enumerate(lines) if i > 0 and "calibration" not in json.loads(line)]
        journal.write_text("".join(lines[:trials[-2]]))
        _, before = self.journal(out)
        self.assertEqual(run(HANDOFF, "run", "--resume", out, "--quiet").returncode, 0)
        trials, after = self.journal(out)
        self.assertEqual(len(trials), 6 + 2, "two of transfer are checked in full, too")
        self.assertEqual(after[:len(before)], before)
        self.assertLessEqual(len(after), 20)
        self.assertEqual(len(self.results(out)["run"]["limits"]["calibrations"]), len(after))

        header, *rest = journal.read_text().splitlines()
        old = json.loads(header)
        del old["limits"]
        kept = [line for line in rest if "calibration" not in json.loads(line)]
        journal.write_text("\n".join([json.dumps(old), *kept[:-1]]) + "\n")
        self.assertEqual(run(HANDOFF, "run", "--resume", out, "--quiet").returncode, 0)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertNotIn("limits", results["run"])
        self.assertEqual(self.journal(out)[1], [])
        self.assertEqual(len(results["benchmarks"]), 6 + 2)


class Doctor(CommandTest):
    def test_json(self):
        done = run(HANDOFF, "doctor", "--json", "--seconds=0.3")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual([p["cpu"] for p in found["topology"]], sorted(os.sched_getaffinity(0)))
        self.assertGreaterEqual(found["watch"]["seconds"], 0.3)
        probes = len(found["watch"]["transfers_ns"]) + found["watch"]["interrupted_probes"]
        self.assertEqual(probes > 0, TWO_CPUS)
        if "limits" in found:
            self.assertIn("system_call_ns", found["limits"]["kernels"])
        else:  # a machine that stood still
            self.assertIn("bench_limits did not finish", found["limits_note"])
        for one in found["advice"]:
            self.assertTrue(one["finding"] and one["why"] and one["command"], one)

    def test_text_and_refusals(self):
        # as a copy in a folder of its own it has no bench_limits beside it
        alone = self.folder / "handoff"
        alone.write_bytes(pathlib.Path(HANDOFF).read_bytes())
        alone.chmod(stat.S_IRWXU)
        done = run(alone, "doctor", "--seconds", "0.2")
        self.assertEqual(done.returncode, 0, done.stderr)
        for word in ("cpu_model:", "no limits: there is no bench_limits", "watched for"):
            self.assertIn(word, done.stdout)
        self.assert_one_line_refusal(run(HANDOFF, "doctor", "--seconds=-1"), "seconds", "-1")
        self.assert_one_line_refusal(run(HANDOFF, "doctor", "--hard"), "--hard", "--json")
