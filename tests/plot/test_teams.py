"""The pictures of counters and locks: which there are, what stands in them, and what must not."""

import tempfile
import unittest
from pathlib import Path

import numpy
from reading import DrawnFiles, collisions, drawn_once, pictures, series, texts, values
from synthetic import (COUNTERS, GREED, LINEARIZABLE, LOCKS, NAPS, RACY, TURNS, ResultFile, crowd_of_locks,
                       rivals_of, teams)

import plot
from handoff_plot.charts.locks import contended
from handoff_plot.choose.contests import CONTENDED_ADD, CRITICAL_SECTION, contenders
from handoff_plot.choose.cuts import cuts, lines_of
from handoff_plot.choose.equals import by_class
from handoff_plot.choose.measures import thread_time
from handoff_plot.draw.lines import Scale, apart
from handoff_plot.draw.placing import place
from handoff_plot.draw.style import PALETTE
from handoff_plot.read.document import document_of
from handoff_plot.read.load import load
from handoff_plot.remarks import remarks

NAMES = {"counters_threads", "counters_work", "counters_read_mix", "counters_lost_updates", "locks_threads",
         "locks_threads_hold100_think400", "locks_fairness", "locks_acquire", "locks_acquire_hold100_think400",
         "locks_reader_writer", "locks_barrier"}


def loaded(file: ResultFile):
    with tempfile.TemporaryDirectory() as folder:
        return load(document_of(file.write(Path(folder))))


def adds(file: ResultFile, impl: str, promise=LINEARIZABLE, **axes: int):
    """A point of contended_add."""
    return file.team("counters", "contended_add", impl, promise, rivals=rivals_of(promise), **{"work_ns": 0, **axes})


def section(file: ResultFile, impl: str, promise=GREED, **axes: int):
    """A point of critical_section."""
    return file.team("locks", "critical_section", impl, promise, rivals=rivals_of(promise),
                     **{"hold_ns": 0, "think_ns": 0, **axes})


class Files(DrawnFiles, unittest.TestCase):
    made = staticmethod(teams)
    names = NAMES

    def test_workload_shape_and_unit_are_said(self) -> None:
        facts = {
            "counters_threads": ("contended_add; 0 ns of work", "ns of one thread's time per increment (log scale)"),
            "counters_work": ("contended_add; 2 threads", "per increment and work", "Nothing is subtracted"),
            "counters_read_mix": ("read_mix; 2 threads", "reads, % of all operations"),
            "counters_lost_updates": ("lost_updates", "lost, % of all increments", "has no speed"),
            "locks_threads": ("critical_section; held for 0 ns, 0 ns between", "wall ns per critical section"),
            "locks_threads_hold100_think400": ("held for 100 ns, 400 ns between", "a lock that costs nothing"),
            "locks_fairness": ("2 threads, held for 0 ns", "million critical sections per second", "Jain's index",
                               "This is no ranking"),
            "locks_acquire": ("from asking for the lock to having it, ns", "4 threads", "p99, ns"),
            "locks_reader_writer": ("reader_writer; 2 threads, held for 100 ns", "wall ns per access"),
            "locks_barrier": ("barrier_episode; placement spread", "wall ns per episode", "round_barrier (spins)"),
        }
        for name, words in facts.items():
            for word in words:
                self.assertIn(word, self.words[name], name)

    def test_captions_say_machine_repetitions_and_what_is_left_out(self) -> None:
        for name, words in self.words.items():
            for fact in ("3 repetitions; ", "Imaginary 9000 $x_1$", "near, line transfer", "sweep made",
                         "1 control point (not ranked)", "not counted"):
                self.assertIn(fact, words, name)
        self.assertIn("Measured, but without any counted trial here and so without a line: lost_word.",
                      self.words["counters_threads"])
        self.assertIn("1 of 28 trials not counted: 1 flagged (1 low_overlap). 1 point without a counted trial.",
                      self.words["counters_threads"])

    def test_oversubscription_is_marked_where_it_occurs(self) -> None:
        for name in ("counters_threads", "locks_threads", "locks_acquire", "locks_barrier"):
            self.assertIn("oversubscribed: more threads than CPUs", self.words[name], name)
        for name in ("counters_work", "counters_read_mix", "counters_lost_updates", "locks_fairness",
                     "locks_reader_writer"):
            self.assertNotIn("oversubscribed", self.words[name], name)

    def test_every_counted_point_is_in_a_picture(self) -> None:
        self.assertFalse([line for line in self.lines if line.startswith(("counted, but in none", "no chart for"))])
        self.assertIn("controls, which are not ranked: 1 point", self.lines)


