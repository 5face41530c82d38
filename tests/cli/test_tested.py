"""Results say which tests have vouched for an implementation, as its source is now (cmake/tested.py)."""

import json
import pathlib
import re
import sys
from xml.sax.saxutils import quoteattr

from cli.support import HANDOFF, ROOT, CommandTest, library, run

sys.path.insert(0, str(ROOT / "cmake"))

import tested  # noqa: E402

jsonschema = library("jsonschema")

CATALOG = """HANDOFF_QUEUE(one, "queues/one.hpp")
HANDOFF_QUEUE(two, "queues/two.hpp", Boost)
HANDOFF_DEQUE(three, "deques/three.hpp")
"""
JUNIT = """<?xml version="1.0"?><testsuite>
<testcase name="conformance_queues.one.Keeps&lt;0&gt;" status="run"/>
<testcase name="stress_queues.one.Races&lt;1&gt;" status="run"/>
<testcase name="stress_queues.one.Applies&lt;1&gt;" status="notrun"/>
<testcase name="conformance_queues.two.Keeps&lt;0&gt;" status="run"/>
<testcase name="conformance_queues.two.Loses&lt;0&gt;" status="fail"/>
<testcase name="program_tests.fork_join_on_three.Fib&lt;0&gt;" status="run"/>
<testcase name="pool_tests.Pools/PoolStress.ComesAndGoes/three" status="run"/>
<testcase name="harness_tests.Places.one" status="run"/>
<testcase name="cli.run" status="run"/>
</testsuite>"""


class Tested(CommandTest):
    def setUp(self):
        super().setUp()
        kept = tested.ROOT, tested.IMPLS, tested.NOTES
        self.addCleanup(lambda: setattr(tested, "ROOT", kept[0]) or setattr(tested, "IMPLS", kept[1])
                        or setattr(tested, "NOTES", kept[2]))
        tested.ROOT, tested.IMPLS = self.folder, self.folder / "impls"
        tested.NOTES = self.folder / "build" / "tests_passed.json"
        for name, text in (("catalog.hpp", CATALOG), ("queues/one.hpp", '#include "detail/line.hpp"\n'),
                           ("queues/two.hpp", ""), ("deques/three.hpp", '#include "inner.hpp"\n'),
                           ("deques/inner.hpp", ""), ("detail/line.hpp", "// 64\n")):
            path = tested.IMPLS / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.folder / "tests.xml").write_text(JUNIT)

    def builds(self):
        return {one["impl"]: [(p["build"], p["tests"]) for p in one["passed"]] for one in tested.now()["tested"]}

    def test_what_passed_vouches_until_its_source_changes(self):
        self.assertEqual(self.builds(), {"one": [], "two": [], "three": []})
        for preset in ("tsan", "release"):
            self.assertEqual(tested.main(["ctest", preset, str(self.folder / "tests.xml")]), 0)
        self.assertEqual(self.builds(), {"one": [("release", 2), ("tsan", 2)], "two": [],
                                         "three": [("release", 2), ("tsan", 2)]})
        (tested.IMPLS / "detail/line.hpp").write_text("// 128\n")  # that `one` includes
        self.assertEqual(self.builds(), {"one": [], "two": [], "three": [("release", 2), ("tsan", 2)]})
        (tested.IMPLS / "deques/inner.hpp").write_text("// changed\n")
        self.assertEqual(self.builds()["three"], [])
        tested.main(["impl", "asan-ubsan", "one", "7", "0"])
        self.assertEqual(self.builds()["one"], [("asan-ubsan", 7)])
        tested.main(["impl", "asan-ubsan", "one", "7", "1"])  # it has failed since
        self.assertEqual(self.builds()["one"], [])

    def test_damaged_notes_vouch_for_nothing(self):
        tested.NOTES.parent.mkdir()
        tested.NOTES.write_text('{"one": ')
        self.assertEqual(self.builds()["one"], [])
        tested.main(["impl", "release", "one", "3", "0"])
        self.assertEqual(self.builds()["one"], [("release", 3)])

    def test_every_implementation_has_tests_that_are_found(self):
        """The names of the tests of this build, as ctest has them, are those that are looked for."""
        tested.IMPLS = ROOT / "impls"
        listed = run("ctest", "--test-dir", HANDOFF.parent.parent, "-N").stdout
        cache = (HANDOFF.parent.parent / "CMakeCache.txt").read_text()
        names = [line.split(": ", 1)[1].strip() for line in listed.splitlines() if ": " in line and "Test" in line]
        junit = "".join(f'<testcase name={quoteattr(name)} status="run"/>' for name in names)
        (self.folder / "all.xml").write_text(f"<testsuite>{junit}</testsuite>")
        found = tested.counts_of(self.folder / "all.xml", tested.headers())
        # What adapts a checkout that nobody named has one skipped test together.
        catalog = (ROOT / "impls" / "catalog.hpp").read_text()
        cmake = (ROOT / "cmake" / "Needs.cmake").read_text()
        options = {need: option or f"HANDOFF_WITH_{need.upper()}" for need, option in
                   re.findall(r"handoff_need\((\w+) CHECKOUT \S+(?: OPTION (\w+))?", cmake)}
        self.assertGreater(len(options), 5)
        not_asked_for = [name for name, need in re.findall(r"^HANDOFF_[A-Z]+\((\w+), .*, (\w+)\)$", catalog, re.M)
                         if need in options and re.search(rf"^{options[need]}:PATH=$", cache, re.M)]
        missing = [name for name in tested.headers()
                   if name not in found and f"{name}.needs_" not in listed and name not in not_asked_for]
        self.assertEqual(missing, [])

    def test_results_say_who_vouches(self):
        notes = {"tested": [{"impl": "vyukov_ring", "passed": [
            {"build": build, "tests": 9, "commit": "0123456789ab", "date": "2031-02-03T04:05:06+00:00"}
            for build in ("release", "tsan")]}, {"impl": "not_in_this_run", "passed": []}]}
        file = self.folder / "tested.json"
        file.write_text(json.dumps(notes))
        out = self.folder / "run"
        done = run(HANDOFF, "run", self.sweep(repetitions=1), "--out", out, "--tested", file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("tests: 1 of 3 implementations passed theirs in release, tsan\n", done.stdout)
        self.assertIn("tests: none vouch for these as they are now: cached_ring mutex_queue (./check", done.stdout)
        results = self.results(out)
        self.assertEqual([(one["impl"], len(one["passed"])) for one in results["run"]["tested"]],
                         [("cached_ring", 0), ("mutex_queue", 0), ("vyukov_ring", 2)])
        schema = json.loads((ROOT / "results" / "schema.json").read_text())
        jsonschema.Draft7Validator(schema).validate(results)
        for text in ("{", '{"tested": 3}'):
            file.write_text(text)
            done = run(HANDOFF, "run", self.sweep(), "--out", self.folder / "no", "--tested", file)
            self.assert_one_line_refusal(done, "--tested", str(file))
        self.assert_one_line_refusal(run(HANDOFF, "run", self.sweep(), "--tested", pathlib.Path("no/such/file")),
                                     "no/such/file")
