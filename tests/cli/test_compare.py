"""handoff compare: verdicts, their refusals, plain Google Benchmark files, nonsense."""

import copy
import json
import statistics

from cli.made import POINT, plain, result
from cli.support import HANDOFF, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

SCHEMA = json.loads((ROOT / "results" / "compare.schema.json").read_text())
SEVEN = [100.0, 101, 102, 103, 104, 105, 106]


def times(factor):
    return [factor * value for value in SEVEN]


class CompareTest(CommandTest):
    def written(self, name, document):
        path = self.folder / name
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    def compared(self, base, candidate, *flags):
        """Compares two documents; the answer as JSON, valid and without NaN, and the text of the terminal."""
        files = self.written("a.json", base), self.written("b.json", candidate)
        out = self.folder / "compared.json"
        done = run(HANDOFF, "compare", *files, "--json", out, *flags)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        answer = json.loads(out.read_text(), parse_constant=self.fail)
        jsonschema.Draft7Validator(SCHEMA).validate(answer)
        return answer, done.stdout

    def verdicts(self, answer):
        return {point["name"]: point["verdict"] for point in answer["points"]}

    def assert_refused_verdict(self, base, candidate, *words):
        """No verdict, the ratio all the same, and a reason with all the words."""
        answer, text = self.compared(base, candidate)
        self.assertEqual({p["verdict"] for p in answer["points"]}, {"no verdict"})
        self.assertTrue(all(p["ratio"] for p in answer["points"]))
        reasons = [r for r in answer["refusals"] if all(word in r for word in words)]
        self.assertEqual(len(reasons), 1, answer["refusals"])
        self.assertIn("no verdict, on no point:\n", text)
        self.assertIn(f"  {reasons[0]}\n", text)
        return answer


