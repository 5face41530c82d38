"""What stands in the pictures: files, names, units, captions, marks, and no text over other text."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import matplotlib.image
import numpy
from reading import DrawnFiles, collisions, drawn_once, pictures, texts, values
from synthetic import ANYONE, LONG_NAME, PAIR, UNORDERED, ResultFile, everything, teams
from synthetic_limits import limited

import plot
from handoff_plot.draw.picture import Picture
from handoff_plot.draw.style import MARKERS, PALETTE
from handoff_plot.read.document import document_of
from handoff_plot.read.load import load
from handoff_plot.remarks import remarks

NAMES = {"throughput", "cpu_throughput", "throughput_bytes64", "throughput_capacity16", "throughput_capacity256",
         "capacity", "wait", "round_trip"}


class Files(DrawnFiles, unittest.TestCase):
    made = staticmethod(everything)
    names = NAMES

    def test_names_and_units(self) -> None:
        for name in ("pair_ring", "wide_ring", "own_waiting", "endless", LONG_NAME):
            self.assertIn(name, self.words["throughput"])
            self.assertIn(name, self.words["wait"])
        for name in ("throughput", "throughput_bytes64", "capacity", "wait"):
            self.assertIn("million items per second", self.words[name])
        self.assertIn("one-way latency (half of a round trip), ns (log scale)", self.words["round_trip"])
        self.assertIn("capacity asked for, items (log scale)", self.words["capacity"])

    def test_captions_say_where_the_numbers_come_from(self) -> None:
        facts = ("3 repetitions", "Imaginary 9000 $x_1$", "2 CPUs", "Linux 9.9.9", "GNU 99.1",
                 "abcdef123456 (dirty)",
                 "20300102-030405-made", "sweep made", "2030-01-02T03:04:05+00:00",
                 "near, line transfer 7.50–8.25 ns",
                 "1 control point (not ranked)", "1 point of queues/unheard_of (no chart for it)",
                 "1 point of pools/submit (no chart for it)")
        self.assertEqual(set(self.words), NAMES)
        for name, words in self.words.items():
            for fact in facts:
                self.assertIn(fact, words, name)

    def test_captions_count_what_is_left_out_of_their_own_chart(self) -> None:
        # capacity 1024 and 8 bytes, without `endless` under park, which no bounded queue was planned with:
        # 3 + 3 (yield) + 3 + 3 (spin) + 3 + 3 (two producers) + 3 (native) + 3 + 2 (unbounded) + 3 (long name)
        self.assertIn("6 of 29 trials not counted: 1 in another machine state, 4 flagged (3 contaminated, "
                      "1 low_overlap, 3 preempted), 1 failed (1 timeout). 1 point without a counted trial.",
                      self.words["throughput"])
        self.assertIn("0 of 6 trials not counted.", self.words["throughput_bytes64"])
        self.assertIn("1 of 13 trials not counted: 1 flagged (1 contaminated). "
                      "1 point without a counted trial.",
                      self.words["round_trip"])

    def test_what_a_queue_really_holds_is_said(self) -> None:
        self.assertIn("own_waiting holds 2,047 for 1,024", self.words["throughput"])
        self.assertNotIn("Actual capacity", self.words["capacity"])

    def test_combinations_are_named_and_oversubscription_is_said(self) -> None:
        self.assertIn("8-byte items, capacity 1,024 (bounded queues), placement spread",
                      self.words["throughput"])
        self.assertIn("64-byte items, capacity 1,024, placement spread", self.words["throughput_bytes64"])
        self.assertIn("2 producers, 2 consumers oversubscribed: more threads than CPUs",
                      self.words["throughput"])
        self.assertEqual(self.words["throughput"].count("oversubscribed"), 1)
        self.assertNotIn("oversubscribed", self.words["throughput_bytes64"])

    def test_rows_are_ranked_under_their_guarantee(self) -> None:
        words = self.words["throughput"]
        headings = ["FIFO, bounded, one producer and one consumer only", "pair_ring",
                    "FIFO, bounded, any number of producers and consumers", LONG_NAME, "wide_ring",
                    "own_waiting",
                    "FIFO per producer, unbounded, any number of producers and consumers", "endless"]
        places = [words.index(text) for text in headings]
        self.assertEqual(places, sorted(places))

    def test_the_stdout_names_every_point_that_is_not_shown(self) -> None:
        lines = self.lines
        self.assertIn("not counted: 7 of 70 trials: 1 in another machine state, 5 flagged (4 contaminated, "
                      "1 low_overlap, 3 preempted), 1 failed (1 timeout)", lines)
        blocks = {
            "failed: 1 trial":
                "  queues/transfer/endless/wait:spin/p:1/c:1/cap:unbounded/bytes:8: timeout: 20 s are over",
            "without a counted trial: 2 points":
                "  queues/transfer/wide_ring/wait:spin/p:2/c:2/cap:1024/bytes:8: "
                "3 flagged (3 contaminated, 3 preempted)",
            "controls, which are not ranked: 1 point": "  queues/floor/flagged_lines/bytes:8",
            "no chart for queues/unheard_of: 1 point":
                "  queues/unheard_of/pair_ring/wait:yield/p:1/c:1/cap:1024/bytes:8",
            "no chart for pools/submit: 1 point": "  pools/submit/crew/bytes:8",
        }
        for head, item in blocks.items():
            self.assertEqual(lines[lines.index(head) + 1], item)
        self.assertFalse(any(line.startswith("counted, but in none") for line in lines))


class Marks(unittest.TestCase):
    def test_medians_are_drawn_and_trials_of_another_state_are_not(self) -> None:
        file = ResultFile()
        file.point("ring").rates(11, 13, 12).rates(777, state="far").rates(555, state="changed")
        drawn = values(pictures(file)["throughput"].figure)
        self.assertTrue({11.0, 12.0, 13.0} <= drawn)
        self.assertFalse({777.0, 555.0} & drawn)

    def test_flagged_trials_are_open_dots_that_move_nothing(self) -> None:
        file = ResultFile()
        trials = file.point("ring").rates(11, 13, 12).rates(12.5, flags=("off_cpu",)).rates(0.1, flags=("preempted",))
        trials.rates(12.25, retry_of=3)
        file.point("ring", "spin").rates(2, 3).rates(2.5, flags=("off_cpu",))  # lesser: a tick, without its trials
        clean = ResultFile()
        clean.point("ring").rates(11, 13, 12, 12.25)
        figure, other = pictures(file)["throughput"].figure, pictures(clean)["throughput"].figure
        hollow = [line for axes in figure.axes for line in axes.lines
                  if line.get_marker() == "o" and line.get_markerfacecolor() == "white" and axes.get_xlabel()]
        self.assertEqual([list(line.get_xdata()) for line in hollow], [[12.5, 0.1]])
        words = " ".join(t.get_text() for t in texts(figure))
        self.assertIn("Open dots: 2 trials", words)
        self.assertIn("Outside the axis: 1 of them", words)
        self.assertIn("1 trial repeated flagged ones; 1 of them counted", words)
        self.assertIn("flagged repetitions: in no median", words)
        self.assertIn("12.1", words, "the median of the counted ones")
        self.assertNotIn("Open dots", " ".join(t.get_text() for t in texts(other)))

    def test_cpu_time_stands_over_throughput_and_the_best_of_both_are_named(self) -> None:
        file = ResultFile()
        for wait, rate, cpu in (("spin", 20.0, 100.0), ("yield", 40.0, 50.0), ("park", 10.0, 20.0),
                                ("condvar", 5.0, 30.0)):
            file.point("ring", wait).rates(rate * 0.9, rate, rate * 1.1, cpu=cpu).rates(rate, cpu=0.003, state="far")
        file.point("only_pairs", "yield", PAIR).rates(30.0, cpu=66.0)
        file.point("ring", "sleep").rates(99.0, cpu=0.5, flags=("off_cpu",))
        figure = pictures(file)["cpu_throughput"].figure
        labels = [t.get_text() for t in texts(figure)]
        for text in ("ring, yield", "ring, park", "only_pairs, yield"):
            self.assertIn(text, labels, "no equal is faster and cheaper")
        for text in ("ring, spin", "ring, condvar", "ring, sleep"):
            self.assertNotIn(text, labels)
        marks = {(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for axes in figure.axes for line in axes.lines
                 if line.get_label() in ("ring", "only_pairs")}
        self.assertEqual(marks, {(20.0, 100.0), (40.0, 50.0), (10.0, 20.0), (5.0, 30.0), (30.0, 66.0)})
        plot_axes = next(axes for axes in figure.axes if axes.get_xlabel().startswith("million items"))
        self.assertEqual((plot_axes.get_xscale(), plot_axes.get_yscale()), ("log", "log"))
        line = next(line for line in plot_axes.lines if line.get_linewidth() == 3.0)
        for x, y in zip(line.get_xdata(), line.get_ydata()):
            self.assertAlmostEqual(x * y, 2000, msg="two CPUs: ns of CPU per item times million items per second")
        self.assertIn("1 of 5 marks rest on a single counted trial", " ".join(labels))

    def test_cpu_time_needs_two_strategies_of_a_shape(self) -> None:
        file = ResultFile()
        file.point("ring", "yield").rates(1, 2, 3)
        file.point("ring", "spin", producers=2).rates(1, 2, 3)
        file.point("native_one", "native").rates(1, 2, 3)
        self.assertNotIn("cpu_throughput", pictures(file))

    def test_an_unknown_implementation_is_drawn_like_any_other(self) -> None:
        shown = drawn_once(everything)
        self.assertIn(13.0, values(shown["throughput"].figure))  # the median of 12, 15, 13
        self.assertIn(9.5, values(shown["throughput_bytes64"].figure))

    def test_the_best_wait_is_named_and_the_others_are_ticks(self) -> None:
        file = ResultFile()
        file.point("ring", "yield").rates(2)
        file.point("ring", "spin").rates(5)
        file.point("ring", "park").rates(9, flags=("preempted",))
        figure = pictures(file)["throughput"].figure
        labels = [t.get_text() for t in texts(figure)]
        self.assertIn("spin †", labels)
        self.assertIn("5.00", labels)
        self.assertTrue(any(text.startswith("† Another wait strategy") for text in labels))
        ticks = [line.get_xdata() for axes in figure.axes for line in axes.lines if line.get_marker() == "|"]
        self.assertIn([2.0], [list(x) for x in ticks])

    def test_an_uncounted_row_says_so(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1)
        file.point("lost").rates(2, flags=("preempted",))
        file.point("broken").fails("crashed", "signal 11")
        labels = [t.get_text() for t in texts(pictures(file)["throughput"].figure)]
        self.assertIn("no counted trial", labels)
        self.assertIn("failed: crashed", labels)

    def test_capacity_lines_break_where_nothing_was_counted(self) -> None:
        file = ResultFile()
        for capacity, rate in ((16, 3), (64, None), (256, 5), (1024, 7)):
            trials = file.point("ring", capacity=capacity)
            trials.rates(rate, rate + 1, rate + 2) if rate else trials.rates(99, state="far")
        figure = pictures(file)["capacity"].figure
        curves = [line.get_ydata() for axes in figure.axes for line in axes.lines if len(line.get_ydata()) == 4]
        self.assertEqual(len(curves), 1)
        numpy.testing.assert_allclose(curves[0], [4, numpy.nan, 6, 8])

    def test_the_heat_map_tells_missing_points_from_uncounted_ones(self) -> None:
        file = ResultFile()
        file.point("ring", "spin").rates(20, 30, 25)
        file.point("ring", "yield").rates(40)
        file.point("other", "spin").rates(4, state="far")
        file.point("third", "native").rates(6, 7)
        figure = pictures(file)["wait"].figure
        labels = [t.get_text() for t in texts(figure)]
        for text in ("25.0", "20.0–30.0", "40.0", "1 trial", "6.50", "not a point of this sweep",
                     "no counted trial"):
            self.assertIn(text, labels)
        table = max(figure.axes, key=lambda axes: len(axes.patches))
        hatches = [patch.get_hatch() for patch in table.patches if patch.get_hatch()]
        # 3 x 3 cells: 3 numbers, 1 uncounted point, 5 that the sweep does not have
        self.assertEqual((hatches.count("////"), hatches.count("....")), (5, 1))

    def test_the_heat_map_takes_one_producer_and_one_consumer_only(self) -> None:
        file = ResultFile()
        for wait in ("spin", "yield"):
            file.point("ring", wait).rates(1, 2, 3)
            file.point("ring", wait, producers=2).rates(50, 60, 70)
        labels = [t.get_text() for t in texts(pictures(file)["wait"].figure)]
        self.assertEqual((labels.count("2.00"), labels.count("60.0")), (2, 0))

    def test_percentiles_and_their_spread_are_drawn(self) -> None:
        file = ResultFile()
        file.point("ring", workload="round_trip").latencies(
            (100, 200, 400, 800, 1600), (110, 210, 410, 810, 1610), (130, 230, 450, 830, 1630))
        drawn = values(pictures(file)["round_trip"].figure)
        self.assertTrue({110.0, 210.0, 410.0, 810.0, 1610.0} <= drawn, "medians")
        self.assertTrue({100.0, 130.0, 400.0, 450.0} <= drawn, "spread of p50 and p99")

    def test_only_charts_with_data_are_drawn(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1, 2, 3)
        self.assertEqual(set(pictures(file)), {"throughput"})
        other = ResultFile()
        other.point("ring", workload="round_trip").latencies((1, 2, 3, 4, 5))
        self.assertEqual(set(pictures(other)), {"round_trip"})

    def test_every_counted_point_is_in_a_picture(self) -> None:
        file = everything()
        shown = frozenset().union(*(p.shown for p in drawn_once(everything).values()))
        names = {row["name"] for row in file.rows if row["counted"] and row["point"]["family"] == "queues"
                 and row["point"]["workload"] in ("transfer", "round_trip")}
        self.assertGreater(len(names), 15)
        self.assertEqual(names - shown, set())

    def test_a_counted_point_that_fits_no_picture_is_named(self) -> None:
        file = ResultFile()
        file.point("ring", "yield", producers=2).rates(1)
        hidden = file.point("free", "park", UNORDERED, capacity="unbounded", producers=2).rates(2)
        with tempfile.TemporaryDirectory() as folder:
            run = load(document_of(file.write(Path(folder))))
        lines = remarks(run, {name for picture in plot.draw(run) for name in picture.shown})
        self.assertEqual(lines, ["counted, but in none of these charts: 1 point", f"  {hidden.name}"])

    def test_colours_agree_between_charts(self) -> None:
        shown = drawn_once(everything)
        names = ("throughput", "cpu_throughput", "throughput_capacity16", "capacity", "wait", "round_trip")
        used = {name: {line.get_color() for axes in shown[name].figure.axes for line in axes.lines
                       if line.get_marker() == MARKERS[1]} for name in names}
        self.assertEqual(used, {name: {PALETTE[1]} for name in names})


class Legibility(unittest.TestCase):
    """Words that a reader can read: large enough, on the page, and not on top of one another."""

    @classmethod
    def setUpClass(cls) -> None:
        crowd = ResultFile()
        for i in range(20):
            for capacity in (64, 128):  # line ends that all but coincide
                crowd.point(f"{LONG_NAME}_{i:02}", capacity=capacity).rates(10 + i / 100, 11, 10.9)
        crowd.point("wide", "spin", capacity=64).rates(1e-4)
        crowd.point("free", "yield", UNORDERED, capacity="unbounded").rates(2e4)
        single = ResultFile(repetitions=1)
        single.point("ring", "yield", PAIR).rates(1.5)
        single.point("ring_too", "spin", ANYONE).rates(1.6)
        cls.figures = {f"{title}/{name}": picture.figure
                       for title, drawn in (("everything", drawn_once(everything)), ("crowd", pictures(crowd)),
                                            ("single", pictures(single)))
                       for name, picture in drawn.items()}

    def test_no_text_is_small(self) -> None:
        for name, figure in self.figures.items():
            for text in texts(figure):
                self.assertGreaterEqual(text.get_fontsize(), 8.0, f"{name}: {text.get_text()}")

    def test_all_text_is_inside_the_page_and_apart_from_other_text(self) -> None:
        self.assertGreater(len(self.figures), 8)
        for name, figure in self.figures.items():
            self.assertEqual(collisions(figure), [], name)

    def test_labels_end_before_the_plot_begins(self) -> None:
        figure = self.figures["crowd/throughput"]
        figure.canvas.draw()
        plots = [axes for axes in figure.axes if axes.get_xlabel()]
        self.assertEqual(len(plots), 1)
        labels = [t for t in texts(figure) if t.get_text() in ("yield",
                                                               "spin") or t.get_text().startswith(LONG_NAME)]
        self.assertEqual(len(labels), 2 * 20 + 2)  # names and waits of the crowd, and the waits of two others
        for text in labels:
            self.assertLess(text.get_window_extent().x1, plots[0].bbox.x0, text.get_text())


class Overview(unittest.TestCase):
    def drawn(self, file: ResultFile) -> dict[str, Picture]:
        with tempfile.TemporaryDirectory() as folder:
            run = load(document_of(file.write(Path(folder))))
            return {picture.name: picture for picture in plot.draw(run, overview=True)}

    def test_it_is_drawn_when_asked_for_only(self) -> None:
        self.assertNotIn("overview", drawn_once(everything))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            file = ResultFile()
            file.point("ring").rates(1, 2, 3)
            with contextlib.redirect_stdout(io.StringIO()):
                self.assertEqual(plot.main([str(file.write(folder)), "--overview"]), 0)
            self.assertEqual(matplotlib.image.imread(folder / "overview.png").shape[1], 1600)
            self.assertTrue((folder / "overview.svg").is_file())

    def test_it_shows_pairs_of_threads_by_their_best_strategy(self) -> None:
        figure = self.drawn(limited())["overview"].figure
        words = " ".join(text.get_text() for text in texts(figure))
        # 315: the median of two repetitions of the best strategy; 13%: of 0.4 ns over what an item took in each
        for fact in ("1 producer, 1 consumer", "FIFO, bounded, one producer and one consumer only", "315", "yield",
                     "of limit", "13%", "Imaginary 9000"):
            self.assertIn(fact, words)
        self.assertNotIn("overview", self.drawn(teams()))

    def test_it_is_legible_at_800_pixels(self) -> None:
        crowd = ResultFile()
        for i in range(20):
            crowd.point(f"{LONG_NAME}_{i:02}", "yield", PAIR if i % 2 else ANYONE).rates(10 + i, 11 + i, 12 + i)
        crowd.point("free", "yield", UNORDERED, capacity="unbounded").rates(2)
        crowd.point("never", "yield").fails("timeout", "5 s are over")
        figure = self.drawn(crowd)["overview"].figure
        for text in texts(figure):
            self.assertGreaterEqual(text.get_fontsize() / 72 * 800 / figure.get_figwidth(), 11.5, text.get_text())
        self.assertEqual(collisions(figure), [])
        words = " ".join(text.get_text() for text in texts(figure))
        self.assertIn("any number of producers and consumers: the best 8 of 11", words)


if __name__ == "__main__":
    unittest.main()
