"""handoff rank: places by duels of neighbours, by a binary that answers from a script, and by a real one."""

import json
import os
import pathlib
import signal
import subprocess
import time

from cli.support import BUILD, HANDOFF, ROOT, library, run
from cli.test_duel import DuelTest
from cli.test_gate import CALM, point

jsonschema = library("jsonschema")


class RankTest(DuelTest):
    def read(self, path):
        def refuse(word):
            self.fail(f"{word} in a result file")
        text = path if isinstance(path, str) else path.read_text()
        result = json.loads(text, parse_constant=refuse)
        schema = json.loads((ROOT / "results" / "rank.schema.json").read_text())
        resolver = jsonschema.RefResolver((ROOT / "results").as_uri() + "/", schema)
        jsonschema.Draft7Validator(schema, resolver=resolver).validate(result)
        return result

    def command(self, points, *arguments):
        return [HANDOFF, "rank", *arguments, "--binaries", self.binaries(points), CALM, "--min-time", "0.001"]

    def rank(self, points, *arguments, expect=0):
        """Ranks what the script has; returns (result file, standard output)."""
        out = self.folder / "rank.json"
        done = run(*self.command(points, *arguments), "--json", out)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        result = self.read(out)
        self.assertEqual(result["exit_code"], expect)
        return result, done.stdout

    @staticmethod
    def ranks(result, at=0):
        return [(place["impl"], place["rank"]) for place in result["points"][at]["places"]]

    @staticmethod
    def compared(result):
        return sorted((c["base"], c["candidate"]) for c in result["comparisons"])


QUIET = {"noise": 0.002}


class Places(RankTest):
    def test_an_order_is_found_and_only_neighbours_are_compared(self):
        points = [point(name, value, salt=i, **QUIET)
                  for i, (name, value) in enumerate([("c", 160), ("a", 100), ("b", 125)])]
        result, said = self.rank(points)
        self.assertEqual(self.ranks(result), [("a", 1), ("b", 2), ("c", 3)])
        self.assertEqual(self.compared(result), [("a", "b"), ("c", "b")])
        above = result["points"][0]["places"][2]["to_above"]
        self.assertEqual((above["impl"], above["verdict"]), ("b", "slower"))
        self.assertAlmostEqual(above["median"], 1.28, delta=0.01)
        self.assertTrue(above["low"] <= above["median"] <= above["high"])
        self.assertRegex(said, r"    1  a +100\n    2  b +125  a is 1\.25x "
                               r"\[1\.2\d \.\. 1\.2\d\] as fast \(\d+ pairs\)")
        self.assertIn("1 point, 2 neighbours: 2 slower than the one above, 0 ties, 0 not decided", said)
        for c in result["comparisons"]:  # far apart: few pairs
            self.assertLess(sum(c["pairs"][k] for k in ("screening", "confirming", "proving")), 30, c["name"])
        orders = [p["order"] for p in result["pairs"] if p["point"] == result["comparisons"][0]["name"]]
        self.assertEqual(orders[:4], ["base first", "candidate first"] * 2, "A B B A")

    def test_a_wrong_guess_is_set_right(self):
        # The first three trials of `late` are fast: their seeds are those of the first trials.
        points = [point("a", 100, **QUIET), point("b", 120, salt=1, **QUIET),
                  point("late", 140, salt=2, first=80, **QUIET)]
        result, _ = self.rank(points)
        self.assertEqual(self.ranks(result), [("a", 1), ("b", 2), ("late", 3)])

    def test_ties_share_a_rank(self):
        points = [point("a", 100, **QUIET), point("b", 101, salt=1, **QUIET), point("c", 130, salt=2, **QUIET)]
        result, said = self.rank(points)
        self.assertEqual({name: rank for name, rank in self.ranks(result)}, {"a": 1, "b": 1, "c": 3})
        self.assertRegex(said, r"    1  [ab] +10\d  tie with [ab]: within 5%; it is \d\.\d\dx \[")
        self.assertIn("1 slower than the one above, 1 tie, 0 not decided", said)

    def test_ties_are_not_taken_to_be_transitive(self):
        points = [point(name, value, salt=i, noise=0.0005)
                  for i, (name, value) in enumerate([("a", 100), ("b", 102.5), ("c", 105.1)])]
        result, said = self.rank(points)
        self.assertEqual(self.ranks(result), [("a", 1), ("b", 1), ("c", 3)])
        third = result["points"][0]["places"][2]
        self.assertEqual((third["to_above"]["impl"], third["to_above"]["verdict"]), ("b", "tie"))
        self.assertEqual((third["to_leader"]["impl"], third["to_leader"]["verdict"]), ("a", "slower"))
        self.assertRegex(said, r"    3  c .* tie with b: within 5%; .*; a is 1\.05x \[.*\] as fast")

    def test_what_is_disturbed_is_not_decided_and_the_others_are(self):
        points = [point("a", 100, **QUIET), point("b", 130, salt=1, **QUIET),
                  point("odd", 170, salt=2, probe=60, **QUIET)]
        result, said = self.rank(points, expect=3)
        self.assertEqual(self.ranks(result), [("a", 1), ("b", 2), ("odd", 3)])
        self.assertEqual([p["decided"] for p in result["points"][0]["places"]], [True, True, False])
        self.assertIn("    3? odd", said)
        self.assertIn("not decided against b; too many pairs had to be replaced: 9 machine state", said)
        self.assertIn("1 slower than the one above, 0 ties, 1 not decided", said)

    def test_what_fails_has_no_place(self):
        for from_trial in (2, 5):  # in the first trials, and in a duel
            with self.subTest(from_trial=from_trial):
                points = [point("a", 100, **QUIET), point("bad", 115, does="crash", from_trial=from_trial, **QUIET),
                          point("b", 130, salt=1, **QUIET)]
                result, said = self.rank(points, expect=1)
                self.assertEqual(self.ranks(result), [("a", 1), ("b", 2)])
                failed = result["points"][0]["failed"]
                self.assertEqual([f["impl"] for f in failed], ["bad"])
                self.assertIn("its trial crashed: signal 11", failed[0]["reason"])
                self.assertRegex(said, "    -  bad +failed: its trial crashed: signal 11")
                self.assertIn("again: " + failed[0]["command"], said)
                self.assertIn("1 implementation failed", said)

    def test_a_budget_that_is_too_small_says_so(self):
        points = [point("a", 100, sleep_ms=15), point("b", 120, salt=1, sleep_ms=15), point("c", 140, sleep_ms=15)]
        for budget in ("0.5s", "0.05s"):
            with self.subTest(budget=budget):
                began = time.monotonic()
                result, said = self.rank(points, "--budget", budget, expect=3)
                self.assertLess(time.monotonic() - began, 20)
                self.assertIn(f"the budget of {budget[:-1]} s was spent", said)
                self.assertTrue(result["complete"])
                self.assertEqual(len(result["points"][0]["places"]), 3)

    def test_other_measures_than_time(self):
        points = [point("sleeps", 120, costs={"cpu": 50, "system_calls": 1.0}, **QUIET),
                  point("spins", 100, salt=1, costs={"cpu": 200, "system_calls": 0.0}, **QUIET)]
        result, said = self.rank(points, "--measure", "cpu_time_per_item")
        self.assertEqual(self.ranks(result), [("sleeps", 1), ("spins", 2)])
        self.assertIn("sleeps takes 0.25x", said)
        self.assertIn("of the cpu_time_per_item", said)
        result, said = self.rank(points, "--measure", "system_calls_per_item")
        self.assertEqual(self.ranks(result), [("spins", 1), ("sleeps", 2)])
        self.assertIn("spins is better, by no finite number", said)