class Verdicts(CompareTest):
    def test_worst_first_with_ratio_and_interval(self):
        base = result({"same": times(1), "up": times(1), "down": times(1), "few": [100.0, 101]})
        candidate = result({"down": times(0.5), "same": times(1.01), "up": times(1.2), "few": [900.0, 901]})
        answer, text = self.compared(base, candidate)
        self.assertEqual([p["name"] for p in answer["points"]],
                         [POINT.format(i) for i in ("few", "up", "same", "down")])
        self.assertEqual(list(self.verdicts(answer).values()), ["no verdict", "slower", "no difference seen", "faster"])
        up = answer["points"][1]
        self.assertAlmostEqual(up["ratio"], 1.2)
        # seven of each: the extremes of either side
        self.assertAlmostEqual(up["low"], 1.2 * 100 / 106)
        self.assertAlmostEqual(up["high"], 1.2 * 106 / 100)
        self.assertGreaterEqual(up["confidence"], 0.95)
        self.assertEqual(up["base"]["median"], statistics.median(SEVEN))
        few = answer["points"][0]
        self.assertIn("too few repetitions that count (2 and 2; 7 of each", few["why_not"])
        self.assertIsNone(few["low"])
        self.assertIn("4 points in both files: 1 slower or worse, 1 faster or better, 1 no difference seen, "
                      "1 no verdict", text)
        self.assertIn("this is no gate", text)
        self.assertIn("of 3 points 0.15 may differ by chance", text)

    def test_only_counted_trials_are_compared(self):
        spoilt = {("ring", i) for i in (7, 8, 9)}
        base = result({"ring": times(1) + [9000.0] * 3}, uncounted=spoilt)
        answer, _ = self.compared(base, result({"ring": times(1)}))
        self.assertEqual(answer["points"][0]["base"]["values"], times(1))
        self.assertEqual(answer["points"][0]["ratio"], 1)

    def test_latency_is_compared_by_its_p50_and_metrics_by_themselves(self):
        answer, text = self.compared(result({"ring": times(1)}, measure="latency"),
                                     result({"ring": times(2)}, measure="latency"))
        self.assertEqual((answer["points"][0]["verdict"], answer["points"][0]["ratio"]), ("slower", 2))
        self.assertIn("(latency p50)", text)
        shares = [value / 1000 for value in SEVEN]
        answer, _ = self.compared(result({"ring": shares}, measure="lost_share"),
                                  result({"ring": [2 * s for s in shares]}, measure="lost_share"))
        self.assertEqual((answer["points"][0]["verdict"], answer["points"][0]["unit"]), ("worse", ""))

    def test_zeroes_have_no_ratio_and_no_bound(self):
        none = [0.0] * 7
        some = [0.0] + [0.1] * 6
        answer, _ = self.compared(result({"a": none, "b": some}, measure="lost_share"),
                                  result({"a": some, "b": some}, measure="lost_share"))
        points = {p["name"]: p for p in answer["points"]}
        self.assertIsNone(points[POINT.format("a")]["ratio"])
        self.assertIn("median is 0", points[POINT.format("a")]["why_not"])
        self.assertEqual(points[POINT.format("b")]["ratio"], 1)
        self.assertIn("a value is 0", points[POINT.format("b")]["why_not"])

    def test_latency_under_load_is_not_judged_by_the_mild_trials(self):
        """A saturated trial has no latency, and equal loads of unequal queues are unequal rates."""
        def loaded(rate, saturated=0):
            document = result({"ring": times(1)}, measure="latency")
            for i, row in enumerate(document["benchmarks"]):
                row["rate"] = rate
                if i < saturated:
                    del row["latency"]
                    row["metrics"] = {"saturated": 1}
            return document
        for candidate, words in ((loaded(1000, saturated=3), "saturated trials: 0 | 3"),
                                 (loaded(1100), "offered 1000 items per second in one file, 1100 in the other")):
            with self.subTest(words):
                answer, _ = self.compared(loaded(1000), candidate)
                self.assertEqual(list(self.verdicts(answer).values()), ["no verdict"])
                self.assertIn(words, answer["points"][0]["why_not"])
        answer, _ = self.compared(loaded(1000), loaded(1010))
        self.assertEqual(list(self.verdicts(answer).values()), ["no difference seen"])

    def test_points_of_one_file_and_failures_are_listed(self):
        base = result({"both": times(1), "old": times(1)}, failed=[("both", "crashed", "signal 11")] * 3)
        answer, text = self.compared(base, result({"both": times(1), "new": times(1)}))
        self.assertEqual((answer["only_in_base"], answer["only_in_candidate"]),
                         ([POINT.format("old")], [POINT.format("new")]))
        self.assertIn(f"only in base:\n  {POINT.format('old')}\n", text)
        self.assertIn(f"only in candidate:\n  {POINT.format('new')}\n", text)
        self.assertEqual(text.count("crashed: signal 11"), 1)
        self.assertIn("3x ", text)

    def test_markdown_is_a_table(self):
        files = self.written("a.json", result({"ring": times(1)})), self.written("b.json", result({"ring": times(3)}))
        done = run(HANDOFF, "compare", *files, "--markdown=-")
        self.assertEqual(done.returncode, 0)
        rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
        self.assertEqual({line.count("|") for line in rows}, {8})
        self.assertIn("| slower | 3.000 |", rows[2])
        self.assertNotIn("verdict  ", done.stdout)


