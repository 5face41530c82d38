"""Result files of both schemas: the same values and pictures; axes that only the file knows; what was not built."""

import contextlib
import io
import json
import math
import tempfile
import unittest
from pathlib import Path

import schema_2
from reading import svg_words, texts, values
from synthetic import ANYONE, PAIR, ResultFile, everything, teams
from synthetic_waits import waits

import plot
from handoff_plot.charts import draw
from handoff_plot.choose.contests import TRANSFER, contenders
from handoff_plot.choose.cuts import settings
from handoff_plot.choose.measures import hump_summaries, wall_time
from handoff_plot.choose.queues import capacity_groups, combinations
from handoff_plot.choose.words import setting_words
from handoff_plot.draw.caption import not_built
from handoff_plot.read.axes import COUNT, WORD, Axis
from handoff_plot.read.document import document_of
from handoff_plot.read.load import load
from handoff_plot.read.records import Run
from handoff_plot.read.schema_1 import AXES

LANES = Axis("lanes", "l", COUNT, least=1, neutral="1", phrase="{} lane{s}")
COLOUR = Axis("colour", "colour", WORD, neutral="grey", phrase="painted {}")


class SchemaTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def both(self, file: ResultFile) -> tuple[Run, Run]:
        """The run, read from schema 1 and from schema 2."""
        one = load(document_of(file.write(self.folder)))
        return one, load(document_of(schema_2.write(file, self.folder)))


class Histograms(SchemaTest):
    def test_both_schemas_give_the_same_samples(self) -> None:
        exact = [0, 1, 17, 255]
        # middles of buckets of width 2, 8 and 2^20
        wide = [257, 511, 1028, 2044, (200 << 20) + (1 << 19), (255 << 20) + (1 << 19)]
        file = ResultFile()
        file.point("ring", workload="round_trip").times(500, samples=[(0.5 * v, 3 + i) for i, v in
                                                                      enumerate([*exact, *wide])])
        one, two = self.both(file)
        self.assertEqual(len(one.points[0].trials[0].samples), 10)
        self.assertEqual(one.points[0].trials[0].samples, two.points[0].trials[0].samples)

    def test_steps_add_up_and_the_scale_makes_ns(self) -> None:
        file = ResultFile()
        file.point("ring", workload="round_trip").times(500, samples=[(1.0, 1)])
        document = schema_2.converted(file.document())
        document["benchmarks"][0]["latency"]["histogram"] = {"scale": 2.0, "buckets": [3, 1, 252, 5, 1, 7, 128, 2]}
        path = self.folder / "results.json"
        path.write_text(json.dumps(document))
        # bucket 256 holds 256 and 257, of which the middle is 257; bucket 384 starts at 512, four wide
        trial = load(document_of(path)).points[0].trials[0]
        self.assertEqual(trial.samples, ((6.0, 1), (510.0, 5), (514.0, 7), (1028.0, 2)))

    def test_half_a_pair_is_refused(self) -> None:
        file = ResultFile()
        file.point("ring", workload="round_trip").times(500, samples=[(1.0, 1)])
        document = schema_2.converted(file.document())
        document["benchmarks"][0]["latency"]["histogram"]["buckets"].append(1)
        path = self.folder / "results.json"
        path.write_text(json.dumps(document))
        error = io.StringIO()
        with contextlib.redirect_stderr(error):
            self.assertEqual(plot.main([str(path)]), 1)
        self.assertIn("expected pairs", error.getvalue())


class Pictures(SchemaTest):
    def test_both_schemas_give_the_same_pictures(self) -> None:
        for made in (everything, teams):
            drawn = [{picture.name: (sorted(text.get_text() for text in texts(picture.figure)),
                                     sorted(v for v in values(picture.figure) if not math.isnan(v)))
                      for picture in draw(run)} for run in self.both(made())]
            self.assertGreater(len(drawn[0]), 5)
            self.assertEqual(*drawn)

    def test_both_schemas_give_the_same_humps(self) -> None:
        found = []
        for run in self.both(waits()):
            found.append([[(s.median, s.low, s.high, s.count) for s in hump_summaries(p, wall_time)]
                          for p in run.points if p.humps])
        self.assertEqual(found[0], [[(41.5, 40, 43, 4), (4250, 4100, 4400, 4)]] * 2)
        self.assertEqual(*found)

    def test_a_trial_is_ranked_by_what_the_file_says(self) -> None:
        file = ResultFile()
        file.point("ring").rates(2, 4)
        document = schema_2.converted(file.document())
        del document["benchmarks"][1]["ranked_value"]
        path = self.folder / "results.json"
        path.write_text(json.dumps(document))
        self.assertEqual([t.ranked_value for t in load(document_of(path)).points[0].trials], [2e6, None])
        self.assertEqual(load(document_of(path)).measures["items_per_second"].better, "higher")


