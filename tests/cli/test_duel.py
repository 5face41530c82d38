"""handoff duel: which of two implementations is faster, by a binary that answers from a script, and by a real one."""

import json
import os
import shutil

from cli.support import BUILD, HANDOFF, run
from cli.test_gate import CALM, FAKE, GateTest, point


class DuelTest(GateTest):
    def binaries(self, points, *families):
        """A folder with a binary for each family; all of them answer alike."""
        folder = self.folder / "binaries"
        folder.mkdir(exist_ok=True)
        for family in families or ("fake",):
            shutil.copy(FAKE, folder / f"bench_{family}")
        (folder / "fake.json").write_text(json.dumps({"points": points}))
        return folder

    def duel(self, points, *arguments, expect=0, families=()):
        out = self.folder / "duel.json"
        done = run(HANDOFF, "duel", *arguments, "--binaries", self.binaries(points, *families), "--json", out, CALM,
                   "--min-time", "0.001")
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return self.read(out), done.stdout


class Verdicts(DuelTest):
    POINTS = (point("ring", 100, noise=0.002), point("queue", 131, noise=0.002, salt=1), point("twin", 101, salt=2))

    def test_the_faster_one_and_by_how_much(self):
        for names in (("ring", "queue"), ("queue", "ring")):
            with self.subTest(names):
                result, said = self.duel(self.POINTS, *names)
                self.assertRegex(said, r"fake/work  ring is 1\.31x \[1\.31 \.\. 1\.31\] as fast "
                                       r"\(\d+ pairs\)")
                self.assertEqual((result["base"]["folder"], result["candidate"]["folder"]), names)
                self.assertRegex(said, "ring is faster at 1, queue at 0 of 1 point; 0 ties|"
                                       "queue is faster at 0, ring at 1 of 1 point; 0 ties")

    def test_two_that_differ_by_less_than_asked_tie(self):
        for names in (("ring", "twin"), ("twin", "ring"), ("ring", "ring")):
            with self.subTest(names):
                _, said = self.duel(self.POINTS, *names)
                self.assertRegex(said, rf"fake/work  tie: within 5%; {names[0]} (0\.99|1\.0[01])x \[")
                self.assertIn("of 1 point; 1 tie, 0 not decided", said)

    def test_both_directions_have_to_be_proven_for_a_tie(self):
        # 30% apart, and so much scatter that neither is found in few pairs: no tie, whichever stands first.
        points = (point("one", 100, noise=3.0), point("other", 130, noise=3.0, salt=1))
        for names in (("one", "other"), ("other", "one")):
            with self.subTest(names):
                _, said = self.duel(points, *names, expect=3)
                self.assertIn("not decided", said)
                self.assertIn("0 ties, 1 not decided", said)

    def test_what_is_a_tie_can_be_asked_for(self):
        points = (point("one", 100, noise=0.002), point("other", 108, noise=0.002, salt=1))
        _, said = self.duel(points, "one", "other", "--tie", "20%")
        self.assertIn("tie: within 20%", said)
        _, said = self.duel(points, "one", "other", "--tie=5%")
        self.assertIn("one is 1.08x", said)

    def test_what_is_no_time_is_no_speed(self):
        points = (point("one", 0.1, measure="lost_share"), point("other", 0.2, measure="lost_share", salt=1))
        _, said = self.duel(points, "one", "other")
        self.assertRegex(said, r"one takes 0\.50x \[.*\] of the lost_share")

    def test_a_trial_that_fails_ends_its_point_and_names_the_implementation(self):
        points = (point("good"), point("bad", does="invalid"))
        for names in (("good", "bad"), ("bad", "good")):
            with self.subTest(names):
                _, said = self.duel(points, *names, expect=1)
                self.assertIn("bad failed: its trial is invalid: lost: 3 of 1000 items", said)
                self.assertIn("again: ", said)

    def test_paced_points_are_left_out(self):
        points = [point("one", paced_by="reference"), point("other", paced_by="reference")]
        done = run(HANDOFF, "duel", "one", "other", "--binaries", self.binaries(points), CALM)
        self.assert_one_line_refusal(done, "no point in common but paced ones")

    def test_controls_are_left_out_unless_they_are_asked_for(self):
        points = (point("one", rivals=""), point("other", 200, rivals="", salt=1))
        done = run(HANDOFF, "duel", "one", "other", "--binaries", self.binaries(points), CALM)
        self.assert_one_line_refusal(done, "no point in common")
        _, said = self.duel(points, "one", "other", "--workload=work")
        self.assertIn("as fast", said)


class Usage(DuelTest):
    def test_names(self):
        folder = self.binaries([point("one"), point("other")])
        self.assert_one_line_refusal(run(HANDOFF, "duel", "one"), "name two implementations", "there is 1")
        self.assert_one_line_refusal(run(HANDOFF, "duel", "a", "b", "c"), "there are 3")
        self.assert_one_line_refusal(run(HANDOFF, "duel", "one", "none", "--binaries", folder),
                                     "no family has both", "one is one of fake: one, other")
        self.assert_one_line_refusal(run(HANDOFF, "duel", "x", "y", "--binaries", folder), "nor one of them")
        self.assert_one_line_refusal(run(HANDOFF, "duel", "one", "other", "--binaries", folder, "--family=locks"),
                                     "--family locks", "legal: fake")

    def test_a_family_must_be_named_where_several_have_both(self):
        points = [point("one"), point("other", 200)]
        folder = self.binaries(points, "fake", "more")
        self.assert_one_line_refusal(run(HANDOFF, "duel", "one", "other", "--binaries", folder),
                                     "--family fake or --family more")
        _, said = self.duel(points, "one", "other", "--family", "fake", families=("fake", "more"))
        self.assertIn("one is 2.00x", said)

    def test_flags(self):
        for arguments, words in ((["--tie", "5"], ["--tie 5", "legal: a difference such as 5%"]),
                                 (["--tie=0%"], ["--tie 0%"]), (["--budget=soon"], ["--budget soon"]),
                                 (["--wait", "spin", "--wait", "park"], ["--wait stands twice"]),
                                 (["--speed=9"], ["unknown argument --speed=9"])):
            with self.subTest(arguments):
                self.assert_one_line_refusal(run(HANDOFF, "duel", "one", "other", *arguments), *words)
        done = run(HANDOFF, "duel", "--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("--tie PERCENT", done.stdout)


class Real(DuelTest):
    def test_a_bounded_queue_meets_one_without_bounds(self):
        done = run(HANDOFF, "duel", "vyukov_ring", "michael_scott_queue", "--workload=transfer", "--wait=yield",
                   "--producers=1", "--consumers=1", "--capacity=64", "--bytes=8", "--budget=2s", CALM,
                   "--binaries", BUILD / "bin", env={**os.environ, "TERM": "dumb"})
        self.assertIn(done.returncode, (0, 3), done.stdout + done.stderr)
        self.assertIn("queues/transfer/wait:yield/p:1/c:1/cap:64/bytes:8", done.stdout)
        self.assertIn(" against queues/transfer/wait:yield/p:1/c:1/cap:unbounded/bytes:8", done.stdout)
        self.assertIn("of 1 point", done.stdout)
