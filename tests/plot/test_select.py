"""The numbers behind the charts, against medians worked out by hand."""

import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

from synthetic import ANYONE, PAIR, UNORDERED, ResultFile

from handoff_plot.choose.accounts import uncounted
from handoff_plot.choose.contests import TRANSFER, contenders
from handoff_plot.choose.equals import best_waits, by_guarantee, guarantee
from handoff_plot.choose.measures import latency, throughput
from handoff_plot.choose.queues import capacity_groups, combinations, same_waits, shapes
from handoff_plot.read.document import document_of
from handoff_plot.read.load import load
from handoff_plot.read.records import Run


def loaded(file: ResultFile) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        return load(document_of(file.write(Path(folder))))


class Medians(unittest.TestCase):
    def test_uncounted_rows_move_neither_median_nor_spread(self) -> None:
        file = ResultFile()
        trials = file.point("ring").rates(30, 10, 20)
        trials.rates(1000, 2000, state="far").rates(0.001, flags=("low_overlap",)).rates(5000, state="changed")
        found = throughput(loaded(file).points[0])
        self.assertEqual((found.median, found.low, found.high, found.count), (20.0, 10.0, 30.0, 3))

    def test_an_even_number_of_trials_takes_the_mean_of_the_middle_two(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1, 40, 10, 20)
        self.assertEqual(throughput(loaded(file).points[0]).median, 15.0)

    def test_a_point_without_counted_trials_has_no_number(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1, 2, 3, flags=("preempted",))
        self.assertIsNone(throughput(loaded(file).points[0]))

    def test_each_percentile_has_its_own_median_over_counted_repetitions(self) -> None:
        file = ResultFile()
        trials = file.point("ring", workload="round_trip")
        trials.latencies((100, 500, 900, 2000, 9000), (300, 400, 1100, 1000, 7000), (200, 600, 1000, 3000,
                                                                                     8000))
        trials.latencies((1, 1, 1, 1, 1), flags=("contaminated",)).latencies((9e6, 9e6, 9e6, 9e6, 9e6),
                                                                             state="far")
        point = loaded(file).points[0]
        medians = [latency(point, p).median for p in ("p50", "p90", "p99", "p99.9", "max")]
        self.assertEqual(medians, [200, 500, 1000, 2000, 8000])
        self.assertEqual((latency(point, "p99").low, latency(point, "p99").high), (900, 1100))


class BestWait(unittest.TestCase):
    def test_the_highest_median_wins_and_not_the_highest_trial(self) -> None:
        file = ResultFile()
        file.point("ring", "spin").rates(1, 5, 100)
        file.point("ring", "yield").rates(6, 7, 8)
        file.point("ring", "park").rates(900, 900, 900, state="far")
        (choice,) = best_waits(loaded(file).points)
        self.assertEqual((choice.best.wait, choice.summary.median, choice.uncounted), ("yield", 7.0, 1))
        self.assertEqual([s.median for s in choice.others], [5.0])

    def test_order_is_by_median_with_the_uncounted_last(self) -> None:
        file = ResultFile()
        file.point("none").rates(999, flags=("preempted",))
        file.point("slow").rates(1)
        file.point("fast").rates(3)
        self.assertEqual([c.best.impl for c in best_waits(loaded(file).points)], ["fast", "slow", "none"])

    def test_unbounded_queues_are_limited_to_the_waits_of_the_bounded_ones(self) -> None:
        file = ResultFile()
        file.point("ring", "yield").rates(1)
        for wait in ("yield", "spin", "native"):
            file.point(f"free_{wait}", wait, UNORDERED, capacity="unbounded").rates(1)
        kept = same_waits(loaded(file).points)
        self.assertEqual([p.impl for p in kept], ["ring", "free_yield", "free_native"])

    def test_without_bounded_queues_there_is_no_limit(self) -> None:
        file = ResultFile()
        file.point("free", "spin", UNORDERED, capacity="unbounded").rates(1)
        self.assertEqual(len(same_waits(loaded(file).points)), 1)


