"""Scaling: the fitted law against scipy, placements and thread counts that the machine has no place for."""

import json
import math
import os
import pathlib
import random
import subprocess
import unittest

from cli import assert_run
from cli.support import BUILD, HANDOFF, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")
numpy = library("numpy")
optimize = library("scipy.optimize")
stats = library("scipy.stats")

ORACLE = BUILD / "gate_tests" / "statistics_oracle"
BENCH_COUNTERS = BUILD / "bin" / "bench_counters"
SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text())
PUBLISHED = json.loads((pathlib.Path(__file__).parent / "published" / "scaling.json").read_text())["series"]
CPUS = len(os.sched_getaffinity(0))
HAS_FIRST_TWO = {0, 1} <= os.sched_getaffinity(0)  # where synthetic topologies begin
INF = math.inf
AT = (20, 300)  # thread counts between and beyond the measured ones


def law(n, rate, sigma, kappa):
    return rate * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))


def log_law(n, log_rate, sigma, kappa):
    return log_rate + numpy.log(n) - numpy.log(1 + sigma * (n - 1) + kappa * n * (n - 1))


class Fit:
    """scipy's least squares of log rates, sigma and kappa from 0 on, and the squares of their profiles."""

    def __init__(self, n, x):
        self.n, self.y = numpy.array(n, float), numpy.log(numpy.array(x, float))
        self.best, self.squares = self.minimum(lambda p: log_law(self.n, *p), [float(self.y.max()), 0.1, 1e-3], 2)
        counts = sorted(set(n))
        means = numpy.array([self.y[self.n == c].mean() for c in counts])
        weights = numpy.array([(self.n == c).sum() for c in counts])
        off = means - log_law(numpy.array(counts, float), *self.best)
        freedom = len(counts) - 3
        self.allowed = stats.t.ppf(0.975, freedom) ** 2 * float((weights * off**2).sum()) / freedom

    def minimum(self, model, start, bounded):
        """The parameters, of which the last `bounded` are at least 0, that bring the model next to the data."""
        low = [-INF] * (len(start) - bounded) + [0.0] * bounded
        found = optimize.least_squares(lambda p: model(p) - self.y, start, bounds=(low, INF), x_scale="jac",
                                       xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=2000)
        return found.x, 2 * found.cost

    # The least squares with something held: what an interval's end must bring up to the allowed.
    def squares_at_sigma(self, held):
        rate, _, kappa = self.best
        return self.minimum(lambda p: log_law(self.n, p[0], held, p[1]), [rate, kappa], 1)[1]

    def squares_at_kappa(self, held):
        rate, sigma, _ = self.best
        return self.minimum(lambda p: log_law(self.n, p[0], p[1], held), [rate, sigma], 1)[1]

    def squares_at_rate(self, threads, held):
        def model(p):
            return math.log(held) + log_law(self.n, 0, *p) - log_law(threads, 0, *p)

        return self.minimum(model, self.best[1:], 2)[1]

    def squares_at_peak(self, held):
        rate, sigma, _ = self.best
        return self.minimum(lambda p: log_law(self.n, p[0], p[1], max(0, 1 - p[1]) / held**2), [rate, sigma], 1)[1]


def synthetic(rate, sigma, kappa, noise, seed, counts=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32), repetitions=3):
    chance = random.Random(seed)
    return [(n, law(n, rate, sigma, kappa) * math.exp(chance.gauss(0, noise))) for n in counts
            for _ in range(repetitions)]


