"""Queues with planted faults: each is caught by name and by status, and costs nothing but its own trials."""

import json
import os
import shlex
import subprocess

from cli.support import HANDOFF, PLANTED, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text())

TWO_CPUS = len(os.sched_getaffinity(0)) > 1

#: implementation -> (status, how its reason begins when it is checked in full, and lightly)
EXPECTED = {
    "loses_an_item": ("invalid", "lost: ", "lost: "),
    "duplicates_an_item": ("invalid", "duplicated: ", "duplicated: "),
    "breaks_order": ("invalid", "order: ", "order: "),
    "tears_an_item": ("invalid", "torn: ", "checksum: "),
    "hangs": ("timeout", "did not finish in 8 s", "did not finish in 8 s"),
    "crashes": ("crashed", "signal 11 (Segmentation fault)", "signal 11 (Segmentation fault)"),
    "hoards": ("crashed", "exit code 1 without a measurement: memory: it asked for more than the ",
               "exit code 1 without a measurement: memory: it asked for more than the "),
    "throws": ("crashed", "signal 6 (Aborted)", "signal 6 (Aborted)"),
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

#: likewise, of buses
BUSES = {
    ("subscribe", "calls_after_unsubscribe"): ("unsubscribed: ",),
    ("subscribe", "leaves_while_called"): ("unsubscribed: ",),
    ("subscribe", "forgets_a_new_subscriber"): ("subscribed: ", "skipped: handler "),
    # order: two calls of a handler that stays met, and none of the one that comes and goes
    ("subscribe", "overlaps_calls"): ("overlap: ", "order: "),
    ("publish", "skips_a_handler"): ("skipped: handler 8 of 8 ",),
    ("publish", "calls_twice"): ("twice: handler 1 of 8 ",),
    ("publish", "breaks_publishers_order"): ("order: handler 1 of 8 ",),
    ("throws", "stops_at_an_exception"): ("skipped: handler 2 of 8 ",),
}

#: likewise, of channels
CHANNELS = {
    ("close", "loses_the_last_at_close"): ("lost: ",),
    ("close", "changes_the_last_at_close"): ("checksum: ",),
    ("close", "refuses_before_it_is_full"): ("close: the channel was never full",),
    ("close", "accepts_after_close"): ("closed: a send was accepted after close()",),
    ("close", "keeps_the_oldest"): ("lost: the newest item was not received",),
    ("select", "selects_unfairly"): ("unfair: ",),
    ("stream", "skips_a_receiver"): ("lost: ",),
}

#: likewise, of event processors
PROCESSORS = {
    ("stop", "loses_one_at_stop"): ("lost: ",),
    ("stop", "runs_one_after_stop"): ("late: 1 events were handled after stop() had returned",),
    ("stop", "accepts_after_stop"): ("stopped: a submission was accepted after stop()",),
    ("stop", "miscounts_what_it_gave_up"): ("lost: ",),
    ("events", "breaks_key_order"): ("order: events of a key overtook each other or came twice",),
    ("events", "ends_at_an_exception"): ("stuck: no event was handled for 2 s; lost: ", "lost: "),
    ("events", "runs_an_event_twice"): ("duplicated: ",),
}

#: likewise, of overload policies and batches of channels
OVERLOAD = {
    ("overload", "refuses_to_wait"): ("policy: block refused ",),
    ("overload", "refuses_with_room"): ("room: ",),
    ("overload", "swallows"): ("lost: ",),
    ("overload", "drops_the_other_end"): ("drop: ",),
    ("overload", "counts_a_drop_twice"): ("count: ",),
    ("overload", "drops_the_newest_inside"): ("drop: ", "order: "),
    ("overload", "keeps_the_older"): ("conflated: ",),
    ("overload", "keeps_one_of_three"): ("sample: ",),
    ("overload", "runs_twice"): ("duplicated: ",),
    ("overload", "grows_too_fast"): ("memory: it grew by more than the ceiling of 256 MiB",),
    ("overload", "forgets_at_the_time_limit"): ("lost: ",),
}

#: likewise, of styles of asynchronous steps
ASYNC = {
    ("chain", "runs_a_continuation_twice"): ("duplicated: ",),
    ("chain", "loses_a_continuation"): ("lost: 1 of 100 steps did not run",),
    ("chain", "mixes_up_values"): ("wrong: the result is ",),
    ("error", "runs_on_after_an_error"): ("ran on: ",),
    ("error", "swallows_an_error"): ("lost error: ",),
    ("cancel", "runs_on_after_a_stop"): ("ran on: ",),
    ("timeout", "gives_up_early"): ("early: ",),
    ("fan", "runs_the_last_twice"): ("duplicated: step 9 ran 2 times",),
    ("fan", "names_another_first"): ("wrong: step 9 came first, and did not run",),
    ("sequence", "runs_ahead_of_its_caller"): ("ran ahead: step 2 ran before value 1 was given",),
    ("sequence", "gives_a_value_twice"): ("duplicated: 11 of 10 values were given",),
    ("sequence", "drops_the_last_value"): ("lost: 9 of 10 values were given",),
    ("first", "gives_another_value"): ("wrong: value 1 is not the result of its step",),
}

#: likewise, of event loops
LOOPS = {
    ("post", "runs_a_post_twice"): ("duplicated: ",),
    ("post", "swaps_two_posts"): ("order: ",),
    ("post", "loses_a_post"): ("lost: ",),
    ("post", "runs_after_stop"): ("after stop: ",),
    ("wake", "loses_a_wake_up"): ("lost wake-up: ",),
    ("fire", "fires_early"): ("early: ",),
    ("timers", "cancels_nothing"): ("cancelled: timers fired that had been cancelled, ",),
    ("order", "cancels_nothing"): ("cancelled: ",),
    ("many", "leaves_a_descriptor"): ("left over: ",),
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
    ("fib", "makes_too_few"): "fewer: 2 workers were asked for, and 1 came",
}

#: likewise of pools
POOLS = {
    ("submit_empty", "loses_a_task"): ("lost: ",),
    ("submit_empty", "runs_a_task_twice"): ("duplicated: ",),
    ("submit_empty", "runs_another_task"): ("checksum: ",),
    ("submit_work", "returns_early"): ("early: ",),
    ("overload", "miscounts_rejections"): ("miscounted: ",),
    ("submit_empty", "has_too_few_workers"): ("fewer: 2 workers were asked for, and 1 came",),
}

#: likewise of queues in the hands of one thread
FOOTPRINT = {
    ("footprint", "loses_an_item"): ("lost: ",),
    ("footprint", "duplicates_an_item"): ("duplicated: ",),
    ("footprint", "breaks_order"): ("order: ",),
}

#: likewise of queues in the hands of a thread that tosses a coin
COIN = {("coin", impl): reasons for (_, impl), reasons in FOOTPRINT.items()}


#: likewise of queues whose order is no count and no sum; of 40 items passed over those that left at once are in doubt
TOO_FAR = "^relaxed: a pop passed over {} items that were to leave before its own, and at most {} are promised$"
ONE_OF_TWO = r".*\(consumer [12] of 2, each of which receives every item\)$"
ORDERS = {
    ("rank_error", "passes_over_too_many"): TOO_FAR.format("(8|9|[1-4][0-9])", 7),
    ("rank_error", "takes_the_second"): TOO_FAR.format(1, 0),
    # which items that consumer finds overwritten is chance
    ("multicast", "skips_a_consumer"): "^(order|checksum|lost): " + ONE_OF_TWO,
    ("multicast", "skips_an_item"): "^lost: " + ONE_OF_TWO,
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
        self.assertEqual(set(failed), set(EXPECTED), [failed[name] for name in set(failed) - set(EXPECTED)])
        for impl, (status, *reasons) in EXPECTED.items():
            with self.subTest(impl=impl):
                sizes = 1 if impl == "tears_an_item" else 2
                self.assertEqual(sorted(trial["check"] for trial in failed[impl]), ["full"] * sizes + ["light"] * sizes)
                for trial in failed[impl]:
                    self.assertEqual(trial["status"], status, trial)
                    reason = reasons[trial["check"] == "light"]
                    self.assertTrue(trial["reason"].startswith(reason), trial["reason"])
                    self.assertIn(f"--check={trial['check']}", trial["command"])
                    self.assertIn(f"FAILED {status}: {trial['point']}", done.stdout)
                    self.assertIn(trial["command"], done.stdout)

        for impl, code in (("loses_an_item", 1), ("crashes", -11), ("breaks_order", 1)):
            with self.subTest(again=impl):
                again = subprocess.run(shlex.split(failed[impl][0]["command"]), cwd=ROOT, capture_output=True,
                                       text=True, timeout=60)
                self.assertEqual(again.returncode, code, "the printed command shows the fault again")

    def test_what_only_the_full_check_finds_has_no_number(self):
        out = self.folder / "out"
        done = run(HANDOFF, "run", "tests/planted/light.json", "--binaries", PLANTED, "--out", out, timeout=240)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        points = {point["point"]["impl"]: point for point in results["run"]["points"]}
        self.assertEqual({impl: point["full_check"] for impl, point in points.items()},
                         {"overtakes": "failed", "has_no_fault": "passed", "stalls_at_first": "passed"})
        (caught,) = results["run"]["failed"]
        self.assertEqual((caught["check"], caught["status"], caught["reason"][:7]), ("full", "invalid", "order: "))
        rows = [row for row in results["benchmarks"] if row["point"]["impl"] == "overtakes"]
        self.assertEqual([(row["check"], row["counted"]) for row in rows], [("light", False)] * 2)
        self.assertEqual(points["overtakes"]["trials_counted"], 0)
        self.assertNotRegex(done.stdout, r"(?m)^ +\d+\. overtakes")
        for row in results["benchmarks"]:
            if row["check"] == "full":
                self.assertFalse(row["counted"], "it is no repetition")

    def test_a_stall_in_the_rehearsal_does_not_set_the_number_of_items(self):
        # 200 ms at the 5000th item of a process: in the rehearsal, which would make the window 0.1 ms long.
        file = self.folder / "measurement.json"
        point = "queues/transfer/stalls_at_first/wait:yield/p:1/c:1/cap:4096/bytes:8"
        done = run(PLANTED / "bench_queues", f"--point={point}", "--benchmark_min_time=0.1", f"--measurement={file}")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        measured = json.loads(file.read_text())
        self.assertEqual(measured["asked_seconds"], 0.1)
        self.assertGreater(measured["window_seconds"], 0.02)

    def test_queues_are_caught_by_bursts(self):
        out = self.folder / "out"
        done = run(HANDOFF, "run", "tests/planted/burst.json", "--binaries", PLANTED, "--out", out, timeout=240)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertEqual({(row["point"]["impl"], row["check"]) for row in results["benchmarks"]},
                         {("has_no_fault", "light"), ("has_no_fault", "full")})
        failed = {(trial["point"].split("/")[2], trial["check"]): trial["reason"] for trial in results["run"]["failed"]}
        self.assertEqual({who: reason.split(": ")[0] for who, reason in failed.items()},
                         {(impl, check): word for check in ("light", "full")
                          for impl, word in (("loses_an_item", "lost"), ("duplicates_an_item", "duplicated"),
                                             ("breaks_order", "order"))})

    def check(self, sweep, expected, fine, reference=None):
        """Runs a sweep of planted faults: who fails and why, and (workload, implementation) of those who pass. The
        workload that says what a load is a share of shows most faults by chance, if at all, and is not judged."""
        out = self.folder / "out"
        done = run(HANDOFF, "run", sweep, "--binaries", PLANTED, "--out", out, timeout=240)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        passed = {tuple(row["name"].split("/")[1:3]) for row in results["benchmarks"]}
        self.assertEqual({point for point in passed if point[0] != reference}, fine, "where the fault does not show")
        failed = {}
        for trial in results["run"]["failed"]:
            workload, impl = trial["point"].split("/")[1:3]
            if workload != reference:
                failed.setdefault((workload, impl), []).append(trial)
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

    def test_channels_are_caught(self):
        self.check("tests/planted/channels.json", CHANNELS, {("stream", "sound_channel"), ("close", "sound_channel")})

    def test_buses_are_caught(self):
        self.check("tests/planted/buses.json", BUSES,
                   {(workload, "sound_bus") for workload in ("publish", "isolation", "subscribe", "throws")})

    def test_event_processors_are_caught(self):
        self.check("tests/planted/processors.json", PROCESSORS,
                   {(workload, "sound_processor") for workload in ("events", "latency", "stop", "topology")})

    def test_overload_policies_are_caught(self):
        self.check("tests/planted/overload.json", OVERLOAD, {("overload", "sound_channel")}, reference="carried")

    def test_loops_are_caught(self):
        self.check("tests/planted/loops.json", LOOPS,
                   {(workload, "sound_loop") for workload in ("post", "wake", "timers", "fire", "order", "many")})

    def test_a_close_that_leaves_a_receiver_waiting_ends_the_trial(self):
        out = self.folder / "out"
        done = run(HANDOFF, "run", "tests/planted/channels_hang.json", "--binaries", PLANTED, "--out", out, timeout=60)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        results = self.results(out)
        self.assertEqual(results["benchmarks"], [])
        self.assertEqual([(trial["status"], trial["reason"]) for trial in results["run"]["failed"]],
                         [("timeout", "did not finish in 2 s")])

    def test_asynchronous_steps_are_caught(self):
        self.check("tests/planted/async.json", ASYNC, {(workload, "sound_style") for workload in
                                                       ("chain", "sequence", "first", "error", "cancel", "timeout",
                                                        "fan", "loop")})

    def starved(self, lock, suits):
        """The measurement of a trial in which a thread never got in. Where others have the processors of a trial,
        such a thread is not the lock's doing, and the trial says so: another trial."""
        point = f"locks/critical_section/{lock}/threads:2/hold:0/think:0"
        for seed in range(20):
            measurement = self.folder / f"{lock}{seed}.json"
            run(PLANTED / "bench_locks", f"--point={point}", f"--seed={seed}", "--benchmark_min_time=0.1",
                f"--measurement={measurement}")
            found = json.loads(measurement.read_text())
            if suits(found):
                return found
        self.fail(f"{lock}: nobody was starved in any trial")

    def test_a_thread_that_never_gets_in_is_a_failure_where_the_lock_promises_that_it_does(self):
        if not TWO_CPUS:
            self.skipTest("one CPU: the others do not run while one does")
        found = self.starved("starves", lambda trial: trial["status"] == "invalid")
        self.assertRegex(found["reason"], r"^starved: 1 of 2 threads never got in while the others did \d+ times, and "
                                          r"the lock promises that whoever asks gets in$")
        found = self.starved("starves_by_right", lambda trial: trial["metrics"]["never_got_in"] > 0)
        self.assertEqual(found["status"], "ok", found)
        self.assertEqual(found["metrics"]["never_got_in"], 1)
        self.assertGreater(found["metrics"]["longest_run"], 1000, "its late first entry does not count it anew")

    def test_queues_are_caught_by_one_thread(self):
        self.check("tests/planted/footprint.json", FOOTPRINT, {("footprint", "has_no_fault")})

    def test_queues_are_caught_by_a_coin(self):
        self.check("tests/planted/coin.json", COIN, {("coin", "has_no_fault")})

    def test_orders_that_are_not_kept_are_caught(self):
        out = self.folder / "out"
        done = run(HANDOFF, "run", "tests/planted/orders.json", "--binaries", PLANTED, "--out", out, timeout=240)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        passed = {(*row["name"].split("/")[1:3], row["point"].get("consumers")) for row in results["benchmarks"]}
        self.assertEqual(passed, {("pairs", "passes_over_too_many", None), ("pairs", "takes_the_second", None),
                                  ("multicast", "skips_a_consumer", 1), ("multicast", "skips_an_item", 1),
                                  ("multicast", "tells_everybody", 1), ("multicast", "tells_everybody", 2)},
                         "where the fault does not show")
        failed = {}
        for trial in results["run"]["failed"]:
            failed.setdefault(tuple(trial["point"].split("/")[1:3]), []).append(trial)
        self.assertEqual({which: {trial["status"] for trial in trials} for which, trials in failed.items()},
                         dict.fromkeys(ORDERS, {"invalid"}))
        for which, reason in ORDERS.items():
            for trial in failed[which]:
                self.assertRegex(trial["reason"], reason)

    def test_faults_of_batches_show_in_batches_only(self):
        out = self.folder / "out"
        done = run(HANDOFF, "run", "tests/planted/bulk.json", "--binaries", PLANTED, "--out", out, timeout=240)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertEqual({(row["point"]["impl"], row["point"]["batch"]) for row in results["benchmarks"]},
                         {("forgets_in_a_batch", 1), ("tears_a_batch", 1), ("has_no_fault", 1), ("has_no_fault", 8)})
        failed = {(trial["point"].split("/")[2], trial["check"]): trial for trial in results["run"]["failed"]}
        self.assertEqual({who: trial["reason"].split(": ")[0] for who, trial in failed.items()},
                         {(impl, check): word for check in ("light", "full")
                          for impl, word in (("forgets_in_a_batch", "lost"), ("tears_a_batch", "order"))})
        for trial in failed.values():
            self.assertIn("/batch:8", trial["point"])

    def test_schedulers_are_caught(self):
        self.check("tests/planted/fork_join.json", FORK_JOIN, {("fib", "mixes_up_pieces"), ("sum", "mixes_up_pieces")})

    def test_a_scheduler_that_cannot_be_made_ends_in_words(self):
        done = run(PLANTED / "bench_fork_join", "--workload=fib", "--impl=cannot_be_made", "--workers=2")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertTrue(done.stderr.strip().endswith(
            "cannot_be_made: thread 1 of 1 cannot be made: Resource temporarily unavailable"), done.stderr)

    def test_pools_are_caught(self):
        self.check("tests/planted/pools.json", POOLS,
                   {(workload, "faultless_pool") for workload in ("submit_empty", "submit_work", "overload")})

    def test_the_bench_binary_alone_fails_too(self):
        point = "queues/transfer/loses_an_item/wait:yield/p:1/c:1/cap:4096/bytes:8"
        done = run(PLANTED / "bench_queues", f"--point={point}", "--benchmark_min_time=0.3")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ERROR OCCURRED: 'lost: ", done.stdout)
