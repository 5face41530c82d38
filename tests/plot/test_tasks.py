"""The pictures of pools, deques and fork-join programs: which there are, what stands in them, and what must not."""

import tempfile
import unittest
from pathlib import Path

from reading import DrawnFiles, collisions, drawn_once, pictures, series, texts, values
from synthetic import ResultFile
from synthetic_tasks import (BOUNDED, DEQUES, FIFO, HELPED, PARKED, POOLS, SERIAL, START, TASK, UNORDERED, Pool,
                             crowd_of_tasks, pool_point, program, tasks)

from handoff_plot.charts.fork_join import main_setting, run_time
from handoff_plot.charts.pools.blocking_mix import best_count, finding, verdict
from handoff_plot.choose.contests import BLOCKING_MIX, SUBMIT_WORK, contenders
from handoff_plot.choose.cuts import Line, cuts, lines_of, settings
from handoff_plot.choose.equals import best_waits
from handoff_plot.choose.measures import Summary, throughput_thousands, wall_time
from handoff_plot.choose.words import Letters, setting_words
from handoff_plot.draw.quantiles import curve_of
from handoff_plot.draw.style import PALETTE
from handoff_plot.read.document import document_of
from handoff_plot.read.load import load

POLICIES = ("block", "abort", "discard", "discard_oldest", "caller_runs", "none")
NAMES = {"pools_submit_empty", "pools_submit_work", "pools_efficiency", "pools_uneven", "pools_fan", "pools_wakeup",
         "pools_wakeup_waits", "pools_blocking_mix", *(f"pools_overload_{policy}" for policy in POLICIES),
         "deques_thieves", "deques_stolen", "fork_join_cost", "fork_join_cost_workers1", "fork_join_cost_workers4",
         "fork_join_efficiency",
         "fork_join_steals", "fork_join_steals_workers4", "fork_join_steal_fib", "fork_join_steal_uts",
         "fork_join_wait_fib", "fork_join_wait_uts"}


def loaded(file: ResultFile):
    with tempfile.TemporaryDirectory() as folder:
        return load(document_of(file.write(Path(folder))))


def words_of(figure) -> list[str]:
    return [t.get_text() for t in texts(figure)]


def text_of(figure) -> str:
    return " ".join(words_of(figure))