SYNTHETIC = {
    "coherent": synthetic(5e6, 0.05, 0.001, 0.02, 1),
    "contended": synthetic(1e9, 0.3, 0.0, 0.02, 2),
    "linear": synthetic(2e5, 0.0, 0.0, 0.01, 3),
    "serial": synthetic(7e7, 0.95, 1e-4, 0.03, 4),
    "steep": synthetic(1e6, 0.01, 0.02, 0.04, 5),
    "pairs of a queue": synthetic(8e6, 0.1, 0.0005, 0.02, 6, counts=(2, 4, 6, 8, 12, 16, 24, 32)),
    "two hundred cores": synthetic(3e6, 0.002, 2e-5, 0.02, 7,
                                   counts=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192)),
    "unequal repetitions": synthetic(5e6, 0.05, 0.001, 0.02, 8) + synthetic(5e6, 0.05, 0.001, 0.02, 9, counts=(4, 8)),
}
SAMPLES = {**SYNTHETIC, **{s["name"]: list(zip(s["n"], s["throughput"])) for s in PUBLISHED}}


class AgainstScipy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        questions = [{"what": "usl", "sample": sample, "at": AT} for sample in SAMPLES.values()]
        done = subprocess.run([ORACLE], input="".join(json.dumps(q) + "\n" for q in questions), capture_output=True,
                              text=True, timeout=60, check=True)
        answers = [json.loads(line)["answer"] for line in done.stdout.splitlines()]
        cls.ours = dict(zip(SAMPLES, answers, strict=True))
        cls.theirs = {name: Fit(*zip(*sample)) for name, sample in SAMPLES.items()}

    def assert_close(self, ours, theirs, part, floor=0.0):
        self.assertLessEqual(abs(ours - theirs), part * abs(theirs) + floor, (ours, theirs))

    def test_the_law_is_the_least_squares(self):
        for name, ours in self.ours.items():
            with self.subTest(series=name):
                rate, sigma, kappa = self.theirs[name].best
                self.assert_close(ours["lambda"][0], math.exp(rate), 1e-5)
                self.assert_close(ours["sigma"][0], sigma, 1e-4, 1e-7)
                self.assert_close(ours["kappa"][0], kappa, 1e-4, 1e-10)
                off = [x / law(n, ours["lambda"][0], ours["sigma"][0], ours["kappa"][0]) - 1 for n, x in SAMPLES[name]]
                self.assert_close(ours["relative_rms"], math.sqrt(sum(o * o for o in off) / len(off)), 1e-9)

    def assert_profile(self, name, interval, squares_at):
        """Both ends bring the squares to what is allowed; an end at 0 stays below it."""
        value, low, high = map(float, interval)
        self.assertLessEqual(low, value)
        self.assertLess(value, high)
        theirs = self.theirs[name]
        for end in (low, high):
            grown = (squares_at(end) - theirs.squares) / theirs.allowed
            if end == 0:
                self.assertLessEqual(grown, 1 + 1e-3)
            else:
                self.assertAlmostEqual(grown, 1, delta=2e-3)

    def test_intervals_are_profiles(self):
        for name, ours in self.ours.items():
            theirs = self.theirs[name]
            with self.subTest(series=name):
                self.assert_profile(name, ours["sigma"], theirs.squares_at_sigma)
                self.assert_profile(name, ours["kappa"], theirs.squares_at_kappa)
                self.assert_profile(name, ours["lambda"], lambda held: theirs.squares_at_rate(1, held))
                for threads, found in zip(AT, ours["rates"], strict=True):
                    self.assert_profile(name, found, lambda held, n=threads: theirs.squares_at_rate(n, held))

    def test_a_peak_is_named_only_where_coherency_is_not_zero(self):
        named = {name for name, ours in self.ours.items() if ours["peak"]}
        self.assertEqual(named, {name for name, ours in self.ours.items() if ours["kappa"][1] > 0})
        self.assertLessEqual({"coherent", "steep", "two hundred cores"}, named)
        self.assertTrue({"linear", "raytracer"}.isdisjoint(named))
        for name in named:
            with self.subTest(series=name):
                ours = self.ours[name]
                self.assert_close(ours["peak"][0], math.sqrt((1 - ours["sigma"][0]) / ours["kappa"][0]), 1e-9)
                self.assert_profile(name, ours["peak"], self.theirs[name].squares_at_peak)

    def test_published_numbers_are_copied_rightly(self):
        for series in PUBLISHED:
            with self.subTest(series=series["name"]):
                n, x = numpy.array(series["n"], float), numpy.array(series["throughput"], float)
                fit = series["absolute_fit"]
                found, _ = optimize.curve_fit(law, n, x, [x[0], 0.02, 1e-5], bounds=([0, 0, 0], INF), xtol=1e-14,
                                              ftol=1e-14)
                self.assert_close(found[0], fit["lambda"], 1e-4)
                self.assert_close(found[1], fit["sigma"], 2e-3)
                self.assert_close(found[2], fit["kappa"], 2e-3, 1e-7)

    def test_verdicts(self):
        for name in SYNTHETIC:
            self.assertEqual(self.ours[name]["verdict"], "fitted", name)
        self.assertEqual(self.ours["raytracer"]["verdict"], "fitted")
        for name, ours in self.ours.items():
            believed = ours["relative_rms"] < 0.1
            self.assertEqual(ours["verdict"], "fitted" if believed else "refused", name)