class Points(RankTest):
    def at(self, impl, value, threads, **more):
        return point(impl, value, at={"threads": threads}, **{**QUIET, **more})

    def test_each_point_has_its_ranking_and_a_table_shows_all(self):
        points = [self.at("x", 100, "1"), self.at("y", 150, "1", salt=1), self.at("x", 300, "2"),
                  self.at("y", 200, "2", salt=1), self.at("z", 250, "2", salt=2), self.at("lone", 1, "4")]
        result, said = self.rank(points)
        self.assertEqual([p["name"] for p in result["points"]], ["fake/work/threads:1", "fake/work/threads:2"])
        self.assertEqual(self.ranks(result, 0), [("x", 1), ("y", 2)])
        self.assertEqual(self.ranks(result, 1), [("y", 1), ("z", 2), ("x", 3)])
        self.assertRegex(said, "ranks at the 2 points above, in their order\n  y +2 +1\n  x +1 +3\n  z +- +2\n")

    def test_the_best_of_ours_against_the_best_of_the_others(self):
        # At the first point the two are no neighbours: they are compared all the same.
        points = [self.at("mine", 100, "1"), self.at("own", 110, "1", salt=3), self.at("theirs", 120, "1", salt=1),
                  self.at("own", 100, "2", salt=3), self.at("theirs", 200, "2", salt=1)]
        result, said = self.rank(points, "--ours", "own,mine")
        against = result["ours_against_others"]
        self.assertEqual([(p["ours"], p["other"]) for p in against["points"]], [("mine", "theirs"), ("own", "theirs")])
        self.assertAlmostEqual(against["geometric_mean"], (1.2 * 2) ** 0.5, delta=0.01)
        self.assertLess(against["low"], against["geometric_mean"])
        self.assertGreater(against["high"], against["geometric_mean"])
        self.assertGreater(against["low"], 1.5)
        self.assertRegex(said, r"geometric mean of 2 points: the best of ours is 1\.55x \[1\.5\d \.\. 1\.5\d\] as fast")
        self.assertIn("fake/work/threads:2: own against theirs: the best of ours is 2.00x", said)

    def test_names_and_lists_of_names(self):
        points = [point(name, 100 + 30 * i, salt=i, **QUIET) for i, name in enumerate("abcd")]
        result, _ = self.rank(points, "d,b", "c")
        self.assertEqual(self.ranks(result), [("b", 1), ("c", 2), ("d", 3)])