class Files(DrawnFiles, unittest.TestCase):
    made = staticmethod(tasks)
    names = NAMES

    def test_workload_setting_and_unit_are_said(self) -> None:
        facts = {
            "pools_submit_empty": ("submit_empty; capacity 256 (bounded ones)", "1 submitter, 2 workers", "none, ns",
                                   "future, ns", "wall ns per task", FIFO, BOUNDED),
            "pools_submit_work": ("submit_work; 1 submitter, 2 workers, wait strategy park (native where",
                                  "length of a task, ns", "the least possible", "Unbounded, starts: any",
                                  "Bounded, starts: fifo", "line_pool [A]", "foreign_pool (fits) [C]", f"[A] {FIFO}"),
            "pools_efficiency": ("% of the workers' time", "Higher is better"),
            "pools_uneven": ("makespan over its lower bound", "bimodal lengths", "pareto lengths", "imbalance",
                             "the lower bound"),
            "pools_fan": ("fan_out_fan_in; 2 workers, tasks of 100 ns, handed in from outside", "tasks of a fan"),
            "pools_wakeup": ("Hot pool", "Idle pool", f"A curve holds 4,000 samples, each the time {START}.",
                             "ns to the start of the task", "fewer than 10 samples"),
            "pools_wakeup_waits": ("thief_pool, hot pool", "thief_pool, idle pool", "spin", "park", "p99, ns"),
            "pools_overload_abort": ("overload; 2 workers, tasks of 1,000 ns, wait strategy park, capacity 256, policy "
                                     "abort when full", "Turned away", "p99 of the age at start"),
            "pools_overload_caller_runs": ("ran on the caller, % of tasks",),
            "pools_blocking_mix": ("blocking_mix; tasks of 10,000 ns", "Blocked 4 × as long as computing",
                                   "what the formula asks for", "best count of a pool"),
            "deques_thieves": ("owner_and_thieves", "thieves beside the owner", "wall ns per item"),
            "deques_stolen": ("stolen, % of all items", "This is no ranking"),
            "fork_join_cost": ("2 workers, wait strategy park (native where", "fib: size 30", "uts: tree t1",
                               "sum: size 65,536, grain 16", "speed-up", "the serial program, median"),
            "fork_join_efficiency": ("Program sum: size 65,536", "Program matrix: size 65,536",
                                     "% of the workers' time"),
            "fork_join_steals": ("steals per run", "failed steals",
                                 "Measured, but count no steals: foreign_scheduler."),
            "fork_join_steal_fib": ("fib; 2 workers, size 30, wait strategy park", "steal half", "random", "native"),
            "fork_join_wait_uts": ("uts; 2 workers, tree t1, steal policy random", "spin", "park"),
        }
        for name, words in facts.items():
            for word in words:
                self.assertIn(word, self.words[name], name)

    def test_captions_say_where_spreads_and_numbers_come_from(self) -> None:
        for name, words in self.words.items():
            for fact in ("Every repetition is a process of its own", "3 repetitions; 0 of ", "Imaginary 9000 $x_1$",
                         "sweep made"):
                self.assertIn(fact, words, name)

    def test_oversubscription_is_marked_where_it_occurs(self) -> None:
        for name in ("pools_submit_empty", "pools_submit_work", "pools_uneven", "pools_blocking_mix",
                     "pools_overload_none", "deques_thieves", "fork_join_cost_workers4"):
            self.assertIn("oversubscribed: more threads than CPUs", self.words[name], name)
        for name in ("fork_join_cost", "fork_join_efficiency", "fork_join_steals", "fork_join_steal_fib"):
            self.assertNotIn("oversubscribed", self.words[name], name)

    def test_every_counted_point_is_in_a_picture(self) -> None:
        self.assertFalse([line for line in self.lines if line.startswith(("counted, but in none", "no chart for"))])


