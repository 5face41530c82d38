"""Flags and sweep files: what makes sense runs, what makes none is refused in one line that says what is legal."""

import json
import os

from cli.support import BENCH_QUEUES, HANDOFF, ROOT, CommandTest, not_built, run


class Nonsense(CommandTest):
    def test_bench_flags(self):
        cases = [
            (["--producers=0"], ["producers 0", "--producers", "whole number from 1"]),
            (["--producers=2000"], ["producers 2000", "1 to 1024"]),
            (["--producers=two"], ["producers two"]),
            (["--producers=1,,2"], ["producers ''"]),
            (["--consumers=-1"], ["consumers -1"]),
            (["--capacity=3"], ["capacity 3", "power of two", "4?"]),
            (["--capacity=1000", "--impl=vyukov_ring"], ["capacity 1000", "vyukov_ring needs a power of two", "1024?"]),
            (["--capacity=65535", "--impl=boost_queue"], ["capacity 65535", "at most 65534"]),
            (["--capacity=0x40"], ["capacity 0x40"]),
            (["--capacity=99999999999999999999"], ["capacity 99999999999999999999"]),
            (["--capacity=unbounded", "--impl=cached_ring"], ["capacity unbounded", "cached_ring is bounded"]),
            (["--wait=snooze"], ["wait snooze", "--wait", "spin", "native"]),
            (["--wait=native", "--impl=cached_ring"], ["wait native", "cached_ring"]),
            (["--impl=lamport_ring", "--producers=2"], ["producers 2", "lamport_ring takes one producer"]),
            (["--impl=no_such_queue"], ["impl no_such_queue", "vyukov_ring"]),
            (["--workload=dance"], ["workload dance", "transfer"]),
            (["--bytes=9"], ["bytes 9", "8, 64, 256"]),
            (["--spin_budget=70"], ["spin_budget 70", "--spin_budget", "own, 0, 10"]),
            (["--spin_budget=100", "--wait=spin"], ["spin_budget 100", "goes with wait hybrid only"]),
            (["--spin_budget=100", "--wait=spin,hybrid"], ["wait spin", "goes with wait hybrid only"]),
            (["--spin_budget=100", "--impl=mutex_queue"], ["spin_budget 100", "waits by its own means"]),
            (["--point=queues/transfer/cached_ring/wait:park/p:1/c:1/cap:64/bytes:8/budget:50"],
             ["spin_budget 50", "goes with wait hybrid only"]),
            (["--workload=footprint", "--impl=tbb_queue"], ["impl tbb_queue", "own allocator"]),
            (["--wake-ns=0"], ["wake-ns 0", "whole number from 1"]),
            (["--placement=moon"], ["placement moon", "spread"]),
            (["--workload=round_trip", "--producers=1"], ["producers 1", "round_trip has no axis producers"]),
            (["--workload=transfer,round_trip", "--producers=1"],
             ["workload round_trip", "has no axis producers", "a block of its own"]),
            (["--colour=red"], ["unknown flag --colour=red", "--capacity"]),
            (["stray"], ["unknown flag stray"]),
            (["--capacity"], ["--capacity", "needs a value"]),
            (["--point=queues/transfer"], ["queues/transfer", "--point"]),
            (["--point=queues/transfer/cached_ring/wait:spin"], ["lacks an axis"]),
            (["--point=queues/transfer/cached_ring/speed:9"], ["speed:9", "label:value"]),
            (["--sweep=sweeps/smoke.json", "--bytes=8"], ["exclude each other"]),
            (["--benchmark_filter=["], ["--benchmark_filter", "regular expression"]),
            (["--benchmark_filter=nothing_has_this_name"], ["no point matches"]),
            (["--benchmark_format=xml"], ["--benchmark_format xml", "console, json, csv"]),
            (["--benchmark_min_time=soon"], ["min_time soon", "--benchmark_min_time"]),
            (["--measurement=/dev/null"], ["--measurement", "exactly one point"]),
            (["--items=1000"], ["--items", "--measurement"]),
            (["--items=0", "--measurement=/dev/null"], ["items 0", "whole number from 1"]),
            (["--rate=0", "--workload=paced"], ["rate 0", "--rate", "whole number from 1"]),
            (["--rate=1000", "--workload=paced"], ["--rate 1000", "exactly one point", "--point"]),
            (["--rate=1000", "--point=queues/transfer/cached_ring/wait:spin/p:1/c:1/cap:64/bytes:8"],
             ["--rate 1000", "with a load"]),
            (["--workload=paced", "--load=0"], ["load 0", "whole number from 1"]),
            (["--workload=paced", "--bytes=64"], ["bytes 64", "paced sends 8 bytes"]),
            (["--arrivals=weekly"], ["arrivals weekly", "fixed, poisson"]),
            (["--workload=transfer", "--arrivals=fixed"], ["arrivals fixed", "transfer has no axis arrivals"]),
            (["--workload=round_trip", "--peer=awake"], ["peer awake", "spinning, asleep"]),
            (["--workload=round_trip", "--peer=asleep", "--wait=spin"],
             ["peer asleep", "who waits by spin looks again and again"]),
            (["--workload=round_trip", "--peer=asleep", "--wait=park", "--bytes=64"], ["peer asleep", "8 bytes"]),
        ]
        for flags, words in cases:
            with self.subTest(flags=flags):
                for impl, reason in not_built("queues").items():
                    if f"--impl={impl}" in flags:
                        words = [f"impl {impl} (--impl): not built: {reason}"]
                self.assert_one_line_refusal(run(BENCH_QUEUES, *flags), *words)

    def test_sweep_files(self):
        block = {"family": "queues"}
        cases = [
            ("{", ["is not JSON", "line 1"]),
            ("[]", ["expected an object"]),
            ("{}", ["needs name and blocks"]),
            ({"name": "A b", "blocks": [block]}, ["A b", "names a folder"]),
            ({"name": "x", "blocks": []}, ["blocks", "not empty"]),
            ({"name": "x", "blocks": [{}]}, ["without family", "blocks[0]"]),
            ({"name": "x", "blocks": [{"family": "cats"}]}, ["family cats", "blocks[0].family", "queues"]),
            ({"name": "x", "blocks": [{**block, "speed": [1]}]}, ["unknown key 'speed'", "blocks[0]", "capacity"]),
            ({"name": "x", "blocks": [block, {**block, "capacity": [64, 3]}]},
             ["capacity 3", "blocks[1].capacity[1]", "power of two"]),
            ({"name": "x", "blocks": [{**block, "producers": [0]}]}, ["producers 0", "blocks[0].producers[0]"]),
            ({"name": "x", "blocks": [{**block, "producers": [1.5]}]}, ["producers 1.5"]),
            ({"name": "x", "blocks": [{**block, "producers": 1}]}, ["blocks[0].producers", "a list"]),
            ({"name": "x", "blocks": [{**block, "producers": [None]}]}, ["null", "a number or a word"]),
            ({"name": "x", "blocks": [{**block, "wait": []}]}, ["blocks[0].wait", "not empty"]),
            ({"name": "x", "blocks": [{**block, "wait": ["nap"]}]}, ["wait nap", "blocks[0].wait[0]"]),
            ({"name": "x", "blocks": [block], "repetitions": 0}, ["repetitions 0"]),
            ({"name": "x", "blocks": [block], "min_time_seconds": -1}, ["min_time_seconds -1"]),
            ({"name": "x", "blocks": [block], "retry_contaminated": -1}, ["retry_contaminated -1", "0 to 1000"]),
            ({"name": "x", "blocks": [block], "retry_budget_percent": 0}, ["retry_budget_percent 0", "1 to 1000"]),
            ({"name": "x", "blocks": [block], "colour": 1}, ["unknown key 'colour'", "top level"]),
            ({"name": "x", "blocks": [{**block, "impl": ["cached_ring"], "wait": ["spin"]}],
              "ratios": [{"label": "l", "numerator": "no/such/point", "denominator": "b"}]}, ["no/such/point"]),
        ]
        path = self.folder / "sweep.json"
        for content, words in cases:
            with self.subTest(content=content):
                path.write_text(content if isinstance(content, str) else json.dumps(content))
                self.assert_one_line_refusal(run(HANDOFF, "run", path, "--out", self.folder / "out"), *words)
                self.assertFalse((self.folder / "out").exists(), "a refused sweep leaves nothing behind")

    def test_handoff_arguments(self):
        cases = [
            ([], ["name a command"]),
            (["dance"], ["unknown command dance", "list, run"]),
            (["run"], ["sweeps/quick.json"]),
            (["list"], ["name one sweep file"]),
            (["run", "no_such_file.json"], ["no_such_file.json"]),
            (["run", "sweeps/smoke.json", "--repetitions", "0"], ["repetitions 0"]),
            (["run", "sweeps/smoke.json", "--repetitions"], ["--repetitions", "needs a value"]),
            (["run", "sweeps/smoke.json", "--timeout=soon"], ["timeout soon"]),
            (["run", "sweeps/smoke.json", "--min-time=nan"], ["min-time nan"]),
            (["run", "sweeps/smoke.json", "--retry-contaminated=often"], ["retry-contaminated often", "0 to 1000"]),
            (["run", "sweeps/smoke.json", "--retry-budget=0"], ["retry-budget 0", "1 to 1000"]),
            (["run", "sweeps/smoke.json", "--nonsense"], ["--nonsense", "--resume"]),
            (["run", "--resume", "no_such_folder"], ["no_such_folder"]),
            (["run", "--resume", "x", "--seed", "1"], ["--resume", "--seed"]),
            (["run", "--resume", "x", "--retry-contaminated", "1"], ["--resume", "--retry-contaminated"]),
            (["run", "sweeps/smoke.json", "--binaries", "no_such_folder"], ["--binaries no_such_folder"]),
        ]
        for arguments, words in cases:
            with self.subTest(arguments=arguments):
                self.assert_one_line_refusal(run(HANDOFF, *arguments), *words)


