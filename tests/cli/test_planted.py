"""Queues with planted faults: each is caught by name and by status, and costs nothing but its own trials."""

import json
import os
import shlex
import subprocess

from cli.support import HANDOFF, PLANTED, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text())

TWO_CPUS = len(os.sched_getaffinity(0)) > 1

#: implementation -> (status, how its reason begins)
EXPECTED = {
    "loses_an_item": ("invalid", "lost: "),
    "duplicates_an_item": ("invalid", "duplicated: "),
    "breaks_order": ("invalid", "order: "),
    "tears_an_item": ("invalid", "torn: "),
    "hangs": ("timeout", "did not finish in 5 s"),
    "crashes": ("crashed", "signal 11 (Segmentation fault)"),
    "hoards": ("crashed", "exit code 1 without a measurement: memory: it asked for more than the "),
    "throws": ("crashed", "signal 6 (Aborted)"),
}

#: (workload, implementation) -> how its reason may begin
TEAMS = {
    ("contended_add", "loses_an_increment"): ("lost: ",),
    ("lost_updates", "loses_an_increment"): ("lost: ",),
    ("read_mix", "falls"): ("not monotonic: ",),
    ("read_mix", "lags"): ("missed: ",),
    ("critical_section", "lets_two_in"): ("not exclusive: ",),
    ("reader_writer", "reads_unlocked"): ("torn: ",),
    ("barrier_episode", "stays_open"): ("early: ", "lost: "),
    ("owner_and_thieves", "gives_an_item_twice"): ("duplicated: ",),
    ("owner_and_thieves", "forgets_an_item"): ("lost: ",),
    ("owner_and_thieves", "mixes_two_items"): ("torn: ",),
    ("owner_and_thieves", "gives_another_item"): ("checksum: ",),
}

#: likewise, of fork-join schedulers
FORK_JOIN = {
    ("fib", "loses_a_piece"): "lost: ",
    ("fib", "runs_a_piece_twice"): "duplicated: ",
    ("skynet", "loses_a_piece"): "lost: ",
    ("skynet", "runs_a_piece_twice"): "duplicated: ",
    ("skynet", "mixes_up_pieces"): "wrong: ",
    ("sum", "loses_a_piece"): "lost: ",
    ("sum", "runs_a_piece_twice"): "duplicated: ",
}

#: likewise of pools
POOLS = {
    ("submit_empty", "loses_a_task"): ("lost: ",),
    ("submit_empty", "runs_a_task_twice"): ("duplicated: ",),
    ("submit_empty", "runs_another_task"): ("checksum: ",),
    ("submit_work", "returns_early"): ("early: ",),
    ("overload", "miscounts_rejections"): ("miscounted: ",),
}

#: likewise of queues in the hands of one thread
FOOTPRINT = {
    ("footprint", "loses_an_item"): ("lost: ",),
    ("footprint", "duplicates_an_item"): ("duplicated: ",),
    ("footprint", "breaks_order"): ("order: ",),
}


