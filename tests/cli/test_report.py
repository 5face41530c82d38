"""handoff report: the page's data against an independent recomputation, hostile and foreign files, the summary."""

import base64
import collections
import gzip
import itertools
import json
import os
import random
import re
import resource
import shutil
import statistics
import time

from cli.made import POINT, gate, plain, result
from cli.support import BUILD, HANDOFF, ROOT, CommandTest, library, run
from report import recompute

jsonschema = library("jsonschema")

SCHEMA = json.loads((ROOT / "results" / "page.schema.json").read_text())
GATE_SCHEMA = json.loads((ROOT / "results" / "gate.schema.json").read_text())
HISTORY_SCHEMA = json.loads((ROOT / "results" / "history.schema.json").read_text())
HOSTILE = "</script><script>alert(1)</script>"
SEVEN = [100.0, 101, 102, 103, 104, 105, 106]


def has_zlib():
    """Whether the build found zlib, as CMake noted it."""
    cache = dict(re.findall(r"^(\w+):\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M))
    hidden = cache.get("HANDOFF_WITHOUT", "").split(";")
    return not {"all", "zlib"} & set(hidden) and not cache.get("ZLIB_INCLUDE_DIR", "NOTFOUND").endswith("NOTFOUND")


def data_of(page):
    """The data inside a page, taken out without the command's help."""
    encoding, text = re.search(r'<script id="handoff-data" type="text/plain" data-encoding="([^"]*)">([^<]*)</script>',
                               page).groups()
    packed = base64.b64decode(text, validate=True)
    if encoding == "gzip+base64":
        packed = gzip.decompress(packed)
    else:
        assert encoding == "base64", encoding
    return json.loads(packed, parse_constant=lambda word: (_ for _ in ()).throw(ValueError(word)))


def six(value):
    """A number as the page has it."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def cost_of(row, measure):
    """What a trial cost, by the words of docs and schemas."""
    if measure == "items_per_second":
        return row["real_time"]
    if measure == "latency":
        return None if row["metrics"].get("saturated", 0) > 0 else row["latency"]["p50"]
    return row["metrics"][measure]


def history():
    entry = {"commit": "abc", "run": "r", "ratio": 1.0, "low": 0.9, "high": 1.1, "base_repetitions": 7,
             "candidate_repetitions": 7}
    return {"handoff_history": 1, "reference": "frozen; GNU; -O3", "method": "E-divisive", "false_alarms": 0.05,
            "multiplicity": "Bonferroni", "shortest": 4, "last": 200, "seed": 1,
            "series": [{"point": "queues/a", "machine": "made", "level": 0.0, "first_tested": 0, "change_points": [],
                        "entries": [{**entry, "date": "2030-01-0%d" % day} for day in (1, 2)]}]}


class ReportTest(CommandTest):
    def written(self, name, document):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    def reported(self, *files, flags=()):
        """The page of files (documents or paths), and its data, which is valid."""
        paths = [self.written(f"file{i}.json", one) if isinstance(one, dict) else one for i, one in enumerate(files)]
        out = self.folder / "page.html"
        done = run(HANDOFF, "report", *paths, "--out", out, *flags)
        self.assertEqual((done.returncode, done.stdout), (0, f"{out}\n"), done.stderr)
        page = out.read_text()
        data = data_of(page)
        jsonschema.Draft7Validator(SCHEMA).validate(data)
        return page, data

    def summary(self, *documents, flags=()):
        paths = [self.written(f"file{i}.json", one) for i, one in enumerate(documents)]
        done = run(HANDOFF, "report", "--summary", *flags, *paths)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def assert_trials_are_those_of(self, document, file):
        """Every trial of the file is in the page, with its numbers as an independent reader takes them."""
        points = {point["name"]: point for point in file["points"]}
        self.assertEqual(list(points), [point["name"] for point in document["run"]["points"]])
        rows = collections.defaultdict(list)
        for row in document["benchmarks"]:
            rows[row["name"].removesuffix("/check:full")].append(row)
        for listed in document["run"]["points"]:
            of = sorted(rows[listed["name"]], key=lambda row: row["repetition_index"])
            failed = [t for t in document["run"]["failed"] if t["point"] == listed["name"]]
            point = points[listed["name"]]
            trials, none = point["trials"], [None] * len(failed)
            self.assertEqual(trials["repetition"], [t["repetition_index"] for t in of] +
                             [t["repetition"] for t in failed])
            self.assertEqual(trials["counted"], [int(t["counted"]) for t in of] + [0] * len(failed))
            self.assertEqual(trials["status"], ["ok"] * len(of) + [t["status"] for t in failed])
            self.assertEqual(trials.get("why", [""] * len(trials["status"])),
                             [", ".join(t["flags"]) for t in of] + [t["reason"] for t in failed])
            if of:
                self.assertEqual(trials["cost"], [six(cost_of(t, listed["measure"])) for t in of] + none)
                self.assertEqual(trials["cpu_ns"], [six(t["cpu_time"]) for t in of] + none)
                self.assertEqual(trials["state"], [t["state"] for t in of] + [""] * len(failed))
            for column in itertools.chain(trials.values(), trials.get("metrics", {}).values()):
                if isinstance(column, list):
                    self.assertEqual(len(column), len(of) + len(failed))
            for key, value in listed["point"].items():
                self.assertEqual(point[key] if key in ("family", "workload", "impl") else point["axes"][key], value)


class Pages(ReportTest):
    def test_each_trial_is_in_the_page(self):
        document = result({"ring": SEVEN, "queue": [7.123456789, 8.0], "bad": [], "odd": SEVEN[:3]},
                          failed=[("bad", "crashed", "signal 11"), ("queue", "timeout", "did not finish")],
                          uncounted={("ring", 2)})
        _, data = self.reported(document)
        file = data["files"][0]
        self.assertEqual((file["kind"], file["file"], file["date"]), ("result", "file0.json",
                                                                      "2030-01-02T03:04:05+00:00"))
        self.assertEqual(file["environment"], document["context"])
        self.assertEqual({key: value for key, value in file["run"].items() if key not in ("measures", "axes")},
                         {key: value for key, value in document["run"].items() if key not in ("points", "failed")})
        self.assertEqual(file["run"]["measures"]["items_per_second"]["better"], "higher")
        self.assert_trials_are_those_of(document, file)
        ring, queue, bad, _ = file["points"]
        self.assertRegex(ring["command"], "^build/release/bin/bench_queues --point='?" + re.escape(ring["name"]) +
                         "'? --seed=1 --benchmark_min_time=0.02$")
        self.assertEqual(bad["command"], "again")
        self.assertIn("crashed in 1 of 1 trial: signal 11", bad["reason"])
        self.assertEqual(queue["failed"]["timeout"], 1)

    def test_latencies_have_a_curve_and_no_histogram(self):
        document = result({"ring": [50.0, 50.0], "slow": [70.0]}, measure="latency")
        document["run"]["schema"] = 2
        samples = {10: 30, 50: 50, 90: 19, 200: 1}
        buckets = [word for step, count in zip((10, 40, 40, 110), samples.values()) for word in (step, count)]
        for row in document["benchmarks"]:
            row["latency"].update({"histogram": {"scale": 1.0, "buckets": buckets}, "count": 100, "min": 10.0,
                                   "max": 200.0})
        document["benchmarks"][1]["counted"] = False
        for point in document["run"]["points"]:
            point["latency"] = {**{key: value for key, value in document["benchmarks"][0]["latency"].items()
                                   if key != "histogram"}, "trials": 1, "backed": ["p50"]}
        page, data = self.reported(document)
        self.assertNotIn("histogram", json.dumps(data))
        curve = data["files"][0]["points"][0]["latency"]["curve"]
        self.assertLessEqual(len(curve), 40)
        values = sorted(value for value, count in samples.items() for _ in range(count))
        for quantile, ns in curve:
            wanted = values[max(0, round(quantile * 100 + 0.4999) - 1)]
            self.assertEqual(ns, wanted, quantile)
        self.assertEqual([curve[0], curve[-1]], [[0.0, 10.0], [1.0, 200.0]])

    def test_saturated_trials_and_metrics(self):
        document = result({"ring": [50.0, 60.0, 70.0]}, measure="latency")
        document["benchmarks"][1]["metrics"] = {"saturated": 1.0, "sleep_ratio": 0.5}
        _, data = self.reported(document)
        trials = data["files"][0]["points"][0]["trials"]
        self.assertEqual((trials["cost"], trials["counted"]), ([50.0, None, 70.0], [1, 1, 1]))
        self.assertEqual(trials["metrics"], {"saturated": [None, 1.0, None], "sleep_ratio": [None, 0.5, None]})

    def test_a_number_that_is_none_does_not_count(self):
        document = result({"ring": SEVEN})
        text = json.dumps(document).replace('"real_time": 103', '"real_time": NaN')
        self.assertIn("NaN", text)
        _, data = self.reported(self.written("nan.json", text))
        trials = data["files"][0]["points"][0]["trials"]
        self.assertEqual(trials["counted"], [1, 1, 1, 0, 1, 1, 1])
        self.assertIsNone(trials["cost"][3])
        self.assertEqual(trials["why"][3], "no items_per_second that is a number")

    def test_several_files_of_every_kind(self):
        verdicts = gate({"queues/a": [1.0, 1.1, None]}, findings={"queues/a": "regressed"})
        google = plain([("BM_a/8", 10.0), ("BM_a/8", 11.5), {"name": "BM_b", "real_time": 2.0, "time_unit": "us"},
                        {"name": "BM_c", "error_occurred": True, "error_message": "no such device"},
                        {"name": "BM_a/8_mean", "run_type": "aggregate", "aggregate_name": "mean", "real_time": 1.0}])
        ours = result({"ring": SEVEN})
        _, data = self.reported(ours, verdicts, history(), google)
        self.assertEqual([file["kind"] for file in data["files"]], ["result", "gate", "history", "foreign"])
        self.assertEqual([file["label"] for file in data["files"]], [f"file{i}.json" for i in range(4)])
        jsonschema.Draft7Validator({**GATE_SCHEMA, "properties": {**GATE_SCHEMA["properties"], "rules": {}}}).validate(
            data["files"][1]["gate"])
        self.assertEqual(data["files"][1]["gate"]["points"], verdicts["points"])
        jsonschema.Draft7Validator(HISTORY_SCHEMA).validate(data["files"][2]["history"])
        self.assertEqual(data["files"][2]["history"]["series"], history()["series"])
        self.assertEqual(data["files"][2]["date"], "2030-01-02")
        points = {point["name"]: point for point in data["files"][3]["points"]}
        self.assertEqual(list(points), ["BM_a/8", "BM_b", "BM_c"])
        self.assertEqual(points["BM_a/8"]["trials"]["cost"], [10.0, 11.5])
        self.assertEqual(points["BM_b"]["trials"]["cost"], [2000.0])
        self.assertEqual((points["BM_c"]["trials"]["status"], points["BM_c"]["trials"]["why"]),
                         (["invalid"], ["no such device"]))

    def test_files_of_every_google_benchmark(self):
        """1.5 has neither family_index nor error keys; 1.8 has skipped; 1.9 has json_schema_version."""
        old = plain([("a", 1.0), ("a_mean", 1.0)])
        for row in old["benchmarks"]:
            for key in ("family_index", "per_family_instance_index", "repetition_index", "run_type", "threads"):
                row.pop(key)
        new = plain([("a", 1.0), {"name": "b", "skipped": True, "skip_message": "not today"}])
        new["context"].update({"json_schema_version": 1, "library_version": "v1.9.1"})
        _, data = self.reported(old, new)
        self.assertEqual([point["name"] for point in data["files"][0]["points"]], ["a"])
        self.assertEqual(data["files"][1]["points"][1]["trials"]["why"], ["not today"])
        self.assertEqual(data["files"][1]["environment"]["library_version"], "v1.9.1")

    def test_labels_are_unique(self):
        document = result({"ring": SEVEN})
        paths = [self.written(f"{folder}/results.json", document) for folder in ("a", "b")]
        _, data = self.reported(*paths, paths[0], self.written("alone.json", document))
        self.assertEqual([file["label"] for file in data["files"]],
                         ["a/results.json", "b/results.json", "a/results.json (2)", "alone.json"])
        self.assertEqual({file["file"] for file in data["files"][:3]}, {"results.json"})

    def test_a_folder_stands_for_its_result_and_the_page_stands_beside_it(self):
        path = self.written("run/results.json", result({"ring": SEVEN}))
        done = run(HANDOFF, "report", path.parent)
        self.assertEqual((done.returncode, done.stdout), (0, f"{path.parent / 'report.html'}\n"), done.stderr)
        self.assertEqual(data_of((path.parent / "report.html").read_text())["files"][0]["file"], "results.json")

    def test_the_same_files_give_the_same_bytes(self):
        path = self.written("a.json", result({"ring": SEVEN}))
        pages = [run(HANDOFF, "report", path, "--out", "-").stdout for _ in range(2)]
        self.assertEqual(pages[0], pages[1])
        self.assertEqual('data-encoding="gzip+base64"' in pages[0], has_zlib())


class Hostile(ReportTest):
    def test_no_name_becomes_markup(self):
        document = result({"ring": SEVEN}, failed=[("ring", "crashed", HOSTILE)], cpu_model=HOSTILE, host_name=HOSTILE)
        document["run"]["implementations"] = [HOSTILE]
        document["run"]["points"][0]["rivals"] = HOSTILE
        name = "queues/transfer/" + HOSTILE
        for row in [*document["benchmarks"], *document["run"]["points"]]:
            row["name"] = name
        document["run"]["failed"][0]["point"] = name
        google = plain([(HOSTILE, 1.0)], host_name=HOSTILE)
        label = self.written("<script>alert(1)<!--.json", google)
        empty = run(HANDOFF, "report", self.written("x.json", plain([("a", 1.0)])), "--out", "-").stdout
        page, data = self.reported(document, label)
        self.assertNotIn("alert(1)", page)
        self.assertEqual(page.count("<script"), empty.count("<script"))
        self.assertEqual(data["files"][0]["points"][0]["name"], name)
        self.assertEqual(data["files"][0]["environment"]["host_name"], HOSTILE)
        self.assertEqual(data["files"][0]["points"][0]["trials"]["why"][-1], HOSTILE)
        self.assertEqual(data["files"][1]["points"][0]["name"], HOSTILE)
        self.assertEqual(data["files"][1]["label"], label.name)

    def test_a_summary_obeys_no_escape(self):
        evil = "\x1b[31mred\x1b]0;title\x07|`*<b>"
        document = result({"ring": SEVEN, "queue": [2 * value for value in SEVEN]}, host_name=evil)
        for point in document["run"]["points"]:
            point["rivals"] = evil
        for flags in ((), ("--markdown",)):
            text = self.summary(document, flags=flags)
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\x07", text)
        self.assertNotIn("<b>", text)
        verdicts = gate({"queues/a": [1.1, None, 1.2]})
        for pair in verdicts["pairs"]:
            if pair["replaced"]:
                pair["replaced"] = "\u202edisturbed"
        self.assertNotIn("\u202e", self.summary(verdicts))

    def assert_refused(self, text, *words):
        path = self.written("bad.json", text)
        for flags in (("--out", self.folder / "bad.html"), ("--summary",)):
            done = run(HANDOFF, "report", path, *flags)
            self.assert_one_line_refusal(done, str(path), *words)
        self.assertFalse((self.folder / "bad.html").exists())

    def test_files_that_are_none(self):
        whole = json.dumps(result({"ring": SEVEN}))
        self.assert_refused("", "empty")
        self.assert_refused(whole[:len(whole) // 2], "cut off")
        self.assert_refused("{}", "JSON without a list of benchmarks")
        self.assert_refused("[]", "JSON without a list of benchmarks")
        self.assert_refused("hello", "not JSON")
        self.assert_refused(json.dumps({"handoff_compare": 1}), "handoff compare --json")
        self.assert_refused(json.dumps({"handoff_gate": 1}), "no key")
        self.assert_refused(json.dumps({"handoff_history": 1, "series": 3}), "series")
        self.assert_refused(json.dumps({"benchmarks": [{"name": "a"}]}), "without times")

    def test_histories_whose_changes_are_nowhere(self):
        def broken(change):
            document = history()
            change(document["series"][0])
            return json.dumps(document)
        here = {"index": 1, "statistic": 1.0, "p": 0.01, "before": 1.0, "after": 2.0}
        self.assert_refused(broken(lambda s: s.update(entries=[])), "series[0]", "no entries from 0 on")
        self.assert_refused(broken(lambda s: s.update(first_tested=2)), "series[0]", "no entries from 2 on")
        for index in (0, 2):
            self.assert_refused(broken(lambda s, at=index: s.update(change_points=[{**here, "index": at}])),
                                "series[0]", f"a change at entry {index} of 2")
        self.assert_refused(broken(lambda s: s.update(change_points=[here, here])), "a change at entry 1 of 2")

    def test_results_that_are_broken(self):
        def broken(change):
            document = result({"ring": SEVEN, "queue": SEVEN})
            change(document)
            return json.dumps(document)
        self.assert_refused(broken(lambda d: d["run"].update(schema=99)), "schema 99")
        self.assert_refused(broken(lambda d: d["benchmarks"][1].update(name="nobody")), "benchmarks[1]", "nobody",
                            "not among run.points")
        self.assert_refused(broken(lambda d: d["benchmarks"][1].update(repetition_index=0)), "stands twice")
        self.assert_refused(broken(lambda d: d["benchmarks"][2].update(real_time="fast")), "benchmarks[2]", "real_time")
        self.assert_refused(broken(lambda d: d["benchmarks"].insert(3, 7)), "benchmarks[3]", "expected an object")
        self.assert_refused(broken(lambda d: d["run"]["points"].append(d["run"]["points"][0])), "stands twice")
        self.assert_refused(broken(lambda d: d["run"]["points"][0]["point"].update(producers="many")), "axis")
        self.assert_refused(broken(lambda d: d["run"]["points"][0].update(caught=True)), "caught")
        self.assert_refused(broken(lambda d: d["run"].update(states=[3])), "run: states")

    def test_a_good_file_beside_a_bad_one_writes_nothing(self):
        good = self.written("good.json", result({"ring": SEVEN}))
        bad = self.written("bad.json", "{")
        self.assert_one_line_refusal(run(HANDOFF, "report", good, bad, "--out", self.folder / "x.html"), "bad.json")
        self.assertFalse((self.folder / "x.html").exists())


class Usage(ReportTest):
    def test_help(self):
        for flag in ("--help", "-h"):
            done = run(HANDOFF, "report", flag)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("usage: handoff report FILE", done.stdout)
        self.assertIn("handoff report FILE", run(HANDOFF, "--help").stdout)

    def test_arguments_that_make_no_sense(self):
        path = self.written("a.json", result({"ring": SEVEN}))
        self.assert_one_line_refusal(run(HANDOFF, "report"), "name a file")
        self.assert_one_line_refusal(run(HANDOFF, "report", path, "--colour"), "unknown flag --colour", "legal: --out")
        self.assert_one_line_refusal(run(HANDOFF, "report", path, "--out"), "--out: needs a value")
        self.assert_one_line_refusal(run(HANDOFF, "report", path, "--summary=yes"), "--summary: takes no value")
        self.assert_one_line_refusal(run(HANDOFF, "report", path, "--markdown"), "--markdown", "--summary")
        self.assert_one_line_refusal(run(HANDOFF, "report", self.folder / "none.json"), "No such file")
        self.assert_one_line_refusal(run(HANDOFF, "report", self.folder), "without results.json", "--resume")

    def test_its_own_input_is_not_overwritten(self):
        path = self.written("a.json", result({"ring": SEVEN}))
        before = path.read_text()
        self.assert_one_line_refusal(run(HANDOFF, "report", path, "--out", path), "which the page is made of")
        self.assertEqual(path.read_text(), before)

    def test_where_it_writes(self):
        path = self.written("a.json", result({"ring": SEVEN}))
        done = run(HANDOFF, "report", path, "--out", "-")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        data_of(done.stdout)
        self.assert_one_line_refusal(run(HANDOFF, "report", path, "--out", "/dev/full"), "--out /dev/full",
                                     "No space left")
        self.assert_one_line_refusal(run(HANDOFF, "report", path, "--out", self.folder / "no" / "x.html"), "--out",
                                     "No such file")
        lost = run("sh", "-c", f"'{HANDOFF}' report --summary '{path}' >/dev/full")
        self.assertEqual(lost.returncode, 1)
        self.assertIn("standard output", lost.stderr)
        link = self.folder / "link.html"
        link.symlink_to(self.folder / "there.html")
        self.assertEqual(run(HANDOFF, "report", path, "--out", link).returncode, 0)
        self.assertTrue(link.is_symlink())
        data_of((self.folder / "there.html").read_text())
        pipe = run("sh", "-c", f"cat '{path}' | '{HANDOFF}' report /dev/stdin")
        self.assert_one_line_refusal(pipe, "/dev/stdin", "--out")


class Bench(ReportTest):
    """How ./bench ends, in a copy of it whose run is made up."""

    def ended(self, charts_fail=False, report_fails=False):
        tree, tools = self.folder / "tree", self.folder / "tools"
        shutil.copytree(ROOT / "cmake", tree / "cmake")
        for folder in ("build/release/bin", "plot", "sweeps"):
            (tree / folder).mkdir(parents=True)
        tools.mkdir()
        (tree / "impls").symlink_to(ROOT / "impls")
        for name in ("bench", "packages.txt"):
            shutil.copy(ROOT / name, tree)
        (tree / "sweeps" / "x.json").write_text("{}")
        made = self.written("made.json", "{" if report_fails else result({"ring": SEVEN}))
        for path, text in ((tools / "cmake", "true"), (tools / "dpkg-query", "printf 'install ok installed'"),
                           (tree / "build/release/bin/handoff",
                            f'[ "$1" = run ] || exec "{HANDOFF}" "$@"; mkdir -p "$4"; cp "{made}" "$4/results.json"')):
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)
        (tree / "plot" / "plot.py").write_text(f"print('chart.png')\nraise SystemExit({int(charts_fail)})\n")
        return run(tree / "bench", "--sweep", "sweeps/x.json", "--out", "out",
                   env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}), tree / "out" / "report.html"

    def test_the_reports_path_stands_before_those_of_the_charts(self):
        done, page = self.ended()
        self.assertEqual((done.returncode, done.stdout), (0, "out/report.html\nchart.png\n"), done.stderr)
        self.assertEqual(data_of(page.read_text())["files"][0]["kind"], "result")

    def test_it_is_there_where_the_charts_fail(self):
        done, page = self.ended(charts_fail=True)
        self.assertEqual((done.returncode, done.stdout), (1, "out/report.html\nchart.png\n"), done.stderr)
        self.assertIn("step failed: plot/plot.py", done.stderr)
        self.assertTrue(page.exists())

    def test_where_it_fails_the_charts_are_drawn_all_the_same(self):
        done, page = self.ended(report_fails=True)
        self.assertEqual((done.returncode, done.stdout), (1, "chart.png\n"), done.stderr)
        self.assertIn("step failed: handoff report", done.stderr)
        self.assertFalse(page.exists())


class Summary(ReportTest):
    def test_the_first_by_how_much_and_why(self):
        document = result({"ring": SEVEN, "queue": [2 * value for value in SEVEN], "bad": []},
                          failed=[("bad", "crashed", "signal 11")])
        bad = document["run"]["points"][2]
        bad.update(caught=True, failed={"trials": 1, "invalid": 0, "timeout": 0, "crashed": 1, "reason": "signal 11"})
        document["run"]["caught"] = [{"family": "queues", "impl": "bad", "points": [bad["name"]],
                                      "reason": "crashed in 1 of 1 trial: signal 11"}]
        for row in document["benchmarks"][:7]:
            row["metrics"] = {"sleep_ratio": 0.4}
            row["limit_share"] = 0.25
        text = self.summary(document)
        ratios = sorted(2 * y / x for x in SEVEN for y in SEVEN)
        outside = 7  # of 3432 orders of 7 and 7 values, 30 have 6 or fewer pairs in the other order: at most 1%
        interval = f"2.00x [{ratios[outside - 1]:.2f} .. {ratios[-outside]:.2f}]"
        self.assertIn(f"  peers: ring (yield) is {interval} the next, queue (yield)\n", text)
        ring, queue, caught = (next(line.split() for line in text.splitlines() if f" {name} " in line and line[0] == " "
                                    and "peers" not in line) for name in ("ring", "queue", "bad"))
        self.assertEqual(ring[:4], ["1.", "ring", "yield", f"{1e3 / statistics.median(SEVEN):.2f}"])
        self.assertIn("25% 206 ns slept in 40% of the waits", " ".join(ring))
        self.assertEqual(queue[:3], ["2.", "queue", "yield"])
        self.assertIn(interval, " ".join(queue))
        self.assertEqual(" ".join(caught), "- bad (!) yield no number: crashed in 1 of 1 trial: signal 11")
        self.assertIn("(!) queues bad showed a fault", text)
        self.assertIn("made (2 CPUs)", text)
        markdown = self.summary(document, flags=("--markdown",))
        self.assertIn("| 2. | queue | yield |", markdown)
        self.assertIn("**ring (yield) is 2.00x", markdown)

    def test_ties_and_too_few_trials(self):
        tie = self.summary(result({"a": SEVEN, "b": [value + 0.5 for value in SEVEN], "c": [9 * v for v in SEVEN]}))
        self.assertIn("tie for first between a (yield) and b (yield): their trials cannot tell them apart; "
                      "a (yield) is 1.00x [", tie)
        self.assertRegex(tie, r"\n +1-2\. +a .*\n +1-2\. +b .*\n +3\. +c ")
        few = self.summary(result({"a": [10.0, 11.0], "b": [30.0, 31.0]}))
        self.assertIn("too few trials tell them apart (it takes 5 each); a (yield) is 2.91x b (yield)", few)

    def test_lower_is_better(self):
        text = self.summary(result({"a": SEVEN, "b": [2 * value for value in SEVEN]}, measure="latency"))
        self.assertIn("a (yield) is 0.50x [", text)
        self.assertIn("the next, b (yield); lower is better", text)

    def test_what_has_no_number_is_said(self):
        text = self.summary(result({"a": SEVEN}, uncounted={("a", i) for i in range(7)}))
        self.assertIn("1 point without a trial that counts (failed", text)
        self.assertIn("0 of 7 trials count", text)

    def test_the_ranking_and_the_summary_agree(self):
        random.seed(5)
        document = result({name: [centre * random.lognormvariate(0, 0.1) for _ in range(7)]
                           for name, centre in (("a", 10), ("b", 10.5), ("c", 11), ("d", 20))})
        text = self.summary(document)
        medians = {point: statistics.median(row["real_time"] for row in document["benchmarks"]
                                            if row["name"] == POINT.format(point)) for point in "abcd"}
        order = re.findall(r"^ +[\d-]+\. +([abcd]) ", text, re.M)
        self.assertEqual(order, sorted(medians, key=medians.get))

    def test_places_and_ratios_are_those_of_the_page(self):
        """By the code that the page's are held against (report/recompute.py)."""
        dice = random.Random(11)
        for trials in (5, 7):
            costs = {name: [round(centre * dice.lognormvariate(0, 0.15), 3) for _ in range(trials)]
                     for name, centre in (("a", 10), ("b", 10.8), ("c", 12), ("d", 20))}
            lines = self.summary(result(costs)).splitlines()
            medians = {name: statistics.median(costs[name]) for name in costs}
            best = min(medians, key=medians.get)
            for name in costs:
                others = [other for other in costs if other != name]
                first = 1 + sum(recompute.chance_as_low(costs[o], costs[name]) <= 0.01 for o in others)
                last = 4 - sum(recompute.chance_as_low(costs[name], costs[o]) <= 0.01 for o in others)
                line = next(line.split() for line in lines if re.match(rf" +[\d-]+\. +{name} ", line))
                self.assertEqual(line[0], f"{first}." if first == last else f"{first}-{last}.")
                if name != best:
                    middle, low, high = recompute.ratio(costs[name], costs[best])
                    self.assertIn(f"{middle:.2f}x [{low:.2f} .. {high:.2f}]", " ".join(line))

    def test_gates_histories_and_plain_files(self):
        verdicts = gate({"queues/a": [1.2] * 9}, findings={"queues/a": "regressed"})
        text = self.summary(verdicts, history(), plain([("BM_a", 10.0), ("BM_a", 12.0)]))
        self.assertIn("regressed", text)
        self.assertIn("queues/a", text)
        self.assertRegex(text, r"BM_a +11\.0 +10\.0 \.\. 12\.0")
        self.assertIn("not ranked", text)


class Size(ReportTest):
    def big(self, points, repetitions, padding):
        """A result of so many points, each trial with a team and a histogram as large as real ones."""
        random.seed(3)
        document = result({"ring": [1.0]}, measure="latency")
        document["run"]["schema"] = 2
        row, listed = document["benchmarks"][0], document["run"]["points"][0]
        document["benchmarks"], document["run"]["points"] = [], []
        for i in range(points):
            impl = f"impl_{i % 40}"
            axes = {**listed["point"], "impl": impl, "capacity": 1 << (i // 40 % 16), "bytes": 8 + i // 640}
            name = f"queues/transfer/{impl}/wait:yield/p:1/c:1/cap:{axes['capacity']}/bytes:{axes['bytes']}"
            latency = {key: value for key, value in row["latency"].items() if key != "histogram"}
            document["run"]["points"].append({**listed, "name": name, "point": axes, "trials_ok": repetitions,
                                              "trials_counted": repetitions,
                                              "latency": {**latency, "trials": repetitions, "backed": ["p50"]}})
            for repetition in range(repetitions):
                p50 = random.lognormvariate(5, 0.2)
                histogram = [word for _ in range(padding) for word in (random.randrange(1, 5), random.randrange(900))]
                document["benchmarks"].append(
                    {**row, "name": name, "run_name": name, "family_index": i, "repetition_index": repetition,
                     "real_time": random.lognormvariate(4, 0.1), "cpu_time": random.lognormvariate(5, 0.1),
                     "seed": random.randrange(1 << 53), "point": axes,
                     "metrics": {"sleep_ratio": random.random(), "waits_for_items_per_item": random.random()},
                     "limit_share": random.random(), "peak_memory_bytes": random.randrange(1 << 24),
                     "latency": {**latency, "p50": p50, "p99": 2 * p50, "p99.9": 3 * p50, "max": 9 * p50,
                                 "histogram": {"scale": 1.0, "buckets": histogram}}})
        return document

    def test_15_megabytes_become_a_tenth(self):
        path = self.written("big.json", self.big(points=1500, repetitions=5, padding=110))
        self.assertGreater(path.stat().st_size, 15e6)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        begin = time.monotonic()
        out = self.folder / "big.html"
        done = run(HANDOFF, "report", path, "--out", out)
        seconds = time.monotonic() - begin
        self.assertEqual(done.returncode, 0, done.stderr)
        template = (ROOT / "plot" / "report" / "dist" / "report.html").stat().st_size
        if has_zlib():
            self.assertLess(out.stat().st_size - template, 1.0e6)
            self.assertLess(out.stat().st_size, 1.5e6)
        self.assertLess(seconds, 20)  # some 1 s on this machine, when nothing else runs
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(peak, max(before, 200 << 10))  # KiB
        self.assertEqual(len(data_of(out.read_text())["files"][0]["points"]), 1500)