class Marks(unittest.TestCase):
    def test_each_implementation_has_one_line_in_the_panel_of_its_promise(self) -> None:
        shown = drawn_once(tasks)
        panels = [["line_pool"], ["thief_pool", "foreign_pool"], ["small_pool"]]
        schedulers = [*DEQUES, "foreign_scheduler"]
        expected = {"pools_submit_work": panels, "pools_efficiency": panels, "pools_fan": panels,
                    "pools_wakeup": [names for names in panels for _ in ("hot", "idle")],
                    "pools_blocking_mix": [list(POOLS)] * 2, "deques_thieves": [list(DEQUES)],
                    "fork_join_efficiency": [schedulers] * 2, "pools_overload_block": [["small_pool"]] * 2,
                    "pools_overload_abort": [["small_pool"]] * 3}
        self.assertEqual({name: series(shown[name].figure) for name in expected}, expected)

    def test_what_is_not_counted_is_not_drawn(self) -> None:
        file = ResultFile()
        for value, flags in ((1.0, ()), (777.0, ("preempted",))):
            for length in (100, 1000):
                pool_point(file, "pool", "submit_work", PARKED, task_ns=length).times(
                    300 + value, efficiency=value / 1000, flags=flags)
            for offered in (50, 200):
                pool_point(file, "pool", "overload", PARKED, load=offered, task_ns=10).times(
                    9, goodput_share=value / 1000, percentiles=(value,) * 5, flags=flags)
            for workers in (1, 2):
                pool_point(file, "pool", "blocking_mix", PARKED, workers=workers, wait_ratio=1, task_ns=10).times(
                    1e6 / value, predicted_workers=4, flags=flags)
                program(file, "fib", "deque", workers, size=30).times(
                    value, runs=1, tasks_per_run=1, steals=value, flags=flags)
            for fan in (4, 8):
                pool_point(file, "pool", "fan_out_fan_in", PARKED, fan=fan, depth=1, task_ns=10).times(
                    9, percentiles=(value,) * 5, flags=flags)
            pool_point(file, "pool", "submit_empty", PARKED, result="none").times(value, flags=flags)
            pool_point(file, "pool", "uneven", PARKED, lengths="pareto", task_ns=10).times(
                9, makespan_over_bound=value, imbalance=1, flags=flags)
            pool_point(file, "pool", "wakeup", PARKED, pool="hot").times(9, samples=[(value, 1000)], flags=flags)
            for thieves in (0, 1):
                file.add("deques", "owner_and_thieves", "deque", {}, 1 + thieves, "all", "items_per_second", 2,
                         {"thieves": thieves, "placement": "spread"}).times(value, flags=flags)
        pool_point(file, "broken_pool", "submit_empty", PARKED, result="none").fails("invalid", "lost: 1 task")
        shown = pictures(file)
        self.assertEqual(set(shown), {
            "pools_submit_work", "pools_efficiency", "pools_overload_none", "pools_blocking_mix", "pools_fan",
            "pools_submit_empty", "pools_uneven", "pools_wakeup", "deques_thieves", "fork_join_cost",
            "fork_join_cost_workers2", "fork_join_steals"})
        for name, picture in shown.items():
            self.assertFalse({777.0, 77.7, 1077.0} & values(picture.figure), name)
        self.assertIn("no number: 1 of 1 trial failed the check", words_of(shown["pools_submit_empty"].figure))

    def test_what_thieves_got_is_drawn_where_there_are_thieves(self) -> None:
        figure = drawn_once(tasks)["deques_stolen"].figure
        (axes,) = [axes for axes in figure.axes if axes.get_xlabel()]
        lines = [list(map(float, line.get_ydata())) for line in axes.lines if line.get_label() in DEQUES]
        self.assertEqual(lines, [[12.5, 25.0, 50.0]] * 2)

    def test_nothing_is_drawn_for_absent_workloads(self) -> None:
        file = ResultFile()
        pool_point(file, "pool", "submit_empty", PARKED, result="none").times(1, 2)
        self.assertEqual(set(pictures(file)), {"pools_submit_empty"})
        file = ResultFile()
        program(file, "fib", "deque", size=30).times(4, runs=2, tasks_per_run=10)
        self.assertEqual(set(pictures(file)), {"fork_join_cost"}, "no counts: no steals; one wait: no ablation")

    def test_nothing_is_drawn_when_nothing_is_counted(self) -> None:
        file = tasks()
        for row in file.rows:
            row.update(counted=False, flags=["preempted"])
        self.assertEqual(pictures(file), {})

    def test_an_implementation_looks_the_same_in_all_charts(self) -> None:
        names = [*POOLS, *DEQUES, "foreign_scheduler", "no_scheduler"]
        looks: dict[str, set] = {}
        for picture in drawn_once(tasks).values():
            for axes in picture.figure.axes:
                for line in axes.lines:
                    if line.get_label() in names:
                        looks.setdefault(line.get_label(), set()).add(line.get_color())
        self.assertEqual(looks, {name: {PALETTE[i]} for i, name in enumerate(names, 1)})


