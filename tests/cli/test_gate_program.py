"""handoff gate on programs of Google Benchmark's and on commands, which know nothing of Handoff.

Most programs here answer from a script: no verdict depends on a clock.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
import unittest
import xml.etree.ElementTree

from cli.support import BUILD, HANDOFF, ROOT, library, run
from cli.test_gate import CALM, GateTest

jsonschema = library("jsonschema")

FAKE = BUILD / "gate_tests" / "fake_program"
SMALL = BUILD / "gate_tests" / "small_benchmarks"


def benchmark(name, value=100.0, **more):
    return {"name": name, "value": value, "noise": 0.005, **more}


class ProgramTest(GateTest):
    def program(self, name, benchmarks, **more):
        """A program of that name that answers as told."""
        path = self.folder / name
        shutil.copy(FAKE, path)
        (self.folder / f"{name}.json").write_text(json.dumps({"benchmarks": benchmarks, **more}))
        return path

    def gate(self, *flags, expect=0, **more):
        """Runs it; returns (result file, completed process)."""
        out = self.folder / "gate.json"
        out.unlink(missing_ok=True)
        done = run(HANDOFF, "gate", CALM, "--min-time=0.001", "--json", out, *flags, timeout=60, **more)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return self.read(out), done

    def programs(self, base, candidate, *flags, **more):
        return self.gate("--base-program", base, "--candidate-program", candidate, *flags, **more)

    def commands(self, base, candidate, *flags, expect=0, **more):
        out = self.folder / "gate.json"
        done = run(HANDOFF, "gate", CALM, "--json", out, "--base-command", base, "--candidate-command", candidate,
                   *flags, timeout=60, **more)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return self.read(out), done

    @staticmethod
    def findings(result):
        return {p["name"]: p["finding"] for p in result["points"]}

    @staticmethod
    def named(result, name):
        return next(p for p in result["points"] if p["name"] == name)


class Verdicts(ProgramTest):
    def test_each_benchmark_is_a_point_in_every_version(self):
        for version in (1.5, 1.8, 1.9, 1.99):
            with self.subTest(version=version):
                names = ["BM_a/8", "BM_slow/threads:2", "BM_fast<x.y, (z)>[1]+"]
                base = self.program(f"base{version}", [benchmark(n) for n in names], version=version)
                candidate = self.program(f"candidate{version}",
                                         [benchmark(n, v) for n, v in zip(names, (100, 110, 80), strict=True)],
                                         version=version, salt=1)
                result, done = self.programs(base, candidate, expect=1)
                self.assertEqual(self.findings(result), dict(zip(names, ("unchanged", "regressed", "improved"),
                                                                 strict=True)))
                slow = self.named(result, names[1])
                self.assertAlmostEqual(slow["slowdown"]["median"], 1.1, delta=0.02)
                self.assertAlmostEqual(slow["base_median"], 100, delta=3)
                self.assertEqual((slow["measure"], slow["unit"], slow["family"]), ("real_time", "ns", "program"))
                self.assertIn("programs are not linked again", slow["reason"])
                self.assertIn("THE GATE IS SHUT: 1 regressed, 1 improved, 1 unchanged", done.stdout)
                self.assertEqual([p["order"] for p in result["pairs"] if p["point"] == names[0]][:4],
                                 ["base first", "candidate first"] * 2, "A B B A")
                self.assertEqual((result["base"]["folder"], result["candidate"]["folder"]), (str(base), str(candidate)))
                for side, ran in (("base", base), ("candidate", candidate)):
                    runs = int((self.folder / f"{ran.name}.0.runs").read_text())
                    self.assertEqual(runs, len([p for p in result["pairs"] if p["point"] == names[0]]),
                                     f"one process of the {side} for each pair")

    def test_times_of_any_unit_and_the_median_of_a_benchmarks_own_repetitions(self):
        points = [benchmark("BM_ms", 3, time_unit="ms"), benchmark("BM_s", 3, time_unit="s"),
                  benchmark("BM_r/repeats:3", repeats=3), benchmark("BM_o/repeats:3", repeats=3, aggregates_only=True)]
        result, _ = self.programs(self.program("base", points), self.program("candidate", points, salt=1))
        self.assertEqual(set(self.findings(result).values()), {"unchanged"})
        for name, nanoseconds in (("BM_ms", 3e6), ("BM_s", 3e9), ("BM_r/repeats:3", 100), ("BM_o/repeats:3", 100)):
            self.assertAlmostEqual(self.named(result, name)["base_median"] / nanoseconds, 1, delta=0.03)

    def test_the_measure_can_be_cpu_time_or_a_counter(self):
        def of(rate, misses, cpu):
            return [benchmark("BM_a", cpu=cpu, counters={"items_per_second": rate, "misses": misses})]
        base = self.program("base", of(1e6, 5, 1))
        worse = self.program("worse", of(0.8e6, 6, 1.5), salt=1)
        result, _ = self.programs(base, worse)
        self.assertEqual(self.findings(result), {"BM_a": "unchanged"}, "in real time")
        for flags, ratio in ((["--measure=cpu_time"], 1.5), (["--measure=items_per_second"], 1.25),
                             (["--measure", "misses"], 1.2), (["--measure=misses", "--better=lower"], 1.2)):
            with self.subTest(flags=flags):
                result, _ = self.programs(base, worse, *flags, expect=1)
                self.assertEqual(self.findings(result), {"BM_a": "regressed"})
                self.assertAlmostEqual(self.named(result, "BM_a")["slowdown"]["median"], ratio, delta=0.03)
        result, _ = self.programs(base, worse, "--measure=misses", "--better=higher")
        self.assertEqual(self.findings(result), {"BM_a": "improved"})
        self.assertEqual(self.named(result, "BM_a")["unit"], "1 / misses")
        result, _ = self.programs(base, worse, "--measure=no_such_counter", expect=2)
        self.assertIn("it has no no_such_counter that is a number", self.named(result, "BM_a")["reason"])

    def test_filters_exceptions_and_arguments(self):
        points = [benchmark(n) for n in ("BM_a/1", "BM_a/2", "BM_b/1")]
        base = self.program("base", points, arguments=["--size=3", "-v"])
        result, _ = self.programs(base, base, "--filter=_a", "--except", "2$", "--", "--size=3", "-v")
        self.assertEqual(list(self.findings(result)), ["BM_a/1"])
        done = run(HANDOFF, "gate", "--base-program", base, "--candidate-program", base, "--filter=_c", "--",
                   "--size=3", "-v")
        self.assert_one_line_refusal(done, "--filter _c: no point of the programs matches (--benchmark_list_tests")
        done = run(HANDOFF, "gate", "--base-program", base, "--candidate-program", base)
        self.assertEqual(done.returncode, 2)
        self.assertIn("unrecognized command-line flag", done.stderr)

    def test_users_may_ask_for_results_as_json(self):
        for version in (1.5, 1.9, 1.99):  # the last one lists its benchmarks as JSON then
            with self.subTest(version=version):
                base = self.program(f"base{version}", [benchmark("BM_a"), benchmark("BM_b")], version=version)
                result, _ = self.programs(base, base, "--", "--benchmark_format=json")
                self.assertEqual(list(self.findings(result)), ["BM_a", "BM_b"])

    def test_a_gate_that_decided_nothing_is_not_green(self):
        points = [benchmark("BM_wild", noise=2.0)]
        base, candidate = self.program("base", points), self.program("candidate", points, salt=1)
        result, done = self.programs(base, candidate, expect=3)
        self.assertEqual(self.findings(result), {"BM_wild": "inconclusive"})
        self.assertTrue(done.stdout.startswith("NOTHING WAS DECIDED, THE GATE IS SHUT: 1 inconclusive"), done.stdout)
        self.programs(base, candidate, "--fail-on=regression", expect=0)

    def test_a_program_against_itself(self):
        base = self.program("base", [benchmark("BM_a"), benchmark("BM_b")])
        out = self.folder / "self.json"
        done = run(HANDOFF, "gate", "--self-test", "--base-program", base, "--suites", "2", "--json", out, CALM)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        result = json.loads(out.read_text())
        jsonschema.validate(result, json.loads((ROOT / "results" / "gate_self_test.schema.json").read_text()))
        self.assertEqual([(p["name"], p["suites"]) for p in result["points"]], [("BM_a", 2), ("BM_b", 2)])


class WhatCannotBeCompared(ProgramTest):
    def test_each_failure_is_named(self):
        words = {"crash": "signal 11", "exit": "exit code 3: no licence", "error": "reports an error: no such device",
                 "skip": "reports an error: not on this machine", "nan": "no real_time that is a number",
                 "hang": "did not finish in 5 s (--timeout)"}
        good = self.program("good", [benchmark(f"BM_{does}") for does in words] + [benchmark("BM_fine")])
        bad = self.program("bad", [benchmark(f"BM_{does}", does=does) for does in words] + [benchmark("BM_fine")],
                           salt=1)
        junit, markdown = self.folder / "j.xml", self.folder / "m.md"
        result, done = self.programs(good, bad, "--timeout=5", "--junit", junit, "--markdown", markdown,
                                     "--annotations", expect=1)
        self.assertEqual(self.findings(result), {**{f"BM_{d}": "failed" for d in words}, "BM_fine": "unchanged"})
        for does, text in words.items():
            self.assertIn(text, self.named(result, f"BM_{does}")["reason"])
            self.assertIn(f"--benchmark_filter=^BM_{does}$", done.stdout)
            self.assertIn(f"::error title=Handoff gate::BM_{does} failed", done.stdout)
        again = next(f["command"] for f in result["failures"] if f["point"] == "BM_exit")
        rerun = subprocess.run(again, shell=True, cwd=ROOT, capture_output=True, text=True)
        self.assertEqual((rerun.returncode, rerun.stderr), (3, "no licence\n"), "the command runs it again")
        suite = xml.etree.ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual((suite.get("failures"), suite.get("errors")), ("6", "0"))
        self.assertIn("**failed** | `BM_crash`", markdown.read_text())
        result, _ = self.programs(bad, good, "--except=hang", expect=2)
        self.assertEqual(self.named(result, "BM_crash")["finding"], "broken")

    def test_names_that_only_one_program_has(self):
        base = self.program("base", [benchmark("BM_a"), benchmark("BM_gone")])
        candidate = self.program("candidate", [benchmark("BM_a"), benchmark("BM_new")], salt=1)
        result, _ = self.programs(base, candidate, expect=1)
        self.assertEqual(self.findings(result), {"BM_a": "unchanged", "BM_gone": "missing", "BM_new": "new"})
        self.programs(base, candidate, "--allow-missing")

    def test_names_that_stand_twice(self):
        once = self.program("once", [benchmark("BM_a"), benchmark("BM_b")])
        twice = self.program("twice", [benchmark("BM_a"), benchmark("BM_b"), benchmark("BM_b")], salt=1)
        result, _ = self.programs(once, twice, expect=1)
        self.assertEqual(self.findings(result), {"BM_a": "unchanged", "BM_b": "failed"})
        self.assertIn("the candidate has 2 benchmarks of this name", self.named(result, "BM_b")["reason"])
        result, _ = self.programs(twice, once, expect=2)
        self.assertEqual(self.findings(result), {"BM_a": "unchanged", "BM_b": "broken"})
        self.programs(twice, once, "--except=^BM_b$")

    def test_what_a_program_always_prints_is_no_benchmark(self):
        for name, more in (("loud", {}), ("strict", {"empty_is_an_error": True})):
            with self.subTest(name=name):
                base = self.program(name, [benchmark("BM_a")], **({"banner": "loading data"} if name == "loud" else {}),
                                    **more)
                result, _ = self.programs(base, base)
                self.assertEqual(self.findings(result), {"BM_a": "unchanged"})

    def test_programs_that_do_not_obey(self):
        good = self.program("good", [benchmark("BM_a"), benchmark("BM_b")])
        cases = {("list",): "it runs its benchmarks when it is asked to list them",
                 ("filter",): "it lists the same whatever --benchmark_filter says"}
        for ignores, words in cases.items():
            odd = self.program("odd", [benchmark("BM_a"), benchmark("BM_b")], ignores=ignores)
            done = run(HANDOFF, "gate", "--base-program", good, "--candidate-program", odd)
            self.assert_one_line_refusal(done, f"--candidate-program {odd}: ", words)
        odd = self.program("odd", [benchmark("BM_a")], ignores=["out"])
        result, _ = self.programs(good, odd, "--filter=BM_a", expect=1)
        self.assertIn("it wrote nothing to --benchmark_out", self.named(result, "BM_a")["reason"])

    def test_what_is_no_program_of_google_benchmarks(self):
        good = self.program("good", [benchmark("BM_a")])
        script = self.folder / "script"
        for text, words in (("exit 0", "lists no benchmark"), ("exit 4", "exit code 4"),
                            ("echo bad >&2; exit 2", "exit code 2: bad"), ("yes x", "said more than 256 MB"),
                            ("sleep 1000", "did not end in 3 s"), ("kill -SEGV $$", "signal 11")):
            with self.subTest(text=text):
                script.write_text("#!/bin/sh\n" + text + "\n")
                script.chmod(0o755)
                done = run(HANDOFF, "gate", "--base-program", good, "--candidate-program", script,
                           *(["--timeout=3"] if "sleep" in text else []))
                self.assert_one_line_refusal(done, words)
        done = run(HANDOFF, "gate", "--base-program", good, "--candidate-program", self.folder)
        self.assert_one_line_refusal(done, f"--candidate-program {self.folder}: no such program")

    def test_a_real_program(self):
        # Its numbers decide nothing here: what is allowed is more than any scatter.
        result, done = self.programs(SMALL, SMALL, "--max-slowdown=100", "--except", "^error$", "--fail-on=regression")
        self.assertEqual({p["name"] for p in result["points"]},
                         {"sum/64", "sum/1024", "sum<a.b, (c)>[1]+/8/repeats:3",
                          "sum_with_threads/real_time/threads:2"})
        self.assertEqual(result["failures"], [])
        self.assertTrue(all(p["base_median"] > 0 for p in result["points"]), done.stdout)
        result, _ = self.programs(SMALL, SMALL, "--filter=^error$", expect=2)
        self.assertIn("no such device", self.named(result, "error")["reason"])
        result, _ = self.programs(SMALL, SMALL, "--max-slowdown=100", "--filter=^sum/64$", "--measure=items_per_second",
                                  "--fail-on=regression")
        self.assertEqual(result["failures"], [])

    def test_the_environment_is_clean(self):
        script = self.folder / "script"
        script.write_text('#!/bin/sh\necho "BM_$SECRET$BENCHMARK_FILTER"\n'
                          'case "$*" in *"called so"*) ;; *) echo BM_a ;; esac\n')
        script.chmod(0o755)
        done = run(HANDOFF, "gate", "--base-program", script, "--candidate-program", script, "--filter=BM_x",
                   env={**os.environ, "SECRET": "x"})
        self.assert_one_line_refusal(done, "no point of the programs matches")

    def test_an_interrupt_ends_it(self):
        base = self.program("base", [benchmark("BM_a", does="hang")])
        out = self.folder / "gate.json"
        process = subprocess.Popen([HANDOFF, "gate", "--base-program", base, "--candidate-program", base, "--json", out,
                                    "--quiet"], cwd=ROOT, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not (self.folder / "gate.json.journal").exists():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 130)
        self.assertFalse(self.read(out)["complete"])


class Commands(ProgramTest):
    def printing(self, name, text):
        """A command that prints what is told, whose number has some noise from run to run."""
        script = self.folder / name
        script.write_text(f"#!/bin/sh\ncd {shlex.quote(str(self.folder))}\n"
                          f"n=$(cat {name}.n 2>/dev/null || echo 0)\necho $(((n + 1) % 7)) > {name}.n\n{text}\n")
        script.chmod(0o755)
        return str(script)

    def test_a_number_that_is_printed(self):
        base = self.printing("base", "echo warming up: 7 s; echo took: 10$n.5 s; echo rate: 20$n")
        slow = self.printing("slow", "echo warming up: 7 s; echo took: 13$n.5 s >&2; echo rate: 15$n")
        result, done = self.commands(base, slow, "--measure-regex", "took: ([0-9.]+)", expect=1)
        p = result["points"][0]
        self.assertEqual((p["finding"], p["family"], p["measure"]), ("regressed", "command", "printed_number"))
        self.assertAlmostEqual(p["slowdown"]["median"], 133.5 / 103.5, delta=0.05)
        self.assertIn("THE GATE IS SHUT: 1 regressed", done.stdout)
        result, _ = self.commands(base, slow, "--measure-regex=rate: ([0-9]+)", "--better=higher", expect=1)
        self.assertAlmostEqual(result["points"][0]["slowdown"]["median"], 203 / 153, delta=0.06)
        result, _ = self.commands(base, slow, "--measure-regex=rate: ([0-9]+)")
        self.assertEqual(result["points"][0]["finding"], "improved", "less is better where nothing is said")
        result, _ = self.commands(base, slow, r"--measure-regex=\d+ s$", expect=2)
        self.assertIn("what --measure-regex matches is no number: ", result["points"][0]["reason"])

    def test_what_prints_no_number(self):
        good = self.printing("good", "echo 10$n")
        for text, words in (("echo none", "no line that it printed matches --measure-regex"),
                            ("echo 1,048", "is no number: '1,048'"), ("echo 10; exit 3", "exit code 3: 10"),
                            ("kill -SEGV $$", "Segmentation fault"), ("echo -5", "its number is -5"),
                            ("sleep 1000", "did not finish in 2 s")):
            with self.subTest(text=text):
                result, _ = self.commands(good, self.printing("bad", text), "--measure-regex", "^([-0-9,.]+)$",
                                          *(["--timeout=2"] if "sleep" in text else []), expect=1)
                self.assertIn(words, result["points"][0]["reason"])
                self.assertEqual(result["failures"][0]["command"], str(self.folder / "bad"))

    def test_the_number_is_found_behind_much_output(self):
        loud = self.printing("loud", "echo took: 10$n s; head -c 300000 /dev/zero | tr '\\0' x; echo; echo done")
        result, _ = self.commands(loud, loud, "--measure-regex=took: ([0-9]+)", "--fail-on=regression")
        self.assertEqual(result["failures"], [])

    def test_times_of_processes(self):
        # What is slower is so by a factor that no scatter of a machine has.
        for measure, slow in ((None, "sleep 0.05"), ("cpu_time", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")):
            with self.subTest(measure=measure):
                result, _ = self.commands("true", slow, *([f"--measure={measure}"] if measure else []), expect=1)
                p = result["points"][0]
                self.assertEqual((p["name"], p["finding"], p["measure"], p["unit"]),
                                 (slow, "regressed", measure or "wall_time", "ns"))
        self.assertGreater(result["points"][0]["candidate_median"], 1e6)


class Drill(ProgramTest):
    def test_it_says_whether_a_slowdown_would_have_been_found(self):
        calm = self.program("calm", [benchmark("BM_a"), benchmark("BM_b", 5000)])
        done = run(HANDOFF, "gate", CALM, "--drill", "10%", "--candidate-program", calm)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        last = done.stdout.splitlines()[-1]
        self.assertTrue(last.startswith("DRILL: a slowdown of +10.0%, simulated by multiplying the values of one side, "
                                        "was found of 2 of 2 points; "), last)
        wild = self.program("wild", [benchmark("BM_a"), benchmark("BM_wild", noise=0.7)])
        done = run(HANDOFF, "gate", CALM, "--drill=10%", "--candidate-program", wild)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("was found of 1 of 2 points; not of BM_wild; ", done.stdout.splitlines()[-1])
        done = run(HANDOFF, "gate", CALM, "--drill=2%", "--candidate-program", calm)
        self.assertEqual(done.returncode, 1, "less than the gate reports")
        done = run(HANDOFF, "gate", CALM, "--drill=10%", "--candidate-program", wild, "--filter=wild")
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("DRILL, NOTHING WAS DECIDED: ", done.stdout.splitlines()[-1])
        broken = self.program("broken", [benchmark("BM_a", does="crash")])
        self.assertEqual(run(HANDOFF, "gate", CALM, "--drill=10%", "--candidate-program", broken).returncode, 2)

    def test_of_a_command_and_of_a_build(self):
        done = run(HANDOFF, "gate", CALM, "--drill=50%", "--candidate-command", "echo 100", "--measure-regex=[0-9]+")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        build = self.folder / "build" / "bin"
        build.mkdir(parents=True)
        shutil.copy(BUILD / "gate_tests" / "fake_bench", build / "bench_fake")
        (build / "fake.json").write_text(json.dumps({"points": [{"impl": "a", "value": 100, "noise": 0.01}]}))
        sweep = self.folder / "sweep.json"
        sweep.write_text(json.dumps({"name": "fake", "min_time_seconds": 0.001, "timeout_seconds": 5,
                                     "blocks": [{"family": "fake"}]}))
        done = run(HANDOFF, "gate", CALM, "--drill=10%", "--candidate", build.parent, "--sweep", sweep)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("was found of 1 of 1 point; ", done.stdout)


class Usage(ProgramTest):
    def test_flags_that_make_no_sense(self):
        a = self.program("a", [benchmark("BM_a")])
        for flags, words in (
                (("--base-program", a), "name --candidate-program FILE"),
                (("--candidate-program", a), "name --base-program FILE"),
                (("--base", "x", "--candidate-program", a), "cannot be compared with each other"),
                (("--base-command", "x", "--candidate-command", "x", "--", "y"), "arguments after -- go with"),
                (("--base-program", a, "--candidate-program", a, "--sweep=x"), "--sweep goes with builds"),
                (("--base-program", a, "--candidate-program", a, "--base-ref=x"), "--base-ref goes with builds"),
                (("--base-program", a, "--candidate-program", a, "--better=higher"), "--better goes with"),
                (("--base-program", a, "--candidate-program", a, "--better=more"), "legal: lower, higher"),
                (("--base-program", a, "--candidate-program", a, "--measure-regex=x"), "goes with --base-command"),
                (("--base-command", "x", "--candidate-command", "x", "--measure=wall"), "legal: wall_time, cpu_time"),
                (("--base-command", "x", "--candidate-command", "x", "--min-time=1"), "means nothing to a command"),
                (("--base-command", "x", "--candidate-command", "x", "--measure-regex=["), "no regular expression"),
                (("--base-program", a, "--candidate-program", a, "--except=["), "--except [: no regular expression"),
                (("--drill=10", "--candidate-program", a), "--drill 10: legal: a slowdown such as 10%"),
                (("--drill=10%", "--base-program", a, "--candidate-program", a), "--candidate-program and no base"),
                (("--drill=10%", "--candidate-program", a, "--json=x"), "writes no files"),
                (("--self-test", "--drill=10%", "--base-program", a), "name one of them")):
            with self.subTest(flags=flags):
                self.assert_one_line_refusal(run(HANDOFF, "gate", *flags), words)

    def test_the_help_names_every_flag(self):
        text = run(HANDOFF, "gate", "--help").stdout
        source = (ROOT / "harness" / "cli" / "gate_command.cpp").read_text()
        for flag in re.findall(r'flag == "(--[a-z-]+)"', source):
            if flag != "--help":
                self.assertIn(flag, text)
        self.assertEqual([line for line in text.splitlines() if len(line) > 120], [])


if __name__ == "__main__":
    unittest.main()
