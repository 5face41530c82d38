"""Pools and schedulers have the threads that their points ask for, and all of them are watched."""

import os
import subprocess
import time
import unittest

from cli.support import BUILD, HANDOFF, CommandTest, run

CPUS = sorted(os.sched_getaffinity(0))


def bench(family, point, *before, environment=None, seconds=60):
    command = [*before, str(BUILD / "bin" / f"bench_{family}"), f"--point={point}", "--benchmark_min_time=0.05"]
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False,
                          env={**os.environ, **(environment or {})})


class Workers(CommandTest):
    def test_onetbb_ends_where_there_are_fewer_cpus_than_workers(self):
        self.need("fork_join", "tbb_scheduler")
        for workers in (2, 4):
            point = f"fork_join/fib/tbb_scheduler/wait:native/workers:{workers}/steal:native/n:22"
            done = bench("fork_join", point, "taskset", "-c", str(CPUS[0]))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for impl in ("tbb_arena_pool", "tbb_group_pool"):
            point = f"pools/submit_empty/{impl}/wait:native/cap:unbounded/s:1/workers:2"
            done = bench("pools", point, "taskset", "-c", str(CPUS[0]))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_fewer_threads_than_workers_are_a_failure_in_words(self):
        self.need("fork_join", "openmp_scheduler")
        point = "fork_join/fib/openmp_scheduler/wait:native/workers:2/steal:native/n:22"
        for variable, value in (("OMP_THREAD_LIMIT", "1"), ("OMP_MAX_ACTIVE_LEVELS", "0")):
            with self.subTest(variable=variable):
                done = bench("fork_join", point, environment={variable: value})
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn("fewer: 2 workers were asked for, and 1 came", done.stdout)
        self.assertEqual(bench("fork_join", point).returncode, 0)

    def rows(self, blocks, **settings):
        out = self.folder / "out"
        sweep = self.sweep(**{"repetitions": 1, "min_time_seconds": 0.1, "timeout_seconds": 60, "blocks": blocks,
                              **settings})
        done = run(HANDOFF, "run", sweep, "--out", out, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.results(out)
        self.guarantees = {point["name"]: point["guarantees"] for point in results["run"]["points"]}
        return results["benchmarks"]

    def test_all_threads_that_work_are_in_the_report(self):
        workers = 2
        rows = self.rows([
            {"family": "fork_join", "workload": ["fib"], "workers": [workers], "size": [22],
             "wait": ["hybrid", "native"]},
            {"family": "pools", "workload": ["submit_empty"], "workers": [workers], "submitters": [1],
             "wait": ["park", "native"]}])
        families = set()
        for row in rows:
            with self.subTest(point=row["name"]):
                families.add(row["point"]["family"])
                roles = [one["role"] for one in row["team"]]
                own = roles.count("worker")
                if row["metrics"].get("unpinned"):
                    self.assertIn(row["point"]["impl"], ("async_pool", "thread_per_task_pool"))
                    continue
                helps = row["point"]["family"] == "fork_join" or self.guarantees[row["name"]]["waiter"] == "helps"
                self.assertEqual(own, workers - helps)
                self.assertEqual(len(roles), own + 1)
                self.assertLessEqual(row["metrics"]["workers_active"], workers)
                pinned = [one["cpu"] for one in row["team"]]
                if not row["oversubscribed"]:
                    self.assertNotIn(None, pinned, "the point says spread")
                    self.assertEqual(len(set(pinned)), len(pinned))
        self.assertEqual(families, {"fork_join", "pools"})

    @unittest.skipIf(len(CPUS) < 2, "a worker and its root need a CPU each")
    def test_a_worker_that_loses_its_cpu_flags_the_trial(self):
        # The root is on the first CPU, the one worker on the second, where others burn all they can have.
        burners = [subprocess.Popen(["taskset", "-c", str(cpu), "sh", "-c", "while :; do :; done"])
                   for cpu in CPUS[1:] for _ in range(3)]
        try:
            time.sleep(0.2)
            rows = self.rows([{"family": "fork_join", "workload": ["fib"], "impl": ["chase_lev_deque"], "workers": [2],
                               "size": [27], "wait": ["spin"], "placement": ["spread"]}], min_time_seconds=0.3)
        finally:
            for one in burners:
                one.kill()
                one.wait()
        flags = rows[0]["flags"]
        self.assertIn("preempted", flags, rows[0]["team"])
        self.assertIn("off_cpu", flags, rows[0]["team"])
        worker = next(one for one in rows[0]["team"] if one["role"] == "worker")
        self.assertGreater(worker["run_delay_seconds"], 0.1 * rows[0]["window_seconds"])

    def test_idle_pools_and_schedulers_say_what_they_burn(self):
        rows = self.rows([
            {"family": "fork_join", "workload": ["idle"], "impl": ["chase_lev_deque"], "workers": [2],
             "wait": ["spin", "park"]},
            {"family": "pools", "workload": ["idle"], "impl": ["work_stealing_pool"], "workers": [1],
             "wait": ["spin", "park"]}])
        burnt = {(row["point"]["family"], row["point"]["wait"]): row["metrics"]["idle_cpu"] for row in rows}
        self.assertEqual(len(burnt), 4)
        for family in ("fork_join", "pools"):
            # One worker each. That which spins has a CPU, or on a busy machine a share of one.
            self.assertLess(burnt[family, "park"], 0.05)
            self.assertGreater(burnt[family, "spin"], 5 * burnt[family, "park"])

    def test_a_library_that_waits_by_itself_is_not_asked_to_look_again_and_again(self):
        self.need("queues", "moodycamel_blocking_queue")
        rows = self.rows([{"family": "queues", "workload": ["idle"], "impl": ["moodycamel_blocking_queue"]}],
                         min_time_seconds=0.4)
        waiter = next(one for one in rows[0]["team"] if one["role"] == "waiter")
        self.assertLess(waiter["voluntary_switches"], 40, "each wait begins with the library's spinning")


if __name__ == "__main__":
    unittest.main()