class Pools(unittest.TestCase):
    def test_the_least_possible_is_shared_by_workers_and_cpus(self) -> None:
        file = ResultFile()
        for workers in (2, 8):
            for length in (0, 100, 1000):
                pool_point(file, "pool", "submit_work", PARKED, workers=workers, task_ns=length).times(length + 5)
        shown = pictures(file)
        for name in ("pools_submit_work", "pools_submit_work_workers8"):
            lines = [[float(y) for y in line.get_ydata()] for axes in shown[name].figure.axes for line in axes.lines]
            self.assertIn([50.0, 500.0], lines, "2 CPUs, also for 8 workers; nothing at 0")
        self.assertIn("of which 2 CPUs can run at a time.", text_of(shown["pools_submit_work_workers8"].figure))

    def test_a_future_stands_beside_its_own_wait_strategy(self) -> None:
        file = ResultFile()
        for wait, plain, future in (("park", 100, 150), ("spin", 80, 999)):
            pool = Pool(FIFO, wait, 1.0)
            pool_point(file, "pool", "submit_empty", pool, result="none").times(plain, plain + 2)
            pool_point(file, "pool", "submit_empty", pool, result="future").times(future, future + 2)
        figure = pictures(file)["pools_submit_empty"].figure
        for word in ("spin", "81.0", "1,000", "medians of its other wait strategies"):
            self.assertIn(word, words_of(figure))
        drawn = values(figure)
        self.assertTrue({81.0, 1000.0, 101.0} <= drawn)
        self.assertFalse({151.0} & drawn, "a future under the lesser strategy")

    def test_futures_alone_make_a_row(self) -> None:
        file = ResultFile()
        pool_point(file, "pool", "submit_empty", PARKED, result="future").times(120, 130)
        figure = pictures(file)["pools_submit_empty"].figure
        self.assertIn(125.0, values(figure))
        self.assertTrue({"–", "125"} <= set(words_of(figure)))

    def test_uneven_has_its_bound_and_its_imbalance(self) -> None:
        figure = drawn_once(tasks)["pools_uneven"].figure
        self.assertIn("1.05", words_of(figure))
        uprights = [line for axes in figure.axes for line in axes.lines if list(line.get_xdata()) == [1.0, 1.0]]
        self.assertEqual(len(uprights), 2, "one in each panel")

    def test_overload_adds_rejected_and_discarded(self) -> None:
        file = ResultFile()
        for offered in (50, 200):
            pool_point(file, "pool", "overload", Pool(BOUNDED, "park", 1.0), policy="discard", load=offered,
                       task_ns=10).times(9, goodput_share=0.875, rejected_share=0.125, discarded_share=0.25,
                                         ran_by_caller_share=0.0, percentiles=(1, 2, 3000, 4, 5))
        figure = pictures(file)["pools_overload_discard"].figure
        self.assertTrue({87.5, 37.5, 3000.0} <= values(figure))
        self.assertNotIn("Run by the submitter", words_of(figure), "nothing was")

    def test_overload_keeps_policies_apart(self) -> None:
        for name, picture in drawn_once(tasks).items():
            if name.startswith("pools_overload"):
                policies = {point.split("policy:")[1].split("/")[0] if "policy:" in point else "none"
                            for point in picture.shown}
                self.assertEqual(policies, {name.removeprefix("pools_overload_")})


