"""Scheduling policies and busy neighbours: what a run says of them, and what is not to be had."""

import json
import os

from cli.support import BUILD, HANDOFF, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text())
BENCH_LOCKS = BUILD / "bin" / "bench_locks"
SCHED_SETSCHEDULER = {"x86_64": "144", "aarch64": "119"}.get(os.uname().machine)
SECTION = ("--workload=critical_section", "--impl=std_mutex", "--benchmark_list_tests")
NAME = "locks/critical_section/std_mutex/threads:{}/hold:0/think:0"
BLOCKS = [
    {"family": "queues", "workload": ["round_trip"], "impl": ["vyukov_ring"], "wait": ["park"], "capacity": [64],
     "bytes": [8]},
    {"family": "pools", "workload": ["wakeup"], "impl": ["work_stealing_pool"], "wait": ["park"], "workers": [1],
     "pool": ["hot"]},
    {"family": "locks", "workload": ["critical_section"], "impl": ["std_mutex"], "threads": [2]},
]


class Sched(CommandTest):
    def test_rows_say_who_was_there_and_what_the_neighbours_got(self):
        blocks = [{**block, "sched": ["other", "batch"], "neighbours": [0, 1]} for block in BLOCKS]
        out = self.folder / "out"
        done = run(HANDOFF, "run", self.sweep(blocks=blocks, repetitions=1, min_time_seconds=0.1), "--out", out,
                   timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        rows = results["benchmarks"]
        self.assertEqual(len(rows), 3 * 2 * 2)
        for row in rows:
            with self.subTest(row=row["name"]):
                point = row["point"]
                self.assertEqual("sched:batch" in row["name"], point["sched"] == "batch")
                self.assertEqual("neighbours:1" in row["name"], point["neighbours"] == 1)
                self.assertEqual(row["oversubscribed"] or point["neighbours"] == 0, True)
                self.assertEqual("neighbours_share" in row["metrics"], point["neighbours"] == 1)
                self.assertNotIn("neighbour", {thread["role"] for thread in row["team"]})
                if point["neighbours"] == 1:
                    self.assertGreater(row["metrics"]["neighbours_share"], 0)
                    self.assertNotIn("counters", row)
                    # two CPUs that neighbours keep busy are no time of the trial's own
                    own = sum(thread["cpu_seconds"] for thread in row["team"])
                    self.assertLess(row["cpu_time"] * row["iterations"] * 1e-9, own + 0.5 * row["window_seconds"])

    def test_what_the_kernel_refuses_is_left_out_with_the_reason(self):
        if SCHED_SETSCHEDULER is None or run(BUILD / "world" / "deny", "1000000", "/bin/true").returncode == 99:
            self.skipTest("needs seccomp")

        def denied(*command):
            return run(BUILD / "world" / "deny", SCHED_SETSCHEDULER, *command)

        for policy, helps in (("batch", ""), ("fifo", "ulimit -r 2"), ("rr", "CAP_SYS_NICE")):
            self.assert_one_line_refusal(
                denied(BENCH_LOCKS, *SECTION, "--threads=1", f"--sched={policy}"),
                f"sched {policy} (--sched): the kernel refuses it to this process: sched_setscheduler: "
                "Operation not permitted", helps)
        sweep = self.sweep(blocks=[{**BLOCKS[2], "sched": ["other", "nice", "batch"]}])
        listed = denied(HANDOFF, "list", sweep)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn("sched batch: the kernel refuses it", listed.stdout)
        self.assertIn(NAME.format(2), listed.stdout)
        self.assertNotIn("sched:batch", listed.stdout)

    def test_a_niceness_that_is_no_longer_to_be_had_is_no_point(self):
        done = run("nice", "-n", "19", BENCH_LOCKS, *SECTION, "--threads=1", "--sched=nice")
        self.assert_one_line_refusal(done, "sched nice (--sched): this process has niceness 19, to which 10 cannot be "
                                           "added")

    def test_a_real_time_team_has_a_cpu_for_each_thread(self):
        alone = run(BENCH_LOCKS, *SECTION, "--threads=1", "--sched=fifo,rr")
        if alone.returncode != 0:
            self.assertIn("the kernel refuses it", alone.stderr)
            self.skipTest(alone.stderr.strip())
        self.assertEqual(alone.stdout.split(), [NAME.format(1) + "/sched:fifo", NAME.format(1) + "/sched:rr"])
        for flags in (("--threads=2", "--placement=same_core"), ("--threads=1024",)):
            self.assert_one_line_refusal(run(BENCH_LOCKS, *SECTION, "--sched=fifo", *flags),
                                         "sched fifo (--sched): a real-time thread that spins keeps its CPU")

    def test_other_workloads_have_no_such_axes(self):
        self.assert_one_line_refusal(run(BENCH_LOCKS, "--benchmark_list_tests", "--workload=reader_writer",
                                         "--impl=std_mutex", "--sched=batch"), "has no axis sched")
