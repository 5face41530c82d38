"""Files that other tools read: results.json for Google Benchmark's compare.py, results.summary.json for trackers."""

import collections
import json
import math
import os
import re

from cli.made import POINT, result
from cli.support import BENCH_QUEUES, HANDOFF, PLANTED, CommandTest, run

COMPARE = "/usr/share/benchmark/compare.py"  # Debian's libbenchmark-tools


def strictly(path):
    """JSON without NaN and Infinity, whose duplicate keys would be seen."""
    def refuse(word):
        raise AssertionError(f"{word} in {path}")

    def once(pairs):
        keys = [key for key, _ in pairs]
        if len(keys) != len(set(keys)):
            raise AssertionError(f"a key stands twice in {path}: {keys}")
        return dict(pairs)
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse, object_pairs_hook=once)


def numbers(value):
    """Every number of a document, and every null."""
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif value is None or isinstance(value, (int, float)):
        yield value


def trackers_take(test, summary):
    """What two trackers demand, as far as a file can break it; both keep one value per name.

    github-action-benchmark, src/extract.ts, extractGoogleCppResult: JSON.parse, then of each row name, real_time,
    time_unit, iterations, cpu_time and threads.
    Bencher, lib/bencher_adapter/src/adapters/cpp/google.rs: context.caches is an array of objects; each row has name
    (lib/bencher_valid/src/benchmark_name.rs: 1 to 1024 bytes, of which some suffixes mean "ignore"), real_time (a
    decimal of 96 bits, so below 7.9e28) and time_unit.
    """
    names = [row["name"] for row in summary["benchmarks"]]
    test.assertEqual(len(names), len(set(names)))
    test.assertIsInstance(summary["context"]["caches"], list)
    test.assertTrue(all(isinstance(cache, dict) for cache in summary["context"]["caches"]))
    for row in summary["benchmarks"]:
        test.assertTrue(1 <= len(row["name"].encode()) <= 1024)
        test.assertFalse(re.search("(_bencher_ignore|BencherIgnore|-bencher-ignore)$", row["name"]))
        test.assertIsInstance(row["real_time"], float)
        test.assertTrue(0 < row["real_time"] < 7.9e28)
        test.assertEqual(row["time_unit"], "ns")
        for key in ("cpu_time", "iterations", "threads"):
            test.assertIsInstance(row[key], (int, float), key)


