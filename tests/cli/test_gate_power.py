"""The campaign that measures the gate: with a scripted benchmark binary, so that the truth is known."""

import json
import os
import shutil
import unittest

from cli.support import HANDOFF, ROOT, run
from cli.test_gate import GateTest, point

CAMPAIGN = ROOT / "tests" / "gate_power" / "gate_power.py"


class Campaign(GateTest):
    def test_it_counts_and_goes_on_where_it_stopped(self):
        self.need_python("scipy")
        build = self.build("build", [point("a", noise=0.02)])
        os.symlink(HANDOFF, build / "bin" / "handoff")
        for percent in (0, 2, 5, 10, 20):
            made = self.build(f"build/controls/slowdown_{percent}", [point("c", 100 + percent, noise=0.02)],
                              salt=percent)
            shutil.move(made / "bin" / "bench_fake", made / "bin" / "bench_controls")
        out = self.folder / "out"
        flags = ["--build", build, "--out", out, "--suites", "3", "--repeats", "2", "--sweep", self.sweep(),
                 "--most-disturbance", "1000"]
        done = run(CAMPAIGN, *flags)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        power = json.loads((out / "power.json").read_text())
        self.assertEqual(power["aa"]["suites_regressed"]["of"], 3)
        self.assertEqual(power["aa"]["suites_regressed"]["count"], 0, "the very same numbers on both sides")
        found = {row["slowdown_percent"]: row["regressed"] for row in power["controls"]}
        self.assertEqual({percent: (s["count"], s["of"]) for percent, s in found.items()},
                         {0: (0, 2), 2: (0, 2), 5: (2, 2), 10: (2, 2), 20: (2, 2)})
        # Clopper and Pearson: of 2 in 2, from the square root of 0.025
        self.assertAlmostEqual(found[10]["low"], 0.025 ** 0.5, places=6)
        for row in power["controls"]:
            self.assertLess(abs(row["median_slowdown"] - 1 - row["slowdown_percent"] / 100), 0.03)
        self.assertIn("| 10% |", (out / "power.md").read_text())

        (out / "runs" / "aa_1.json").unlink()
        (out / "runs" / "slowdown_5_0.json").write_text('{"complete": false')  # as SIGKILL leaves it at worst
        kept = (out / "runs" / "aa_0.json").stat().st_mtime_ns
        again = run(CAMPAIGN, *flags)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("13 runs, 11 done", again.stderr)
        self.assertEqual((out / "runs" / "aa_0.json").stat().st_mtime_ns, kept)
        self.assertEqual(json.loads((out / "power.json").read_text())["aa"]["suites_regressed"]["of"], 3)

    def test_usage(self):
        done = run(CAMPAIGN, "--build", self.folder, "--out", self.folder / "out")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no bin/handoff in it: build it first", done.stderr)


if __name__ == "__main__":
    unittest.main()
