"""What results say of waiting and of memory: sides, levels, sleeps, budgets, idle CPU, bytes per item."""

import json

from cli.support import BENCH_QUEUES, HANDOFF, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text())
ALL_SIDES = {f"{what}_for_{whom}_per_item" for what in ("waits", "looks") for whom in ("room", "items")}
BLOCKS = [
    {"family": "queues", "workload": ["transfer"], "impl": ["cached_ring", "mutex_queue"],
     "wait": ["yield", "park", "native"],
     "producers": [1], "consumers": [1], "capacity": [64], "bytes": [8]},
    {"family": "queues", "workload": ["transfer"], "impl": ["michael_scott_queue"], "wait": ["yield"], "producers": [1],
     "consumers": [1]},
    {"family": "queues", "workload": ["round_trip"], "impl": ["cached_ring"], "wait": ["hybrid"],
     "spin_budget": [0, 400]},
    {"family": "queues", "workload": ["idle"], "impl": ["cached_ring"], "wait": ["spin", "sleep", "park"]},
    {"family": "queues", "workload": ["idle"], "impl": ["mutex_queue"]},
    {"family": "queues", "workload": ["footprint"], "impl": ["cached_ring", "mutex_queue", "michael_scott_queue"],
     "capacity": [1024, "unbounded"]},
]


class Waits(CommandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("measure")
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        cls.rows = case.measure()

    def measure(self):
        """Runs the blocks once; rows by (workload, implementation, wait, budget)."""
        out = self.folder / "out"
        done = run(HANDOFF, "run", self.sweep(blocks=BLOCKS, repetitions=1), "--out", out)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        return {(row["point"]["workload"], row["point"]["impl"], row["point"].get("wait"),
                 row["point"].get("spin_budget")):
                row for row in results["benchmarks"] if row.get("check") != "full"}

    def metrics(self, workload, impl, wait=None, budget=None):
        return self.rows[workload, impl, wait, budget]["metrics"]

    def test_transfer_says_on_which_side_threads_waited(self):
        for wait in ("yield", "park"):
            found = self.metrics("transfer", "cached_ring", wait, "own")
            self.assertLessEqual(ALL_SIDES, found.keys())
            for whom in ("room", "items"):
                # with yield the first look of a wait is the one that the caller has just made
                self.assertGreaterEqual(found[f"looks_for_{whom}_per_item"], found[f"waits_for_{whom}_per_item"])
                self.assertLessEqual(found[f"waits_for_{whom}_per_item"], 1)
            self.assertIn(self.rows["transfer", "cached_ring", wait, "own"]["level"],
                          ("near_empty", "near_full", "balanced"))
        self.assertEqual(self.metrics("transfer", "cached_ring", "yield", "own").get("sleep_ratio", 0), 0)
        self.assertLessEqual(self.metrics("transfer", "cached_ring", "park", "own").get("sleep_ratio", 0), 1)

    def test_an_unbounded_queue_has_one_side_and_a_native_one_none(self):
        self.assertEqual(self.metrics("transfer", "michael_scott_queue", "yield", "own").keys() & ALL_SIDES,
                         {"waits_for_items_per_item", "looks_for_items_per_item"})
        self.assertNotIn("level", self.rows["transfer", "michael_scott_queue", "yield", "own"])
        self.assertEqual(self.metrics("transfer", "mutex_queue", "native", "own"), {})
        self.assertNotIn("level", self.rows["transfer", "mutex_queue", "native", "own"])

    def test_budgets_are_recorded_in_ns(self):
        self.assertEqual(self.metrics("round_trip", "cached_ring", "hybrid", "0")["spin_budget_ns"], 0)
        # four times what was measured for a wake: two system calls and a switch of threads at least
        self.assertGreater(self.metrics("round_trip", "cached_ring", "hybrid", "400")["spin_budget_ns"], 400)
        # who parks at once sleeps in most waits of a round trip
        self.assertGreater(self.metrics("round_trip", "cached_ring", "hybrid", "0")["sleep_ratio"], 0.1)
        out = self.folder / "measurement.json"
        point = "queues/transfer/cached_ring/wait:hybrid/p:1/c:1/cap:64/bytes:8/budget:200"
        done = run(BENCH_QUEUES, f"--point={point}", "--wake-ns=7000", f"--measurement={out}",
                   "--benchmark_min_time=0.002")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(out.read_text())["metrics"]["spin_budget_ns"], 14000)

    def test_idle_is_one_wait_and_its_cpu(self):
        for impl, wait, ratio in (("cached_ring", "spin", 0), ("cached_ring", "sleep", 1), ("cached_ring", "park", 1),
                                  ("mutex_queue", "native", None)):
            with self.subTest(wait=wait):
                row = self.rows["idle", impl, wait, None]
                self.assertEqual(row["iterations"], 1)
                self.assertEqual({t["role"]: t["items"] for t in row["team"]}, {"waiter": 1, "giver": 1})
                self.assertGreaterEqual(row["window_seconds"], 0.002)
                self.assertEqual(row["metrics"].get("sleep_ratio"), ratio)
                # the clocks of thread and machine are read one after the other
                self.assertGreater(row["metrics"]["idle_cpu"], 0)
                self.assertLess(row["metrics"]["idle_cpu"], 1.1)

    def test_footprint_counts_a_ring_at_once_and_a_list_item_by_item(self):
        ring = self.metrics("footprint", "cached_ring")
        self.assertGreaterEqual(ring["empty_bytes"], 1024 * 8)
        self.assertLess(ring["bytes_per_item"], 16)
        self.assertEqual(ring["bytes_per_item"] * 1024, ring["empty_bytes"])
        nodes = self.metrics("footprint", "michael_scott_queue")
        self.assertGreaterEqual(nodes["bytes_per_item"], 16)  # an item and a pointer
        self.assertLess(nodes["empty_bytes"], 1024 * 8)
        self.assertGreaterEqual(nodes["bytes_per_item"] * 1024 - nodes["empty_bytes"], 1024 * 16)
        row = self.rows["footprint", "cached_ring", None, None]
        self.assertEqual((row["threads"], row["actual_capacity"], row["iterations"] % 1024), (1, 1024, 0))