class Refusals(CompareTest):
    def test_other_environments(self):
        base = result({"ring": times(1)})
        for key, value in (("cpu_model", "Another 1"), ("kernel", "Linux 8"), ("compiler", "GNU 98"), ("flags", "-O2"),
                           ("host_name", "elsewhere"), ("num_cpus", 4), ("governor", "powersave")):
            with self.subTest(key):
                self.assert_refused_verdict(base, result({"ring": times(2)}, **{key: value}), f"{key} differs",
                                            str(value))

    def test_other_libraries_are_named(self):
        self.assert_refused_verdict(result({"ring": times(1)}),
                                    result({"ring": times(2)}, libraries={"libtbb-dev": "2.0"}),
                                    "library libtbb-dev differs: 1.0 | 2.0")

    def test_other_windows(self):
        self.assert_refused_verdict(result({"ring": times(1)}), result({"ring": times(2)}, min_time=0.2),
                                    "min_time_seconds differs: 0.02 | 0.2")

    def test_machine_states_apart(self):
        near, far = result({"ring": times(1)}, states=[(26.0, 38.0)]), result({"ring": times(4)},
                                                                              states=[(100.0, 115.0)])
        self.assert_refused_verdict(near, far, "machine state", "26.0 .. 38.0 ns | 100.0 .. 115.0 ns")
        # what a run saw of another state without counting it is no overlap
        both = result({"ring": times(4)}, states=[(100.0, 115.0), (26.0, 38.0)])
        self.assert_refused_verdict(near, both, "machine state")
        close = result({"ring": times(4)}, states=[(39.0, 40.0)])
        self.assertEqual(self.compared(near, close)[0]["refusals"], [])

    def test_host_names_may_be_declared_one_machine(self):
        answer, _ = self.compared(result({"ring": times(1)}), result({"ring": times(2)}, host_name="elsewhere"),
                                  "--same-machine")
        self.assertEqual((answer["refusals"], answer["points"][0]["verdict"]), ([], "slower"))

    def test_repetitions_that_share_a_process(self):
        base = plain([("BM_x", 100.0 + i) for i in range(20)])
        candidate = plain([("BM_x", 200.0 + i) for i in range(20)])
        answer, _ = self.compared(base, candidate)
        self.assertEqual(answer["points"][0]["verdict"], "no verdict")
        self.assertAlmostEqual(answer["points"][0]["ratio"], 209.5 / 109.5)
        self.assertIsNotNone(answer["points"][0]["low"])
        self.assertEqual(sum("share a process" in r for r in answer["refusals"]), 2)

    def test_an_interrupted_run_is_remarked(self):
        answer, _ = self.compared(result({"ring": times(1)}, complete=False), result({"ring": times(1)}))
        self.assertIn("interrupted", answer["remarks"][0])


class PlainFiles(CompareTest):
    def test_units_aggregates_errors_and_nan(self):
        rows = [("BM_a/8", 5.0), {"name": "BM_a/8", "real_time": 0.007, "time_unit": "us"},
                {"name": "BM_a/8", "real_time": 6e-6, "time_unit": "ms"},
                {"name": "BM_a/8_mean", "real_time": 99.0, "run_type": "aggregate", "aggregate_name": "mean"},
                {"name": "BM_b", "real_time": 1.0, "error_occurred": True, "error_message": "no \"device\" |"},
                {"name": "BM_c", "real_time": 1.0, "skipped": True, "skip_message": "not here"},
                {"name": "BM_d", "real_time": "@NaN"}, {"name": "BM_d", "real_time": "@-Infinity"},
                {"name": "BM_d NaN \\\" Infinity", "real_time": 3.0},
                {"name": "BM_e", "real_time": 1.0, "time_unit": "h"}]
        text = json.dumps(plain(rows)).replace('"@NaN"', "NaN").replace('"@-Infinity"', "-Infinity")
        answer, shown = self.compared(text, text)
        points = {p["name"]: p for p in answer["points"]}
        self.assertEqual(points["BM_a/8"]["base"], {"median": 6.0, "values": [5.0, 7.0, 6.0]})
        self.assertNotIn("BM_a/8_mean", points)
        self.assertEqual(answer["base"]["aggregates_left_out"], 1)
        self.assertEqual(points["BM_d"]["base"], {"median": None, "values": []})
        self.assertEqual(points["BM_d NaN \\\" Infinity"]["base"]["values"], [3.0])
        errors = {(e["name"], e["error"]) for e in answer["base"]["errors"]}
        self.assertEqual(errors, {("BM_b", 'no "device" |'), ("BM_c", "not here"),
                                  ("BM_d", "no real_time that is a number"),
                                  ("BM_e", "time_unit h: legal: ns, us, ms, s")})
        self.assertIn('BM_b: no "device" |', shown)

    def test_aggregates_of_old_versions_are_known_by_their_names(self):
        rows = [{"name": f"BM_a{end}", "real_time": 2.0} for end in ("", "_mean", "_median", "_stddev")]
        document = plain(rows)
        for row in document["benchmarks"]:
            del row["run_type"]
        answer, _ = self.compared(document, document)
        self.assertEqual([p["name"] for p in answer["points"]], ["BM_a"])
        self.assertEqual(answer["base"]["aggregates_left_out"], 3)

    def test_cpu_time_on_request(self):
        rows = [{"name": "BM_a", "real_time": 1.0, "cpu_time": 4.0}]
        slower = [{"name": "BM_a", "real_time": 1.0, "cpu_time": 6.0}]
        answer, _ = self.compared(plain(rows), plain(slower), "--measure=cpu_time")
        self.assertEqual(answer["points"][0]["ratio"], 1.5)

    def test_what_a_google_benchmark_program_writes(self):
        out = self.folder / "gb.json"
        done = run(HANDOFF.parent / "bench_queues", "--workload=transfer", "--impl=mutex_queue", "--wait=native",
                   "--producers=1", "--consumers=1", "--capacity=64", "--benchmark_repetitions=3",
                   "--benchmark_min_time=0.001", f"--benchmark_out={out}", "--benchmark_out_format=json")
        self.assertEqual(done.returncode, 0, done.stderr)
        answer, _ = self.compared(out.read_text(), out.read_text())
        self.assertEqual(len(answer["points"][0]["base"]["values"]), 3)
        self.assertGreater(answer["base"]["aggregates_left_out"], 0)


