"""The pictures of waiting and of memory: humps, levels, spin budgets, idle threads, bytes per item."""

import unittest

from reading import collisions, drawn_once, pictures, series, texts, values
from synthetic import ANYONE, PAIR, ResultFile
from synthetic_waits import BUDGETS, idle_point, idle_workers, waits

NAMES = {"throughput", "spin_budget_transfer", "spin_budget_round_trip", "idle", "footprint"}


def words(figure) -> str:
    return " ".join(t.get_text() for t in texts(figure))


class Files(unittest.TestCase):
    def test_every_expected_picture_is_there_and_nothing_is_hidden(self) -> None:
        drawn = drawn_once(waits)
        self.assertEqual(set(drawn), NAMES)
        shown = frozenset().union(*(p.shown for p in drawn.values()))
        counted = {row["name"] for row in waits().rows if row["counted"]}
        self.assertEqual(counted - shown, set())

    def test_words_are_legible(self) -> None:
        for name, picture in drawn_once(waits).items():
            self.assertEqual(collisions(picture.figure), [], name)
            for text in texts(picture.figure):
                self.assertGreaterEqual(text.get_fontsize(), 8.0, f"{name}: {text.get_text()}")


class Humps(unittest.TestCase):
    @staticmethod
    def humped() -> ResultFile:
        """Four trials at 25 million items per second, four at a quarter of a million; and a queue with one hump."""
        file = ResultFile(repetitions=8)
        file.point("ring", "hybrid").times(40, 41, 39, 40, 4000, 4100, 3900, 4000, 4050).humps(
            (40, 39, 41, 4), (4000, 3900, 4100, 5))
        file.point("ring", "spin").times(9000, 9100)
        file.point("other", "hybrid").times(50, 51, 52)
        return file

    def test_a_row_with_two_humps_has_both_and_no_median(self) -> None:
        figure = pictures(self.humped())["throughput"].figure
        found = [t.get_text() for t in texts(figure)]
        self.assertIn("‡", found)
        self.assertIn("19.6", found, "the other queue has its median")
        self.assertIn("‡ Two humps and no median, since no trial was like it: ring under hybrid, 1 to 1: "
                      "0.250 (5 trials, 0.244–0.256) and 25.0 (4 trials, 24.4–25.6).", words(figure))
        drawn = values(figure)
        self.assertTrue({0.25, 25.0} <= drawn)
        median = 1e3 / 3900
        self.assertEqual([line for axes in figure.axes for line in axes.lines if line.get_marker() in "os^"
                          and list(line.get_xdata()) == [median]], [], "the median of all is no mark")

    def test_a_cell_with_two_humps_has_both_and_no_median(self) -> None:
        figure = pictures(self.humped())["wait"].figure
        found = [t.get_text() for t in texts(figure)]
        self.assertIn("‡", found)
        self.assertIn("0.250 | 25.0", found)
        self.assertIn("ring under hybrid, 1 to 1: 0.250 (5 trials", words(figure))

    def test_one_hump_is_drawn_as_ever(self) -> None:
        file = ResultFile()
        file.point("ring", "spin").rates(11, 12, 13)
        self.assertNotIn("‡", words(pictures(file)["throughput"].figure))

    def test_latencies_with_two_humps_are_named(self) -> None:
        file = ResultFile()
        file.point("ring", "hybrid", workload="round_trip").latencies((90, 20000, 21000, 22000, 23000)).latency_humps(
            (88, 0.7), (20500, 0.3))
        file.point("ring", "spin", workload="round_trip").latencies((90, 95, 100, 200, 300))
        self.assertIn("medians and shares: ring under hybrid: 88.0 ns (70%) and 20,500 ns (30%).",
                      words(pictures(file)["round_trip"].figure))


class Levels(unittest.TestCase):
    def test_the_level_stands_beside_the_median(self) -> None:
        file = ResultFile()
        file.point("one", "spin", PAIR).rates(10, 11).levels("near_full", "near_full")
        file.point("two", "spin", PAIR).rates(20, 21).levels("near_empty", "near_empty")
        file.point("three", "spin", PAIR).rates(30, 31).levels("balanced", "balanced")
        file.point("four", "spin", PAIR).rates(40, 41).levels("near_full", "near_empty")
        file.point("five", "native", ANYONE).rates(50, 51)
        found = [t.get_text() for t in texts(pictures(file)["throughput"].figure)]
        for word in ("ran", "full", "empty", "–", "mixed"):
            self.assertEqual(found.count(word), 1, word)

    def test_without_any_there_is_no_column(self) -> None:
        file = ResultFile()
        file.point("one", "spin", PAIR).rates(10, 11)
        self.assertNotIn("ran", [t.get_text() for t in texts(pictures(file)["throughput"].figure)])