class Marks(unittest.TestCase):
    def test_each_implementation_has_one_line_in_the_panel_of_its_class(self) -> None:
        shown = drawn_once(teams)
        expected = {
            "counters_threads": [["one_word", "two_words"], ["spread_words"]],
            "counters_work": [["one_word", "two_words"], ["spread_words"]],
            "counters_read_mix": [["one_word", "two_words"], ["spread_words"]],
            "counters_lost_updates": [["torn_word", "one_word"]] * 2,
            "locks_threads": [["turn_lock"], ["greedy_lock"], ["nap_lock"]],  # these two differ in how they wait
            "locks_threads_hold100_think400": [["turn_lock"], ["greedy_lock"], ["nap_lock"]],
            "locks_fairness": [["turn_lock", "greedy_lock", "nap_lock"]] * 2,
            "locks_reader_writer": [["turn_lock"], ["greedy_lock", "nap_lock"]],
            "locks_barrier": [["round_barrier"]],
        }
        self.assertEqual({name: series(shown[name].figure) for name in expected}, expected)

    def test_classes_are_never_mixed(self) -> None:
        promises = {**COUNTERS, **LOCKS}
        for name, picture in drawn_once(teams).items():
            if name in ("counters_lost_updates", "locks_fairness", "locks_barrier"):
                continue  # everybody's contest, no ranking, one barrier
            for names in series(picture.figure):
                self.assertEqual(len({rivals_of(promises[impl]) for impl in names}), 1, f"{name}: {names}")

    def test_counters_show_a_threads_time_and_locks_wall_time(self) -> None:
        file = ResultFile()
        for threads in (1, 2):
            adds(file, "word", threads=threads).times(11, 13, 12.5)
            section(file, "lock", threads=threads).times(17, 19, 18.5)
        shown = pictures(file)
        counter, lock = values(shown["counters_threads"].figure), values(shown["locks_threads"].figure)
        self.assertTrue({12.5, 25.0, 22.0, 26.0} <= counter, "medians of both, spread at 2 threads")
        self.assertTrue({18.5, 17.0, 19.0} <= lock)
        self.assertFalse({37.0, 34.0, 38.0} & lock)

    def test_what_is_not_counted_is_not_drawn(self) -> None:
        file = ResultFile()
        for threads in (1, 2):
            adds(file, "word", threads=threads).times(11, 12).times(777, flags=("preempted",)).times(555, state="far")
            section(file, "lock", threads=threads).times(11, 12, fair={"worker": 0.9}, longest_run=9).times(
                888, flags=("low_overlap",), fair={"worker": 0.55}, longest_run=444,
                percentiles=(666, 666, 666, 666, 666))
        for name, picture in pictures(file).items():
            drawn = values(picture.figure)
            self.assertFalse({777.0, 1554.0, 555.0, 1110.0, 888.0, 1776.0, 0.55, 444.0, 666.0} & drawn, name)
        self.assertFalse({0.0123, 0.0246} & values(drawn_once(teams)["counters_threads"].figure), "a control")

    def test_nothing_is_drawn_for_absent_workloads(self) -> None:
        file = ResultFile()
        for threads in (1, 2):
            adds(file, "word", threads=threads).times(1, 2)
        self.assertEqual(set(pictures(file)), {"counters_threads"})
        file = ResultFile()
        for threads in (2, 4):
            file.team("locks", "barrier_episode", "gate", {"waiting": "spins"}, threads=threads).times(1, 2)
        self.assertEqual(set(pictures(file)), {"locks_barrier"})

    def test_nothing_is_drawn_when_nothing_is_counted(self) -> None:
        file = teams()
        for row in file.rows:
            row.update(counted=False, flags=["preempted"])
        self.assertEqual(pictures(file), {})

    def test_one_value_of_an_axis_makes_no_line(self) -> None:
        file = ResultFile()
        lone = adds(file, "word", threads=2).times(1, 2)
        run = loaded(file)
        self.assertEqual(list(plot.draw(run)), [])
        self.assertEqual(remarks(run, []), ["counted, but in none of these charts: 1 point", f"  {lone.name}"])

    def test_lost_updates_shows_shares_and_no_speed(self) -> None:
        figure = drawn_once(teams)["counters_lost_updates"].figure
        drawn = values(figure)
        self.assertTrue({0.0, 42.0, 40.0, 44.0, 0.2625} <= drawn, "% of increments: medians and spread")
        wall = 0.7654
        speeds = {round(v, 6) for n in (1, 2) for v in (wall * n, 1e9 / wall, 1e3 / wall)}
        self.assertFalse(speeds & drawn)
        words = " ".join(t.get_text() for t in texts(figure))
        for unit in ("per increment", "per second", "wall ns"):
            self.assertNotIn(unit, words)

    def test_a_line_breaks_where_nothing_is_counted_and_one_trial_is_an_open_mark(self) -> None:
        file = ResultFile()
        for threads, wall in ((1, 3.0), (2, None), (4, 5.0), (8, 7.0)):
            point = adds(file, "word", threads=threads)
            point.times(wall, *([] if threads == 4 else [wall + 2])) if wall else point.times(99, state="far")
        figure = pictures(file)["counters_threads"].figure
        (line,) = [line for axes in figure.axes for line in axes.lines if line.get_label() == "word"]
        numpy.testing.assert_allclose(line.get_ydata(), [4, numpy.nan, 20, 64])
        (plotted,) = [axes for axes in figure.axes if line in axes.lines]
        marks = {round(float(m.get_ydata()[0])): m.get_markerfacecolor() for m in plotted.lines
                 if len(m.get_ydata()) == 1 and m.get_transform() == plotted.transData}
        self.assertEqual({y for y, face in marks.items() if face == "white"}, {20})
        self.assertIn("Open marks: 1 point with a single counted trial, whose spread is unknown.",
                      [t.get_text() for t in texts(figure)])

    def test_points_that_differ_in_an_axis_share_no_picture(self) -> None:
        file = ResultFile()
        for threads in (1, 2):
            for hold, think in ((0, 0), (0, 50), (10, 0)):
                section(file, "lock", threads=threads, hold_ns=hold, think_ns=think).times(100 + hold + think)
            section(file, "lock", threads=threads, placement="same_core").times(200)
        shown = pictures(file)
        self.assertEqual({name for name in shown if name.startswith("locks_threads")},
                         {"locks_threads", "locks_threads_think50", "locks_threads_hold10",
                          "locks_threads_placement_same_core"})
        self.assertEqual({len(picture.shown) for name, picture in shown.items() if "threads" in name}, {2})

    def test_a_collapse_stays_visible(self) -> None:
        """All panels share a logarithmic axis that holds the lowest and the highest value."""
        figure = drawn_once(teams)["locks_threads"].figure
        plots = [axes for axes in figure.axes if axes.get_xlabel()]
        self.assertEqual(len({axes.get_ylim() for axes in plots}), 1)
        low, high = plots[0].get_ylim()
        self.assertTrue(low < 20 and high > 5e6 and all(axes.get_yscale() == "log" for axes in plots))

    def test_the_costless_lock_is_shared_by_the_cpus(self) -> None:
        figure = drawn_once(teams)["locks_threads_hold100_think400"].figure
        lines = [[float(y) for y in line.get_ydata()] for axes in figure.axes for line in axes.lines]
        self.assertEqual(lines.count([500, 250, 250]), 3)  # once in each panel: 2 CPUs
        self.assertNotIn("a lock that costs nothing", {t.get_text() for t in texts(
            drawn_once(teams)["locks_threads"].figure)})

    def test_fairness_stands_beside_speed(self) -> None:
        figure = drawn_once(teams)["locks_fairness"].figure
        marks = {(line.get_label(), round(float(line.get_xdata()[0]), 4), round(float(line.get_ydata()[0]), 4))
                 for axes in figure.axes for line in axes.lines if line.get_label() in LOCKS}
        greedy = {m for m in marks if m[0] == "greedy_lock"}
        speed = round(1e3 / (60 * 1.1), 4)
        self.assertEqual(greedy, {("greedy_lock", speed, 0.6), ("greedy_lock", speed, 5500.0)})
        labels = [t.get_text() for t in texts(figure)]
        self.assertTrue(all(labels.count(name) >= 1 for name in LOCKS), "direct labels on the right")
        self.assertEqual(labels.count("greedy_lock"), 2, "the unfair ones have one on the left, too")

    def test_acquire_shows_percentiles_at_contended_shapes_only(self) -> None:
        file = ResultFile()
        section(file, "lock", threads=1).times(10, percentiles=(5, 6, 7, 8, 9))
        section(file, "lock", threads=2).times(10, percentiles=(100, 200, 400, 800, 1600)).times(
            10, percentiles=(120, 220, 420, 820, 1620))
        figure = pictures(file)["locks_acquire"].figure
        drawn = values(figure)
        self.assertTrue({110.0, 210.0, 410.0, 810.0, 1610.0, 100.0, 120.0, 400.0, 420.0} <= drawn)
        self.assertNotIn("1 thread", [t.get_text() for t in texts(figure)])

    def test_a_wait_too_short_for_the_clock_is_drawn_at_a_nanosecond(self) -> None:
        file = ResultFile()
        section(file, "lock", threads=2).times(10, percentiles=(0, 0, 40, 80, 160))
        drawn = values(pictures(file)["locks_acquire"].figure)
        self.assertTrue({1.0, 40.0, 80.0, 160.0} <= drawn)

    def test_an_implementation_looks_the_same_in_all_charts(self) -> None:
        looks: dict[str, set] = {}
        for picture in drawn_once(teams).values():
            for axes in picture.figure.axes:
                for line in axes.lines:
                    if line.get_label() in {*COUNTERS, *LOCKS} and line.get_linestyle() != "None":
                        looks.setdefault(line.get_label(), set()).add(line.get_color())
        self.assertEqual(looks, {name: {PALETTE[i]} for i, name in enumerate([*COUNTERS, *LOCKS], 2)})


