"""Latency under load: who sets the rate, what a stall costs, what is said of a queue that does not keep up."""

import json
import math
import re
from statistics import median

from cli.support import BENCH_QUEUES, HANDOFF, PLANTED, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text())
AT = "wait:{}/p:1/c:1/cap:1024/bytes:8"
RING = "queues/paced/cached_ring/" + AT.format("yield") + "/arrivals:{}/load:{}"


class PacedTest(CommandTest):
    def measure(self, binary, point, *flags, code=0):
        """The measurement of one trial of a binary."""
        file = self.folder / "measurement.json"
        done = run(binary, f"--point={point}", f"--measurement={file}", *flags)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(file.read_text())

    def measure_until(self, suits, *arguments):
        """The first measurement that suits, of five at most: others may want the processors as well."""
        for _ in range(5):
            found = self.measure(*arguments)
            if suits(found):
                break
        return found


class CoordinatedOmission(PacedTest):
    """A consumer that stands still for 10 ms once, at its 5000th item."""

    def test_a_schedule_shows_the_stall_and_a_closed_loop_does_not(self):
        rate, at = 200_000, "wait:yield/{}cap:4096/bytes:8"
        point = "queues/paced/stalls_once/" + at.format("p:1/c:1/") + "/arrivals:fixed/load:50"
        paced = self.measure_until(lambda found: not found["metrics"]["saturated"], PLANTED / "bench_queues", point,
                                   f"--rate={rate}", "--benchmark_min_time=0.5")
        self.assertEqual(paced["metrics"]["saturated"], 0, "one stall is no overload")
        count = paced["latency"]["count"]
        self.assertGreaterEqual(count, 99_999)
        # By hand: an item due t after the stall began cannot arrive before its end, and is late by 10 ms - t at least.
        # The items of the first 0.1% of the schedule's length (0.5 ms here) are the worst 0.1% of all: p99.9 is 9.5 ms
        # or more, whatever else the machine does.
        tail = math.ceil(0.001 * count)
        by_hand = 10e6 - 1e9 * tail / rate
        self.assertGreaterEqual(paced["latency"]["p99.9"], by_hand * (1 - paced["latency"]["relative_error"]))
        self.assertGreaterEqual(paced["latency"]["max"], 10e6)

        # Here the request waits until the stall is over, and no other is sent meanwhile: each of the two queues stalls
        # once, so that two of 50,000 samples show it. This would fail if one in 1000 of the others took half of the
        # bound above, which is some thousand times their usual length.
        closed = self.measure_until(lambda found: found["latency"]["p99.9"] < by_hand / 2, PLANTED / "bench_queues",
                                    "queues/round_trip/stalls_once/" + at.format(""), "--items=50000")
        self.assertEqual(closed["latency"]["count"], 50_000)
        self.assertGreaterEqual(closed["latency"]["max"], 5e6, "half of a round trip: it stood still here, too")
        self.assertLess(closed["latency"]["p99.9"], by_hand / 2)


class Checks(PacedTest):
    def test_items_on_a_schedule_are_checked_like_all_others(self):
        for impl, reason in (("loses_an_item", "lost: "), ("duplicates_an_item", "duplicated: "),
                             ("breaks_order", "order: ")):
            with self.subTest(impl=impl):
                point = f"queues/paced/{impl}/" + AT.format("yield") + "/arrivals:fixed/load:50"
                found = self.measure(PLANTED / "bench_queues", point, "--rate=4000000", "--benchmark_min_time=0.06",
                                     code=1)
                self.assertEqual(found["status"], "invalid")
                self.assertTrue(found["reason"].startswith(reason), found["reason"])
                self.assertNotIn("latency", found)

    def test_what_does_not_keep_up_is_saturated_and_has_no_latency(self):
        point = "queues/paced/mutex_queue/" + AT.format("native") + "/arrivals:poisson/load:100"
        found = self.measure(BENCH_QUEUES, point, "--rate=1000000000", "--benchmark_min_time=0.001")
        self.assertEqual(found["status"], "ok")
        self.assertEqual(found["metrics"]["saturated"], 1)
        self.assertGreater(found["metrics"]["missed_share"], 0.5)
        self.assertGreater(found["metrics"]["worst_miss_ns"], 1000)
        self.assertNotIn("latency", found)

    def test_several_producers_and_consumers_share_the_schedule(self):
        point = "queues/paced/vyukov_ring/wait:yield/p:3/c:2/cap:64/bytes:8/arrivals:poisson/load:10"
        found = self.measure(BENCH_QUEUES, point, "--rate=100000", "--benchmark_min_time=0.02")
        sent = [thread["items"] for thread in found["team"] if thread["role"] == "producer"]
        self.assertLessEqual(max(sent) - min(sent), 1)
        self.assertEqual(sum(sent), found["items"])
        if not found["metrics"]["saturated"]:  # on a machine where others hold the processors
            self.assertEqual(found["latency"]["count"], found["items"])

    def test_a_sleeping_peer_is_woken_once_for_each_question(self):
        def slept(found):
            answerer = next(thread for thread in found["team"] if thread["role"] == "answerer")
            return answerer["voluntary_switches"] >= 0.9 * found["items"]

        found = self.measure_until(slept, BENCH_QUEUES,
                                   "queues/round_trip/vyukov_ring/wait:park/cap:64/bytes:8/peer:asleep",
                                   "--benchmark_min_time=0.02")
        self.assertEqual(found["latency"]["what"], "from a push to its arrival at a thread that slept")
        self.assertEqual(found["latency"]["count"], found["items"])
        self.assertGreaterEqual(found["real_time_ns"], 200_000, "the pauses are part of it")
        self.assertTrue(slept(found), "before nearly every question")


