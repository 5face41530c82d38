"""The command as a user meets it: exit codes, messages of one line, the same bytes for the same input."""

import contextlib
import copy
import io
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from synthetic import PLOT, ResultFile, context, everything

import plot


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """plot.py as its own process, without a display."""
    env = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(["/usr/bin/python3", str(PLOT), *map(str, arguments)], capture_output=True, text=True,
                          env={**env, "PYTHONDONTWRITEBYTECODE": "1", **environment}, check=False)


def call(*arguments: object) -> subprocess.CompletedProcess[str]:
    """What `run` answers, from within this process: a new one takes most of a second."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = plot.main([*map(str, arguments)])
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


class Colours(unittest.TestCase):
    def test_an_implementation_looks_the_same_in_every_file(self) -> None:
        """A file with one of three implementations draws it as the file with all three does."""
        palette = json.loads((PLOT.parent / "style.json").read_text())["palette"]
        with tempfile.TemporaryDirectory() as name:
            for drawn in (["a_ring", "b_ring", "c_ring"], ["c_ring"]):
                folder = Path(name) / str(len(drawn))
                folder.mkdir()
                made = ResultFile()
                made.implementations = ["a_ring", "b_ring", "c_ring"]
                for impl in drawn:
                    made.point(impl).rates(10.0, 11.0, 12.0)
                self.assertEqual(call(made.write(folder)).returncode, 0)
                svg = (folder / "throughput.svg").read_text().lower()
                self.assertIn(palette[2], svg)
                self.assertEqual(palette[0] in svg, len(drawn) == 3)


class Refusals(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def refused(self, code: int, path: Path, *words: str, command=call) -> None:
        """The command ends with `code` and one line that names the file and has `words`."""
        answer = command(path)
        self.assertEqual(answer.returncode, code, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)
        for word in ("plot.py: ", str(path), *words):
            self.assertIn(word, answer.stderr)
        self.assertEqual([p.name for p in self.folder.iterdir() if p.suffix in (".png", ".svg")], [])

    def written(self, text: str) -> Path:
        path = self.folder / "some.json"
        path.write_text(text, encoding="utf-8")
        return path

    def broken(self, change) -> Path:
        """A good file after `change`."""
        file = ResultFile()
        file.point("ring").rates(1, 2, 3)
        document = copy.deepcopy(file.document())
        change(document)
        return self.written(json.dumps(document))

    def test_a_missing_file(self) -> None:
        self.refused(2, self.folder / "none.json", "No such file", "expected the results.json", command=run)

    def test_a_folder(self) -> None:
        self.refused(2, self.folder, "expected the results.json")

    def test_no_json(self) -> None:
        self.refused(2, self.written("name,real_time\nring,1\n"), "not JSON", "expected the results.json")

    def test_a_number_that_is_none(self) -> None:
        self.refused(2, self.written('{"benchmarks": [NaN]}'), "not JSON", "NaN")

    def test_other_json(self) -> None:
        for text in ("[1, 2]", "7", '{"machine_info": {}, "benchmarks": []}', '{"benchmarks": {}, "context": {}}'):
            self.refused(2, self.written(text), "not a Handoff result file", "expected the results.json")

    def test_a_plain_google_benchmark_file(self) -> None:
        plain = {key: value for key, value in context().items() if key != "handoff"}
        row = {"name": "BM_queue/8", "run_type": "iteration", "iterations": 1, "real_time": 1.0,
               "time_unit": "ns"}
        self.refused(2, self.written(json.dumps({"context": plain, "benchmarks": [row]})),
                     "plain Google Benchmark file", "expected the results.json")

    def test_another_schema(self) -> None:
        self.refused(2, self.broken(lambda d: d["run"].update(schema=7)), "schema 7", "expected schema 1")

    def test_content_that_breaks_the_schema(self) -> None:
        changes = {
            "items_per_second": lambda d: d["benchmarks"][1].pop("items_per_second"),
            "counted": lambda d: d["benchmarks"][1].update(counted="yes"),
            "-3": lambda d: d["benchmarks"][0].update(items_per_second=-3),
            "producers": lambda d: d["run"]["points"][0]["point"].update(producers="two"),
            "states": lambda d: d["run"].pop("states"),
            "twice": lambda d: d["run"]["points"].append(d["run"]["points"][0]),
        }
        for word, change in changes.items():
            with self.subTest(word):
                self.refused(1, self.broken(change), "breaks results/schema.json", word)

    def test_nothing_counted(self) -> None:
        file = ResultFile()
        trials = file.point("ring").rates(1, 2, 3, flags=("preempted",))
        path = file.write(self.folder)
        self.refused(1, path, "nothing to draw")
        self.assertIn(f"  {trials.name}: 3 flagged (3 preempted)", call(path).stdout.splitlines())

    def test_only_a_workload_without_a_chart(self) -> None:
        file = ResultFile()
        file.point("ring", workload="unheard_of").rates(1)
        path = file.write(self.folder)
        self.refused(1, path, "nothing to draw")
        self.assertIn("no chart for queues/unheard_of: 1 point", call(path).stdout)

    def test_an_out_that_is_a_file(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1)
        path = file.write(self.folder)
        answer = call(path, "--out", path)
        self.assertEqual((answer.returncode, answer.stderr.count("\n")), (2, 1))
        self.assertIn(f"--out {path}", answer.stderr)

    def test_no_arguments(self) -> None:
        answer = run()
        self.assertEqual(answer.returncode, 2)
        self.assertNotIn("Traceback", answer.stderr)


class Runs(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_the_same_input_gives_the_same_bytes(self) -> None:
        path = everything().write(self.folder)
        for name, seed in (("one", "1"), ("two", "2")):
            answer = run(path, "--out", self.folder / name, PYTHONHASHSEED=seed, MPLBACKEND="TkAgg")
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        first, second = ({p.name: p.read_bytes() for p in (self.folder / name).iterdir()} for name in ("one",
                                                                                                       "two"))
        self.assertEqual(first.keys(), second.keys())
        self.assertEqual(len(first), 16)
        for name in first:
            self.assertEqual(first[name], second[name], name)

    def test_pictures_go_beside_the_file_or_to_out(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1, 2, 3)
        path = file.write(self.folder)
        self.assertEqual(run(path).returncode, 0)
        self.assertTrue((self.folder / "throughput.png").is_file())
        self.assertEqual(run(path, "--out", self.folder / "new" / "deep").returncode, 0)
        self.assertTrue((self.folder / "new" / "deep" / "throughput.svg").is_file())

    def test_an_interrupted_run_and_stray_rows_are_reported(self) -> None:
        file = ResultFile()
        file.point("ring").rates(1, 2, 3)
        file.point("never").rates()
        lost = file.point("lost").rates(4)
        file.points.remove(lost.entry)
        file.complete = False
        answer = run(file.write(self.folder))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        lines = answer.stdout.splitlines()
        self.assertIn("interrupted run: 4 of 6 trials are done", lines)
        self.assertIn("  queues/transfer/never/wait:yield/p:1/c:1/cap:1024/bytes:8: no trial was done", lines)
        self.assertEqual(lines[lines.index("not listed among the run's points: 1 trial") + 1], f"  {lost.name}")
        words = (self.folder / "throughput.svg").read_text(encoding="utf-8")
        self.assertIn("The run was interrupted", words)


if __name__ == "__main__":
    unittest.main()
