"""The campaign that measures what the place of code does to the gate: with a scripted binary that feels its place."""

import json
import os
import shutil
import unittest

from cli.support import BUILD, HANDOFF, ROOT, run
from cli.test_gate import CALM, LinkedTest, point

CAMPAIGN = ROOT / "tests" / "gate_layout" / "gate_layout.py"


class Campaign(LinkedTest):
    def test_it_counts_false_alarms_with_and_without_new_links(self):
        self.need_python("scipy")
        points = [point(f"p{n}", noise=0.005, place=0.05, place_salt=n) for n in range(8)]
        build = self.tree("build", points, "one", "fake_bench", "two", "three")
        os.symlink(HANDOFF, build / "bin" / "handoff")
        (build / "gate_power").mkdir()
        os.symlink(BUILD / "gate_power" / "gate_link_variant", build / "gate_power" / "gate_link_variant")
        out = self.folder / "out"
        for number in range(3):  # the scripted binary looks beside itself
            (out / "variants" / str(number) / "bin").mkdir(parents=True)
            shutil.copy(build / "bin" / "fake.json", out / "variants" / str(number) / "bin")
        flags = ["--build", build, "--out", out, "--variants", "3", "--sweep", self.sweep(), "--gate-flags", CALM]
        done = run(CAMPAIGN, *flags)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        layout = json.loads((out / "layout.json").read_text())
        ways = layout["ways"]
        self.assertEqual([ways[way]["suites_regressed"]["of"] for way in ("none", "confirming")], [3, 3])
        # How many of the 24 it is, which links move by 7%, depends on the bytes of the scripted binary.
        self.assertGreater(ways["none"]["points_regressed"]["count"], 0)
        self.assertEqual(ways["confirming"]["points_regressed"]["count"], 0)
        self.assertEqual(len(layout["points"]), 8)
        self.assertTrue(any(p["slowest_variant"] - p["fastest_variant"] > 0.05 for p in layout["points"]), layout)
        self.assertIn("| none | ", (out / "layout.md").read_text())

        (out / "runs" / "none_1.json").write_text('{"complete": false')
        again = run(CAMPAIGN, *flags)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(len(again.stderr.splitlines()), 1, "the others are kept")
        both = run(CAMPAIGN, "--combine", out, out)
        self.assertIn("of 6 ", both.stdout)

    def test_usage(self):
        done = run(CAMPAIGN, "--build", self.folder, "--out", self.folder / "out")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no bin/handoff in it: build it first", done.stderr)


if __name__ == "__main__":
    unittest.main()