class OddFiles(CompareTest):
    """What is plainly meant is read with a remark; what a file costs does not grow faster than its rows."""

    def test_encodings_and_lines_of_a_log(self):
        whole = json.dumps(plain([("BM_x", 10.0), ("BM_x", 11.0)]), indent=1)
        good = self.written("good.json", whole)
        for name, content, remark in (("bom", b"\xef\xbb\xbf" + whole.encode(), "a byte order mark"),
                                      ("utf16", whole.encode("utf-16"), "UTF-16"),
                                      ("before", b"Run on (8 X 3 MHz CPU s)\n" + whole.encode(), "before the document"),
                                      ("after", whole.encode() + b"\nbench finished in 3 s\n", "after the document")):
            with self.subTest(name):
                odd = self.folder / f"{name}.json"
                odd.write_bytes(content)
                for files in ((good, odd), (odd, good)):
                    done = run(HANDOFF, "compare", *files)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertRegex(done.stdout, rf"(?m)^{odd}: .*{remark}")
                    self.assertIn("1.000", done.stdout)

    def test_broken_files_say_where_and_what_helps(self):
        row = {"name": "BM_x", "real_time": 1.0}
        whole = json.dumps(plain([row]), indent=1)
        good = self.written("good.json", whole)
        for change, *words in ((('"iterations": 1000', '"iterations": 1,048,576'), "1,048,576", "LC_ALL=C"),
                               (('"executable": "', '"executable": "C:\\work\\'), "a backslash", "\\work"),
                               (('"num_cpus": 2,', '"num_cpus": 2'), "a comma is missing", "put it in"),
                               ((" ]\n}", ""), "cut off"),
                               (('"num_cpus": 2', '"num_cpus": 1e999'), "1e999 is more than a double holds"),
                               (('"num_cpus": 2', '"num_cpus": 2' + "0" * 400), "a number of 401 digits"),
                               (('"num_cpus": 2', '"num_cpus": 2, "num_cpus": 3'), "num_cpus", "stands twice"),
                               (('"num_cpus": 2', '"num_cpus": ' + "[" * 100_000), "nested more than 64 deep")):
            with self.subTest(words):
                bad = self.written("bad.json", whole.replace(*change))
                self.assertNotEqual(bad.read_text(), whole)
                self.assert_one_line_refusal(run(HANDOFF, "compare", good, bad), "bad.json: not JSON from line ",
                                             ", column ", *words)

    def test_other_programs_files_are_named(self):
        good = self.written("good.json", plain([("BM_x", 1.0)]))
        other = {"machine_info": {}, "version": "4.0.0",
                 "benchmarks": [{"name": "test_push", "stats": {"min": 1e-6, "median": 1.4e-6, "rounds": 100}}]}
        bad = self.written("bad.json", other)
        self.assert_one_line_refusal(run(HANDOFF, "compare", bad, bad), "bad.json: pytest-benchmark's", "expected")
        bad = self.written("bad.json", "name,iterations,real_time\n")
        self.assert_one_line_refusal(run(HANDOFF, "compare", good, bad), "CSV", "--benchmark_out_format=json")

    def test_names_that_end_like_aggregates(self):
        """Two benchmarks that became twice as slow: without run_type only a stem beside them makes them aggregates."""
        def old(times):
            document = plain([{"name": name, "real_time": time} for name, time in times.items()])
            for row in document["benchmarks"]:
                del row["run_type"]
            return document
        answer, _ = self.compared(old({"BM_push": 10, "BM_rolling_mean": 30, "BM_window_median": 40}),
                                  old({"BM_push": 10, "BM_rolling_mean": 60, "BM_window_median": 80}))
        self.assertEqual({p["name"]: p["ratio"] for p in answer["points"]},
                         {"BM_push": 1, "BM_rolling_mean": 2, "BM_window_median": 2})
        self.assertEqual(answer["base"]["aggregates_left_out"], 0)

    def test_a_repetition_that_stands_twice_is_refused(self):
        for document in (result({"ring": times(1)}), plain([("BM_x", 1.0)] * 3)):
            document["benchmarks"] += [document["benchmarks"][0]] * 1000
            bad = self.written("bad.json", document)
            self.assert_one_line_refusal(run(HANDOFF, "compare", bad, bad), "bad.json", "stands twice")

    def test_a_pipe_is_read_once(self):
        whole = json.dumps(plain([("BM_x", 10.0)]))
        good = self.written("good.json", whole)
        done = run("bash", "-c", f'"{HANDOFF}" compare <(cat "{good}") <(cat "{good}")')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 point in both files", done.stdout)
        self.assert_one_line_refusal(run("bash", "-c", f'"{HANDOFF}" compare "{good}" <(true)'), "empty")

    def test_what_stands_in_no_number_is_counted(self):
        answer, text = self.compared(result({"ring": times(1)}, uncounted={("ring", 0), ("ring", 1)}),
                                     plain([{"name": POINT.format("ring"), "real_time": 0.0},
                                            {"name": POINT.format("ring"), "real_time": -1.0},
                                            {"name": POINT.format("ring"), "real_time": 1e200, "time_unit": "s"},
                                            {"name": "BM_mean", "real_time": 1.0, "run_type": "aggregate"}]))
        self.assertIn("a.json: 2 of 7 rows: trials that do not count", text)
        self.assertIn("b.json: 1 of 4 rows: an aggregate, left out", text)
        self.assertIn("b.json: 2 of 4 rows: without a number", text)
        self.assertIn("b.json: 1 of 4 rows: a value of 0", text)
        self.assertEqual([e["error"] for e in answer["candidate"]["errors"]],
                         ["real_time -1 is below 0", "real_time 1e+209 is a size that nothing has"])

    def test_markdown_shows_the_worst_and_counts_the_rest(self):
        names = {f"BM_ring/{i}/{'x' * 100}": i for i in range(4680)}
        base = plain([(name, 100.0) for name in names])
        candidate = plain([(name, 100.0 + i) for name, i in names.items()] + [(f"BM_new/{i}", 1.0) for i in range(60)])
        files = self.written("a.json", base), self.written("b.json", candidate)
        done = run(HANDOFF, "compare", *files, "--markdown=-")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line for line in done.stdout.splitlines() if line.startswith("| ")][1:]
        self.assertEqual(len(rows), 200)
        self.assertIn("BM_ring/4679/", rows[0])
        self.assertIn("4480 more are in the output for the terminal", done.stdout)
        self.assertIn("- and 10 more\n", done.stdout)
        self.assertLess(len(done.stdout), 1 << 19)

    def test_many_rows(self):
        """50,000 rows: 5 s and 500 MB. Time is processor time; the margin is for slow machines."""
        document = plain([(f"BM_ring/{i}", 10.0 + i % 7) for i in range(50_000)])
        files = self.written("a.json", document), self.written("b.json", document)
        measure = ("import resource, subprocess, sys\n"
                   "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
                   "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
                   "print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)\n")
        done = run("/usr/bin/python3", "-c", measure, HANDOFF, "compare", *files)
        code, seconds, megabytes = map(float, done.stdout.split())
        self.assertEqual(code, 0, done.stderr)
        self.assertLess(seconds, 20)
        self.assertLess(megabytes, 500)

    def test_names_reach_the_terminal_escaped(self):
        name = "a/\x1b[31mRED\x1b]0;title\x07\nSECOND | `LINE`"
        document = plain([(name, 1.0), ("BM_x", 1.0)], host_name="h\x1b[0m\u202e")
        document["benchmarks"].append({"name": "BM_y", "error_occurred": True, "error_message": "no\x1b[2J\ndevice"})
        files = self.written("a.json", document), self.written("b.json", {**document, "context": {"host_name": "\x07"}})
        for flags in ((), ("--markdown=-",)):
            done = run(HANDOFF, "compare", *files, *flags)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotRegex(done.stdout, "[\x00-\x09\x0b-\x1f\x7f\u202e]")
        self.assertIn("\\x1b[31mRED\\x1b]0;title\\x07\\nSECOND \\| 'LINE'", done.stdout)
        rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
        self.assertEqual({line.replace("\\|", "").count("|") for line in rows}, {8})
        refused = run(HANDOFF, "compare", files[0], self.folder / "no\x1b[31m\nfile")
        self.assert_one_line_refusal(refused, "no\\x1b[31m\\nfile", "No such file")