class Sense(CommandTest):
    def names(self, *flags):
        done = run(BENCH_QUEUES, "--benchmark_list_tests", *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def test_a_very_long_error_is_cut_in_its_middle(self):
        done = run(HANDOFF, "list", "begin/" + "x" * 9000 + "/end")
        self.assert_one_line_refusal(done, "begin/xxx", "xxx...xxx", "/end")
        self.assertLess(len(done.stderr), 1800)

    def test_flags_list_exactly_the_legal_points(self):
        self.assertEqual(
            self.names("--workload=transfer", "--impl=vyukov_ring,lamport_ring", "--wait=spin,park",
                       "--producers=1,2", "--capacity=64"),
            ["queues/transfer/lamport_ring/wait:spin/p:1/c:1/cap:64/bytes:8",
             "queues/transfer/lamport_ring/wait:park/p:1/c:1/cap:64/bytes:8",
             "queues/transfer/vyukov_ring/wait:spin/p:1/c:1/cap:64/bytes:8",
             "queues/transfer/vyukov_ring/wait:spin/p:2/c:1/cap:64/bytes:8",
             "queues/transfer/vyukov_ring/wait:park/p:1/c:1/cap:64/bytes:8",
             "queues/transfer/vyukov_ring/wait:park/p:2/c:1/cap:64/bytes:8"])

    def test_flags_and_files_are_read_alike(self):
        path = self.folder / "sweep.json"
        path.write_text(json.dumps({"name": "x", "blocks": [
            {"family": "queues", "workload": ["transfer"], "wait": ["yield", "native"], "capacity": [64, "unbounded"],
             "producers": [1, 3], "placement": ["spread", "same_core"]}]}))
        from_file = self.names(f"--sweep={path}")
        self.assertEqual(from_file, self.names(
            "--workload=transfer", "--wait=yield,native", "--capacity=64,unbounded", "--producers=1,3",
            "--placement=spread,same_core"))
        self.assertIn("queues/transfer/mutex_queue/wait:native/p:3/c:1/cap:64/bytes:8/place:same_core", from_file)

    def test_a_name_makes_its_point(self):
        for name in self.names():
            if "/wait:yield/" in name:
                self.assertEqual(self.names(f"--point={name}"), [name])

    def test_a_spin_budget_stands_in_the_name_unless_it_is_the_strategys_own(self):
        self.assertEqual(
            self.names("--workload=transfer", "--impl=cached_ring", "--wait=hybrid", "--spin_budget=own,0,100"),
            ["queues/transfer/cached_ring/wait:hybrid/p:1/c:1/cap:1024/bytes:8",
             "queues/transfer/cached_ring/wait:hybrid/p:1/c:1/cap:1024/bytes:8/budget:0",
             "queues/transfer/cached_ring/wait:hybrid/p:1/c:1/cap:1024/bytes:8/budget:100"])

    def test_defaults_cover_the_catalog(self):
        catalog = (ROOT / "impls" / "catalog.hpp").read_text()
        impls = {line.split("(")[1].split(",")[0] for line in catalog.splitlines()
                 if line.startswith("HANDOFF_QUEUE(")}
        self.assertGreaterEqual(len(impls), 14)
        impls -= set(not_built("queues"))
        for workload in ("transfer", "round_trip"):
            listed = {name.split("/")[2] for name in self.names(f"--workload={workload}")}
            self.assertEqual(listed, impls)

    def test_google_benchmark_flags_work(self):
        out = self.folder / "out.json"
        done = run(BENCH_QUEUES, "--benchmark_filter=transfer/cached_ring/wait:yield.*bytes:8$",
                   "--benchmark_min_time=0.02", "--benchmark_repetitions=3", f"--benchmark_out={out}",
                   "--benchmark_format=json", "--benchmark_context=who=test")
        self.assertEqual(done.returncode, 0, done.stderr)
        for text in (done.stdout, out.read_text()):
            result = json.loads(text)
            self.assertEqual(result["context"]["who"], "test")
            self.assertIn("optimised", result["context"]["library_build_note"])
            names = [row["name"] for row in result["benchmarks"]]
            point = "queues/transfer/cached_ring/wait:yield/p:1/c:1/cap:1024/bytes:8"
            self.assertEqual(names[:3], [point] * 3)
            self.assertEqual(names[3:6], [point + "_mean", point + "_median", point + "_stddev"])
            for row in result["benchmarks"][:3]:
                self.assertEqual(row["threads"], 2)
                self.assertGreater(row["real_time"], 0)
            # Both threads work: the process's CPU time, not that of the main thread, which sleeps. On a machine that
            # others use, too, they get a share of their window only: still more than the main thread's microseconds.
            self.assertGreater(max(row["cpu_time"] / row["real_time"] for row in result["benchmarks"][:3]), 0.03)

    def test_filters_exclude(self):
        everything = self.names("--workload=transfer")
        kept = self.names("--workload=transfer", "--benchmark_filter=-cached_ring")
        self.assertEqual(kept, [name for name in everything if "cached_ring" not in name])
        self.assertLess(len(kept), len(everything))

    def test_help(self):
        done = run(BENCH_QUEUES, "--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--capacity", "--benchmark_min_time", "spin, yield", "Exit codes"):
            self.assertIn(word, done.stdout)
        self.assertIn("--resume", run(HANDOFF, "--help").stdout)
        for command in ("list", "axes", "run", "doctor", "gate", "duel", "report", "compare", "history"):
            with self.subTest(command=command):
                done = run(HANDOFF, command, "--help")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertTrue(done.stdout.startswith(f"usage: handoff {command}"), done.stdout[:100])
                self.assertEqual(run(HANDOFF, command, "-h").stdout, done.stdout)
                self.assertIn(f"  handoff {command}", run(HANDOFF, "--help").stdout)

    def test_listing_says_what_is_left_out(self):
        done = run(HANDOFF, "list", "sweeps/quick.json")
        self.assertEqual(done.returncode, 0)
        self.assertIn("left out", done.stdout)
        self.assertIn("lamport_ring takes one producer", done.stdout)
        self.assertRegex(done.stdout, r"\d+ points \(\d+ oversubscribed here\) x 7 repetitions")

    def test_what_would_not_end_in_a_crowd_is_left_out_unless_somebody_asks(self):
        self.need("queues", "ck_ring_mpmc")
        crowd = 4 * os.cpu_count()
        block = {"family": "queues", "workload": ["transfer"], "impl": ["ck_ring_mpmc"], "wait": ["yield"],
                 "producers": [1, crowd], "consumers": [1, crowd], "capacity": [1024], "bytes": [8]}
        listed = run(HANDOFF, "list", self.sweep(blocks=[block])).stdout
        self.assertIn("/p:1/c:1/", listed)
        self.assertIn(f"/p:1/c:{crowd}/", listed, "its pops spin for nobody")
        self.assertNotIn(f"/p:{crowd}/", listed)
        self.assertIn("left out 2x: a push of ck_ring_mpmc spins for an earlier one", listed)
        listed = run(HANDOFF, "list", self.sweep(blocks=[{**block, "oversubscribed": True}])).stdout
        self.assertEqual(listed.count("queues/transfer/ck_ring_mpmc/"), 4, listed)

    def test_every_sweep_file_is_legal(self):
        for path in sorted((ROOT / "sweeps").glob("*.json")):
            with self.subTest(path=path.name):
                done = run(HANDOFF, "list", path)
                self.assertEqual(done.returncode, 0, done.stderr)