class Cuts(unittest.TestCase):
    def test_a_cut_is_along_one_axis_and_the_fullest_comes_first(self) -> None:
        file = ResultFile()
        for threads, work in ((1, 0), (2, 0), (4, 0), (1, 100), (2, 100)):
            adds(file, "word", threads=threads, work_ns=work).times(5)
        adds(file, "other", threads=1, work_ns=300).times(5)
        found = cuts(contenders(loaded(file), CONTENDED_ADD), "threads", thread_time)
        self.assertEqual([(cut.fixed["work_ns"], cut.values) for cut in found], [(0, [1, 2, 4]), (100, [1, 2])])
        self.assertEqual([cut.suffix(found[0]) for cut in found], ["", "_work100"])
        self.assertEqual((found[0].last_that_fits, found[0].first_over, found[1].first_over), (2, 4, None))

    def test_lines_are_in_the_order_of_the_file_and_none_is_empty(self) -> None:
        file = ResultFile()
        for impl in ("b", "a"):
            for threads in (2, 1):
                adds(file, impl, threads=threads).times(5 * threads)
        adds(file, "never", threads=1).times(5, flags=("stolen",))
        (cut,) = cuts(contenders(loaded(file), CONTENDED_ADD), "threads", thread_time)
        lines = lines_of(cut, thread_time)
        self.assertEqual([(line.impl, line.x, [s.median for s in line.y]) for line in lines],
                         [("b", (1, 2), [5.0, 20.0]), ("a", (1, 2), [5.0, 20.0])])

    def test_classes_keep_together_whatever_else_parts_them(self) -> None:
        file = ResultFile()
        for impl, promise in (("a", GREED), ("b", TURNS), ("c", NAPS), ("d", GREED)):
            section(file, impl, promise).times(5)
        found = by_class(loaded(file).points, lambda p: p.guarantees["waiting"])
        self.assertEqual([(title, [p.impl for p in points]) for title, points in found],
                         [("spins", ["a", "d"]), ("spins_then_sleeps", ["c"]), ("spins", ["b"])])

    def test_fairness_takes_the_contended_shape_with_most_locks(self) -> None:
        file = ResultFile()
        for impl in ("a", "b"):
            section(file, impl, threads=1).times(5)
            section(file, impl, threads=8).times(5)
            section(file, impl, threads=2, think_ns=100).times(5)
            section(file, impl, threads=2).times(5)
        section(file, "c", threads=8).times(5)
        section(file, "c", threads=2, hold_ns=10).times(5)
        chosen = contended(contenders(loaded(file), CRITICAL_SECTION)).points
        self.assertEqual([(p.impl, p.threads, p.axes["hold_ns"], p.axes["think_ns"]) for p in chosen],
                         [("a", 2, 0, 0), ("b", 2, 0, 0)])

    def test_a_racy_counter_has_no_speed_to_draw(self) -> None:
        file = ResultFile()
        for threads in (1, 2):
            file.team("counters", "lost_updates", "torn", RACY, threads=threads, work_ns=0, rivals="all",
                      measure="lost_share").times(1, lost_share=0.5)
        self.assertEqual(set(pictures(file)), {"counters_lost_updates"})


