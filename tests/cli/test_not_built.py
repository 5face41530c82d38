"""Implementations and features whose library the build did not find: left out, and every command says why.

tests/configurations.sh runs these tests in builds that find no library at all; in others most of them are skipped."""

import json

from cli.support import BUILD, HANDOFF, ROOT, CommandTest, library, not_built, run

jsonschema = library("jsonschema")

FAMILIES = ("queues", "locks", "fork_join", "pools")


class NotBuilt(CommandTest):
    def lacking(self):
        """A family, an implementation that it lacks, the reason, and one that it has. (What nobody asked for:
        test_checkouts.py.)"""
        for family in FAMILIES:
            listed = json.loads(run(BUILD / "bin" / f"bench_{family}", "--list_points").stdout)
            for entry in listed["not_built"]:
                if "option" not in entry:
                    return family, entry["impl"], entry["reason"], listed["points"][0]["point"]
        self.skipTest("this build lacks no implementation")

    def written(self, *blocks):
        return self.sweep(repetitions=1, blocks=list(blocks))

    def test_no_implementation_is_both_built_and_not(self):
        for family in FAMILIES:
            listed = json.loads(run(BUILD / "bin" / f"bench_{family}", "--list_points").stdout)
            self.assertEqual(set(listed["implementations"]) & set(not_built(family)), set())
            for entry in listed["not_built"]:
                self.assertEqual(entry["family"], family)
                if "option" not in entry:
                    self.assertRegex(entry["reason"], r"^\w+ not found \(Debian: [\w.+-]+\)")

    def test_a_flag_that_names_it_is_refused_with_the_reason(self):
        family, impl, reason, _ = self.lacking()
        binary = BUILD / "bin" / f"bench_{family}"
        self.assert_one_line_refusal(run(binary, f"--impl={impl}"), f"impl {impl} (--impl): not built: {reason}")
        self.assert_one_line_refusal(run(binary, f"--point={family}/any/{impl}"), f"not built: {reason}")

    def test_a_sweep_runs_without_it(self):
        family, impl, reason, there = self.lacking()
        both = {"family": family, "workload": [there["workload"]], "impl": [impl, there["impl"]]}
        alone = {**both, "impl": [impl]}
        for blocks in ([both], [both, alone], [alone, {**both, "impl": [there["impl"]]}]):
            listed = run(HANDOFF, "list", self.written(*blocks))
            self.assertEqual(listed.returncode, 0, listed.stderr)
            self.assertIn(f"/{there['impl']}/", listed.stdout)
            self.assertNotIn(f"/{impl}/", listed.stdout)
            self.assertRegex(listed.stdout, rf"left out \dx: impl {impl}: not built: ")
            self.assertIn(f"not built: {family} {impl}: {reason}", listed.stdout)
        self.assert_one_line_refusal(run(HANDOFF, "list", self.written(alone)), f"impl {impl}: not built: {reason}")

    def test_a_result_file_states_it(self):
        family, impl, reason, there = self.lacking()
        out = self.folder / "out"
        done = run(HANDOFF, "run", self.written({"family": family, "workload": [there["workload"]],
                                                 "impl": [there["impl"]]}), "--out", out)
        if "refusing to write results" in done.stderr:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.results(out)
        self.assertIn({"impl": impl, "family": family, "reason": reason}, results["run"]["not_built"])
        jsonschema.validate(results, json.loads((ROOT / "results" / "schema.json").read_text()))

    def test_a_history_that_cannot_be_kept_is_refused_in_one_line(self):
        done = run(HANDOFF, "history", "show", "--db", self.folder / "none")
        if "not built" not in done.stderr:
            self.skipTest("this build keeps histories")
        self.assert_one_line_refusal(done, "history: not built: SQLite not found", "Debian: libsqlite3-dev")

    def test_placements_that_cannot_be_known_are_refused_in_one_line(self):
        done = run(BUILD / "bin" / "bench_counters", "--benchmark_list_tests", "--impl=fetch_add_counter",
                   "--workload=contended_add", "--placement=other_socket")
        if "not built" not in done.stderr:
            self.skipTest("this build knows what CPUs share")
        self.assert_one_line_refusal(done, "placement other_socket (--placement): not built: hwloc not found",
                                     "Debian: libhwloc-dev")
