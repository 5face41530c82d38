"""What tests/cli/assert_run.py asks of a run's folder is what is drawn there."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

from reading import drawn_once
from synthetic import ROOT, ResultFile, everything, teams
from synthetic_limits import limited
from synthetic_paced import paced
from synthetic_scaling import scaled
from synthetic_tasks import PARKED, pool_point, tasks
from synthetic_waits import waits

sys.path.insert(0, str(ROOT / "tests" / "cli"))
import assert_run  # noqa: E402


class Required(unittest.TestCase):
    def test_every_chart_that_is_drawn_is_asked_for_and_no_other(self) -> None:
        for made in (everything, teams, tasks, scaled, paced, limited, waits):
            asked, drawn = assert_run.required(made().document()), set(drawn_once(made))
            for name in drawn:
                self.assertTrue(any(f"{name}_".startswith(f"{chart}_") for chart in asked), name)
            for chart in asked:
                self.assertTrue(any(f"{name}_".startswith(f"{chart}_") for name in drawn), chart)

    def test_nothing_is_asked_for_of_what_is_not_counted(self) -> None:
        for made in (everything, teams, tasks, scaled, paced, waits):
            document = made().document()
            for row in document["benchmarks"]:
                row.update(counted=False, flags=["preempted"])
            self.assertEqual(assert_run.required(document), [])

    def test_a_missing_and_an_empty_chart_are_named(self) -> None:
        file = ResultFile(repetitions=1)
        for length in (0, 100):
            pool_point(file, "pool", "submit_work", PARKED, task_ns=length).times(100)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            file.write(folder)
            for chart in ("pools_submit_work.png", "pools_submit_work.svg", "pools_efficiency.png"):
                (folder / chart).write_bytes(bytes(6000))
            (folder / "pools_efficiency_workers2.svg").write_bytes(b"")
            self.assertEqual(assert_run.complaints(folder), ["chart pools_efficiency.svg is missing or empty"])

    def test_a_result_far_above_its_limit_is_named(self) -> None:
        file = limited()
        document = file.document()
        name = document["benchmarks"][0]["name"]
        for least, named in ((1.2, False), (1.6, True)):
            document["run"]["above_limit"] = [{"name": name, "time_ns": 1.0, "trials": 2, "limit_ns": 2.0,
                                               "least_limit_ns": least, "limit_by": "stream_item_ns", "share": 2.0,
                                               "least_share": least}]
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "results.json").write_text(json.dumps(document))
                found = assert_run.complaints(Path(folder))
            self.assertEqual(any(line.startswith(f"above its limit: {name}: 1 ns") for line in found), named)

    def test_a_failed_trial_and_an_unfinished_run_are_named(self) -> None:
        file = ResultFile(repetitions=2)
        pool_point(file, "pool", "submit_work", PARKED, task_ns=0).fails("invalid", "lost: 1 task")
        file.complete = False
        with tempfile.TemporaryDirectory() as name:
            file.write(Path(name))
            found = assert_run.complaints(Path(name))
        self.assertIn("the run is not complete", found)
        self.assertTrue(any(line.startswith("invalid: pools/submit_work/pool") for line in found), found)


if __name__ == "__main__":
    unittest.main()
