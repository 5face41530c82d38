"""The gate's statistics against scipy and numpy, on easy and nasty samples."""

import json
import math
import random
import subprocess
import unittest

from cli.support import BUILD, library

numpy = library("numpy")
stats = library("scipy.stats")

ORACLE = BUILD / "gate_tests" / "statistics_oracle"
INF = math.inf

_random = random.Random(5)
SAMPLES = {
    "easy": [_random.gauss(0.02, 0.03) for _ in range(30)],
    "odd": [_random.gauss(-0.02, 0.03) for _ in range(31)],
    "ties": [0.1] * 7 + [0.2] * 5 + [-0.1] * 3,
    "all tied at nothing": [0.0] * 12,
    "half tied at nothing": [0.0] * 8 + [0.5] * 8,
    "minus nothing": [-0.0, 0.0, 1.0],
    "two modes": [_random.gauss(m, 0.01) for m in (0, 1.4) for _ in range(11)],
    "one outlier": [0.01, 0.02, -0.01, 0.015, 0.005, 0.012, 1e9],
    "n = 1": [0.3],
    "n = 2": [0.3, -0.1],
    "n = 5": [1, 2, 3, 4, 5],
    "n = 6": [6, 5, 4, 3, 2, 1],
    "negative": [-5, -4, -3, -2, -1.0, -7, -8],
    "tiny and huge": [1e-300, -1e300, 1e300, 5e-324, 3],
    "infinite above": [0.1, 0.2, INF, INF, -0.3, 0.4, 0.6],
    "infinite below": [-INF, -INF, -INF, 0.4, 0.6, 0.7, 0.8],
    "infinite": [INF] * 9,
    "both infinite": [-INF, INF],
    "500": [_random.expovariate(1) - 0.7 for _ in range(500)],
}


def encoded(values):
    return ["inf" if v == INF else "-inf" if v == -INF else v for v in values]


def decoded(value):
    return {"inf": INF, "-inf": -INF, "nan": math.nan}.get(value, value) if isinstance(value, str) else value