class PlantedFaults(CommandTest):
    def test_each_is_caught_and_the_others_stand(self):
        out = self.folder / "out"
        done = run(HANDOFF, "run", "tests/planted/planted.json", "--binaries", PLANTED, "--out", out, timeout=240)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertTrue(results["run"]["complete"])

        passed = {(row["point"]["impl"], row["point"]["bytes"]) for row in results["benchmarks"]}
        # an item of 8 bytes is one word and cannot be torn
        self.assertEqual(passed, {("has_no_fault", 8), ("has_no_fault", 64), ("tears_an_item", 8), ("stalls_once", 8),
                                  ("stalls_once", 64)})

        failed = {}
        for trial in results["run"]["failed"]:
            self.assertNotIn("measurement", trial)
            failed.setdefault(trial["point"].split("/")[2], []).append(trial)
        self.assertEqual(set(failed), set(EXPECTED))
        for impl, (status, reason) in EXPECTED.items():
            with self.subTest(impl=impl):
                self.assertEqual(len(failed[impl]), 1 if impl == "tears_an_item" else 2)
                for trial in failed[impl]:
                    self.assertEqual(trial["status"], status, trial)
                    self.assertTrue(trial["reason"].startswith(reason), trial["reason"])
                    self.assertIn(f"FAILED {status}: {trial['point']}", done.stdout)
                    self.assertIn(trial["command"], done.stdout)

        for impl, code in (("loses_an_item", 1), ("crashes", -11), ("breaks_order", 1)):
            with self.subTest(again=impl):
                again = subprocess.run(shlex.split(failed[impl][0]["command"]), cwd=ROOT, capture_output=True,
                                       text=True, timeout=60)
                self.assertEqual(again.returncode, code, "the printed command shows the fault again")

    def check(self, sweep, expected, fine):
        """Runs a sweep of planted faults: who fails and why, and (workload, implementation) of those who pass."""
        out = self.folder / "out"
        done = run(HANDOFF, "run", sweep, "--binaries", PLANTED, "--out", out, timeout=240)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        passed = {tuple(row["name"].split("/")[1:3]) for row in results["benchmarks"]}
        self.assertEqual(passed, fine, "where the fault does not show")
        failed = {}
        for trial in results["run"]["failed"]:
            failed.setdefault(tuple(trial["point"].split("/")[1:3]), []).append(trial)
        self.assertEqual({point: {trial["status"] for trial in trials} for point, trials in failed.items()},
                         dict.fromkeys(expected, {"invalid"}))
        for point, reasons in expected.items():
            with self.subTest(point=point):
                # the owner of a deque alone, and with a thief
                self.assertEqual(len(failed[point]), 2 if point[0] == "owner_and_thieves" else 1)
                for trial in failed[point]:
                    self.assertTrue(trial["reason"].startswith(reasons), trial["reason"])

    def test_counters_locks_barriers_and_deques_are_caught(self):
        self.check("tests/planted/teams.json", TEAMS,
                   {("contended_add", "falls"), ("lost_updates", "falls"), ("critical_section", "reads_unlocked")})

    def starved(self, lock):
        """The measurement of a trial in which a thread never got in. Where others have the processors of a trial,
        such a thread is not the lock's doing: another trial."""
        point = f"locks/critical_section/{lock}/threads:2/hold_ns:0/think_ns:0"
        for seed in range(20):
            measurement = self.folder / f"{lock}{seed}.json"
            run(PLANTED / "bench_locks", f"--point={point}", f"--seed={seed}", "--benchmark_min_time=0.1",
                f"--measurement={measurement}")
            found = json.loads(measurement.read_text())
            if found["status"] == "invalid" or found["metrics"]["never_got_in"] > 0:
                return found
        self.fail(f"{lock}: nobody was starved in any trial")

    def test_a_thread_that_never_gets_in_is_a_failure_where_the_lock_promises_that_it_does(self):
        if not TWO_CPUS:
            self.skipTest("one CPU: the others do not run while one does")
        found = self.starved("starves")
        self.assertEqual(found["status"], "invalid", found)
        self.assertRegex(found["reason"], r"^starved: 1 of 2 threads never got in while the others did \d+ times, and "
                                          r"the lock promises that whoever asks gets in$")
        found = self.starved("starves_by_right")
        self.assertEqual(found["status"], "ok", found)
        self.assertEqual(found["metrics"]["never_got_in"], 1)
        self.assertGreater(found["metrics"]["longest_run"], 1000, "its late first entry does not count it anew")

    def test_queues_are_caught_by_one_thread(self):
        self.check("tests/planted/footprint.json", FOOTPRINT, {("footprint", "has_no_fault")})

    def test_schedulers_are_caught(self):
        self.check("tests/planted/fork_join.json", FORK_JOIN, {("fib", "mixes_up_pieces"), ("sum", "mixes_up_pieces")})

    def test_pools_are_caught(self):
        self.check("tests/planted/pools.json", POOLS,
                   {(workload, "faultless_pool") for workload in ("submit_empty", "submit_work", "overload")})

    def test_the_bench_binary_alone_fails_too(self):
        point = "queues/transfer/loses_an_item/wait:yield/p:1/c:1/cap:4096/bytes:8"
        done = run(PLANTED / "bench_queues", f"--point={point}", "--benchmark_min_time=0.3")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ERROR OCCURRED: 'lost: ", done.stdout)