class Percentiles(unittest.TestCase):
    def curve(self, *trials: list[tuple[float, int]], flagged: list[tuple[float, int]] | None = None):
        file = ResultFile()
        point = pool_point(file, "pool", "wakeup", PARKED, pool="hot")
        for samples in trials:
            point.times(9, samples=samples, what=START)
        if flagged:
            point.times(9, samples=flagged, flags=("preempted",))
        return curve_of(loaded(file).points[0])

    def test_samples_of_counted_trials_are_merged(self) -> None:
        curve = self.curve([(10, 90), (100, 10)], [(20, 90), (100, 10)], flagged=[(5000, 10000)])
        self.assertEqual((curve.count, curve.at(0.45), curve.at(0.46), curve.at(0.9), curve.at(0.91)),
                         (200, 10, 20, 20, 100))

    def test_a_percentile_needs_ten_samples_above_it(self) -> None:
        marked = {count: [share for share, _ in self.curve([(10, count)]).marks]
                  for count in (20, 99, 100, 999, 1000, 9999, 10000)}
        self.assertEqual(marked, {20: [0.5], 99: [0.5], 100: [0.5, 0.9], 999: [0.5, 0.9], 1000: [0.5, 0.9, 0.99],
                                  9999: [0.5, 0.9, 0.99], 10000: [0.5, 0.9, 0.99, 0.999]})
        self.assertIsNone(self.curve([(10, 19)]))

    def test_spread_is_that_of_repetitions_with_enough_samples(self) -> None:
        curve = self.curve([(10, 200)], [(30, 200)], [(70, 15)])
        marks = dict(curve.marks)
        self.assertEqual(marks[0.5].values, (10, 30))
        self.assertEqual(marks[0.9].values, (10, 30))

    def test_curves_end_where_samples_do(self) -> None:
        file = ResultFile()
        pool_point(file, "pool", "wakeup", PARKED, pool="idle").times(9, samples=[(50, 900), (600, 95), (7000, 5)],
                                                                      what=START)
        figure = pictures(file)["pools_wakeup"].figure
        (line,) = [line for axes in figure.axes for line in axes.lines if line.get_label() == "pool"]
        self.assertAlmostEqual(max(line.get_xdata()), 2.0, msg="99%")
        self.assertEqual(set(map(float, line.get_ydata())), {50.0, 600.0})
        self.assertNotIn(7000.0, values(figure))
        self.assertNotIn("99.9", words_of(figure))
        self.assertIn("A curve holds 1,000 samples,", text_of(figure))

    def test_wait_strategies_of_one_pool_stand_in_a_picture_of_their_own(self) -> None:
        shown = drawn_once(tasks)
        self.assertFalse([point for point in shown["pools_wakeup"].shown if "wait:spin" in point])
        self.assertEqual({point.split("/")[2] for point in shown["pools_wakeup_waits"].shown}, {"thief_pool"})
        self.assertIn(70.0, values(shown["pools_wakeup_waits"].figure))

    def test_a_fan_shows_the_median_of_its_latency(self) -> None:
        file = ResultFile()
        for fan in (4, 64):
            point = pool_point(file, "pool", "fan_out_fan_in", PARKED, fan=fan, depth=1, task_ns=0)
            for value in (100, 300, 120):
                point.times(9, percentiles=(fan * value, *[9e6] * 4), what=TASK)
        drawn = values(pictures(file)["pools_fan"].figure)
        self.assertTrue({480.0, 7680.0, 400.0, 1200.0} <= drawn)
        self.assertNotIn(9e6, drawn)

    def test_fans_of_one_size_stand_in_rows(self) -> None:
        file = ResultFile()
        for wait, value in (("park", 300), ("spin", 200)):
            pool_point(file, "pool", "fan_out_fan_in", Pool(UNORDERED, wait, 1.0), fan=16, depth=2, task_ns=10).times(
                9, percentiles=(value,) * 5, what=TASK)
        shown = pictures(file)
        self.assertEqual(set(shown), {"pools_fan_rows"})
        self.assertTrue({"200", "spin"} <= set(words_of(shown["pools_fan_rows"].figure)))
        self.assertIn("16 tasks at a time, 2 levels of tasks that wait for tasks",
                      text_of(shown["pools_fan_rows"].figure))


