"""The share of the limit and the core-to-core matrix, from data that nobody measured."""

import unittest

from reading import collisions, drawn_once, pictures, series, texts, values
from synthetic import ResultFile
from synthetic_limits import LimitedFile, limited, many_cpus, square


def words(figure) -> str:
    return " ".join(" ".join(t.get_text() for t in texts(figure)).split())


def bars(figure) -> dict[str, float]:
    """Length of the bar of each line's implementation, by the label beside it."""
    found = {}
    for axes in figure.axes:
        marks = [line for line in axes.lines if not line.get_label().startswith("_")]
        for bar, mark in zip(axes.patches, marks):
            found[mark.get_label()] = bar.get_width()
    return found


class Shares(unittest.TestCase):
    def test_one_picture_for_each_family_with_a_limit(self) -> None:
        drawn = {name for name in drawn_once(limited) if name.startswith("limit_share")}
        self.assertEqual(drawn, {"limit_share_queues", "limit_share_counters", "limit_share_locks"})

    def test_without_limits_there_is_none(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1, 2)
        self.assertFalse({name for name in pictures(file) if name.startswith(("limit_share", "core_to_core"))})

    def test_bars_are_the_median_share_at_the_best_wait_strategy(self) -> None:
        found = bars(drawn_once(limited)["limit_share_counters"].figure)
        self.assertAlmostEqual(found["one_word"], 100 * 2.1 / 2.1)
        self.assertAlmostEqual(found["two_words"], 100 * 2.1 / 42.0)
        rates = drawn_once(limited)["limit_share_queues"].figure
        # 0.4 ns at 300 and 330 million items per second: 12 and 13.2%
        self.assertIn("12.6", words(rates))
        self.assertNotIn("spin", [t.get_text() for t in texts(rates)])

    def test_the_longest_bar_fits_and_is_named_above_100(self) -> None:
        figure = drawn_once(limited)["limit_share_counters"].figure
        self.assertIn(105.0, values(figure))  # 2.1 / 2.0: its spread
        for axes in figure.axes:
            if series(figure) and axes.patches:
                self.assertGreaterEqual(axes.get_xlim()[1], 105.0)
                self.assertEqual(axes.get_xlim()[0], 0.0)

    def test_latency_is_compared_with_latency(self) -> None:
        said = words(drawn_once(limited)["limit_share_queues"].figure)
        self.assertIn("32.5", said)  # 26 of 80 ns
        self.assertIn("Bound by: transfer by stream_item_ns; round_trip by message_ns.", said)

    def test_the_throughput_chart_says_who_comes_nearest(self) -> None:
        said = words(drawn_once(limited)["throughput"].figure)
        self.assertIn("Nearest to what the machine could do at best comes pair_ring, with 12.6% of its limit", said)

    def test_no_text_lies_over_another(self) -> None:
        for name, picture in drawn_once(limited).items():
            if name.startswith(("limit_share", "core_to_core")):
                self.assertEqual(collisions(picture.figure), [], name)


class Matrix(unittest.TestCase):
    def test_medians_of_the_calibrations_in_the_state_that_counts(self) -> None:
        figure = drawn_once(limited)["core_to_core"].figure
        said = words(figure)
        self.assertEqual(said.count("27.0"), 2 + 3)  # two cells; lowest, median, highest
        self.assertNotIn("105", said)
        self.assertIn("Median over 2 calibrations", said)

    def test_a_large_machine_keeps_its_page_and_says_what_was_left_out(self) -> None:
        figure = pictures(many_cpus(96, every=5))["core_to_core"].figure
        self.assertEqual(collisions(figure), [])
        self.assertLessEqual(figure.get_size_inches()[0], 12)
        self.assertIn("Not all pairs were measured", words(figure))
        self.assertIn("not measured", words(figure))

    def test_cells_of_a_middle_sized_machine_hold_numbers(self) -> None:
        figure = pictures(many_cpus(16, every=1))["core_to_core"].figure
        self.assertEqual(collisions(figure), [])
        self.assertEqual([t.get_text() for t in texts(figure)].count("140"), 16 * 12)
        self.assertNotIn("not measured", words(figure))

    def test_a_state_that_does_not_count_is_not_drawn(self) -> None:
        file = LimitedFile()
        file.point("ring").rates(1.0)
        file.matrices = [("far", True, square(2, 105.0, 0.0)), ("changed", False, square(2, 60.0, 0.0))]
        self.assertNotIn("core_to_core", pictures(file))


if __name__ == "__main__":
    unittest.main()