class SpinBudget(unittest.TestCase):
    def test_every_counted_repetition_is_a_dot(self) -> None:
        figure = drawn_once(waits)["spin_budget_transfer"].figure
        drawn = values(figure)
        self.assertTrue({40.0, 42.0, 41.0, 43.0, 4100.0, 4200.0, 4300.0, 4400.0} <= drawn)
        self.assertTrue({0.1, 90.0} <= drawn, "the share of waits that slept")
        self.assertNotIn(777.0, drawn, "a flagged trial")
        self.assertEqual([set(names) for names in series(figure)], [{"pair_ring", "wide_ring"}] * 3)

    def test_two_humps_have_a_bar_each(self) -> None:
        figure = drawn_once(waits)["spin_budget_transfer"].figure
        first = next(axes for axes in figure.axes if axes.get_ylabel().startswith("wall ns"))
        bars = [tuple(line.get_ydata()) for line in first.lines if len(line.get_ydata()) == 2
                and line.get_linewidth() == 2.0]
        self.assertEqual(bars.count((41.5, 41.5)), 2)
        self.assertEqual(bars.count((4250.0, 4250.0)), 2)
        self.assertEqual(len(bars), 2 * (len(BUDGETS) + 1))
        self.assertNotIn((2071.5, 2071.5), bars, "the median of both humps together")

    def test_budgets_are_multiples_of_the_wake_that_was_measured(self) -> None:
        figure = drawn_once(waits)["spin_budget_transfer"].figure
        first = next(axes for axes in figure.axes if axes.get_ylabel().startswith("wall ns"))
        figure.canvas.draw()
        self.assertEqual([t.get_text() for t in first.get_xticklabels()], ["0", "0.5", "1", "4"])
        self.assertIn("A wake took 20,000 to 20,000 ns.", words(figure))
        self.assertIn("p50 of half a round trip, ns (log scale)",
                      words(drawn_once(waits)["spin_budget_round_trip"].figure))

    def test_budgets_enter_no_other_chart(self) -> None:
        drawn = values(drawn_once(waits)["throughput"].figure)
        self.assertIn(25.0, drawn, "40 ns: hybrid as it is")
        self.assertNotIn(round(1e3 / 4100, 6), drawn)


class Idle(unittest.TestCase):
    def test_a_queue_is_a_panel_and_a_strategy_a_row(self) -> None:
        figure = drawn_once(waits)["idle"].figure
        found = [t.get_text() for t in texts(figure)]
        for text in ("wide_ring", "own_waiting", "spin", "sleep", "park", "native", "100.0", "4.300", "0.000", "0.001"):
            self.assertIn(text, found)
        self.assertIn("no counted trial", found)
        rows = [text for text in found if text in ("spin", "sleep", "park")]
        self.assertEqual(rows, ["park", "sleep", "spin"], "the least first")
        self.assertIn(0.001, values(figure), "what is too little to be read is drawn at the least")

    def test_capacities_are_not_pooled(self) -> None:
        file = ResultFile()
        for capacity in (64, 1024):
            idle_point(file, "ring", "spin", capacity).times(4e7, idle_cpu=1.0)
        self.assertEqual(set(pictures(file)), {"idle", "idle_capacity1024"})


class IdleWorkers(unittest.TestCase):
    def test_a_row_for_each_implementation_and_strategy_the_least_first(self) -> None:
        file = ResultFile()
        idle_workers(file)
        drawn = pictures(file)
        self.assertEqual(set(drawn), {"pools_idle", "fork_join_idle"})
        for picture in drawn.values():
            found = [t.get_text() for t in texts(picture.figure)]
            self.assertEqual([t for t in found if t in ("eager, park", "own", "eager, spin")],
                             ["eager, park", "own", "eager, spin"])
            for text in ("200.0", "30.0", "0.020"):
                self.assertIn(text, found)


class Footprint(unittest.TestCase):
    def test_bars_begin_at_0_and_unbounded_queues_stand_beside(self) -> None:
        figure = drawn_once(waits)["footprint"].figure
        widths = sorted(patch.get_width() for axes in figure.axes for patch in axes.patches if patch.get_width() > 1.5)
        self.assertEqual(widths, [8.5, 16.6, 32.4])
        plot = next(axes for axes in figure.axes if axes.get_xlabel() == "bytes per item")
        self.assertEqual((plot.get_xscale(), plot.get_xlim()[0]), ("linear", 0.0))
        found = [t.get_text() for t in texts(figure)]
        for text in ("pair_ring", "endless", "8.50", "8,704", "32.4", "496", "no counted trial"):
            self.assertIn(text, found)


if __name__ == "__main__":
    unittest.main()