class Formula(unittest.TestCase):
    """Where blocking tasks run best, and whether the formula knows."""

    def line(self, **at: tuple[float, ...]) -> Line:
        counts = {int(key[1:]): Summary(found) for key, found in at.items()}
        return Line("pool", "pool", tuple(counts), tuple(counts.values()))

    def test_the_best_count_is_the_smallest_that_may_be_as_good(self) -> None:
        self.assertEqual(best_count(self.line(w1=(5, 6), w2=(9, 12), w4=(11, 11), w8=(10, 10))), 2)
        self.assertEqual(best_count(self.line(w1=(5, 6), w2=(9, 10), w4=(11, 11), w8=(11, 11))), 4)

    def test_five_percent_is_found(self) -> None:
        line = self.line(w1=(50,), w2=(95.1,), w4=(100,))
        self.assertTrue(finding(line, 2).found)
        self.assertFalse(finding(self.line(w1=(50,), w2=(94.9,), w4=(100,)), 2).found)
        self.assertIsNone(finding(line, 20))

    def test_a_count_between_is_read_off_the_line(self) -> None:
        found = finding(self.line(w1=(10,), w4=(40,), w8=(40,)), 2)
        self.assertAlmostEqual(found.share, 0.5)
        self.assertTrue(found.between)

    def test_the_caption_says_whether_the_formula_found_it(self) -> None:
        file = ResultFile()
        for impl, late in (("good_pool", 1.0), ("bad_pool", 2.0)):
            for workers, ns in ((1, 3000.0), (4, 1000.0 * late), (16, 1000.0)):
                pool_point(file, impl, "blocking_mix", PARKED, workers=workers, wait_ratio=1, task_ns=500).times(
                    ns, ns, predicted_workers=4, actual_wait_ratio=1.5)
        run = loaded(file)
        (cut,) = cuts(contenders(run, BLOCKING_MIX), "workers", throughput_thousands)
        expected = ("Blocked 1 × as long as computing: the formula asks for 4 workers and found the best of 1 of 2 "
                    "pools; best counts: 4 to 16. Missed: bad_pool (50% of its best). With the fewest workers, "
                    "blocking took 1.50 × as long as computing.")
        self.assertEqual(verdict(cut), expected)
        figure = pictures(file)["pools_blocking_mix"].figure
        rings = {(round(2 ** float(line.get_xdata()[0])), float(line.get_ydata()[0]), line.get_markeredgecolor())
                 for axes in figure.axes for line in axes.lines if line.get_markersize() == 11 and axes.get_xlabel()}
        self.assertEqual(rings, {(4, 1000.0, PALETTE[0]), (16, 1000.0, PALETTE[1])})
        uprights = [line for axes in figure.axes for line in axes.lines if list(line.get_xdata()) == [2.0, 2.0]
                    and list(line.get_ydata()) == [0, 1]]
        self.assertEqual(len(uprights), 1, "4 workers")