class UnknownAxes(SchemaTest):
    def test_axes_of_the_file_are_all_that_is_needed(self) -> None:
        file = ResultFile()
        for lanes in (1, 2):
            for colour in ("grey", "red"):
                for threads in (1, 2):
                    file.team("counters", "contended_add", "word", ANYONE, threads=threads, work_ns=0, lanes=lanes,
                              colour=colour).times(7.0 * lanes)
        run = load(document_of(schema_2.write(file, self.folder, (LANES, COLOUR))))
        found = settings(run.points, ("threads",))
        self.assertEqual([setting_words(s.fixed, s.points) for s in found],
                         [f"0 ns of work after each increment{words}, placement spread"
                          for words in ("", ", painted red", ", 2 lanes", ", 2 lanes, painted red")])
        self.assertEqual([s.suffix(found[0]) for s in found], ["", "_colour_red", "_l2", "_l2_colour_red"])
        names = {picture.name for picture in draw(run)}
        self.assertEqual(names, {"counters_threads", "counters_threads_colour_red", "counters_threads_l2",
                                 "counters_threads_l2_colour_red"})

    def test_queues_that_differ_in_such_an_axis_share_no_picture(self) -> None:
        file = ResultFile()
        for lanes in (1, 3):
            for capacity in (16, 64):
                file.add("queues", "transfer", "ring", PAIR, 2, "peers", "items_per_second", 2,
                         {"wait": "spin", "producers": 1, "consumers": 1, "capacity": capacity, "bytes": 8,
                          "lanes": lanes, "placement": "spread"}).rates(lanes)
        run = load(document_of(schema_2.write(file, self.folder, (LANES,))))
        found = combinations(contenders(run, TRANSFER))
        self.assertEqual([c.suffix(found[0]) for c in found], ["", "_capacity64", "_l3", "_capacity64_l3"])
        self.assertIn("3 lanes", found[2].title)
        groups = capacity_groups(contenders(run, TRANSFER))
        self.assertEqual([g.suffix(groups[0]) for g in groups], ["", "_l3"])
        self.assertEqual(len({picture.name for picture in draw(run)}), 6)

    def test_implementations_that_lack_an_axis_stand_beside_each_of_its_values(self) -> None:
        file = ResultFile()
        for impl, colour in (("plain", "bare"), ("word", "red"), ("word", "blue")):
            for threads in (1, 2):
                file.team("counters", "contended_add", impl, ANYONE, threads=threads, work_ns=0,
                          colour=colour).times(7.0)
        axis = Axis("colour", "colour", WORD, phrase="painted {}", absent="bare",
                    absent_phrase="bare if they have none")
        found = settings(load(document_of(schema_2.write(file, self.folder, (axis,)))).points, ("threads",))
        self.assertEqual([sorted({p.impl for p in s.points}) for s in found], [["plain", "word"]] * 2)
        self.assertIn("painted red (bare if they have none)", setting_words(found[0].fixed, found[0].points))

    def test_an_axis_that_no_table_lists_keeps_points_apart(self) -> None:
        file = ResultFile()
        for lanes in (1, 3):
            for threads in (1, 2):
                file.team("counters", "contended_add", "word", ANYONE, threads=threads, work_ns=0,
                          spare_ns=lanes).times(7.0)
        path = self.folder / "results.json"
        path.write_text(json.dumps(file.document()))
        found = settings(load(document_of(path)).points, ("threads",))
        self.assertEqual([s.suffix(found[0]) for s in found], ["", "_spare_ns3"])
        self.assertIn("spare 3", setting_words(found[1].fixed, found[1].points))

    def test_values_of_another_kind_are_refused(self) -> None:
        for axis, value in (("lanes", "many"), ("lanes", 0), ("colour", 3)):
            file = ResultFile()
            file.team("counters", "contended_add", "word", ANYONE, work_ns=0, **{axis: value}).times(7.0)
            error = io.StringIO()
            with contextlib.redirect_stderr(error):
                self.assertEqual(plot.main([str(schema_2.write(file, self.folder, (LANES, COLOUR)))]), 1)
            self.assertIn(f"{axis} is {value!r}, expected", error.getvalue())

    def test_phrases(self) -> None:
        self.assertEqual([LANES.words(v) for v in (None, 1, 2, 3000)], ["", "", "2 lanes", "3,000 lanes"])
        self.assertEqual([AXES["depth"].words(v) for v in (1, 2)],
                         ["handed in from outside", "2 levels of tasks that wait for tasks"])
        self.assertEqual([AXES["capacity"].words(v) for v in ("unbounded", 1024)], ["", "capacity 1,024"])


class NotBuilt(SchemaTest):
    MISSING = [{"impl": "tbb_queue", "family": "queues", "reason": "oneTBB not found"},
               {"impl": "tbb_bounded_queue", "family": "queues", "reason": "oneTBB not found"},
               {"impl": "tbb_mutex", "family": "locks", "reason": "oneTBB not found"},
               {"impl": "boost_queue", "family": "queues", "reason": "Boost not found"},
               {"impl": "rigtorp_spsc_queue", "family": "queues", "reason": "rigtorp_spsc not found",
                "option": "HANDOFF_WITH_RIGTORP_SPSC"}]

    def test_captions_and_remarks_say_what_was_not_built(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1, 2, 3)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertEqual(plot.main([str(schema_2.write(file, self.folder, not_built=self.MISSING))]), 0)
        self.assertIn("Not built: tbb_queue, tbb_bounded_queue (oneTBB not found); boost_queue (Boost not found).",
                      svg_words(self.folder / "throughput.svg"))
        lines = out.getvalue().splitlines()
        self.assertEqual(lines[lines.index("not built: 4 implementations") + 3], "  locks/tbb_mutex: oneTBB not found")
        self.assertNotIn("rigtorp", out.getvalue() + svg_words(self.folder / "throughput.svg"), "nobody asked for it")

    def test_a_long_list_is_shortened(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1)
        missing = [{"impl": f"queue_{i:03}", "family": "queues", "reason": f"library {i // 40} not found"}
                   for i in range(240)]
        text = not_built(load(document_of(schema_2.write(file, self.folder, not_built=missing))), {"queues"})
        self.assertIn("queue_005 and 34 more (library 0 not found)", text)
        self.assertTrue(text.endswith("80 more for other reasons."), text)
        self.assertLess(len(text), 500)

    def test_nothing_is_said_where_everything_was_built(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1)
        self.assertEqual(not_built(load(document_of(file.write(self.folder))), {"queues"}), "")


if __name__ == "__main__":
    unittest.main()