class Rates(PacedTest):
    def sweep_of(self, **changes):
        block = {"family": "queues", "workload": ["paced"], "impl": ["cached_ring", "vyukov_ring"], "wait": ["yield"],
                 "capacity": [1024], "arrivals": ["fixed", "poisson"], "load": [10, 50]}
        return self.sweep(blocks=[{**block, **changes}], min_time_seconds=0.003, repetitions=3)

    def assert_rates_follow(self, results):
        """Each trial's rate is its share of the median of what its reference reached in this run."""
        reached = {}
        for row in results["benchmarks"]:
            if row.get("check") != "full":
                reached.setdefault(row["name"], []).append(row)
        for point in results["run"]["points"]:
            if "paced_by" in point:
                rows = reached[point["paced_by"]["point"]]
                best = [row for row in rows if set(row["flags"]) <= {"stolen"}] or rows
                expected = median(row["items_per_second"] for row in best) * point["paced_by"]["share"]
                for row in reached[point["name"]]:
                    self.assertAlmostEqual(row["rate"], expected, delta=1)

    def test_a_run_measures_the_references_first_and_offers_shares_of_them(self):
        out = self.folder / "out"
        done = run(HANDOFF, "run", self.sweep_of(), "--out", out)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertTrue(results["run"]["complete"])
        self.assertEqual(len(results["benchmarks"]), (2 + 8) * (3 + 1), "three repetitions and a full check")
        references = {p["name"] for p in results["run"]["points"] if p.get("reference")}
        self.assertEqual(references, {f"queues/transfer/{impl}/" + AT.format("yield") for impl in
                                      ("cached_ring", "vyukov_ring")})
        self.assert_rates_follow(results)
        lines = [json.loads(line) for line in (out / "journal.jsonl").read_text().splitlines()[1:]]
        lines = [line for line in lines if "calibration" not in line]
        self.assertEqual([line["point"] in references for line in lines], [True] * 8 + [False] * 32)
        for line in lines[8:]:
            self.assertIn(f"--rate={line['rate']}", line["command"])
            offered = line["measurement"]["metrics"]["offered_items_per_second"]
            if "arrivals:fixed" in line["point"]:
                self.assertAlmostEqual(offered / line["rate"], 1, delta=0.01)
        for point in results["run"]["points"]:
            rows = [row for row in results["benchmarks"] if row["name"] == point["name"] and row["counted"]]
            sampled = [row["latency"] for row in rows if "latency" in row]
            # One saturated trial is enough: what it would add to the upper end is infinite.
            self.assertEqual("latency" in point, bool(sampled) and point["saturated"] == 0)
            if "latency" in point:
                self.assertEqual(point["latency"]["count"], sum(one["count"] for one in sampled))
                self.assertEqual("p99.9" in point["latency"]["backed"], point["latency"]["count"] >= 10_000)
                self.assertGreaterEqual(point["latency"]["p99.9"], min(one["p99.9"] for one in sampled))
                self.assertLessEqual(point["latency"]["p99.9"], max(one["p99.9"] for one in sampled))
        for row in results["benchmarks"]:
            row["counted"] = True  # also on a busy machine
        (self.folder / "all.json").write_text(json.dumps(results))
        self.need_python("matplotlib")
        drawn = run("/usr/bin/python3", "plot/plot.py", self.folder / "all.json", "--out", self.folder)
        self.assertEqual(drawn.returncode, 0, drawn.stderr)

    def test_a_sweep_that_has_the_reference_gets_no_other(self):
        blocks = [{"family": "queues", "workload": [workload], "impl": ["cached_ring"], "wait": ["yield"],
                   "capacity": [1024], **more} for workload, more in (("paced", {"load": [50]}), ("transfer", {}))]
        done = run(HANDOFF, "list", self.sweep(blocks=blocks))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 points", done.stdout)
        self.assertNotIn("added", done.stdout)
        done = run(HANDOFF, "list", self.sweep(blocks=blocks[:1]))
        self.assertIn("2 points", done.stdout)
        self.assertIn("bytes:8  (added: it decides the rate of others)\n", done.stdout)

    def test_resuming_offers_the_same_rates(self):
        out = self.folder / "out"
        self.assertEqual(run(HANDOFF, "run", self.sweep_of(load=[20]), "--out", out, "--quiet").returncode, 0)
        before = {row["name"]: row["rate"] for row in self.results(out)["benchmarks"] if "rate" in row}
        self.assertEqual(len(before), 4 + 4, "those that check in full are offered the same, under a name of their own")
        journal = out / "journal.jsonl"
        lines = journal.read_text().splitlines(keepends=True)
        trials = [i for i, line in enumerate(lines) if i > 0 and "calibration" not in json.loads(line)]
        for kept in (8, 8 + 5):  # trials: the references; and some of the others
            with self.subTest(kept=kept):
                journal.write_text("".join(lines[:trials[kept]]))
                self.assertEqual(run(HANDOFF, "run", "--resume", out, "--quiet").returncode, 0)
                results = self.results(out)
                self.assertTrue(results["run"]["complete"])
                after = {(row["name"], row["rate"]) for row in results["benchmarks"] if "rate" in row}
                self.assertEqual(after, set(before.items()))

    def test_without_a_reference_that_is_ok_there_is_no_rate(self):
        block = {"family": "queues", "workload": ["paced"], "impl": ["crashes"], "capacity": [1024], "load": [50]}
        sweep = self.sweep(blocks=[block], repetitions=1, min_time_seconds=0.5)  # the fault shows after so many items
        out = self.folder / "out"
        done = run(HANDOFF, "run", sweep, "--binaries", PLANTED, "--out", out)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertEqual(results["benchmarks"], [])
        reference = "queues/transfer/crashes/" + AT.format("yield")
        failed = {(trial["point"].split("/")[1], trial["status"], trial["reason"][:7])
                  for trial in results["run"]["failed"]}
        self.assertEqual(failed, {("transfer", "crashed", "signal "), ("paced", "invalid", "no rate")})
        self.assertIn(f"no rate: {reference}, which decides it, has no trial that is ok", done.stdout)

    def test_the_binary_alone_measures_the_reference_itself(self):
        found = self.measure(BENCH_QUEUES, RING.format("fixed", 20), "--benchmark_min_time=0.01")
        self.assertGreater(found["rate"], 0)
        self.assertEqual(found["rate"], round(found["rate"]))
        self.assertAlmostEqual(found["metrics"]["offered_items_per_second"] / found["rate"], 1, delta=0.01)
        done = run(BENCH_QUEUES, "--workload=paced", "--impl=cached_ring", "--wait=yield", "--load=10,50",
                   "--arrivals=fixed", "--benchmark_min_time=0.005")
        self.assertEqual(done.returncode, 0, done.stderr)
        offered = [float(number) * {"k": 1e3, "M": 1e6, "G": 1e9, "": 1}[unit] for number, unit in
                   re.findall(r"offered_items_per_second=([\d.]+)([kMG]?)", done.stdout)]
        self.assertEqual(len(offered), 2, done.stdout)
        self.assertAlmostEqual(offered[1] / offered[0], 5, delta=0.1)

    def test_a_reference_that_fails_in_the_binary_is_named(self):
        point = "queues/paced/loses_an_item/" + AT.format("yield") + "/arrivals:fixed/load:50"
        found = self.measure(PLANTED / "bench_queues", point, "--benchmark_min_time=0.3", code=1)
        self.assertEqual(found["status"], "invalid")
        # Where others hold the processors, the reference may move too few items to meet its fault.
        self.assertRegex(found["reason"],
                         "^(no rate: queues/transfer/loses_an_item/.*, which decides it, failed: )?lost: ")
