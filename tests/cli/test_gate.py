"""handoff gate, against benchmark binaries that answer from a script: verdicts, failures, outputs, exit codes."""

import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import unittest
import xml.etree.ElementTree

from cli.support import BUILD, HANDOFF, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

SCHEMA = json.loads((ROOT / "results" / "gate.schema.json").read_text())
FAKE = BUILD / "gate_tests" / "fake_bench"
BUILT = {"compiler": "GNU 12", "flags": "-O3", "build_type": "Release", "libraries": {}}
#: Others may use the machine as they like: what is measured here is written in a script.
CALM = "--most-disturbance=1000"


def point(impl, value=100.0, noise=0.01, **more):
    return {"impl": impl, "value": value, "noise": noise, **more}


class GateTest(CommandTest):
    def build(self, name, points, **more):
        """A build folder whose bench_fake answers as told."""
        folder = self.folder / name / "bin"
        folder.mkdir(parents=True)
        os.link(FAKE, folder / "bench_fake") if os.stat(FAKE).st_dev == os.stat(folder).st_dev else shutil.copy(
            FAKE, folder / "bench_fake")
        (folder / "fake.json").write_text(json.dumps({"points": points, "build": BUILT, **more}))
        return folder.parent

    def sweep(self, *blocks, **more):
        path = self.folder / "sweep.json"
        path.write_text(json.dumps({"name": "fake", "min_time_seconds": 0.001, "timeout_seconds": 5,
                                    "blocks": blocks or [{"family": "fake"}], **more}))
        return path

    def gate(self, base, candidate, *flags, blocks=(), expect=0, timeout=120, **more):
        """Runs it; returns (result file or None, completed process)."""
        out = self.folder / "gate.json"
        done = run(HANDOFF, "gate", "--base", base, "--candidate", candidate, "--sweep", self.sweep(*blocks), "--json",
                   out,
                   CALM, *flags, timeout=timeout, **more)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return self.read(out), done

    def read(self, path):
        def refuse(word):
            self.fail(f"{word} in a result file")
        result = json.loads(path.read_text(), parse_constant=refuse)
        jsonschema.validate(result, SCHEMA)
        return result

    @staticmethod
    def findings(result):
        return {p["name"].split("/")[2]: p["finding"] for p in result["points"]}

    @staticmethod
    def named(result, impl):
        return next(p for p in result["points"] if p["name"] == f"fake/work/{impl}")


