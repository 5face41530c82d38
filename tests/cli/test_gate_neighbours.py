"""handoff gate beside others that use the machine."""

import os
import subprocess
import threading

from cli.support import HANDOFF, run
from cli.test_gate import GateTest, point


class Neighbours(GateTest):
    def test_a_burst_does_not_open_the_gate(self):
        # Trials sleep, and every CPU is busy with somebody else's work for the first seconds of the budget. Where
        # others than these neighbours go on using the machine, nothing may be decided, but only when the budget ends.
        base = self.build("base", [point("a", sleep_ms=60)])
        candidate = self.build("candidate", [point("a", 110, sleep_ms=60)], salt=1)
        out = self.folder / "burst.json"
        neighbours = [subprocess.Popen(["taskset", "-c", str(cpu), "/bin/sh", "-c", "while :; do :; done"])
                      for cpu in os.sched_getaffinity(0)]
        timer = threading.Timer(4, lambda: [neighbour.kill() for neighbour in neighbours])
        timer.start()
        try:
            done = run(HANDOFF, "gate", "--base", base, "--candidate", candidate, "--sweep", self.sweep(), "--json",
                       out, "--budget", "20s")
        finally:
            timer.cancel()
            for neighbour in neighbours:
                neighbour.kill()
                neighbour.wait()
        result = self.read(out)
        if done.returncode == 3:
            self.assertEqual(self.findings(result), {"a": "inconclusive"})
            self.assertGreaterEqual(result["wall_seconds"], 20, done.stdout)
        else:
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertEqual(self.findings(result), {"a": "regressed"})

    def test_pairs_beside_a_hungry_neighbour_are_replaced(self):
        # Trials sleep, so that what the neighbours use in the meantime is many ticks.
        slow = [point("a", sleep_ms=60), point("starved", sleep_ms=60), point("lossy", sleep_ms=60)]
        base = self.build("base", slow)
        candidate = self.build("candidate", [point("a", sleep_ms=60), point("starved", sleep_ms=60, does="nothing"),
                                             point("lossy", sleep_ms=60, does="invalid", from_trial=1)], salt=1)
        neighbours = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"]) for _ in range(os.cpu_count())]
        try:
            out = self.folder / "hungry.json"
            done = run(HANDOFF, "gate", "--base", base, "--candidate", candidate, "--sweep", self.sweep(), "--json",
                       out, "--budget", "10s")
        finally:
            for neighbour in neighbours:
                neighbour.kill()
                neighbour.wait()
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        result = self.read(out)
        self.assertEqual(self.findings(result), {"a": "inconclusive", "starved": "inconclusive", "lossy": "failed"},
                         "who got no processor is not to blame; who loses items is")
        self.assertIn("disturbed", self.named(result, "a")["pairs"]["replaced"])
        foreign = [p[s]["foreign_seconds"] for p in result["pairs"] for s in ("base", "candidate")]
        self.assertGreater(sum(foreign), 0)