class Nonsense(CompareTest):
    def refused(self, *words, text=None, document=None):
        good = self.written("good.json", result({"ring": times(1)}))
        bad = self.written("bad.json", text if text is not None else json.dumps(document))
        for files in ((good, bad), (bad, good)):
            self.assert_one_line_refusal(run(HANDOFF, "compare", *files), "bad.json", *words)

    def test_files_that_are_none(self):
        good = self.written("good.json", result({"ring": times(1)}))
        self.assert_one_line_refusal(run(HANDOFF, "compare", good, self.folder / "none.json"), "none.json",
                                     "No such file")
        self.assert_one_line_refusal(run(HANDOFF, "compare", good, self.folder), "a folder")
        self.refused("not JSON", text="")
        self.refused("not JSON", text="name,real_time\nBM_x,1\n")
        self.refused("not JSON", text="\x00\xff\xfe")
        self.refused("without a list of benchmarks", text="[1, 2]")
        self.refused("without a list of benchmarks", text='{"benchmarks": 3}')

    def test_a_file_that_was_cut_off_says_so(self):
        whole = json.dumps(plain([("BM_x", 1.0)] * 3))
        for end in (len(whole) - 1, len(whole) // 2):
            self.refused("cut off", text=whole[:end])

    def test_other_shapes(self):
        broken = result({"ring": times(1)})
        broken["run"]["schema"] = 7
        self.refused("schema 7", "legal: 1", document=broken)
        for change in (lambda d: d["run"].pop("states"), lambda d: d["run"]["points"][0].pop("measure"),
                       lambda d: d["benchmarks"][0].pop("counted"), lambda d: d["benchmarks"][0].pop("name")):
            broken = copy.deepcopy(result({"ring": times(1)}))
            change(broken)
            self.refused("breaks results/schema.json", document=broken)
        self.refused("not as Google Benchmark writes it", document={"benchmarks": [{"real_time": 1}]})
        self.refused("nothing to compare", document=plain([("BM_x", 1.0)]))
        self.refused("nothing to compare", "none", document={"context": {}, "benchmarks": []})

    def test_only_aggregates(self):
        only = plain([{"name": "BM_x_mean", "real_time": 1.0, "run_type": "aggregate"}])
        self.refused("nothing to compare", "--benchmark_report_aggregates_only", document=only)

    def test_flags(self):
        good = self.written("good.json", result({"ring": times(1)}))
        for arguments, words in (((), ["two files", "here 0"]), ((good,), ["here 1"]), ((good, good, good), ["here 3"]),
                                 ((good, good, "--fast"), ["--fast", "--markdown"]),
                                 ((good, good, "--json"), ["--json", "needs a value"]),
                                 ((good, good, "--same-machine=yes"), ["--same-machine", "takes no value"]),
                                 ((good, good, "--measure=wall"), ["wall", "cpu_time"]),
                                 ((good, good, "--json=-", "--markdown=-"), ["standard output"]),
                                 ((good, good, f"--json={self.folder}/no/such/file"), ["--json", "no/such/file"])):
            with self.subTest(arguments):
                self.assert_one_line_refusal(run(HANDOFF, "compare", *arguments), *words)

    def test_help(self):
        done = run(HANDOFF, "compare", "--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--markdown", "--json", "no verdict", "exit codes"):
            self.assertIn(word, done.stdout)