class Verdicts(GateTest):
    def test_a_clean_candidate_is_proven_unchanged(self):
        base = self.build("base", [point("a"), point("b", 5000)])
        candidate = self.build("candidate", [point("a"), point("b", 5000)], salt=1)
        result, done = self.gate(base, candidate)
        self.assertEqual(self.findings(result), {"a": "unchanged", "b": "unchanged"})
        self.assertTrue(result["complete"])
        self.assertIn("the gate is open: 2 unchanged", done.stdout)
        for p in result["points"]:
            self.assertLess(p["slowdown"]["at_most"], 1.05)
            self.assertLessEqual(p["slowdown"]["low"], p["slowdown"]["median"])
        orders = [p["order"] for p in result["pairs"] if p["point"] == "fake/work/a"]
        self.assertEqual(orders[:4], ["base first", "candidate first"] * 2, "A B B A")
        self.assertFalse((self.folder / "gate.json.journal").exists())

    def test_ten_percent_slower_shuts_the_gate(self):
        base = self.build("base", [point("a"), point("slow", noise=0.03)])
        candidate = self.build("candidate", [point("a"), point("slow", 110, noise=0.03)], salt=1)
        result, done = self.gate(base, candidate, expect=1)
        self.assertEqual(self.findings(result), {"a": "unchanged", "slow": "regressed"})
        slow = self.named(result, "slow")
        self.assertLess(slow["slowdown"]["low"], 1.10)
        self.assertGreater(slow["slowdown"]["high"], 1.05)
        self.assertLess(slow["p"], 0.01)
        self.assertGreater(slow["pairs"]["confirming"], 4)
        lines = done.stdout.splitlines()
        self.assertTrue(lines[1].startswith("regressed"), "worst first")
        self.assertIn("THE GATE IS SHUT: 1 regressed, 1 unchanged", lines[-1])

    def test_the_wall_clock_decides_nothing(self):
        """Neither the end of 32 bits nor a clock that leaps by hours ends a gate early or changes what it says."""
        for wall, leap in ((2**31 - 2, 0), (1_900_000_000, 7200), (1_900_000_000, -7200)):
            with self.subTest(wall=wall, leap=leap):
                for name in ("base", "candidate"):
                    shutil.rmtree(self.folder / name, ignore_errors=True)
                base = self.build("base", [point("a"), point("slow")])
                candidate = self.build("candidate", [point("a"), point("slow", 120)], salt=1)
                env = {**os.environ, "LD_PRELOAD": str(BUILD / "world" / "odd_clock.so"), "ODD_CLOCK": str(wall),
                       "ODD_CLOCK_LEAP": str(leap)}
                result, _ = self.gate(base, candidate, expect=1, timeout=60, env=env)
                self.assertEqual(self.findings(result), {"a": "unchanged", "slow": "regressed"})
                self.assertTrue(result["complete"])

    def test_an_improvement_is_no_failure(self):
        base = self.build("base", [point("fast")])
        candidate = self.build("candidate", [point("fast", 80)], salt=1)
        result, _ = self.gate(base, candidate)
        self.assertEqual(self.findings(result), {"fast": "improved"})
        self.assertAlmostEqual(self.named(result, "fast")["slowdown"]["median"], 0.8, delta=0.02)

    def test_points_are_compared_by_their_own_measure(self):
        for measure in ("latency", "lost_share"):
            with self.subTest(measure=measure):
                base = self.build(f"base_{measure}", [point("a", 0.5, measure=measure)])
                candidate = self.build(f"candidate_{measure}", [point("a", 0.6, measure=measure)], salt=1)
                result, _ = self.gate(base, candidate, expect=1)
                self.assertAlmostEqual(self.named(result, "a")["candidate_median"], 0.6, delta=0.02)

    def test_another_cost_is_compared_where_it_is_asked_for(self):
        # As fast as before, and burns more: what spins instead of sleeping.
        points = [point("a", costs={"cpu": 100.0, "system_calls": 0.0})]
        base = self.build("base", points)
        spins = self.build("spins", [{**points[0], "costs": {"cpu": 150.0, "system_calls": 0.0}}], salt=1)
        calls = self.build("calls", [{**points[0], "costs": {"cpu": 100.0, "system_calls": 0.01}}], salt=1)
        result, _ = self.gate(base, spins)
        self.assertEqual(self.findings(result), {"a": "unchanged"})
        result, _ = self.gate(base, spins, "--measure", "cpu_time_per_item", expect=1)
        self.assertAlmostEqual(self.named(result, "a")["slowdown"]["median"], 1.5, delta=0.02)
        self.assertEqual(self.named(result, "a")["unit"], "CPU time per item, ns")
        result, _ = self.gate(base, spins, "--measure=system_calls_per_item")
        self.assertEqual(self.findings(result), {"a": "unchanged"}, "none against none")
        result, done = self.gate(base, calls, "--measure=system_calls_per_item", expect=1)
        self.assertEqual(self.findings(result), {"a": "regressed"})
        self.assertIn("from 0 to 0.01", done.stdout)
        result, done = self.gate(calls, base, "--measure=system_calls_per_item")
        self.assertEqual(self.findings(result), {"a": "improved"})
        self.assertIn("from 0.01 to 0", done.stdout)
        result, _ = self.gate(base, spins, "--measure=allocations_per_item", expect=2)
        self.assertIn("it has no allocations_per_item", self.named(result, "a")["reason"])

    def test_a_block_may_ask_for_another_cost_beside_the_time(self):
        points = [point("a", costs={"cpu": 100.0, "system_calls": 0.0}), point("b")]
        base = self.build("base", points)
        candidate = self.build("candidate", [{**points[0], "costs": {"cpu": 150.0, "system_calls": 0.0}}, points[1]],
                               salt=1)
        blocks = [{"family": "fake"}, {"family": "fake", "impl": ["a"], "measure": "cpu_time_per_item"}]
        result, _ = self.gate(base, candidate, blocks=blocks, expect=1)
        self.assertEqual({p["name"]: (p["finding"], p["measure"]) for p in result["points"]},
                         {"fake/work/a": ("unchanged", "items_per_second"),
                          "fake/work/b": ("unchanged", "items_per_second"),
                          "fake/work/a (cpu_time_per_item)": ("regressed", "cpu_time_per_item")})
        result, _ = self.gate(base, candidate, "--filter", "cpu_time", blocks=blocks, expect=1)
        self.assertEqual(len(result["points"]), 1)
        # What is asked for all points is asked for each once.
        result, _ = self.gate(base, candidate, "--measure=cpu_time_per_item", "--filter=/a", blocks=blocks, expect=1)
        self.assertEqual([p["name"] for p in result["points"]], ["fake/work/a"])

    def test_both_sides_of_a_paced_point_are_offered_the_bases_rate(self):
        # What is scripted measures the rate that it is offered: equal sides were offered the same.
        points = [point("fast", reference=True, noise=0.2), point("paced", paced_by="fast", measure="latency")]
        result, _ = self.gate(self.build("base", points), self.build("candidate", points, salt=1))
        self.assertEqual(self.findings(result), {"paced": "unchanged"}, "the reference was not asked for")
        offered = self.named(result, "paced")["rate"]
        self.assertTrue(2e6 < offered < 12e6, f"half of some 10 million: {offered}")
        self.assertEqual({side["value"] for pair in result["pairs"] for side in (pair["base"], pair["candidate"])},
                         {offered})

    def test_a_candidate_that_does_not_keep_up_with_the_bases_rate_has_regressed(self):
        points = [point("fast", reference=True), point("paced", paced_by="fast", measure="latency")]
        slower = [points[0], {**points[1], "carries": 1000}]
        result, _ = self.gate(self.build("base", points), self.build("candidate", slower, salt=1), expect=1)
        self.assertEqual(self.findings(result), {"paced": "regressed"})
        self.assertIsNone(self.named(result, "paced")["candidate_median"])
        result, _ = self.gate(self.build("slow", slower), self.build("as_slow", slower, salt=1), expect=3)
        self.assertEqual(self.findings(result), {"paced": "inconclusive"}, "two that are saturated are no equals")
        self.assertIn("saturated", self.named(result, "paced")["pairs"]["replaced"])
        broken = [{**points[0], "does": "crash"}, points[1]]
        result, _ = self.gate(self.build("none", broken), self.build("some", points, salt=1), expect=2)
        self.assertIn("no rate: the base's trial of fake/work/fast, which decides it, crashed: signal 11",
                      self.named(result, "paced")["reason"])

    def test_nothing_lost_against_nothing_lost_is_a_tie(self):
        base = self.build("base", [point("exact", 0.0, measure="lost_share"),
                                   point("now_lossy", 0.0, measure="lost_share")])
        candidate = self.build("candidate", [point("exact", 0.0, measure="lost_share"),
                                             point("now_lossy", 0.1, measure="lost_share")])
        result, _ = self.gate(base, candidate, expect=1)
        self.assertEqual(self.findings(result), {"exact": "unchanged", "now_lossy": "regressed"})
        self.assertIsNone(self.named(result, "now_lossy")["slowdown"]["median"])

    def test_a_block_says_what_it_allows(self):
        points = [point("strict"), point("lenient")]
        slower = [point("strict", 108), point("lenient", 108)]
        result, _ = self.gate(self.build("base", points), self.build("candidate", slower, salt=1), expect=1,
                              blocks=[{"family": "fake", "impl": ["strict"]},
                                      {"family": "fake", "impl": ["lenient"], "max_slowdown": 1.2}])
        self.assertEqual(self.findings(result), {"strict": "regressed", "lenient": "unchanged"})
        self.assertEqual(self.named(result, "lenient")["max_slowdown"], 1.2)

    def test_a_scattering_point_is_inconclusive_and_fails_only_if_asked(self):
        base = self.build("base", [point("wild", noise=0.7), point("fine")])
        candidate = self.build("candidate", [point("wild", noise=0.7), point("fine")], salt=1)
        result, _ = self.gate(base, candidate)
        self.assertEqual(self.findings(result), {"wild": "inconclusive", "fine": "unchanged"})
        self.gate(base, candidate, "--fail-on=undecided", expect=0)
        _, done = self.gate(base, candidate, "--fail-on", "inconclusive", expect=3)
        self.assertIn("THE GATE IS SHUT: 1 inconclusive, 1 unchanged", done.stdout)
        self.gate(base, candidate, "--fail-on=regression", expect=0)

    def test_a_gate_that_decided_nothing_is_not_green(self):
        points = [point("a", probe=30), point("b", probe=30)]
        base, candidate = self.build("base", points), self.build("candidate", [{**p, "probe": 40} for p in points])
        junit, markdown = self.folder / "j.xml", self.folder / "m.md"
        said = "NOTHING WAS DECIDED, THE GATE IS SHUT: 2 inconclusive; 18 pairs in"
        _, done = self.gate(base, candidate, "--junit", junit, "--markdown", markdown, "--annotations", expect=3)
        lines = done.stdout.splitlines()
        self.assertTrue(lines[0].startswith(said), "first")
        self.assertTrue(lines[0].endswith("(0 counted, 18 machine state)"), lines[0])
        self.assertTrue(lines[-1].startswith(said), "and last")
        self.assertIn("### Handoff gate: " + said, markdown.read_text().splitlines()[0])
        annotations = [line for line in lines if line.startswith("::")]
        self.assertIn("::error title=Handoff gate::" + said, annotations[0])
        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual([suite.get(k) for k in ("tests", "failures", "errors", "skipped")], ["2", "0", "2", "0"],
                         "a report in which all is skipped is green")
        self.gate(base, candidate, "--fail-on", "inconclusive", expect=3)
        self.gate(base, candidate, "--fail-on", "regression", expect=0)
        result, done = self.gate(base, candidate, "--allow-undecided", "--junit", junit, expect=0)
        self.assertTrue(done.stdout.startswith("NOTHING WAS DECIDED, the gate is open"), done.stdout)
        self.assertEqual((result["rules"]["fail_on_undecided"], result["rules"]["fail_on_inconclusive"]),
                         (False, False))
        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual((suite.get("errors"), suite.get("skipped")), ("0", "2"))

    def test_proof_is_looked_for_when_asked(self):
        base = self.build("base", [point("a", noise=0.035)])
        candidate = self.build("candidate", [point("a", noise=0.035)], salt=1)
        result, _ = self.gate(base, candidate, "--require-proof")
        self.assertEqual(self.findings(result), {"a": "unchanged"})

    def test_a_budget_ends_it(self):
        # A trial here takes milliseconds, and so many points with so much noise want thousands of them.
        names = [point(f"p{i}", noise=0.3) for i in range(100)]
        began = time.monotonic()
        result, _ = self.gate(self.build("base", names), self.build("candidate", names, salt=1), "--budget", "1s",
                              "--fail-on=regression")
        self.assertLess(time.monotonic() - began, 30, "of a budget of a second")
        self.assertTrue(result["complete"])
        self.assertTrue(any("budget of 1 s" in p["reason"] for p in result["points"]), result["points"])