class OfARun(CommandTest):
    """A run of one trial, whose journal is then filled with what larger machines would have measured."""

    THREADS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
    COURSES = {"peaks": lambda n: law(n, 5e6, 0.05, 0.004), "grows": lambda n: law(n, 5e6, 0.05, 0),
               "falls": lambda n: 4e8 if n == 1 else 9e7, "leaps": lambda n: 5e6 * n if n < 12 else 1e6 * n,
               "short": lambda n: 5e6 * n}

    def filled(self):
        sweep = self.folder / "sweep.json"
        sweep.write_text(json.dumps({"name": "x", "min_time_seconds": 0.1, "repetitions": 3, "blocks": [
            {"family": "counters", "workload": ["contended_add"], "impl": ["fetch_add_counter"], "threads": [1],
             "work_ns": [0]}]}))
        done = run(HANDOFF, "run", sweep, "--out", self.folder / "out")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        journal = self.folder / "out" / "journal.jsonl"
        written = [json.loads(line) for line in journal.read_text().splitlines()]
        header, trial = [line for line in written if "calibration" not in line][:2]
        (listed,), header["points"], lines = header["points"], [], []
        chance = random.Random(3)
        for impl, course in self.COURSES.items():
            for n in self.THREADS[:3] if impl == "short" else self.THREADS:
                name = f"counters/contended_add/{impl}/threads:{n}/work:0"
                over = impl == "short" and n == 3
                changes = {"name": name, "threads": n, "oversubscribed": over,
                           "point": {**listed["point"], "impl": impl, "threads": n}}
                header["points"].append({**listed, **changes})
                for repetition in range(3):
                    measured = {**trial["measurement"], **changes, "overlap": 1.0,
                                "real_time_ns": 1e9 / course(n) * math.exp(chance.gauss(0, 0.01)),
                                "probe": {"before_ns": 50.0, "after_ns": 50.0, "cpus": [0, 1]}}
                    for thread in measured["team"]:
                        thread["run_delay_seconds"] = 0.0
                        thread["cpu_seconds"] = thread["end_seconds"] - thread["start_seconds"]
                    lines.append({**trial, "point": name, "repetition": repetition, "steal_ticks": 0,
                                  "seat_steal_seconds": 0.0, "starved": 0, "throttled_periods": 0,
                                  "measurement": measured})
        header["trials"] = len(lines)
        journal.write_text("".join(json.dumps(line) + "\n" for line in (header, *lines)))
        return run(HANDOFF, "run", "--resume", self.folder / "out")

    def test_file_and_terminal_say_what_scales_how(self):
        done = self.filled()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.results(self.folder / "out")
        jsonschema.validate(results, SCHEMA)
        found = {series["point"]["impl"]: series for series in results["run"]["scaling"]}
        self.assertEqual({impl: series["verdict"] for impl, series in found.items()},
                         {"peaks": "fitted", "grows": "fitted", "falls": "retrograde", "leaps": "refused",
                          "short": "refused"})
        fit = found["peaks"]["fit"]
        self.assertLess(fit["peak"]["low"], math.sqrt(0.95 / 0.004))
        self.assertGreater(fit["peak"]["high"], math.sqrt(0.95 / 0.004))
        self.assertFalse(fit["peak"]["prediction"])
        self.assertEqual([at["prediction"] for at in fit["curve"]], [at["threads"] > 32 for at in fit["curve"]])
        self.assertGreater(found["leaps"]["relative_rms"], 0.1)
        self.assertIn("(oversubscribed: 1 more)", found["short"]["reason"])
        self.assertIn("scaling", assert_run.required(results))
        lines = done.stdout.splitlines()
        laws = [line for line in lines if "threads:n/work:0: contention" in line]
        self.assertEqual(len(laws), 2)
        self.assertRegex(laws[0], r"peaks/.* contention \S+ \[\S+ \.\. \S+\]%, coherency .* RMS \S+%; "
                                  r"peak at \S+ \[.*\] threads$")
        self.assertTrue(laws[1].endswith("; no peak can be predicted"), laws[1])
        self.assertTrue(any("falls/threads:n/work:0: with 1 thread 4" in line for line in lines), done.stdout)
        self.assertEqual(sum(line.startswith("no law of scaling for 2 series: 1x ") for line in lines), 1, done.stdout)