class Usage(RankTest):
    def test_names(self):
        points = [point("one"), point("other")]
        folder = self.binaries(points)
        for arguments, words in (
                (["one"], ["one implementation has no rank"]),
                (["one,one"], ["one stands twice"]),
                (["one,,other"], ["a name is empty"]),
                (["one,none,other"], ["no family has all of them", "one, other are of fake: one, other"]),
                (["--ours=third"], ["--ours third", "legal: one, other"]),
                (["--ours=one,other"], ["leave no others"]),
                (["--tie", "5"], ["--tie 5"]),
                (["--measure=beauty"], ["--measure beauty", "cpu_time_per_item"]),
                (["--speed=9"], ["unknown argument --speed=9", "handoff rank --help"])):
            with self.subTest(arguments):
                self.assert_one_line_refusal(run(HANDOFF, "rank", *arguments, "--binaries", folder), *words)

    def test_a_family_must_be_named_where_several_have_the_points(self):
        folder = self.binaries([point("one"), point("other")], "fake", "more")
        self.assert_one_line_refusal(run(HANDOFF, "rank", "--binaries", folder), "--family fake or --family more")
        self.assert_one_line_refusal(run(HANDOFF, "rank", "--binaries", folder, "--family=locks"),
                                     "--family locks", "legal: fake, more")

    def test_a_point_of_one_alone_is_no_ranking(self):
        points = [point("one", at={"threads": "1"}), point("other", at={"threads": "2"})]
        self.assert_one_line_refusal(run(*self.command(points)), "no point that two implementations have")

    def test_help_says_what_the_exit_codes_are(self):
        done = run(HANDOFF, "rank", "--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--ours", "--tie PERCENT", "--measure WHAT", "3 a neighbour was not decided"):
            self.assertIn(word, done.stdout)

    def test_the_file_may_be_standard_output(self):
        points = [point("a", 100, **QUIET), point("b", 130, salt=1, **QUIET)]
        done = run(*self.command(points), "--json", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.ranks(self.read(done.stdout)), [("a", 1), ("b", 2)])
        self.assertIn("1 slower than the one above", done.stderr)

    def test_an_interrupt_leaves_the_places_so_far(self):
        points = [point("a", 100, noise=0.3, sleep_ms=10), point("b", 101, noise=0.3, salt=1, sleep_ms=10)]
        out = pathlib.Path(self.folder / "rank.json")
        process = subprocess.Popen([*map(str, self.command(points)), "--json", str(out)], cwd=ROOT,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        deadline = time.monotonic() + 60
        while not out.exists() or '"pairs": [' not in out.read_text():
            self.assertLess(time.monotonic(), deadline, "no pairs")
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, said)
        self.assertIn("(interrupted)", said)
        result = self.read(out)
        self.assertFalse(result["complete"])
        self.assertEqual(len(result["points"][0]["places"]), 2)


class Real(RankTest):
    def test_a_ring_a_lock_free_list_and_a_mutex(self):
        # Far apart on any machine. mutex_queue waits by itself and michael_scott_queue has no bounds: both meet the
        # ring under its conditions, though nobody names `native` and `unbounded`.
        out = self.folder / "rank.json"
        done = run(HANDOFF, "rank", "cached_ring,michael_scott_queue,mutex_queue", "--workload=transfer",
                   "--wait=yield", "--producers=1", "--consumers=1", "--capacity=1024", "--bytes=8", "--budget=6s",
                   CALM, "--binaries", BUILD / "bin", "--json", out, env={**os.environ, "TERM": "dumb"})
        self.assertIn(done.returncode, (0, 3), done.stdout + done.stderr)
        result = self.read(out)
        self.assertEqual([p["name"] for p in result["points"]], ["queues/transfer/wait:yield/p:1/c:1/cap:1024/bytes:8"])
        places = result["points"][0]["places"]
        if done.returncode == 0:  # others may use this machine so much that nothing is decided
            self.assertEqual(places[0]["impl"], "cached_ring", done.stdout)
        self.assertEqual({p["impl"] for p in places}, {"cached_ring", "michael_scott_queue", "mutex_queue"})
        self.assertIn("native", next(p["point"] for p in places if p["impl"] == "mutex_queue"))

    def test_what_is_wrong_is_said_of_what_was_asked_for_not_of_what_is_added_to_it(self):
        # glib_channel waits by itself, which is not what is wrong here.
        done = run(HANDOFF, "rank", "csp_channel,glib_channel", "--family=channels", "--workload=stream,ping_pong",
                   "--wait=park", "--producers=1", "--capacity=64", "--binaries", BUILD / "bin")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("workload ping_pong (--workload): has no axis producers", done.stderr)
        done = run(HANDOFF, "rank", "csp_channel,faa_array_channel", "--family=channels", "--workload=stream",
                   "--wait=native", "--producers=1", "--consumers=1", "--capacity=64", "--binaries", BUILD / "bin")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertNotIn("unbounded is", done.stderr)
