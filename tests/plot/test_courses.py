"""Loads that last, and loads that rise and fall: what their charts show of the parts of a schedule."""

import json
import math
import tempfile
import unittest
from pathlib import Path
from typing import Any

import schema_2
from synthetic import ANYONE, PAIR, SCHEMA, ResultFile, jsonschema

import plot
from handoff_plot.draw.picture import Picture
from handoff_plot.read.document import document_of
from handoff_plot.read.load import load
from reading import texts

SHARES = (0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25)
IN_A_STAGE = 8
AXES = {"producers": 1, "consumers": 1, "capacity": 1024, "bytes": 8, "arrivals": "poisson"}


def soak_course(p50: float, growth: float) -> list[dict[str, Any]]:
    return [{"from_seconds": 5.0 * i, "to_seconds": 5.0 * (i + 1), "count": 1000, "p50": p50 * growth ** (i / 11),
             "p99": 10 * p50, "max": 100 * p50, "memory_bytes": 8e6 + 1e5 * i, "cpu_ns_per_item": 40.0}
            for i in range(12)]


def swell_course(p50: float, stays: float) -> list[dict[str, Any]]:
    """`stays`: how many times as slow it is on the way down."""
    return [{"from_seconds": 0.1 * i, "to_seconds": 0.1 * (i + 1), "load": 120 * share, "count": 1000,
             "p50": p50 * share * (stays if i // IN_A_STAGE > 3 else 1), "p99": 10 * p50, "max": 100 * p50}
            for i in range(len(SHARES) * IN_A_STAGE) for share in [SHARES[i // IN_A_STAGE]]]


def courses() -> ResultFile:
    file = ResultFile()
    file.implementations = ["ring", "list", "late"]
    for impl, promise, factor in (("ring", PAIR, 1.0), ("list", ANYONE, 3.0), ("late", ANYONE, 1e6)):
        for wait in ("yield", "park"):
            at = {"wait": wait, **AXES}
            soak = file.add("queues", "soak", impl, promise, 2, f"{impl}s", "latency", 2,
                            {**at, "load": 50, "placement": "spread"})
            swell = file.add("queues", "swell", impl, promise, 2, f"{impl}s", "recovery_ns", 2,
                             {**at, "load": 120, "placement": "spread"})
            for turn in range(3):
                soak.times(100, saturated=0, p50_drift=4.0, p99_drift=1.0, cpu_drift=1.0, memory_drift_bytes=9e5,
                           percentiles=(100 * factor,) * 5, what="from the scheduled time of an item to its arrival")
                file.rows[-1]["course"] = soak_course(100 * factor + turn, 4.0)
                swell.times(100, recovery_ns=3e6 + turn, recovered=1, down_over_up_25=1, down_over_up_50=2)
                file.rows[-1]["course"] = swell_course(200 * factor + turn, 5.0 if impl == "list" else 1.0)
    return file


class Courses(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        made = courses().document()
        jsonschema.Draft7Validator(SCHEMA).validate(made)
        document = schema_2.converted(made)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.json"
            path.write_text(json.dumps(document), encoding="utf-8")
            run = load(document_of(path))
            cls.pictures: dict[str, Picture] = {picture.name: picture for picture in plot.draw(run)}
        cls.points = {point.name for point in run.points}

    def words(self, name: str) -> str:
        return " ".join(text.get_text() for text in texts(self.pictures[name].figure)).replace("\n", " ")

    def test_each_workload_has_one_picture_with_all_its_points(self) -> None:
        for name in ("soak", "swell"):
            self.assertEqual(self.pictures[name].shown, {p for p in self.points if f"/{name}/" in p})

    def test_soak_has_a_panel_for_each_quantity_and_wait_and_states_drifts(self) -> None:
        axes = [a for a in self.pictures["soak"].figure.axes if a.get_ylabel()]
        self.assertEqual(len(axes), 2 * 4)
        self.assertEqual({a.get_ylabel().split(",")[0] for a in axes},
                         {"p50 of the latency", "p99 of the latency", "memory of the process", "CPU time"})
        (line,) = [line for line in axes[0].lines if line.get_label() == "ring"]
        heights = [float(y) for y in line.get_ydata()]
        self.assertEqual(len(heights), 12)
        self.assertAlmostEqual(heights[0], 101, delta=0.01)
        self.assertAlmostEqual(heights[-1], 404, delta=0.01)
        self.assertIn("ring, yield: p50 4", self.words("soak"))

    def test_swell_draws_both_ways_and_they_part_where_a_queue_did_not_recover(self) -> None:
        panels = [a for a in self.pictures["swell"].figure.axes if a.get_xlabel()]
        self.assertEqual(len(panels), 3 * 2)
        factors = []
        for panel in panels:
            up, down = [line for line in panel.lines if len(line.get_xdata()) == 4]
            self.assertEqual(list(up.get_xdata()), [30, 60, 90, 120])
            self.assertEqual(list(down.get_xdata()), [30, 60, 90, 120])
            self.assertEqual(up.get_ydata()[-1], down.get_ydata()[-1], "the peak is one")
            factors.append(down.get_ydata()[0] / up.get_ydata()[0])
        self.assertEqual([round(f) for f in sorted(factors)], [1, 1, 1, 1, 5, 5])
        self.assertEqual(self.words("swell").count("recovered in 3"), 4)
        self.assertEqual(self.words("swell").count("late from the first step on"), 2 + 1,
                         "where recovery says nothing, and in the caption")
        self.assertFalse(any(math.isnan(f) for f in factors))


if __name__ == "__main__":
    unittest.main()