class Replacing(GateTest):
    def test_pairs_in_different_machine_states_are_replaced(self):
        base = self.build("base", [point("near", probe=30), point("single", probe=30, threads=1)])
        candidate = self.build("candidate", [point("near", probe=40), point("single", probe=40, threads=1)], salt=1)
        result, _ = self.gate(base, candidate)
        self.assertEqual(self.findings(result), {"near": "inconclusive", "single": "unchanged"})
        near = self.named(result, "near")
        self.assertEqual(near["pairs"]["replaced"], {"machine state": 9})
        self.assertIn("too many pairs had to be replaced", near["reason"])
        self.assertTrue(all(p["d"] is None for p in result["pairs"] if p["replaced"]))
        # 14% apart is one state
        close = self.build("close", [point("near", probe=34), point("single", threads=1)], salt=1)
        result, _ = self.gate(base, close)
        self.assertEqual(self.named(result, "near")["finding"], "unchanged")

    def test_pairs_whose_threads_were_preempted_are_replaced(self):
        base = self.build("base", [point("a")])
        candidate = self.build("candidate", [point("a", run_delay=0.5)], salt=1)
        result, _ = self.gate(base, candidate, expect=3)
        self.assertEqual(self.named(result, "a")["pairs"]["replaced"], {"preempted": 9})


