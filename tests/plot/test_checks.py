"""Points in which a trial failed its check or was saturated: they have no number of the mild trials alone."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import numpy
from reading import pictures, texts, values
from synthetic import ANYONE, PAIR, ResultFile
from synthetic_paced import SCHEDULED, queue_point, tailed

import plot
from handoff_plot.charts import draw
from handoff_plot.choose.measures import latency, saturation, share, throughput
from handoff_plot.draw.quantiles import backed, curve_of
from handoff_plot.read.document import document_of
from handoff_plot.read.load import load
from handoff_plot.read.records import CAUGHT, Run


def run_of(file: ResultFile, change=lambda document: None) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        path = file.write(Path(folder))
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))
        return load(document_of(path))


def words(picture) -> list[str]:
    return [t.get_text() for t in texts(picture.figure)]


class FailedChecks(unittest.TestCase):
    """A queue that loses items in four of five trials; the survivor is fast."""

    @staticmethod
    def made() -> ResultFile:
        file = ResultFile()
        for impl in ("good_ring", "bad_ring", "fine_ring"):
            for wait in ("yield", "spin"):
                for capacity in (16, 256):
                    trials = file.point(impl, wait, PAIR, capacity=capacity)
                    rate = 777.0 if impl == "bad_ring" else 10.0
                    if impl == "bad_ring" and wait == "yield":
                        trials.fails("invalid", "3 items were lost")
                        trials.rates(rate, rate + 1, flags=("preempted",))
                    trials.rates(rate, rate + 1)
        for row in file.rows:
            row.update(limit_ns=1.0, limit_share=0.4 if "bad_ring" in row["name"] else 0.2, limit_by="kernel")
        file.point("bad_ring", "yield", PAIR, workload="round_trip").latencies((1, 2, 3, 4, 5))
        file.point("good_ring", "yield", PAIR, workload="round_trip").latencies((1, 2, 3, 4, 5))
        file.team("counters", "contended_add", "bad_ring", {}, threads=1, work_ns=0).times(5.0)
        file.team("counters", "contended_add", "bad_ring", {}, threads=2, work_ns=0).times(5.0)
        return file

    def test_the_point_has_no_number(self) -> None:
        for p in run_of(self.made()).points:
            caught = p.impl.startswith("bad_ring") and p.wait == "yield" and p.workload == "transfer"
            self.assertEqual(p.caught, caught)
            if p.workload == "transfer":
                self.assertEqual((throughput(p) is None, share(p) is None), (caught, caught))

    def test_the_name_is_marked_wherever_it_stands(self) -> None:
        drawn = pictures(self.made())
        self.assertGreaterEqual(set(drawn), {"throughput", "wait", "capacity", "cpu_throughput", "round_trip",
                                             "limit_share_queues"})
        seen = 0
        for name, picture in drawn.items():
            for text in words(picture):
                for place in range(len(text)):
                    if text.startswith("bad_ring", place) and not name.startswith("counters"):
                        self.assertEqual(text[place:].removeprefix("bad_ring")[:len(CAUGHT)], CAUGHT, (name, text))
                        seen += 1
        self.assertGreater(seen, 10)
        said = " ".join(" ".join(words(drawn["throughput"])).split())
        self.assertIn("a trial of it, here or elsewhere, showed a fault", said)
        self.assertIn("Nearest to what the machine could do at best comes good_ring", said)

    def test_another_familys_implementation_of_the_same_name_is_not_marked(self) -> None:
        drawn = pictures(self.made())
        self.assertIn("bad_ring", words(drawn["counters_threads"]))

    def test_no_mark_of_the_survivors_is_drawn(self) -> None:
        file = ResultFile()
        for impl, rate in (("good_ring", 10.0), ("bad_ring", 777.0)):
            for wait in ("yield", "spin"):
                for capacity in (16, 256):
                    file.point(impl, wait, PAIR, capacity=capacity).rates(rate, rate + 1)
                    file.point(impl, wait, PAIR, capacity=capacity).rates(rate + 2, flags=("preempted",))
        for wait in ("yield", "spin"):
            for capacity in (16, 256):
                file.point("bad_ring", wait, PAIR, capacity=capacity).fails("invalid", "3 items were lost")
        drawn = pictures(file)
        self.assertGreaterEqual(set(drawn), {"throughput", "wait"})
        for name, picture in drawn.items():
            self.assertFalse({v for v in values(picture.figure) if 770 < v < 790}, name)
        self.assertIn("no number: 1 of 4 trials failed the check", words(drawn["throughput"]))

    def test_the_colour_stays_that_of_the_catalog(self) -> None:
        colours = []
        for fails in (False, True):
            file = ResultFile()
            file.implementations = ["good_ring", "bad_ring", "fine_ring"]
            for wait, capacity in (("yield", 16), ("yield", 256), ("spin", 16)):
                file.point("bad_ring", wait, PAIR, capacity=capacity).rates(1.0, 2.0)
            if fails:
                file.point("bad_ring", "spin", PAIR, capacity=16).fails("invalid", "lost")
            lines = [line for axes in pictures(file)["capacity"].figure.axes for line in axes.lines]
            colours.append({line.get_color() for line in lines if line.get_label().startswith("bad_ring")})
        self.assertEqual(*colours)
        self.assertEqual(len(colours[0]), 1)

    def test_a_fault_that_only_the_file_knows_of(self) -> None:
        """Which trials of such a point count, the file says of each: none."""
        def stated(document: dict) -> None:
            document["run"]["points"][0].update(caught=True, failed={})
            document["run"]["points"][1].update(failed={})  # it could not be measured, which is no fault of the ring
            for row in document["benchmarks"][:2]:
                row["counted"] = False

        file = ResultFile()
        file.point("hung_ring", "yield", PAIR).rates(1.0, 2.0).fails("timeout", "20 s are over")
        file.point("ring", "yield", PAIR).rates(1.0, 2.0).fails("invalid", "nothing was done in the time")
        run = run_of(file, stated)
        self.assertEqual([p.caught for p in run.points], [True, False])
        text = words(next(iter(draw(run))))
        self.assertIn("hung_ring (failed its check)", text)
        self.assertIn("no number: 1 of 3 trials failed", text)

    def test_the_account_says_what_became_of_the_survivors(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                self.assertEqual(plot.main([str(self.made().write(Path(folder)))]), 0)
        lines = out.getvalue().splitlines()
        self.assertIn("not counted: 10 of 34 trials: 4 flagged (4 preempted), 2 failed (2 invalid), "
                      "4 good ones of points in which another showed a fault", lines)
        self.assertIn("without a counted trial: 2 points", lines)


class Saturated(unittest.TestCase):
    @staticmethod
    def made(mild: int, hard: int) -> ResultFile:
        """Two queues at two loads; one is saturated in `hard` of its trials at the higher load."""
        file = ResultFile()
        for impl in ("ring", "slow"):
            for offered in (10, 50):
                point = queue_point(file, "paced", impl, ANYONE, "spin", arrivals="fixed", load=offered)
                saturated = hard if impl == "slow" and offered == 50 else 0
                for turn in range(mild):
                    point.times(20, samples=tailed(100 + turn if impl == "ring" else 60 + turn), what=SCHEDULED,
                                saturated=0)
                for _ in range(saturated):
                    point.times(20, saturated=1)
        return file

    @staticmethod
    def point(run: Run):
        return next(p for p in run.points if p.impl == "slow" and p.axes["load"] == 50)

    def test_half_and_more_have_no_median(self) -> None:
        for mild, hard in ((2, 5), (3, 3), (1, 6)):
            point = self.point(run_of(self.made(mild, hard)))
            self.assertEqual(saturation(point), (hard, mild + hard))
            for measure in (lambda p: latency(p, "p50"), backed(0.5), backed(0.99), curve_of):
                self.assertIsNone(measure(point), (mild, hard))

    def test_fewer_count_as_infinitely_slow(self) -> None:
        """Of 60 .. 64 and two that are infinite the fourth is the median, not the third."""
        point = self.point(run_of(self.made(5, 2)))
        for measure in (lambda p: latency(p, "p50"), backed(0.5)):
            self.assertEqual((measure(point).median, measure(point).low, measure(point).high), (63, 60, 64))
        self.assertAlmostEqual(curve_of(point).last, 5 / 7)
        self.assertEqual(curve_of(point).marks, [])

    def test_a_share_of_a_limit_is_nothing_in_a_saturated_trial(self) -> None:
        def limited(document: dict) -> None:
            for row in document["benchmarks"]:
                if "latency" in row:
                    row.update(limit_ns=30.0, limit_share=0.5)

        self.assertEqual(share(self.point(run_of(self.made(5, 2), limited))).median, 50.0)
        self.assertIsNone(share(self.point(run_of(self.made(2, 5), limited))))

    def test_the_chart_has_no_mild_p50_and_says_in_how_many(self) -> None:
        drawn = pictures(self.made(2, 5))
        for name in ("latency_load", "percentiles_paced"):
            text = " ".join(words(drawn[name]))
            self.assertIn("slow, spin, 50%: saturated in 5 of 7", text)
            lower = [float(y) for axes in drawn[name].figure.axes for line in axes.lines
                     if "latency" in axes.get_ylabel() and numpy.size(line.get_xdata()) == 1
                     for x, y in zip(line.get_xdata(), line.get_ydata()) if abs(x - 5) < 0.2 or name != "latency_load"]
            self.assertTrue(lower)
        # at load 50 only the ring has a mark
        self.assertNotIn(61, [round(y) for axes in drawn["latency_load"].figure.axes for line in axes.lines
                              if "p50 of" in axes.get_ylabel() and numpy.size(line.get_xdata()) == 1
                              for x, y in zip(line.get_xdata(), line.get_ydata()) if abs(x - 5) < 0.2])

    def test_the_file_may_say_in_how_many(self) -> None:
        def stated(document: dict) -> None:
            for entry in document["run"]["points"]:
                entry.update(saturated=4, trials=9)

        self.assertEqual(saturation(self.point(run_of(self.made(2, 5), stated))), (4, 9))

    def test_the_terminal_names_the_points(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                self.assertEqual(plot.main([str(self.made(2, 5).write(Path(folder)))]), 0)
        lines = out.getvalue().splitlines()
        self.assertEqual(lines[lines.index("saturated in some trials: 1 point") + 1].split(": ")[-1], "in 5 of 7")


if __name__ == "__main__":
    unittest.main()
