"""The pictures of latency under load and by percentile: which there are, what stands in them, and what must not."""

import unittest

import numpy
from reading import collisions, drawn_once, pictures, series, texts
from synthetic import ANYONE, PAIR, ResultFile
from synthetic_paced import SCHEDULED, SLEPT, paced, queue_point, tailed

NAMES = {"latency_load", "latency_load_arrivals_poisson", "percentiles_paced", "percentiles_paced_arrivals_poisson",
         "percentiles_round_trip", "percentiles_round_trip_peer_asleep", "round_trip", "round_trip_asleep"}


def words(picture) -> str:
    return " ".join(t.get_text() for t in texts(picture.figure))


def axes_with(picture, text: str) -> list:
    return [axes for axes in picture.figure.axes if text in axes.get_ylabel()]


def marks(axes) -> set[tuple[float, float]]:
    """Every single mark of these axes."""
    return {(round(float(line.get_xdata()[0]), 6), round(float(line.get_ydata()[0]), 6)) for line in axes.lines
            if numpy.size(line.get_xdata()) == 1}


class Pictures(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.drawn = drawn_once(paced)

    def test_there_is_one_for_each_setting_and_situation(self) -> None:
        self.assertEqual(set(self.drawn), NAMES)

    def test_no_text_lies_over_another(self) -> None:
        for name, picture in self.drawn.items():
            self.assertEqual(collisions(picture.figure), [], name)

    def test_what_is_measured_is_said(self) -> None:
        facts = {
            "latency_load": ("fixed arrivals", "Wait strategy: spin", "Wait strategy: park", "p50 of the latency, ns",
                             "p99.9 of the latency, ns", "offered load, % of the throughput of transfer",
                             "the throughput of transfer is offered", "saturated in all, in some counted repetitions"),
            "latency_load_arrivals_poisson": ("poisson arrivals",),
            "percentiles_paced": (SCHEDULED, "Wait strategy: spin; load 10%", "99.99", "1 producer, 1 consumer"),
            "percentiles_round_trip": ("half of a round trip", "peer spinning"),
            "percentiles_round_trip_peer_asleep": (SLEPT, "peer asleep"),
            "round_trip_asleep": (f"one-way latency ({SLEPT}), ns", "peer asleep"),
        }
        for name, wanted in facts.items():
            found = words(self.drawn[name])
            for fact in wanted:
                self.assertIn(fact, found, name)
        self.assertNotIn("peer asleep", words(self.drawn["round_trip"]))

    def test_medians_over_the_repetitions_stand_at_their_loads(self) -> None:
        by_side = {side: axes_with(self.drawn["latency_load"], f"{side} of") for side in ("p50", "p99", "p99.9")}
        for side, factor in (("p50", 1), ("p99", 5), ("p99.9", 20)):
            with self.subTest(side=side):
                self.assertEqual(len(by_side[side]), 3, "spin, park, native")
                found = {y for _, y in marks(by_side[side][0])}
                # pair_ring: 100 (1 + load) and up to 2 more, the middle repetition has 1 more
                for base in (111, 151, 191):
                    self.assertIn(factor * base, found)

    def test_a_saturated_point_has_a_mark_above_and_none_among_the_latencies(self) -> None:
        latencies = axes_with(self.drawn["latency_load"], "p50 of")[0]
        strips = [axes for axes in self.drawn["latency_load"].figure.axes
                  if axes.lines and not axes.get_ylabel() and axes.get_xlim() == latencies.get_xlim()]
        # spin, park, native, each beside p50, p99 and p99.9
        self.assertEqual(len(strips), 9)
        spin, park, native = strips[0], strips[3], strips[6]
        # pair_ring at 120%, wide_ring never, endless from 90% on; in the order of the file
        self.assertEqual(marks(spin), {(12.0, 0.0), (9.0, 1.0), (12.0, 1.0)})
        self.assertEqual(marks(park), {(12.0, 0.0), (9.0, 1.0), (12.0, 1.0)})
        self.assertEqual(marks(native), {(9.0, 0.0), (12.0, 0.0)})
        hollow = {round(float(line.get_xdata()[0])): line.get_markerfacecolor() == "white" for line in native.lines}
        self.assertEqual(hollow, {9: True, 12: False}, "one of three repetitions at 90%, all at 120%")
        at_120 = {round(y / (1 + 1.2)) for x, y in marks(latencies) if abs(x - 12) < 0.2}
        self.assertEqual(at_120, {150}, "only wide_ring carries that much")

    def test_curves_end_where_ten_samples_lie_above(self) -> None:
        spun = self.drawn["percentiles_paced"].figure
        # of 60,000 samples p99.9 is backed, p99.99 is not; where one of three repetitions was saturated, a third of all
        # is infinitely slow
        ends = {round(max(line.get_xdata()), 4) for axes in spun.axes for line in axes.lines
                if not line.get_label().startswith("_")}
        self.assertEqual(ends, {round(-numpy.log10(10 / 60_000), 4), round(-numpy.log10(1 / 3), 4)})

    def test_equals_have_letters_and_rows_are_complete(self) -> None:
        names = series(self.drawn["latency_load"].figure)
        self.assertEqual(names[:3], [["pair_ring", "wide_ring", "endless"]] * 3)
        self.assertEqual(names[3:6], [["pair_ring", "wide_ring"]] * 3)
        self.assertEqual(names[6:], [["own_waiting"]] * 3)
        self.assertIn("are not ranked with them: [A]", words(self.drawn["latency_load"]))


class Sparse(unittest.TestCase):
    def test_one_load_makes_no_chart_of_loads(self) -> None:
        file = ResultFile()
        queue_point(file, "paced", "ring", ANYONE, "spin", arrivals="fixed", load=50).times(
            20, samples=tailed(100), what=SCHEDULED, saturated=0)
        self.assertEqual(set(pictures(file)), {"percentiles_paced"})

    def test_what_is_saturated_everywhere_is_named(self) -> None:
        file = ResultFile()
        for load in (10, 50):
            queue_point(file, "paced", "ring", PAIR, "spin", arrivals="fixed", load=load).times(
                20, samples=tailed(100), what=SCHEDULED, saturated=0)
            queue_point(file, "paced", "slow", PAIR, "spin", arrivals="fixed", load=load).times(20, saturated=1)
        drawn = pictures(file)
        self.assertIn("Measured, but without a latency that could be drawn: slow.", words(drawn["latency_load"]))

    def test_percentiles_with_too_few_samples_above_are_left_out(self) -> None:
        file = ResultFile()
        for load in (10, 50):
            queue_point(file, "paced", "ring", PAIR, "spin", arrivals="fixed", load=load).times(
                20, samples=tailed(100, 1000), what=SCHEDULED, saturated=0)
        found = words(pictures(file)["latency_load"])
        self.assertIn("p99 of the latency", found)
        self.assertNotIn("p99.9 of the latency", found)


if __name__ == "__main__":
    unittest.main()