class Failures(GateTest):
    def test_a_candidate_that_fails_is_named_in_its_own_words(self):
        words = {"crash": "signal 11", "hang": "did not finish in 5 s", "invalid": "lost: 3 of 1000 items",
                 "garbage": "without a measurement", "nothing": "nothing was done", "fail_silently": "exit code 3"}
        status = {"crash": "crashed", "hang": "timeout", "invalid": "invalid", "garbage": "crashed",
                  "nothing": "invalid",
                  "fail_silently": "crashed"}
        base = self.build("base", [point(does) for does in words] + [point("fine")])
        candidate = self.build("candidate", [point(does, does=does, from_trial=2) for does in words] + [point("fine")],
                               salt=1)
        junit, markdown = self.folder / "j.xml", self.folder / "m.md"
        result, done = self.gate(base, candidate, "--junit", junit, "--markdown", markdown, "--annotations", expect=1)
        self.assertEqual(self.findings(result), {**dict.fromkeys(words, "failed"), "fine": "unchanged"})
        failures = {f["point"].split("/")[2]: f for f in result["failures"]}
        self.assertEqual(set(failures), set(words))
        for does, text in words.items():
            with self.subTest(does=does):
                self.assertEqual((failures[does]["side"], failures[does]["status"]), ("candidate", status[does]))
                self.assertIn(text, failures[does]["reason"])
                self.assertIn(text, self.named(result, does)["reason"])
                self.assertIn(failures[does]["command"], done.stdout)
                self.assertEqual(len([p for p in result["pairs"] if p["point"].endswith("/" + does)]), 3,
                                 "two good pairs, and the one that failed")
                self.assertIn(f"::error title=Handoff gate::fake/work/{does} failed", done.stdout)
        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual(suite.get("failures"), "6")
        messages = [f.get("message") for f in suite.iter("failure")]
        self.assertTrue(any('lost: 3 of 1000 items <&"|' in m for m in messages), messages)
        self.assertTrue(any(m.startswith("failed: its trial crashed: signal 11") for m in messages), messages)
        for p in result["points"]:
            if p["finding"] == "failed":  # two pairs of it were good: that is no number of it
                self.assertEqual({p["slowdown"]["median"], p["base_median"], p["candidate_median"]}, {None}, p["name"])
        table = [line for line in markdown.read_text().splitlines() if line.startswith("| ")]
        self.assertTrue(all(len(re.findall(r"(?<!\\)\|", line)) == 6 for line in table), table)

    def test_a_base_that_fails_leaves_nothing_to_compare_with(self):
        base = self.build("base", [point("a", does="crash"), point("b")])
        candidate = self.build("candidate", [point("a"), point("b")], salt=1)
        junit = self.folder / "j.xml"
        result, _ = self.gate(base, candidate, "--junit", junit, expect=2)
        self.assertEqual(self.findings(result), {"a": "broken", "b": "unchanged"})
        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual((suite.get("errors"), suite.get("failures")), ("1", "0"))

    def test_a_value_that_is_none_is_refused(self):
        base = self.build("base", [point("a")])
        candidate = self.build("candidate", [point("a", -3)], salt=1)
        result, _ = self.gate(base, candidate, expect=1)
        self.assertIn("value is -3", self.named(result, "a")["reason"])

    def test_missing_and_new_points(self):
        base = self.build("base", [point("a"), point("gone")])
        candidate = self.build("candidate", [point("a"), point("added")], salt=1)
        blocks = [{"family": "fake", "impl": ["a", "gone", "added"]}]  # each side refuses one of them
        junit = self.folder / "j.xml"
        result, _ = self.gate(base, candidate, "--junit", junit, blocks=blocks, expect=1)
        self.assertEqual(self.findings(result), {"a": "unchanged", "gone": "missing", "added": "new"})
        self.assertEqual(len(list(xml.etree.ElementTree.parse(junit).getroot().iter("failure"))), 1)
        result, done = self.gate(base, candidate, "--allow-missing", "--annotations", blocks=blocks, expect=0)
        self.assertEqual(self.findings(result), {"a": "unchanged", "gone": "missing", "added": "new"})
        self.assertIn("::warning title=Handoff gate::fake/work/gone missing", done.stdout)

    def test_different_flags_are_said_aloud(self):
        base = self.build("base", [point("a")])
        candidate = self.build("candidate", [point("a")], build={**BUILT, "flags": "-O2"})
        result, done = self.gate(base, candidate, "--annotations", "--markdown", self.folder / "m.md")
        self.assertEqual(len(result["differences"]), 1)
        for said in (done.stderr, done.stdout, (self.folder / "m.md").read_text()):
            self.assertIn("flags: base -O3, candidate -O2", said)
        unknown = self.build("unknown", [point("a")], build=None)
        result, done = self.gate(base, unknown)
        self.assertIn("the candidate does not say how it was built", done.stderr)