class RealRuns(CommandTest):
    """Two small real runs, read by everybody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = CommandTest()
        cls.runs.setUp()
        cls.addClassCleanup(cls.runs.doCleanups)
        cls.folders = []
        sweep = cls.runs.sweep(repetitions=9)
        for name in ("one", "two"):
            out = cls.runs.folder / name
            done = run(HANDOFF, "run", sweep, "--out", out, "--quiet", "--seed=1")
            assert done.returncode == 0, done.stdout + done.stderr
            cls.folders.append(out)
        cls.results = [strictly(folder / "results.json") for folder in cls.folders]
        cls.summary = strictly(cls.folders[0] / "results.summary.json")

    def test_compare_py_compares_every_sample_in_order(self):
        files = [folder / "results.json" for folder in self.folders]
        out = self.runs.folder / "compared.json"
        done = run("/usr/bin/python3", COMPARE, "--no-color", "--dump_to_json", out, "benchmarks", *files)
        self.assertEqual(done.returncode, 0, done.stderr)
        reported = {entry["name"]: entry for entry in json.loads(out.read_text()) if entry["run_type"] == "iteration"}
        rows = collections.defaultdict(list)
        for row in self.results[0]["benchmarks"]:
            rows[row["name"]].append(row["real_time"])
        self.assertEqual(set(reported), set(rows))
        rows = {name: times for name, times in rows.items() if not name.endswith("/check:full")}
        for name, times in rows.items():
            self.assertEqual([m["real_time"] for m in reported[name]["measurements"]], times)
            # enough repetitions for its U test, which it makes only of samples with one name
            self.assertEqual(reported[name]["utest"]["nr_of_repetitions"], 9, reported[name])

    def test_results_have_one_name_ascending_repetitions_and_no_aggregates(self):
        for results in self.results:
            indices = collections.defaultdict(list)
            for row in results["benchmarks"]:
                self.assertEqual(row["run_type"], "iteration")
                indices[row["name"]].append(row["repetition_index"])
            self.assertEqual({indices.pop(name)[0] for name in list(indices) if name.endswith("/check:full")}, {9})
            self.assertEqual(set(map(tuple, indices.values())), {tuple(range(9))})

    def test_the_summary_has_the_median_of_what_counts(self):
        counted = collections.defaultdict(list)
        for row in self.results[0]["benchmarks"]:
            if row["counted"]:
                counted[row["name"]].append(row["real_time"])
        rows = {row["name"]: row for row in self.summary["benchmarks"]}
        self.assertEqual(set(rows), set(counted))
        listed = {point["name"] for point in self.results[0]["run"]["points"]}
        self.assertEqual(set(self.summary["without_a_counted_trial"]), listed - set(counted))
        for name, times in counted.items():
            ordered = sorted(times)
            middle = len(ordered) // 2
            median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
            self.assertAlmostEqual(rows[name]["real_time"], median, delta=1e-9 * median)

    def test_compare_py_reads_the_summary(self):
        file = self.folders[0] / "results.summary.json"
        done = run("/usr/bin/python3", COMPARE, "--no-color", "benchmarks", file, file)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_context_has_what_google_benchmark_writes(self):
        """Asked of Google Benchmark itself, by a program that is linked with it."""
        out = self.folder / "gb.json"
        done = run(BENCH_QUEUES, "--workload=transfer", "--impl=mutex_queue", "--wait=native", "--producers=1",
                   "--consumers=1", "--capacity=64", "--benchmark_min_time=0.001", f"--benchmark_out={out}",
                   "--benchmark_out_format=json")
        self.assertEqual(done.returncode, 0, done.stderr)
        theirs = json.loads(out.read_text())
        for ours in (self.results[0], self.summary):
            self.assertLessEqual(set(theirs["context"]), set(ours["context"]))
            for key, value in theirs["context"].items():
                number = isinstance(value, (int, float)) and not isinstance(value, bool)
                self.assertIsInstance(ours["context"][key], (int, float) if number else type(value), key)
            caches = [document["context"]["caches"] for document in (theirs, ours)]
            self.assertEqual(bool(caches[0]), bool(caches[1]))  # a virtual machine may describe none
            for one, other in zip(*caches):
                self.assertEqual(set(one), set(other))
            for row in ours["benchmarks"]:
                self.assertLessEqual(set(theirs["benchmarks"][0]), set(row))

    def test_no_number_is_missing(self):
        for document in (*self.results, self.summary):
            for row in document["benchmarks"]:
                for key in ("real_time", "cpu_time", "thread_time", "items_per_second"):
                    if key in row:
                        self.assertTrue(math.isfinite(row[key]), row)
        self.assertTrue(all(number is not None for number in numbers(self.summary)))

    def test_trackers_take_the_summary(self):
        trackers_take(self, self.summary)


class FailedTrials(CommandTest):
    def test_never_among_benchmarks(self):
        """A binary whose queue loses items: its trials are invalid, and other tools must not see them."""
        # The 100,000th item is lost: a small ring and a short trial hand over fewer where the CPUs are busy.
        sweep = self.sweep(repetitions=1, min_time_seconds=0.5, blocks=[
            {"family": "queues", "workload": ["transfer"], "impl": ["loses_an_item"], "wait": ["yield"],
             "producers": [1], "consumers": [1], "capacity": [4096], "bytes": [8]}])
        out = self.folder / "out"
        done = run(HANDOFF, "run", sweep, "--out", out, "--quiet", f"--binaries={PLANTED}")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        results, summary = strictly(out / "results.json"), strictly(out / "results.summary.json")
        self.assertEqual(results["run"]["failed"][0]["status"], "invalid")
        self.assertEqual((results["benchmarks"], summary["benchmarks"]), ([], []))
        self.assertEqual(summary["without_a_counted_trial"], [results["run"]["points"][0]["name"]])

    def run_reporting(self, repetitions=1, out="out", **numbers_reported):
        """Runs a binary that answers like ours, with some numbers of its measurement changed; the result file."""
        binaries = self.folder / "bin"
        binaries.mkdir(exist_ok=True)
        name = POINT.format("ring")
        row = result({"ring": [50.0]})["benchmarks"][0]
        listing = {"points": [{"name": name, "point": row["point"], "threads": 2, "oversubscribed": False,
                               "guarantees": {}, "rivals": "peers", "measure": "items_per_second"}],
                   "left_out": [], "implementations": ["ring"]}
        measurement = {"status": "ok", "name": name, "threads": 2, "items": 1000, "real_time_ns": 50.0,
                       "cpu_time_ns": 60.0, "thread_time_ns": 50.0,
                       **{key: row[key] for key in ("seed", "point", "oversubscribed", "probe", "overlap",
                                                    "run_delay_seconds", "voluntary_switches",
                                                    "involuntary_switches", "team", "fairness", "metrics")},
                       "window_seconds": 1e-5, **numbers_reported}
        fake = binaries / "bench_queues"
        fake.write_text("#!/usr/bin/python3\nimport sys\n"
                        f"listing = {json.dumps(listing)!r}\nmeasurement = {json.dumps(measurement)!r}\n"
                        "path = [a.split('=', 1)[1] for a in sys.argv if a.startswith('--measurement=')]\n"
                        "open(path[0], 'w').write(measurement) if path else print(listing)\n")
        fake.chmod(0o755)
        out = self.folder / out
        done = run(HANDOFF, "run", self.sweep(repetitions=repetitions), "--out", out, "--quiet",
                   f"--binaries={binaries}",
                   env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        return done, strictly(out / "results.json") if (out / "results.json").exists() else None

    def test_a_sound_measurement_passes(self):
        done, results = self.run_reporting()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(results["benchmarks"][0]["real_time"], 50.0)

    def test_trackers_take_a_summary_with_rows(self):
        """Bencher refuses one without. A trial during which the hypervisor took CPUs away does not count: ask again."""
        for attempt in range(20):
            out = f"out{attempt}"
            self.run_reporting(repetitions=5, out=out)
            summary = strictly(self.folder / out / "results.summary.json")
            if summary["benchmarks"]:
                break
        self.assertEqual([row["real_time"] for row in summary["benchmarks"]], [50.0])
        trackers_take(self, summary)

    def test_numbers_that_are_none_make_a_trial_invalid(self):
        """NaN and Infinity reach JSON as null."""
        done, results = self.run_reporting(real_time_ns=None)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(results["benchmarks"], [])
        self.assertEqual(results["run"]["failed"][0]["status"], "invalid")
        self.assertIn("real_time_ns is null", results["run"]["failed"][0]["reason"])

    def test_a_time_of_zero_is_none(self):
        done, results = self.run_reporting(real_time_ns=0)
        self.assertEqual((done.returncode, results["benchmarks"]), (1, []))
        self.assertIn("real_time_ns is 0", results["run"]["failed"][0]["reason"])


class Binaries(CommandTest):
    def test_the_variation_of_zeros_is_no_number_and_left_out(self):
        """Google Benchmark writes NaN for it, which is no JSON."""
        out = self.folder / "out.json"
        for _ in range(5):  # others may have the processors for as long as a repetition lasts, and then nothing is done
            done = run(HANDOFF.parent / "bench_counters", "--workload=lost_updates", "--impl=fetch_add_counter",
                       "--threads=2", "--benchmark_repetitions=3", "--benchmark_min_time=0.01",
                       "--benchmark_format=json", f"--benchmark_out={out}")
            if done.returncode == 0:
                break
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = self.folder / "shown.json"
        shown.write_text(done.stdout)
        for document in (strictly(out), strictly(shown)):
            shares = {row.get("aggregate_name"): row.get("lost_share") for row in document["benchmarks"]}
            self.assertEqual(shares, {None: 0, "mean": 0, "median": 0, "stddev": 0, "cv": None})


class MadeFiles(CommandTest):
    def test_compare_py_agrees_with_handoff_compare_on_every_difference(self):
        """Samples of one value: there, both tools' differences are the ratio of medians."""
        files = []
        for name, factor in (("a.json", 1), ("b.json", 1.25)):
            files.append(self.folder / name)
            files[-1].write_text(json.dumps(result({"ring": [100.0 * factor] * 9, "other": [7.0 * factor] * 9})))
        theirs, ours = self.folder / "theirs.json", self.folder / "ours.json"
        done = run("/usr/bin/python3", COMPARE, "--dump_to_json", theirs, "benchmarks", *files)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(run(HANDOFF, "compare", *files, "--json", ours).returncode, 0)
        differences = {e["name"]: {m["time"] for m in e["measurements"]} for e in json.loads(theirs.read_text())
                       if e["run_type"] == "iteration"}
        for point in json.loads(ours.read_text())["points"]:
            self.assertEqual(differences[point["name"]], {point["ratio"] - 1})
