"""The runner: result files, resuming after Ctrl-C and SIGKILL, what other tools read."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
from collections import Counter

from cli.support import BUILD, HANDOFF, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

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
        self.assertEqual(len(results["benchmarks"]), 6 + 2, "two of three points have a trial that checks in full")
        self.assertFalse((out / "results.json.tmp").exists())

        for row in results["benchmarks"]:
            self.assertNotIn("manual_time", row["name"])
            self.assertEqual(row["threads"], len(row["team"]))
            # files have ten significant digits
            self.assertAlmostEqual(row["items_per_second"] * row["real_time"] / 1e9, 1, places=8)
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
                self.assertEqual(sum(latency["histogram"]["buckets"][1::2]), latency["count"])
                ascending = [latency[k] for k in ("min", "p50", "p90", "p99", "p99.9", "p99.99", "max")]
                self.assertEqual(ascending, sorted(ascending))
        by_name = {}
        for row in results["benchmarks"]:
            by_name.setdefault(row["name"], []).append((row["repetition_index"], row.get("check")))
            self.assertEqual(row["name"].endswith("/check:full"), row.get("check") == "full")
        self.assertEqual(set(map(tuple, by_name.values())),
                         {((0, None), (1, None)), ((0, "light"), (1, "light")), ((2, "full"),)})
        for row in results["benchmarks"]:
            self.assertGreaterEqual(row["asked_seconds"], 0.002)
            self.assertFalse(row["counted"] and row.get("check") == "full")
        check = results["run"]["clock_check"]
        self.assertLess(check["measured_seconds"], check["wall_seconds"])
        self.assertGreater(results["context"]["handoff"]["clock_resolution_ns"], 0)

    def test_queues_for_other_numbers_of_threads_are_other_contests(self):
        out = self.folder / "out"
        done = run(HANDOFF, "run", self.sweep(repetitions=1, blocks=[
            {"family": "queues", "workload": ["transfer"], "impl": ["mpsc_list", "michael_scott_queue"],
             "wait": ["yield"], "producers": [1], "consumers": [1]}]), "--out", out)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        rivals = {point["point"]["impl"]: point["rivals"] for point in self.results(out)["run"]["points"]}
        self.assertIn("any number of producers, one consumer only", rivals["mpsc_list"])
        self.assertIn("any number of threads", rivals["michael_scott_queue"])

    def test_google_benchmarks_compare_reads_it(self):
        out = self.folder / "out"
        self.assertEqual(run(HANDOFF, "run", self.sweep(), "--out", out, "--quiet").returncode, 0)
        file = out / "results.json"
        done = run("/usr/bin/python3", "/usr/share/benchmark/compare.py", "--no-color", "benchmarks", file, file)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name, samples in Counter(row["name"] for row in self.results(out)["benchmarks"]).items():
            # two samples each, and one of each full check, compared in pairs
            self.assertEqual(done.stdout.count(name + " "), samples, done.stdout)

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
        self.assertEqual(len(results["benchmarks"]), 3 * 8 + 2)
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
        self.assert_completed_by_resuming(out, trials)

    def test_a_trial_does_not_outlive_its_runner(self):
        """It would go on for a minute. Who is killed still needs a CPU to die on."""
        process = subprocess.Popen([HANDOFF, "run", self.sweep(repetitions=1, min_time_seconds=60), "--out",
                                    self.folder / "out", "--quiet"], cwd=ROOT, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        trial = self.wait_for(lambda: self.trial_of(process.pid))
        self.addCleanup(lambda: self.is_alive(trial) and os.kill(int(trial), signal.SIGKILL))
        process.kill()
        self.assertEqual(process.wait(timeout=60), -signal.SIGKILL)
        self.wait_for(lambda: not self.is_alive(trial))

    def wait_for(self, what):
        deadline = time.monotonic() + 30
        while not (found := what()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        return found

    @staticmethod
    def trial_of(runner):
        """The process of the runner that measures; none: it calibrates, or is between two trials."""
        listed = subprocess.run(["pgrep", "-P", str(runner), "-f", "--", "--benchmark_min_time="], capture_output=True,
                                text=True)
        return next(iter(listed.stdout.split()), None)

    @staticmethod
    def is_alive(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
        except OSError:
            return False

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


class Retrying(CommandTest):
    """Runs of a binary whose trials are flagged as a script says: what is repeated, how often, and how it goes on."""

    def run_fake(self, points, *flags, code=0, **sweep):
        """Returns (result file, journal lines, standard output)."""
        done = run(HANDOFF, *self.arguments(points, **sweep), *flags, "--quiet")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return *self.read(), done.stdout

    def arguments(self, points, **sweep):
        binaries = self.folder / "bin"
        binaries.mkdir()
        shutil.copy(BUILD / "gate_tests" / "fake_bench", binaries / "bench_fake")
        (binaries / "fake.json").write_text(json.dumps({"points": points}))
        path = self.folder / "sweep.json"
        path.write_text(json.dumps({"name": "fake", "repetitions": 4, "min_time_seconds": 0.001, "timeout_seconds": 5,
                                    "blocks": [{"family": "fake"}], **sweep}))
        return ["run", path, "--binaries", binaries, "--out", self.folder / "out", "--seed", "7"]

    def read(self):
        results = self.results(self.folder / "out")
        jsonschema.validate(results, SCHEMA)
        lines = (self.folder / "out" / "journal.jsonl").read_text().splitlines()[1:]
        return results, [json.loads(line) for line in lines]

    @staticmethod
    def point(impl, preempted, **more):
        # On a CPU that no machine has: what others take from ours is no fault of these trials.
        return {"impl": impl, "value": 100.0, "preempted": preempted, "cpu": 4095, **more}

    @staticmethod
    def rows(results, impl):
        return [row for row in results["benchmarks"] if row["point"]["impl"] == impl]

    def test_nothing_is_repeated_unless_somebody_asks(self):
        results, trials, _ = self.run_fake([self.point("always", 1)])
        self.assertEqual(results["run"]["retries"], {"budget": 0, "made": 0, "cured": 0})
        self.assertEqual(len(trials), 4)
        self.assertTrue(results["run"]["complete"])

    def test_flagged_trials_are_kept_and_repeated_behind_the_planned_ones(self):
        points = [self.point("never", 0), self.point("always", 1), self.point("sometimes", 0.5)]
        results, trials, out = self.run_fake(points, retry_contaminated=3, retry_budget_percent=100)
        run_ = results["run"]
        self.assertTrue(run_["complete"])
        self.assertEqual((run_["trials_planned"], run_["trials_done"]), (12, 12))
        self.assertEqual(run_["sweep"]["retry_contaminated"], 3)
        for impl in ("never", "always", "sometimes"):
            rows = self.rows(results, impl)
            self.assertEqual([row["repetition_index"] for row in rows], list(range(len(rows))), "ascending")
            self.assertEqual({row["repetitions"] for row in rows}, {4})
            for row in rows:
                self.assertEqual(row["counted"], not row["flags"])
                self.assertEqual("retry_of" in row, row["repetition_index"] >= 4)
                if "retry_of" in row:
                    self.assertEqual(rows[row["retry_of"]]["flags"], ["preempted"], "what was repeated is still there")
        self.assertEqual(len(self.rows(results, "never")), 4)
        self.assertEqual(len(self.rows(results, "always")), 4 + 3)
        self.assertEqual([t.get("retry_of") is None for t in trials], [True] * 12 + [False] * run_["retries"]["made"])
        cured = sum("retry_of" in row and row["counted"] for row in results["benchmarks"])
        self.assertEqual(run_["retries"], {"budget": 12, "made": len(trials) - 12, "cured": cured})
        self.assertGreater(cured, 0, "seed 7 draws some for the point that is flagged sometimes")
        self.assertIn(f"{len(trials)} trials: {len(trials)} ok", out)
        self.assertIn(f"{len(trials) - 12} of them repeat flagged ones", out)

    def test_the_budget_is_kept(self):
        points = [self.point(f"always_{i}", 1) for i in range(5)]
        results, trials, _ = self.run_fake(points, "--retry-contaminated=9", "--retry-budget=15")
        self.assertEqual(results["run"]["retries"], {"budget": 3, "made": 3, "cured": 0})
        self.assertEqual(len({t["point"] for t in trials[20:]}), 3, "none has two while others have none")

    def test_a_crash_is_no_contamination(self):
        points = [self.point("crashes", 0, does="crash"), self.point("fine", 0)]
        results, trials, _ = self.run_fake(points, retry_contaminated=2, retry_budget_percent=100, code=1)
        self.assertEqual(len(trials), 8)
        self.assertTrue(results["run"]["complete"])

    def test_a_run_that_is_killed_while_repeating_goes_on_and_keeps_the_budget(self):
        points = [self.point(f"always_{i}", 1, sleep_ms=100) for i in range(3)]
        arguments = self.arguments(points, repetitions=2, retry_contaminated=4, retry_budget_percent=150)
        out, journal, before = self.folder / "out", self.folder / "out" / "journal.jsonl", []
        resume = ["run", "--resume", out, "--binaries", self.folder / "bin"]
        for number, how in enumerate((signal.SIGKILL, signal.SIGINT)):
            again = arguments if number == 0 else resume
            process = subprocess.Popen([str(a) for a in (HANDOFF, *again, "--quiet")], cwd=ROOT,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            deadline = time.monotonic() + 60
            while not journal.exists() or journal.read_text().count("\n") < 1 + 6 + 2 * (number + 1):
                self.assertLess(time.monotonic(), deadline, "no retries")
                time.sleep(0.005)
            os.kill(process.pid, how)
            _, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, -signal.SIGKILL if number == 0 else 130, errors)
        results, before = self.read()
        self.assertFalse(results["run"]["complete"], "retries are left")
        self.assertEqual(results["run"]["trials_done"], 6)
        self.assertIn("repetitions of flagged ones", errors)
        done = run(HANDOFF, *resume, "--quiet")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results, trials = self.read()
        self.assertTrue(results["run"]["complete"])
        self.assertEqual(results["run"]["retries"], {"budget": 9, "made": 9, "cured": 0})
        self.assertEqual(trials[:len(before)], before)
        keys = [(t["point"], t["repetition"]) for t in trials]
        self.assertEqual(len(keys), len(set(keys)), "no trial is run twice")
        self.assertEqual(run(HANDOFF, *resume, "--quiet").returncode, 0)
        self.assertEqual(self.read()[1], trials, "nothing is left to do")


class Costs(CommandTest):
    def test_every_trial_says_what_it_cost(self):
        out = self.folder / "out"
        blocks = [{"family": "queues", "workload": ["transfer"], "impl": ["cached_ring", "michael_scott_queue"],
                   "wait": ["yield"], "producers": [1], "consumers": [1], "capacity": [64, "unbounded"], "bytes": [8]}]
        done = run(HANDOFF, "run", self.sweep(blocks=blocks, repetitions=1, min_time_seconds=0.02), "--out", out,
                   "--quiet")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        rows = {row["point"]["impl"]: row for row in results["benchmarks"] if row["check"] == "light"}
        for row in rows.values():
            self.assertGreater(row["cpu_user_ns"] + row["cpu_system_ns"], 0)
            self.assertGreater(row["peak_memory_bytes"], 100_000)
            self.assertGreaterEqual(row["minor_faults"], sum(t["minor_faults"] for t in row["team"]))
            for thread in row["team"]:
                self.assertLessEqual(thread["cpu_user_seconds"] + thread["cpu_system_seconds"],
                                     thread["cpu_seconds"] + 0.011, "a tick of the kernel's, at 100 Hz")
            self.assertEqual("migrations" in row, all("migrations" in t for t in row["team"]))
        self.assertEqual(rows["cached_ring"]["allocations_per_item"], 0, "neither the queue nor the harness allocates")
        nodes = rows["michael_scott_queue"]
        self.assertGreaterEqual(nodes["allocations_per_item"], 1, "a node for each item")
        # What else is allocated (records of hazard pointers, lists of what is to be freed) does not grow with items.
        self.assertLess((nodes["allocations_per_item"] - 1) * nodes["iterations"], 0.1 * nodes["iterations"] + 50)
        self.assertGreaterEqual(rows["michael_scott_queue"]["allocated_bytes_per_item"], 16)
        counters = results["context"]["handoff"]["kernel_counters"]
        self.assertTrue(counters["granted"] or counters["note"])
        for row in rows.values():
            self.assertEqual("counters" in row, any(not g.startswith("system_calls") for g in counters["granted"]))
        self.assertTrue(all(p["keeps_cpu"] for p in results["run"]["points"]))