class Placements(CommandTest):
    COUNTER = ("--workload=contended_add", "--impl=fetch_add_counter")

    def setUp(self):
        super().setUp()
        self.need_topology()

    def sees(self, description, *flags):
        """The points that a machine would have whose topology hwloc is told to be another's."""
        return run(BENCH_COUNTERS, "--benchmark_list_tests", *flags, env=self.environment(description))

    @staticmethod
    def environment(description):
        """HWLOC_THISSYSTEM vouches that the description is of the machine that it is used on."""
        return {**os.environ, "HWLOC_SYNTHETIC": description, "HWLOC_THISSYSTEM": "1"}

    @unittest.skipUnless(HAS_FIRST_TWO, "takes CPUs 0 and 1")
    def test_points_are_those_that_the_topology_has(self):
        # Only the CPUs of this machine are used, whatever the description adds to them.
        smt, cache, sockets = "pack:1 core:64 pu:2", "pack:1 l3:1 core:64 pu:1", "pack:2 core:1 pu:1"
        name = "counters/contended_add/fetch_add_counter/threads:2/work:0/place:"
        words = ("smt_sibling", "same_cache", "other_socket")
        for description, word in zip((smt, cache, sockets), words):
            with self.subTest(machine=description):
                found = self.sees(description, *self.COUNTER, "--threads=2", "--placement=spread," + ",".join(words))
                self.assertEqual(found.returncode, 0, found.stderr)
                self.assertEqual(found.stdout.split(), [(name + "spread").removesuffix("/place:spread"), name + word])
        self.assert_one_line_refusal(self.sees(cache, *self.COUNTER, "--threads=2", "--placement=smt_sibling"),
                                     "placement smt_sibling (--placement): this machine (", "has no core with two CPUs")
        self.assert_one_line_refusal(self.sees(smt, f"--point={name}other_socket"), "has one package and one NUMA node")
        self.assert_one_line_refusal(self.sees(sockets, *self.COUNTER, "--threads=3", "--placement=other_socket"),
                                     "seats no more than 2 threads so")

    @unittest.skipUnless(HAS_FIRST_TWO, "takes CPUs 0 and 1")
    def test_a_trial_is_measured_where_it_is_told_to_be(self):
        sweep = self.folder / "sweep.json"
        sweep.write_text(json.dumps({"name": "x", "min_time_seconds": 0.1, "blocks": [
            {"family": "counters", "workload": ["contended_add"], "impl": ["fetch_add_counter"], "threads": [1, 2],
             "work_ns": [0], "placement": ["smt_sibling", "other_socket"]}]}))
        out = self.folder / "out"
        done = run(HANDOFF, "run", sweep, "--out", out, "--env", "HWLOC_SYNTHETIC", "--env=HWLOC_THISSYSTEM",
                   env=self.environment("pack:1 core:64 pu:2"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.results(out)
        jsonschema.validate(results, SCHEMA)
        self.assertEqual([row["name"].rsplit("/", 1)[1] for row in results["benchmarks"]], ["place:smt_sibling"] * 2)
        pair = [member["cpu"] for member in results["benchmarks"][1]["team"]]
        self.assertEqual(pair, [2 * (pair[0] // 2), 2 * (pair[0] // 2) + 1])
        self.assertEqual(results["benchmarks"][1]["probe"]["cpus"], pair)
        left_out = {entry["reason"]: entry["points"] for entry in results["run"]["left_out"]}
        self.assertTrue(any(reason.startswith("placement other_socket: this machine (") and points == 2
                            for reason, points in left_out.items()), left_out)
        topology = results["context"]["handoff"]["topology"]
        self.assertTrue(topology["this_machine"])
        self.assertEqual(results["context"]["handoff"]["start"]["variables"]["HWLOC_SYNTHETIC"], "pack:1 core:64 pu:2")
        self.assertEqual(topology["most_cpus_per_core"], 2)
        self.assertEqual(results["run"]["scaling"][0]["verdict"], "refused")


class Oversubscribed(CommandTest):
    BLOCK = {"family": "counters", "workload": ["contended_add"], "impl": ["fetch_add_counter"], "work_ns": [0]}

    def listed(self, *blocks):
        path = self.folder / "sweep.json"
        path.write_text(json.dumps({"name": "x", "blocks": blocks}))
        return run(HANDOFF, "list", path)

    def test_points_that_do_not_fit_are_left_out_with_the_reason(self):
        counts = [1, CPUS, CPUS + 1, 2 * CPUS + 1]
        done = self.listed({**self.BLOCK, "threads": counts, "oversubscribed": False})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"{len({1, CPUS})} point{'s' if CPUS > 1 else ''} (0 oversubscribed here)", done.stdout)
        self.assertIn(f"left out 2x: more threads than CPUs ({CPUS} here), which its block leaves out", done.stdout)
        self.assertIn("(2 oversubscribed here)", self.listed({**self.BLOCK, "threads": counts}).stdout)

    def test_a_block_or_a_family_without_a_point_is_no_refusal_unless_nothing_is_left(self):
        gone = {**self.BLOCK, "threads": [CPUS + 1], "oversubscribed": False}
        queues = {"family": "queues", "workload": ["transfer"], "impl": ["vyukov_ring"], "wait": ["yield"],
                  "producers": [CPUS + 1], "consumers": [1], "oversubscribed": False}
        self.assertEqual(self.listed(gone, {**self.BLOCK, "threads": [1]}).returncode, 0)
        kept = self.listed(gone, {**queues, "oversubscribed": True})
        self.assertEqual(kept.returncode, 0, kept.stderr)
        self.assertIn("1 point (1 oversubscribed here)", kept.stdout)
        self.assert_one_line_refusal(self.listed(gone, queues), "none of its points is left", "more threads than CPUs")

    def test_nonsense_is_refused(self):
        for value in ("no", 0, None, [False]):
            with self.subTest(value=value):
                self.assert_one_line_refusal(self.listed({**self.BLOCK, "oversubscribed": value}),
                                             "blocks[0].oversubscribed", "true or false")

    def test_the_scaling_sweep_says_what_this_machine_can_tell(self):
        done = run(HANDOFF, "list", ROOT / "sweeps" / "scaling.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("(0 oversubscribed here)", done.stdout)


if __name__ == "__main__":
    unittest.main()