class Programs(unittest.TestCase):
    def test_speed_up_is_over_the_serial_program(self) -> None:
        file = ResultFile()
        program(file, "fib", "plain", 1, "native", "native", SERIAL, size=30).times(10, 12, runs=1, tasks_per_run=9)
        program(file, "fib", "plain", 1, "native", "native", SERIAL, size=31).times(99, runs=1, tasks_per_run=9)
        program(file, "fib", "deque", 2, size=30).times(4, 6, 5.5, runs=1, tasks_per_run=9)
        figure = pictures(file)["fork_join_cost"].figure
        self.assertTrue({"5.50", "2.00", "3"} <= set(words_of(figure)))
        uprights = [list(line.get_xdata()) for axes in figure.axes for line in axes.lines]
        self.assertIn([11.0, 11.0], uprights)
        self.assertNotIn([99.0, 99.0], uprights)

    def test_without_a_serial_program_there_is_no_speed_up_and_no_efficiency(self) -> None:
        file = ResultFile()
        for grain in (16, 256):
            program(file, "sum", "deque", size=1024, grain=grain).times(5, runs=1, tasks_per_run=9)
        shown = pictures(file)
        self.assertEqual(set(shown), {"fork_join_cost"})
        self.assertIn("–", words_of(shown["fork_join_cost"].figure))

    def test_efficiency_is_over_the_fastest_serial_run(self) -> None:
        file = ResultFile()
        for grain, tasks_per_run, serial, ours in ((16, 100, 50, 40), (256, 10, 400, 250)):
            shape = {"size": 1600, "grain": grain}
            program(file, "sum", "plain", 1, "native", "native", SERIAL, **shape).times(
                serial, runs=2, tasks_per_run=tasks_per_run)
            program(file, "sum", "deque", 2, **shape).times(ours, runs=2, tasks_per_run=tasks_per_run)
        drawn = values(pictures(file)["fork_join_efficiency"].figure)
        # serial: 4,000 ns at grain 256; ours: 4,000 and 2,500 ns on two workers
        self.assertTrue({50.0, 80.0} <= drawn)

    def test_a_run_that_forks_nothing_is_one_iteration(self) -> None:
        file = ResultFile()
        program(file, "sum", "deque", size=10, grain=10).times(70, runs=2, tasks_per_run=0)
        self.assertEqual(run_time(loaded(file).points[0]).median, 70)

    def test_steals_are_per_run(self) -> None:
        file = ResultFile()
        program(file, "uts", "deque", tree="t1").times(5, runs=4, tasks_per_run=9, steals=100, failed_steals=10,
                                                       parks=2, wakes=0)
        program(file, "uts", "idle", tree="t1").times(5, runs=4, tasks_per_run=9, steals=0, failed_steals=0, parks=0,
                                                      wakes=0)
        figure = pictures(file)["fork_join_steals"].figure
        self.assertTrue({"25.0", "2.50", "0.500", "0"} <= set(words_of(figure)))
        self.assertTrue({25.0, 0.0} <= values(figure))

    def test_who_counts_steals_is_not_said_to_be_mute(self) -> None:
        file = ResultFile()
        for impl, grain in (("deque", 16), ("other", 16), ("late", 256)):
            program(file, "sum", impl, size=1024, grain=grain).times(5, runs=1, tasks_per_run=9, steals=3)
        program(file, "sum", "mute", size=1024, grain=16).times(5, runs=1, tasks_per_run=9)
        figure = pictures(file)["fork_join_steals"].figure
        self.assertIn("Measured, but count no steals: mute.", words_of(figure))

    def test_the_usual_setting_is_the_one_with_most_numbers(self) -> None:
        points = [p for p in loaded(tasks()).points if p.family == "fork_join"]
        self.assertEqual(main_setting(points), {"wait": "park", "steal": "random"})
        shown = drawn_once(tasks)
        for name in ("fork_join_cost", "fork_join_efficiency", "fork_join_steals"):
            self.assertFalse([point for point in shown[name].shown if "steal_half" in point or "spin" in point])

    def test_ablations_vary_one_thing(self) -> None:
        shown = drawn_once(tasks)
        self.assertFalse([point for point in shown["fork_join_steal_fib"].shown if "wait:spin" in point])
        self.assertFalse([point for point in shown["fork_join_wait_fib"].shown if "steal_half" in point])
        labels = words_of(shown["fork_join_steal_fib"].figure)
        self.assertTrue({"3.75", "10.0"} <= set(labels), "ring_deque: random, steal_half")