class Outputs(GateTest):
    def test_all_of_them_say_the_same(self):
        base = self.build("base", [point("slow"), point("fine"), point("wild"), point("fast")])
        candidate = self.build("candidate", [point("slow", 120), point("fine"), point("wild", probe=50),
                                             point("fast", 70)], salt=1)
        junit, markdown = self.folder / "j.xml", self.folder / "m.md"
        result, done = self.gate(base, candidate, "--junit", junit, "--markdown", markdown, "--annotations", expect=1)
        expected = {"slow": "regressed", "fine": "unchanged", "wild": "inconclusive", "fast": "improved"}
        self.assertEqual(self.findings(result), expected)

        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual([suite.get(k) for k in ("tests", "failures", "errors", "skipped")], ["4", "1", "0", "1"])
        self.assertEqual({c.get("name") for c in suite if c.find("skipped") is not None}, {"fake/work/wild"})

        rows = [line for line in markdown.read_text().splitlines() if line.startswith("| ") and "fake/" in line]
        self.assertEqual([re.search(r"fake/work/(\w+)", r)[1] for r in rows], ["slow", "wild", "fine", "fast"])
        table = [line for line in done.stdout.splitlines() if "fake/work/" in line and not line.startswith("::")]
        self.assertEqual([re.search(r"fake/work/(\w+)", r)[1] for r in table], ["slow", "wild", "fine", "fast"])
        annotations = [line for line in done.stdout.splitlines() if line.startswith("::")]
        self.assertEqual([a.split()[0] for a in annotations], ["::error", "::warning", "::notice"])

    def test_last_words_are_shown_whatever_they_are(self):
        base = self.build("base", [point("a|`<&\x1b[31m"), point("fine")])
        candidate = self.build("candidate", [point("a|`<&\x1b[31m"), point("fine")], salt=1)
        binary = candidate / "bin" / "bench_fake"
        binary.rename(candidate / "bin" / "true_bench")
        binary.write_bytes(b"""#!/bin/sh
case "$*" in *--list_points*|*work/fine*) exec "$(dirname "$0")/true_bench" "$@" ;; esac
printf 'Gr\\366\\337e \\033[31m</failure>]]>&\\001\\000 \\357\\277\\277 end\\n' >&2
exit 7
""")
        binary.chmod(0o755)
        junit, markdown = self.folder / "j.xml", self.folder / "m.md"
        command = [HANDOFF, "gate", "--base", base, "--candidate", candidate, "--sweep", self.sweep(), CALM, "--junit",
                   junit, "--markdown", markdown, "--annotations"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for name, text in (("stdout", done.stdout), ("JUnit", junit.read_bytes()), ("Markdown", markdown.read_bytes())):
            with self.subTest(name=name):
                shown = text.decode()  # UTF-8
                self.assertFalse(re.search("[\\x00-\\x08\\x0b-\\x1f\\x7f]", shown), "no terminal obeys it")
                self.assertIn("xf6", shown)
        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        message = suite.find("testcase/failure").get("message")
        self.assertTrue(message.startswith("failed: its trial crashed: exit code 7"), message)
        self.assertIn("Gr\\xf6\\xdfe \\x1b[31m</failure>]]>&\\x01\\x00 ? end", message)
        rows = [line for line in markdown.read_text().splitlines() if line.startswith("| ") and "fake/" in line]
        self.assertEqual([len(re.findall(r"(?<!\\)\|", row)) for row in rows], [6, 6], rows)

    def test_killed_half_way_it_leaves_a_valid_file(self):
        points = [point(f"p{i}", noise=0.3, sleep_ms=10) for i in range(20)]
        base, candidate = self.build("base", points), self.build("candidate", points, salt=1)
        for how, code in ((signal.SIGKILL, -9), (signal.SIGINT, 130)):
            with self.subTest(how=how):
                out = self.folder / f"killed_{code}.json"
                process = subprocess.Popen([HANDOFF, "gate", "--base", base, "--candidate", candidate, "--sweep",
                                            self.sweep(), "--json", out, CALM, "--quiet"], cwd=ROOT,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                journal = pathlib.Path(f"{out}.journal")
                deadline = time.monotonic() + 60
                while not journal.exists() or journal.read_text().count("\n") < 12 or not out.exists():
                    self.assertLess(time.monotonic(), deadline, "no pairs")
                    time.sleep(0.01)
                process.send_signal(how)
                self.assertEqual(process.wait(60), code)
                result = self.read(out)
                self.assertFalse(result["complete"])
                self.assertGreater(len(result["pairs"]), 0)
                if code == -9:
                    self.assertGreaterEqual(journal.read_text().count("\n"), 12, "the journal has every pair")

    def test_a_base_measured_against_itself(self):
        base = self.build("base", [point("a"), point("b", noise=0.04)])
        out = self.folder / "self.json"
        done = run(HANDOFF, "gate", "--self-test", "--base", base, "--sweep", self.sweep(), "--suites", "3", "--json",
                   out,
                   CALM)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        result = json.loads(out.read_text())
        jsonschema.validate(result, json.loads((ROOT / "results" / "gate_self_test.schema.json").read_text()))
        self.assertTrue(result["complete"])
        self.assertEqual(result["suites"]["regressed"]["of"], 3)
        self.assertEqual([p["suites"] for p in result["points"]], [3, 3])
        self.assertEqual([p["regressed"]["count"] for p in result["points"]], [0, 0],
                         "the very same numbers on both sides")
        self.assertTrue(all(1 < p["could_see"] < 1.2 for p in result["points"]))
        self.assertIn('0 of 3 suites said "regressed"', done.stdout)


class Listing(GateTest):
    """Binaries that do not say what they have."""

    def odd(self, name, script):
        folder = self.folder / name / "bin"
        folder.mkdir(parents=True)
        (folder / "bench_fake").write_text("#!/bin/sh\n" + script)
        (folder / "bench_fake").chmod(0o755)
        return folder.parent

    def test_it_is_ended_and_named(self):
        good = self.build("good", [point("a")])
        cases = {"hangs": ("sleep 100000", "did not end in 1 s"),
                 "floods": ("yes '{\"points\":'", "said more than 256 MB"),
                 "crashes": ("echo out of luck >&2; kill -SEGV $$", "signal 11 (Segmentation fault): out of luck"),
                 "leaves": ("exit 7", "exit code 7"),
                 "leaves_a_child": ("setsid sleep 60 & exit 7", "exit code 7")}
        for name, (script, words) in cases.items():
            odd = self.odd(name, script)
            for sides in ((good, odd), (odd, good)):
                with self.subTest(name=name, sides=sides):
                    done = run(HANDOFF, "gate", "--base", sides[0], "--candidate", sides[1], "--sweep", self.sweep(),
                               *(["--timeout", "1"] if name == "hangs" else []), timeout=45)
                    self.assert_one_line_refusal(done, "bench_fake --list_points: " + words)
            if name != "hangs":  # 60 s there
                for command in (("list", self.sweep(), f"--binaries={odd / 'bin'}"),
                                ("run", self.sweep(), "--binaries", odd / "bin", "--out", self.folder / "out")):
                    with self.subTest(name=name, command=command[0]):
                        done = run(HANDOFF, *command, timeout=45)
                        self.assertNotEqual(done.returncode, 0)
                        self.assertIn("bench_fake --list_points: " + words, done.stderr)

    def test_it_hears_an_interrupt(self):
        good = self.build("good", [point("a")])
        begun = self.folder / "begun"
        for name, script in (("hangs", "sleep 100000"), ("dribbles", "while :; do echo '{'; sleep 0.01; done")):
            with self.subTest(name=name):
                odd = self.odd(name, f"touch {begun}; {script}")
                process = subprocess.Popen([HANDOFF, "gate", "--base", good, "--candidate", odd, "--sweep",
                                            self.sweep()], cwd=ROOT, stderr=subprocess.PIPE)
                wait_until(begun.exists, "it is asked")
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(30), 130)
                process.stderr.close()
                begun.unlink()

    def test_a_folder_for_temporary_files_that_is_not_there(self):
        good = self.build("good", [point("a")])
        done = run(HANDOFF, "gate", "--base", good, "--candidate", good, "--sweep", self.sweep(),
                   env={**os.environ, "TMPDIR": "/no_such_folder"})
        self.assert_one_line_refusal(done, "TMPDIR /no_such_folder: ", "No such file or directory", "unset TMPDIR")


def wait_until(holds, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def git(repository, *arguments, **more):
    return subprocess.run(["git", "-C", repository, "-c", "user.name=t", "-c", "user.email=t@t", *arguments],
                          check=True, capture_output=True, text=True, **more).stdout


class LinkedTest(GateTest):
    """Builds whose bench_fake can be linked again; a point may feel where its code lies."""

    OBJECT = BUILD / "tests" / "CMakeFiles" / "fake_bench.dir" / "gate" / "fake_bench.cpp.o"

    def tree(self, name, points, *order, **more):
        """A build tree of Ninja's: bench_fake of its object and some others, in that order."""
        folder = self.build(name, points, **more)
        for other in ("one", "two", "three"):
            (folder / f"{other}.c").write_text(f"int {other}(int x) {{ return 7 * x + {len(other)}; }}\n")
            subprocess.run(["cc", "-c", folder / f"{other}.c", "-o", folder / f"{other}.o"], check=True)
        shutil.copy(self.OBJECT, folder / "fake_bench.o")
        objects = " ".join(f"{word}.o" for word in order)
        (folder / "build.ninja").write_text(
            f"rule link\n  command = : && {shutil.which('c++')} {objects} -o bin/bench_fake && :\n"
            "build bin/bench_fake: link\n")
        (folder / "bin" / "bench_fake").unlink()
        subprocess.run(["ninja", "-C", folder], check=True, capture_output=True)
        return folder

    def value(self, build):
        """What the build's binary measures at the first seed."""
        out = self.folder / "measurement"
        subprocess.run([build / "bin" / "bench_fake", "--point=fake/work/a", "--seed=1", f"--measurement={out}"],
                       check=True)
        return json.loads(out.read_text())["real_time_ns"]


class Links(LinkedTest):
    def test_the_place_of_code_is_no_regression(self):
        points = [point("a", noise=0.005, place=0.05), point("b", noise=0.005)]
        orders = itertools.permutations(["fake_bench", "one", "two", "three"])
        builds = sorted((self.tree(f"build_{n}", points, *order, salt=n) for n, order in enumerate(orders)),
                        key=self.value)
        base, candidate = builds[0], builds[-1]
        self.assertGreater(self.value(candidate), 1.1 * self.value(base), "of 24 links")
        result, _ = self.gate(base, candidate, "--relink=none", expect=1)
        self.assertEqual(self.findings(result), {"a": "regressed", "b": "unchanged"}, "so it looks")
        self.assertIn("the place of its code alone: the binaries were not linked again, as --relink none asks",
                      self.named(result, "a")["reason"])
        left = self.folder / "tmp"
        left.mkdir()
        result, _ = self.gate(base, candidate, env={**os.environ, "TMPDIR": str(left)})
        self.assertIn(self.findings(result)["a"], ("no evidence", "inconclusive"))
        self.assertIn("of binaries linked again", self.named(result, "a")["reason"])
        confirming = self.named(result, "a")["pairs"]["confirming"]
        links = [pair["link"] for pair in result["pairs"] if "link" in pair]
        self.assertGreater(confirming, 2)
        self.assertEqual((len(links), len(set(links))), (confirming, confirming), "a pair of links for each fresh pair")
        self.assertEqual(list(left.iterdir()), [], "they are gone")

    def test_a_regression_is_one_wherever_the_code_lies(self):
        order = ("one", "fake_bench", "two", "three")
        base = self.tree("base", [point("a", noise=0.005, place=0.02), point("b")], *order)
        candidate = self.tree("candidate", [point("a", 130, noise=0.005, place=0.02), point("b")], *order, salt=1)
        result, _ = self.gate(base, candidate, expect=1)
        self.assertEqual(self.findings(result), {"a": "regressed", "b": "unchanged"})
        self.assertEqual(self.named(result, "a")["reason"], "")
        result, _ = self.gate(base, candidate, "--relink", "all", expect=1)
        self.assertEqual(self.findings(result)["a"], "regressed")
        taken = [(pair["point"], pair["link"]) for pair in result["pairs"]]
        self.assertEqual(len(set(taken)), len(taken), "no point has the same links twice")
        self.assertLess(len({link for _, link in taken}), len(taken), "points share them")

    def test_what_cannot_be_linked_again_is_said(self):
        order = ("one", "fake_bench", "two", "three")
        base, slower = self.tree("base", [point("a")], *order), [point("a", 130)]
        for name, spoil, words in (("none", lambda build: (build / "build.ninja").unlink(), "has no build.ninja"),
                                   ("newer", lambda build: (build / "two.o").touch(), "two.o is newer than the binary"),
                                   ("gone", lambda build: (build / "two.o").unlink(), "two.o is not there"),
                                   ("broken", lambda build: (build / "two.o").write_text("?"), "two.o")):
            with self.subTest(name=name):
                candidate = self.tree(name, slower, *order, salt=1)
                spoil(candidate)
                result, done = self.gate(base, candidate, expect=1)
                self.assertEqual(self.findings(result), {"a": "regressed"})
                self.assertIn(words, self.named(result, "a")["reason"])
                self.assertIn("or moved by the place of its code alone", done.stdout)


class BaseRef(GateTest):
    def fake_project(self, commands=""):
        """A repository with one commit, and a candidate that was built from it, in it."""
        source = self.folder / "project"
        source.mkdir()
        (source / "CMakeLists.txt").write_text(f"""
cmake_minimum_required(VERSION 3.25)
project(fake NONE)
file(COPY {FAKE} DESTINATION ${{CMAKE_BINARY_DIR}}/bin)
file(RENAME ${{CMAKE_BINARY_DIR}}/bin/fake_bench ${{CMAKE_BINARY_DIR}}/bin/bench_fake)
file(COPY ${{CMAKE_SOURCE_DIR}}/fake.json DESTINATION ${{CMAKE_BINARY_DIR}}/bin)
add_custom_target(bench_fake {commands})
""")
        (source / ".gitignore").write_text("out\n")
        (source / "fake.json").write_text(json.dumps({"points": [point("a")], "build": BUILT}))
        git(source, "init", "-q")
        git(source, "add", "-A")
        git(source, "commit", "-qm", "one")
        candidate = source / "out"
        subprocess.run(["cmake", "-S", source, "-B", candidate, "-G", "Ninja"], check=True, capture_output=True)
        return source, candidate

    def command(self, ref, candidate):
        return [HANDOFF, "gate", "--base-ref", ref, "--candidate", candidate, "--sweep", self.sweep(), CALM]

    @staticmethod
    def contents(folder):
        return {path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
                for path in sorted(folder.rglob("*"))}

    def test_the_users_repository_is_as_it_was(self):
        source, candidate = self.fake_project()
        git(source, "worktree", "add", "-q", "--detach", self.folder / "on_a_disk_that_is_away")
        shutil.rmtree(self.folder / "on_a_disk_that_is_away")
        (source / "fake.json").touch()  # a status would refresh the index
        before = self.contents(source / ".git")
        done = run(*self.command("HEAD", candidate))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("building HEAD", done.stderr)
        self.assertEqual(self.contents(source / ".git"), before)

    def test_a_hook_may_run_it(self):
        source, candidate = self.fake_project()
        git(source, "branch", "base")
        (source / "more").write_text("1")
        git(source, "add", "-A")
        git(source, "commit", "-qm", "two")
        hook = source / ".git" / "hooks" / "pre-commit"
        hook.parent.mkdir(exist_ok=True)
        words = " ".join(f"'{word}'" for word in self.command("base", candidate))
        hook.write_text(f"#!/bin/sh\n{words} > '{self.folder}/said' 2>&1\n")
        hook.chmod(0o755)
        (source / "more").write_text("2")
        git(source, "commit", "-qam", "three")
        self.assertIn("the gate is open", (self.folder / "said").read_text())
        self.assertEqual(git(source, "show", "HEAD:more"), "2")
        self.assertEqual(set(git(source, "ls-tree", "--name-only", "HEAD").split()),
                         {".gitignore", "CMakeLists.txt", "fake.json", "more"})
        self.assertEqual(git(source, "status", "--porcelain"), "")

    def test_what_a_hook_inherits_leads_nowhere(self):
        source, candidate = self.fake_project()
        inherited = [name for name in git(source, "rev-parse", "--local-env-vars").split()
                     if not name.startswith("GIT_CONFIG_")]
        self.assertIn("GIT_INDEX_FILE", inherited)
        done = run(*self.command("HEAD", candidate), env={**os.environ, **dict.fromkeys(inherited, "/no_such_place")})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_shallow_clone_and_a_folder_below_the_top(self):
        source, _ = self.fake_project()
        inner = source / "inner"
        inner.mkdir()
        for name in ("CMakeLists.txt", "fake.json"):
            shutil.move(source / name, inner / name)
        git(source, "add", "-A")
        git(source, "commit", "-qm", "two")
        clone = self.folder / "clone"
        subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{source}", clone], check=True,
                       capture_output=True)
        candidate = clone / "out"
        subprocess.run(["cmake", "-S", clone / "inner", "-B", candidate, "-G", "Ninja"], check=True,
                       capture_output=True)
        done = run(*self.command("HEAD", candidate))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assert_one_line_refusal(run(*self.command("HEAD~1", candidate)), "--base-ref HEAD~1", "a shallow clone",
                                     "fatal: ")

    def test_git_says_itself_why_it_refuses(self):
        source, candidate = self.fake_project()
        refused = run(*self.command("HEAD", candidate),
                      env={**os.environ, "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "HOME": str(self.folder)})
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("dubious ownership", refused.stderr)
        self.assert_one_line_refusal(run(*self.command("no_such_ref", candidate)), "--base-ref no_such_ref",
                                     "fatal: Needed a single revision")
        shutil.rmtree(source / ".git")
        self.assert_one_line_refusal(run(*self.command("HEAD", candidate)), str(source), "fatal: not a git repository")

    def test_killed_while_it_builds_it_leaves_nothing_running(self):
        mark = f"{100000 + os.getpid()}"  # nobody else sleeps that long
        begun = self.folder / "begun"
        _, candidate = self.fake_project(f"COMMAND touch {begun} COMMAND sleep {mark}")

        def sleepers():
            found = []
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    found += [path] if path.read_bytes() == f"sleep\0{mark}\0".encode() else []
                except OSError:
                    pass
            return found

        for how, code in ((signal.SIGKILL, -9), (signal.SIGHUP, -1), (signal.SIGTERM, 130), (signal.SIGINT, 130)):
            with self.subTest(how=how):
                process = subprocess.Popen(self.command("HEAD", candidate), cwd=ROOT, stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL)
                wait_until(lambda: begun.exists() and sleepers(), "it builds")
                process.send_signal(how)
                self.assertEqual(process.wait(30), code)
                wait_until(lambda: not sleepers(), "all of the build is ended", 30)
                begun.unlink()

    def test_a_ref_is_built_as_the_candidate_was(self):
        repository = self.folder / "repository"
        repository.mkdir()
        (repository / "CMakeLists.txt").write_text(f"""
cmake_minimum_required(VERSION 3.25)
project(fake NONE)
file(COPY {FAKE} DESTINATION ${{CMAKE_BINARY_DIR}}/bin)
file(RENAME ${{CMAKE_BINARY_DIR}}/bin/fake_bench ${{CMAKE_BINARY_DIR}}/bin/bench_fake)
file(STRINGS ${{CMAKE_SOURCE_DIR}}/value value)
set(FLAGS "${{CMAKE_BUILD_TYPE}} ${{CMAKE_CXX_FLAGS}}")
if(DEFINED HANDOFF_ARCH)
    string(APPEND FLAGS " for '${{HANDOFF_ARCH}}'")
endif()
file(WRITE ${{CMAKE_BINARY_DIR}}/bin/fake.json
     "{{\\"build\\": {{\\"flags\\": \\"${{FLAGS}}\\"}}, "
     "\\"points\\": [{{\\"impl\\": \\"a\\", \\"value\\": ${{value}}, \\"noise\\": 0.01}}]}}")
add_custom_target(bench_fake)
""")
        (repository / "value").write_text("100")
        git(repository, "init", "-q")
        git(repository, "add", "-A")
        git(repository, "commit", "-qm", "fast")
        (repository / "value").write_text("130")
        git(repository, "commit", "-qam", "slow")
        candidate = repository / "out"
        subprocess.run(["cmake", "-S", repository, "-B", candidate, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                        "-DCMAKE_CXX_FLAGS=-O9", "-DHANDOFF_ARCH="], check=True, capture_output=True)
        out = self.folder / "gate.json"

        def gate(ref):
            return run(HANDOFF, "gate", "--base-ref", ref, "--candidate", candidate, "--sweep", self.sweep(), "--json",
                       out,
                       CALM)
        done = gate("HEAD~1")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        result = self.read(out)
        self.assertEqual(self.findings(result), {"a": "regressed"})
        self.assertEqual(result["base"]["ref"], "HEAD~1")
        self.assertEqual(result["base"]["build"], {"flags": "Release -O9 for ''"})
        self.assertEqual(result["differences"], [])
        self.assertEqual(len(git(repository, "worktree", "list").splitlines()), 1)
        self.assertFalse(list(candidate.glob("base/*/source")), "the checked out source is gone")
        again = gate("HEAD~1")
        self.assertNotIn("building", again.stderr, "kept for the next time")
        self.assertEqual(gate("HEAD").returncode, 0)
        self.assert_one_line_refusal(gate("no_such_branch"), "--base-ref no_such_branch", "no commit")
        (repository / "CMakeLists.txt").write_text("message(FATAL_ERROR broken)")
        git(repository, "commit", "-qam", "broken")
        broken = gate("HEAD")
        self.assertEqual(broken.returncode, 2, "no verdict")
        self.assertIn("broken", broken.stderr)


class Nonsense(GateTest):
    def test_arguments(self):
        build = self.build("base", [point("a")])
        sides = ["--base", build, "--candidate", build, "--sweep", self.sweep()]
        cases = [
            ([], ["--base BUILD", "--base-ref"]),
            (["--base", build], ["--candidate BUILD"]),
            (["--base", build, "--base-ref", "x", "--candidate", build], ["either --base BUILD or --base-ref"]),
            (["--base", "no_such_folder", "--candidate", build], ["--base no_such_folder", "no such folder"]),
            (["--base", build, "--candidate", self.folder, "--sweep", self.sweep()],
             ["--candidate", "no bench_* binary"]),
            (["--base-ref", "main", "--candidate", build, "--sweep", self.sweep()], ["CMakeCache.txt", "--base"]),
            ([*sides, "--budget", "soon"], ["--budget soon", "60s"]),
            ([*sides, "--budget", "-1s"], ["--budget -1s"]),
            ([*sides, "--budget", "nan"], ["--budget nan"]),
            ([*sides, "--max-slowdown", "1"], ["--max-slowdown 1", "above 1"]),
            ([*sides, "--max-slowdown", "0.9"], ["--max-slowdown 0.9"]),
            ([*sides, "--most-disturbance", "x"], ["--most-disturbance x"]),
            ([*sides, "--fail-on", "rain"], ["--fail-on rain", "inconclusive"]),
            ([*sides, "--allow-undecided", "--fail-on", "inconclusive"], ["--allow-undecided", "contradict"]),
            ([*sides, "--allow-undecided=yes"], ["--allow-undecided", "no value"]),
            ([*sides, "--filter", "["], ["--filter [", "regular expression"]),
            ([*sides, "--filter", "nothing_has_this_name"], ["nothing_has_this_name", "no point"]),
            ([*sides, "--measure", "beauty"], ["--measure beauty", "cpu_time_per_item"]),
            ([*sides, "--relink", "some"], ["--relink some", "confirming"]),
            ([*sides, "--seed", "-1"], ["seed -1"]),
            ([*sides, "--suites", "3"], ["--suites", "--self-test"]),
            ([*sides, "--self-test"], ["--self-test", "--candidate"]),
            ([*sides, "--json", "/no_such_folder/x.json"], ["--json /no_such_folder/x.json"]),
            ([*sides, "--quiet=yes"], ["--quiet", "no value"]),
            ([*sides, "--nonsense"], ["--nonsense", "--help"]),
            ([*sides, "--json"], ["--json", "needs a value"]),
            ([*sides, "stray"], ["stray"]),
        ]
        for arguments, words in cases:
            with self.subTest(arguments=arguments):
                self.assert_one_line_refusal(run(HANDOFF, "gate", *arguments), *words)

    def test_sweeps(self):
        build = self.build("base", [point("a")])
        cases = [
            ([{"family": "fake", "max_slowdown": 1}], ["blocks[0].max_slowdown", "above 1"]),
            ([{"family": "fake", "max_slowdown": "a lot"}], ["blocks[0].max_slowdown"]),
            ([{"family": "fake", "measure": "beauty"}], ["blocks[0].measure", "cpu_time_per_item"]),
            ([{"family": "fake", "measure": ["cpu_time_per_item"]}], ["blocks[0].measure", "expected a string"]),
            ([{"family": "cats"}], ["family cats", "blocks[0].family", "fake"]),
            ([{"family": "fake", "impl": ["nobody_has_it"]}], ["impl nobody_has_it", "sweep.json: blocks[0]"]),
        ]
        for blocks, words in cases:
            with self.subTest(blocks=blocks):
                self.assert_one_line_refusal(
                    run(HANDOFF, "gate", "--base", build, "--candidate", build, "--sweep", self.sweep(*blocks)), *words)

    def test_help_names_every_exit_code(self):
        done = run(HANDOFF, "gate", "--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--base-ref", "--require-proof", "--self-test", "exit codes: 0 fine; 1"):
            self.assertIn(word, done.stdout)


class CommittedSweep(CommandTest):
    def test_it_has_some_forty_points(self):
        done = run(HANDOFF, "list", "sweeps/ci.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        count = int(re.search(r"^(\d+) points \((\d+) oversubscribed", done.stdout, re.M)[1])
        self.assertTrue(30 <= count <= 50, count)


if __name__ == "__main__":
    unittest.main()