class Equals(unittest.TestCase):
    def test_points_that_differ_in_an_axis_share_no_combination(self) -> None:
        file = ResultFile()
        file.point("ring", capacity=64).rates(1)
        file.point("ring", capacity=1024).rates(1)
        file.point("other", capacity=1024).rates(1)
        file.point("ring", capacity=1024, bytes=64).rates(1)
        file.point("ring", capacity=1024, placement="same_core").rates(1)
        file.point("free", "yield", UNORDERED, capacity="unbounded").rates(1)
        found = combinations(loaded(file).points)
        self.assertEqual([c.suffix(found[0]) for c in found],
                         ["", "_capacity64", "_bytes64", "_placement_same_core"])
        self.assertEqual([[p.impl for p in c.points] for c in found],
                         [["ring", "other", "free"], ["ring", "free"], ["ring"], ["ring"]])

    def test_unbounded_queues_stand_only_beside_bounded_ones_of_their_shape(self) -> None:
        file = ResultFile()
        file.point("ring", capacity=64).rates(1)
        file.point("ring", capacity=1024).rates(1)
        file.point("ring", capacity=1024, producers=2).rates(1)
        file.point("free", "yield", UNORDERED, capacity="unbounded", producers=2).rates(1)
        by_capacity = {c.capacity: [p.impl for p in c.points] for c in combinations(loaded(file).points)}
        self.assertEqual(by_capacity, {64: ["ring"], 1024: ["ring", "ring", "free"]})

    def test_unbounded_queues_alone_make_a_combination(self) -> None:
        file = ResultFile()
        file.point("free", "yield", UNORDERED, capacity="unbounded").rates(1)
        self.assertEqual([c.capacity for c in combinations(loaded(file).points)], ["unbounded"])

    def test_groups_are_split_by_order_bound_and_users(self) -> None:
        file = ResultFile()
        file.point("free", "yield", UNORDERED, capacity="unbounded").rates(1)
        file.point("anyone").rates(1)
        file.point("pair", "yield", PAIR).rates(1)
        file.point("anyone_too").rates(1)
        file.point("loose", "yield", {**ANYONE, "order": "per_producer_fifo"}).rates(1)
        file.point("silent", "yield", {}).rates(1)
        groups = by_guarantee(loaded(file).points)
        members = {g.title: [p.impl for p in points] for g, points in groups.items()}
        self.assertEqual(members["FIFO, bounded, any number of producers and consumers"], ["anyone",
                                                                                           "anyone_too"])
        self.assertEqual(members["FIFO, bounded, one producer and one consumer only"], ["pair"])
        self.assertEqual(members["FIFO per producer, bounded, any number of producers and consumers"],
                         ["loose"])
        self.assertEqual(members["FIFO per producer, unbounded, any number of producers and consumers"],
                         ["free"])
        self.assertEqual(len(members), 5)
        self.assertIn("not stated", guarantee(loaded(file).points[-1]).title)

    def test_controls_and_other_families_are_not_ranked(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1)
        file.point("ring", "spin", {"control": "yes"}).rates(1)
        file.point("ring", "park", family="pools").rates(1)
        self.assertEqual([p.wait for p in contenders(loaded(file), TRANSFER)], ["yield"])

    def test_shapes_come_in_order_of_their_threads(self) -> None:
        file = ResultFile()
        for producers, consumers in ((2, 2), (2, 1), (1, 1), (1, 2)):
            file.point("ring", producers=producers, consumers=consumers).rates(1)
        self.assertEqual(list(shapes(loaded(file).points)), [(1, 1), (1, 2), (2, 1), (2, 2)])


class Capacities(unittest.TestCase):
    def test_a_line_needs_two_counted_capacities_of_the_same_wait(self) -> None:
        file = ResultFile()
        for capacity in (1024, 16, 64):
            file.point("ring", "yield", capacity=capacity).rates(capacity)
        for capacity in (16, 64):
            file.point("ring", "spin", capacity=capacity).rates(1)
            file.point("native", "native", capacity=capacity).rates(2)
        file.point("once", "yield", capacity=16).rates(3)
        file.point("half", "yield", capacity=16).rates(3)
        file.point("half", "yield", capacity=64).rates(3, flags=("preempted",))
        (group,) = capacity_groups(loaded(file).points)
        self.assertEqual(group.wait, "yield")
        self.assertEqual({impl: [p.capacity for p in line] for impl, line in group.lines.items()},
                         {"ring": [16, 64, 1024], "native": [16, 64]})

    def test_other_axes_make_other_groups(self) -> None:
        file = ResultFile()
        for capacity in (16, 64):
            file.point("ring", capacity=capacity).rates(1)
            file.point("other", capacity=capacity).rates(1)
            file.point("ring", capacity=capacity, bytes=64).rates(1)
            file.point("ring", capacity=capacity, producers=2).rates(1)
        groups = capacity_groups(loaded(file).points)
        self.assertEqual([g.suffix(groups[0]) for g in groups], ["", "_bytes64", "_p2_c1"])


class Accounts(unittest.TestCase):
    def test_each_trial_that_is_left_out_has_one_reason(self) -> None:
        file = ResultFile()
        trials = file.point("ring").rates(1, 2)
        trials.rates(3, state="far").rates(4, flags=("low_overlap",), state="far")
        trials.rates(5, flags=("low_overlap", "preempted"))
        trials.fails("crashed", "signal 11").fails("timeout", "20 s are over").fails("timeout", "20 s are over")
        run = loaded(file)
        account = uncounted(run.points, run)
        self.assertEqual((account.trials, account.total), (8, 6))
        self.assertEqual((account.flagged, account.other_state, account.unexplained), (2, 1, 0))
        # between other CPUs it may be the far state that counts: this trial was in another one all the same
        pairs = replace(run, states=[*run.states, replace(run.states[1], counted=True)])
        self.assertEqual(uncounted(pairs.points, pairs), account)
        self.assertEqual(account.flags, {"low_overlap": 2, "preempted": 1})
        self.assertEqual(account.failed, {"crashed": 1, "timeout": 2})


if __name__ == "__main__":
    unittest.main()