class Settings(unittest.TestCase):
    def test_neutral_values_stand_beside_every_other(self) -> None:
        file = ResultFile()
        native, bounded = Pool(UNORDERED, "native", 1.0), Pool(BOUNDED, "park", 1.0)
        for wait in ("park", "spin"):
            pool_point(file, "ours", "submit_work", Pool(FIFO, wait, 1.0), task_ns=1).times(1)
        pool_point(file, "theirs", "submit_work", native, task_ns=1).times(1)
        pool_point(file, "small", "submit_work", bounded, task_ns=1).times(1)
        found = settings(loaded(file).points, ("task_ns",))
        self.assertEqual([(s.fixed["wait"], s.fixed["capacity"], [p.impl for p in s.points]) for s in found],
                         [("spin", "unbounded", ["ours", "theirs"]), ("park", 256, ["ours", "theirs", "small"])])
        self.assertIn("wait strategy park (native where they wait by their own means), capacity 256 (bounded ones)",
                      setting_words(found[1].fixed, found[1].points))

    def test_what_has_a_neutral_value_only_has_a_setting_of_its_own(self) -> None:
        file = ResultFile()
        pool_point(file, "theirs", "submit_work", Pool(UNORDERED, "native", 1.0), task_ns=1).times(1)
        self.assertEqual([s.fixed["wait"] for s in settings(loaded(file).points, ("task_ns",))], ["native"])

    def test_axes_that_all_have_are_never_pooled(self) -> None:
        file = ResultFile()
        for submitters, workers in ((1, 1), (1, 2), (2, 1)):
            for length in (1, 100):
                pool_point(file, "pool", "submit_work", PARKED, submitters, workers, task_ns=length).times(1)
        found = cuts(contenders(loaded(file), SUBMIT_WORK), "task_ns", wall_time)
        self.assertEqual({(c.fixed["submitters"], c.fixed["workers"]) for c in found}, {(1, 1), (1, 2), (2, 1)})
        self.assertTrue(all(len(c.points) == 2 for c in found))

    def test_a_helping_waiter_makes_no_cut_of_its_own(self) -> None:
        file = ResultFile()
        for pool in (Pool(HELPED, "native", 1.0), PARKED):  # 2 and 3 threads
            for length in (1, 100):
                pool_point(file, f"pool_{pool.wait}", "submit_work", pool, task_ns=length).times(1)
        (cut,) = cuts(contenders(loaded(file), SUBMIT_WORK), "task_ns", wall_time)
        self.assertEqual([line.impl for line in lines_of(cut, wall_time)], ["pool_native", "pool_park"])

    def test_the_lowest_is_the_best_of_a_cost(self) -> None:
        file = ResultFile()
        for wait, cost in (("park", 7), ("spin", 5)):
            pool_point(file, "pool", "submit_empty", Pool(FIFO, wait, 1.0), result="none").times(cost)
        (choice,) = best_waits(loaded(file).points, wall_time, sign=-1)
        self.assertEqual((choice.best.wait, [s.median for s in choice.others]), ("spin", [7]))

    def test_letters_are_the_same_in_all_pictures(self) -> None:
        points = loaded(tasks()).points
        pools = [p for p in points if p.family == "pools"]
        letters = Letters(pools)
        self.assertEqual({letters.label(pools, lambda p: p.impl)(p) for p in pools},
                         {"line_pool [A]", "thief_pool [B]", "foreign_pool [C]", "small_pool [D]"})
        alone = [p for p in pools if p.impl == "small_pool"]
        self.assertEqual(letters.label(alone, lambda p: p.impl)(alone[0]), "small_pool")
        self.assertEqual(letters.note(alone), f"All promise the same: {BOUNDED}.")


class Lines(unittest.TestCase):
    def test_a_line_passes_over_values_at_which_it_has_no_point(self) -> None:
        file = ResultFile()
        for impl, loads in (("many", (50, 100, 200)), ("few", (50, 200))):
            for offered in loads:
                pool_point(file, impl, "overload", PARKED, load=offered, task_ns=10).times(9, goodput_share=0.5)
        figure = pictures(file)["pools_overload_none"].figure
        (few,) = [line for axes in figure.axes for line in axes.lines if line.get_label() == "few"]
        self.assertEqual(list(map(float, few.get_ydata())), [50.0, 50.0])


class Layout(unittest.TestCase):
    def test_text_is_readable_on_the_page_and_apart(self) -> None:
        crowd = {f"crowd/{name}": picture for name, picture in pictures(crowd_of_tasks()).items()}
        self.assertEqual(len(crowd), 17)
        for name, picture in {**crowd, **drawn_once(tasks)}.items():
            self.assertEqual(collisions(picture.figure), [], name)
            for text in texts(picture.figure):
                self.assertGreaterEqual(text.get_fontsize(), 8.0, f"{name}: {text.get_text()}")
            width, height = picture.figure.get_size_inches()
            self.assertTrue(width < 24 and height < 24, f"{name}: {width} x {height} inches")


if __name__ == "__main__":
    unittest.main()