class Statistics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process = subprocess.Popen([ORACLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    @classmethod
    def tearDownClass(cls):
        cls.process.stdin.close()
        cls.process.stdout.close()
        cls.process.wait(10)

    def raw(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ask(self, **question):
        reply = self.raw(**question)
        self.assertIn("answer", reply, (question, reply))
        return reply["answer"]

    def test_the_sign_test_is_scipys(self):
        for name, sample in SAMPLES.items():
            with self.subTest(sample=name):
                ours = self.ask(what="signs", sample=encoded(sample))
                above, below = sum(v > 0 for v in sample), sum(v < 0 for v in sample)
                self.assertEqual((ours["above"], ours["below"], ours["ties"]),
                                 (above, below, len(sample) - above - below))
                for count, p in ((above, ours["p_above"]), (below, ours["p_below"])):
                    truth = stats.binomtest(count, len(sample), 0.5, alternative="greater").pvalue
                    self.assertAlmostEqual(p / truth, 1, places=9)

    def test_of_nothing_it_knows_nothing(self):
        nothing = self.ask(what="signs", sample=[])
        self.assertEqual(nothing, {"above": 0, "below": 0, "ties": 0, "p_above": 1, "p_below": 1})
        self.assertIsNone(self.ask(what="interval", sample=[], confidence=0.95))
        self.assertIsNone(self.ask(what="upper_bound", sample=[], confidence=0.95))
        self.assertIn("refused", self.raw(what="quantile", sample=[], share=0.5))

    def test_nan_is_refused(self):
        for what in ("signs", "quantile", "interval", "upper_bound"):
            with self.subTest(what=what):
                self.assertIn("refused", self.raw(what=what, sample=[1, "nan", 2], share=0.5, confidence=0.95))

    def test_quantiles_are_numpys(self):
        for name, sample in SAMPLES.items():
            for share in (0, 0.1, 0.25, 0.5, 0.76, 1):
                with self.subTest(sample=name, share=share):
                    ours = decoded(self.ask(what="quantile", sample=encoded(sample), share=share))
                    self.assertFalse(math.isnan(ours))
                    with numpy.errstate(invalid="ignore"):
                        truth = float(numpy.quantile(sample, share))
                    if not math.isnan(truth):  # numpy subtracts infinities from each other
                        self.assertTrue(ours == truth or math.isclose(ours, truth, rel_tol=1e-12), (ours, truth))
        self.assertEqual(self.ask(what="quantile", sample=["-inf", "inf"], share=0.5), 0)

    def test_intervals_of_the_median_are_scipys(self):
        for name, sample in SAMPLES.items():
            for confidence in (0.5, 0.95, 0.99):
                with self.subTest(sample=name, confidence=confidence):
                    ours = self.ask(what="interval", sample=encoded(sample), confidence=confidence)
                    ordered, n = sorted(sample), len(sample)
                    # the largest k whose interval [x_k, x_(n+1-k)] misses the median with chance 2 P(X < k) at most
                    legal = [k for k in range(1, n // 2 + 1) if 1 - 2 * stats.binom.cdf(k - 1, n, 0.5) >= confidence]
                    if not legal:
                        self.assertIsNone(ours)
                        continue
                    k = max(legal)
                    self.assertEqual([decoded(v) for v in ours[:2]], [ordered[k - 1], ordered[n - k]])
                    self.assertAlmostEqual(ours[2], 1 - 2 * stats.binom.cdf(k - 1, n, 0.5), places=10)

    def test_upper_bounds_of_the_median_invert_the_sign_test(self):
        for name, sample in SAMPLES.items():
            with self.subTest(sample=name):
                ours = decoded(self.ask(what="upper_bound", sample=encoded(sample), confidence=0.95))
                ordered, n = sorted(sample), len(sample)
                # x_j is above the median with confidence P(X < j)
                legal = [j for j in range(1, n + 1) if stats.binom.cdf(j - 1, n, 0.5) >= 0.95]
                self.assertEqual(ours, ordered[min(legal) - 1] if legal else None)

    def test_binomial_tails_are_scipys(self):
        for trials in (0, 1, 7, 30, 200, 1000):
            for chance in (0.0, 1e-6, 0.3, 0.5, 0.97, 1.0):
                for successes in {0, 1, trials // 2, trials - 1, trials, trials + 1} - {-1}:
                    with self.subTest(trials=trials, chance=chance, successes=successes):
                        truth = stats.binom.sf(successes - 1, trials, chance)
                        ours = self.ask(what="tail", successes=successes, trials=trials, chance=chance)
                        self.assertTrue(math.isclose(ours, truth, rel_tol=1e-8, abs_tol=1e-290), (ours, truth))

    def test_clopper_and_pearson_are_scipys(self):
        for trials in (1, 20, 300):
            for successes in {0, 1, trials // 3, trials - 1, trials}:
                for confidence in (0.9, 0.95):
                    with self.subTest(trials=trials, successes=successes):
                        truth = stats.binomtest(successes, trials).proportion_ci(confidence, method="exact")
                        ours = self.ask(what="clopper_pearson", successes=successes, trials=trials,
                                        confidence=confidence)
                        self.assertAlmostEqual(ours[0], truth.low, places=9)
                        self.assertAlmostEqual(ours[1], truth.high, places=9)
        self.assertEqual(self.ask(what="clopper_pearson", successes=0, trials=0, confidence=0.95), [0, 1])

    def test_student_t_is_scipys(self):
        for freedom in (1, 2, 3, 4, 5, 9, 12, 100):
            for confidence in (0.5, 0.9, 0.95, 0.999):
                with self.subTest(freedom=freedom, confidence=confidence):
                    ours = self.ask(what="student_t", confidence=confidence, degrees_of_freedom=freedom)
                    self.assertAlmostEqual(ours / stats.t.ppf((1 + confidence) / 2, freedom), 1, places=8)

    def test_a_boundary_keeps_its_level_and_wastes_little_of_it(self):
        # the chance of ever crossing, summed over all paths of a fair coin by numpy
        for level, most, shape in ((0.01, 60, 1), (0.0025, 60, 1), (0.00025, 60, 1), (0.05, 200, 0)):
            with self.subTest(level=level):
                b = self.ask(what="boundary", level=level, most=most, shape=shape, first=5, chance=0.84)
                for chance, expected in ((0.5, None), (0.84, b["power"])):
                    at, crossed = numpy.zeros(most + 2), 0.0
                    at[0] = 1
                    for n in range(1, most + 1):
                        at = at * (1 - chance) + numpy.concatenate(([0], at[:-1])) * chance
                        beyond = numpy.arange(most + 2) >= b["needed"][n]
                        crossed += at[beyond].sum()
                        at[beyond] = 0
                    if expected is None:
                        self.assertLessEqual(crossed, level)
                        self.assertGreater(crossed, level / 2)
                    else:
                        self.assertAlmostEqual(crossed, expected, places=10)

    def test_boundaries_are_nested(self):
        strict = self.ask(what="boundary", level=0.00025, most=60, shape=1, first=5, chance=0.5)["needed"]
        for level in (0.0003, 0.001, 0.005, 0.01):
            loose = self.ask(what="boundary", level=level, most=60, shape=1, first=5, chance=0.5)["needed"]
            self.assertTrue(all(low <= high for low, high in zip(loose, strict)))
            strict = loose


if __name__ == "__main__":
    unittest.main()