class Layout(unittest.TestCase):
    def test_zero_stands_before_the_logarithms(self) -> None:
        scale = Scale([100, 0, 1, 10], "")
        places = [scale.at(v) for v in scale.ticks]
        self.assertEqual(scale.ticks, [0, 1, 10, 100])
        numpy.testing.assert_allclose(numpy.diff(places), numpy.log2(10))
        self.assertEqual([Scale([0, 50, 99], "", even=True).at(v) for v in (0, 50, 99)], [0.0, 1.0, 2.0])

    def test_names_keep_their_order_and_distance(self) -> None:
        placed = apart([0.9, 0.1, 0.91, 0.1], 0.1)
        self.assertTrue(placed[0] <= placed[2] - 0.0999 and abs(placed[1] - placed[3]) >= 0.0999)
        self.assertTrue(all(0 <= p <= 1.0001 for p in placed))
        self.assertLess(apart([0.5, 0.5], 0.1, [1, 0])[1], 0.5)

    def test_labels_cover_neither_marks_nor_one_another(self) -> None:
        anchors = [(1.0 + i % 3 * 0.02, 2.0 + i * 0.01) for i in range(12)]
        widths = [0.9] * len(anchors)
        at = place(anchors, widths, (6.0, 4.0), [(2.0, 2.0, 3.0, 2.1)])
        for i, (x, y) in enumerate(at):
            self.assertTrue(0 <= x <= 6.0 - widths[i] and 0 <= y <= 4.0)
            self.assertFalse(any(x < ax < x + widths[i] and abs(y - ay) < 0.1 for ax, ay in anchors))
            self.assertFalse(any(abs(y - v) < 0.15 and abs(x - u) < 0.9 for u, v in at[:i]))

    def test_text_is_readable_on_the_page_and_apart(self) -> None:
        crowd = {f"crowd/{name}": picture for name, picture in pictures(crowd_of_locks()).items()}
        self.assertEqual(set(crowd), {"crowd/locks_threads", "crowd/locks_fairness", "crowd/locks_acquire"})
        self.assertEqual([len(names) for names in series(crowd["crowd/locks_threads"].figure)], [18])
        for name, picture in {**crowd, **drawn_once(teams)}.items():
            self.assertEqual(collisions(picture.figure), [], name)
            for text in texts(picture.figure):
                self.assertGreaterEqual(text.get_fontsize(), 8.0, f"{name}: {text.get_text()}")


if __name__ == "__main__":
    unittest.main()
