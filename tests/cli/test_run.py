"""The runner: result files, resuming after Ctrl-C and SIGKILL, what other tools read."""

import json
import os
import signal
import subprocess
import time

import jsonschema

from cli.support import HANDOFF, ROOT, CommandTest, run

SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text())


class Results(CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()

    def test_a_run_from_beginning_to_end(self):
        out = self.folder / "out"
        done = run(HANDOFF, "run", self.sweep(), "--out", out, "--seed", "7")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertTrue(results["run"]["complete"])
        self.assertEqual(results["run"]["seed"], 7)
        self.assertEqual(len(results["benchmarks"]), 6)
        self.assertFalse((out / "results.json.tmp").exists())

        for row in results["benchmarks"]:
            self.assertNotIn("manual_time", row["name"])
            self.assertEqual(row["threads"], len(row["team"]))
            self.assertEqual(row["items_per_second"], 1e9 / row["real_time"])
            # the window, not the process, is what real_time and cpu_time divide
            self.assertAlmostEqual(row["real_time"] * row["iterations"] * 1e-9, row["window_seconds"], delta=1e-9)
            self.assertLessEqual(row["window_seconds"], row["trial_wall_seconds"])
            # on a busy machine the window's two ends, which cpu_time holds, can be longer than the window
            self.assertLessEqual(row["cpu_time"] * row["iterations"] * 1e-9,
                                 row["trial_wall_seconds"] * results["context"]["num_cpus"])
            if row["point"]["workload"] == "transfer":
                for role in ("producer", "consumer"):
                    self.assertEqual(sum(t["items"] for t in row["team"] if t["role"] == role), row["iterations"])
                self.assertEqual(row["actual_capacity"], 64)
            else:
                latency = row["latency"]
                self.assertEqual(latency["count"], row["iterations"])
                self.assertEqual(sum(count for _, count in latency["histogram"]), latency["count"])
                ascending = [latency[k] for k in ("min", "p50", "p90", "p99", "p99.9", "max")]
                self.assertEqual(ascending, sorted(ascending))
        by_name = {}
        for row in results["benchmarks"]:
            by_name.setdefault(row["name"], []).append(row["repetition_index"])
        self.assertEqual(set(map(tuple, by_name.values())), {(0, 1)})
        check = results["run"]["clock_check"]
        self.assertLess(check["measured_seconds"], check["wall_seconds"])

    def test_google_benchmarks_compare_reads_it(self):
        out = self.folder / "out"
        self.assertEqual(run(HANDOFF, "run", self.sweep(), "--out", out, "--quiet").returncode, 0)
        file = out / "results.json"
        done = run("/usr/bin/python3", "/usr/share/benchmark/compare.py", "--no-color", "benchmarks", file, file)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in {row["name"] for row in self.results(out)["benchmarks"]}:
            # two samples each, compared in pairs
            self.assertEqual(done.stdout.count(name + " "), 2, done.stdout)

    def test_the_same_seed_makes_the_same_plan(self):
        orders = []
        for n in range(2):
            out = self.folder / f"out{n}"
            self.assertEqual(run(HANDOFF, "run", self.sweep(), "--out", out, "--seed=5", "--quiet").returncode, 0)
            orders.append([(trial["point"], trial["seed"]) for trial in self.journal(out)[0]])
        self.assertEqual(orders[0], orders[1])

    def test_a_folder_is_never_overwritten(self):
        out = self.folder / "out"
        self.assertEqual(run(HANDOFF, "run", self.sweep(), "--out", out, "--quiet").returncode, 0)
        before = (out / "results.json").read_bytes()
        self.assert_one_line_refusal(run(HANDOFF, "run", self.sweep(), "--out", out), "--resume")
        self.assertEqual((out / "results.json").read_bytes(), before)

    def test_an_unwritable_folder_is_named(self):
        (self.folder / "file").write_text("")
        self.assert_one_line_refusal(
            run(HANDOFF, "run", self.sweep(), "--out", self.folder / "file" / "out"), "--out", "file/out")


class Resuming(CommandTest):
    def start_and_stop(self, how, out):
        """Starts a longer run, stops it with a signal after 3 trials, returns (exit code, journalled trials)."""
        sweep = self.sweep(repetitions=8, min_time_seconds=0.05)
        process = subprocess.Popen([HANDOFF, "run", sweep, "--out", out, "--quiet"], cwd=ROOT,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        journal = out / "journal.jsonl"
        deadline = time.monotonic() + 60
        # whole lines of trials; between them stand calibrations
        while not journal.exists() or sum('"repetition":' in line for line in journal.read_text().split("\n")[:-1]) < 3:
            self.assertLess(time.monotonic(), deadline, "no trials")
            time.sleep(0.01)
        os.kill(process.pid, how)
        _, errors = process.communicate(timeout=60)
        return process.returncode, self.journal(out)[0], errors

    def assert_completed_by_resuming(self, out, before):
        done = run(HANDOFF, "run", "--resume", out, "--quiet")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertTrue(results["run"]["complete"])
        self.assertEqual(len(results["benchmarks"]), 3 * 8)
        after, _ = self.journal(out)
        self.assertEqual(after[:len(before)], before, "finished trials are kept as they were")
        keys = [(t["point"], t["repetition"]) for t in after]
        self.assertEqual(len(keys), len(set(keys)), "no trial is run twice")

    def test_after_ctrl_c(self):
        out = self.folder / "out"
        code, trials, errors = self.start_and_stop(signal.SIGINT, out)
        self.assertEqual(code, 130)
        self.assertIn("--resume", errors)
        partial = self.results(out)
        jsonschema.validate(partial, SCHEMA)
        self.assertFalse(partial["run"]["complete"])
        self.assertEqual(len(partial["benchmarks"]), len(trials))
        self.assert_completed_by_resuming(out, trials)

    def test_after_sigkill(self):
        out = self.folder / "out"
        code, trials, _ = self.start_and_stop(signal.SIGKILL, out)
        self.assertEqual(code, -signal.SIGKILL)
        self.assertGreaterEqual(len(trials), 3)
        time.sleep(0.2)
        survivors = subprocess.run(["pgrep", "-f", "--", "--measurement=/dev/fd/3 *$"], capture_output=True, text=True)
        for pid in survivors.stdout.split():
            parent = open(f"/proc/{pid}/stat").read().split()[3] if os.path.exists(f"/proc/{pid}") else None
            self.assertNotEqual(parent, "1", "a trial outlived its runner")
        self.assert_completed_by_resuming(out, trials)

    def test_a_finished_run_resumes_to_itself(self):
        out = self.folder / "out"
        self.assertEqual(run(HANDOFF, "run", self.sweep(), "--out", out, "--quiet").returncode, 0)
        before = self.results(out)
        self.assertEqual(run(HANDOFF, "run", "--resume", out, "--quiet").returncode, 0)
        self.assertEqual(self.results(out), before)

    def test_another_machine_is_refused(self):
        out = self.folder / "out"
        self.start_and_stop(signal.SIGINT, out)
        journal = out / "journal.jsonl"
        header, rest = journal.read_text().split("\n", 1)
        header = json.loads(header)
        header["context"]["handoff"]["cpus_allowed"] += 1
        journal.write_text(json.dumps(header) + "\n" + rest)
        self.assert_one_line_refusal(run(HANDOFF, "run", "--resume", out), "cpus_allowed")

    def test_two_runners_do_not_share_a_folder(self):
        out = self.folder / "out"
        sweep = self.sweep(repetitions=20, min_time_seconds=0.05)
        with subprocess.Popen([HANDOFF, "run", sweep, "--out", out, "--quiet"], cwd=ROOT,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
            while not (out / "journal.jsonl").exists():
                time.sleep(0.01)
            time.sleep(0.1)
            self.assert_one_line_refusal(run(HANDOFF, "run", "--resume", out), "another handoff run")
            first.send_signal(signal.SIGINT)

    def test_other_binaries_are_refused(self):
        out = self.folder / "out"
        self.start_and_stop(signal.SIGINT, out)
        journal = out / "journal.jsonl"
        header, rest = journal.read_text().split("\n", 1)
        header = json.loads(header)
        header["binaries"] = {path: "0" * 16 for path in header["binaries"]}
        journal.write_text(json.dumps(header) + "\n" + rest)
        self.assert_one_line_refusal(run(HANDOFF, "run", "--resume", out), "not the binary that the run began with")
