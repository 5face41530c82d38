"""handoff history: what is kept, what is refused, what survives, and where it sees changes."""

import itertools
import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import time

from cli.made import POINT, gate, plain, result
from cli.support import HANDOFF, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")
numpy = library("numpy")

SCHEMA = json.loads((ROOT / "results" / "history.schema.json").read_text())
SEVEN = [100.0, 101, 102, 103, 104, 105, 106]


class HistoryTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.need_history()
        self.db = self.folder / "history.sqlite"
        self.reference = self.written("reference.json", result({"ring": SEVEN, "queue": SEVEN}, git_commit="frozen"))

    def written(self, name, document):
        path = self.folder / name
        path.write_text(json.dumps(document))
        return path

    def candidate(self, factor=1.0, name="result.json", points=("ring", "queue"), **changes):
        changes = {"git_commit": f"c{factor}", **changes}
        return self.written(name, result({p: [factor * v for v in SEVEN] for p in points}, **changes))

    def add(self, file, *flags):
        return run(HANDOFF, "history", "add", file, "--reference", self.reference, "--db", self.db, *flags)

    def added(self, *arguments, **changes):
        done = self.add(self.candidate(*arguments, **changes))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def shown(self, *flags):
        out = self.folder / "shown.json"
        done = run(HANDOFF, "history", "show", *flags, "--db", self.db, "--json", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(out.read_text(), parse_constant=self.fail)
        jsonschema.Draft7Validator(SCHEMA).validate(answer)
        return answer, done.stdout

    def rows(self, query="SELECT point, ratio FROM ratios ORDER BY \"add\", point"):
        with sqlite3.connect(self.db) as file:
            found = file.execute(query).fetchall()
        file.close()
        return found

    def fill(self, series, machine="m"):
        """Puts whole series (point -> ratios) into a history that one real add has made."""
        self.added()
        with sqlite3.connect(self.db) as file:
            file.execute("DELETE FROM ratios")
            reference, = file.execute("SELECT reference FROM adds").fetchone()
            file.execute("DELETE FROM adds")
            for i in range(max(map(len, series.values()))):
                file.execute("INSERT INTO adds VALUES (?, ?, ?, ?, ?, ?, '{}', ?)",
                             (i, f"d{i}", f"run{i}", f"commit{i}", f"2030-01-01T{i // 60:02}:{i % 60:02}:00+00:00",
                              machine, reference))
                for point, ratios in series.items():
                    if i < len(ratios):
                        file.execute("INSERT INTO ratios VALUES (?, ?, ?, NULL, NULL, 7, 7)", (i, point, ratios[i]))
        file.close()


class Adding(HistoryTest):
    def test_one_row_per_point_with_commit_date_and_environment(self):
        self.added(1.25)
        self.assertEqual(self.rows(), [(POINT.format("queue"), 1.25), (POINT.format("ring"), 1.25)])
        (commit, date, environment, reference), = self.rows("SELECT \"commit\", date, environment, reference FROM adds")
        self.assertEqual((commit, date), ("c1.25", "2030-01-02T03:04:05+00:00"))
        self.assertEqual(json.loads(environment)["cpu_model"], "Imaginary 9000")
        self.assertEqual(json.loads(environment)["libraries"], {"libtbb-dev": "1.0"})
        self.assertIn("frozen", reference)

    def test_commit_and_date_may_be_named(self):
        self.assertEqual(self.add(self.candidate(), "--commit", "v1.2", "--date=2031-02-03").returncode, 0)
        self.assertEqual(self.rows("SELECT \"commit\", date FROM adds"), [("v1.2", "2031-02-03")])
        self.assert_one_line_refusal(self.add(self.candidate(2.0), "--date=yesterday"), "--date yesterday", "ISO 8601")

    def test_dates_are_of_the_calendar(self):
        for date in ("2031-02-31", "2031-02-29", "2031-13-01", "2031-00-10", "2031-01-00", "31-01-01", "2031-1-1",
                     "2031-01-01x", "2031-01-01T", "2031-01-01T25:00", "2031-01-01T12:60", "2031-01-01T12:00:61",
                     "2031-01-01T12:00+25:00", "2031-01-01T12:00Zulu", "now", "-031-01-01"):
            with self.subTest(date):
                self.assert_one_line_refusal(self.add(self.candidate(), f"--date={date}"), f"--date {date}", "ISO 8601")
        self.assertFalse(self.db.exists())
        for i, date in enumerate(("2032-02-29", "9999-12-31", "2031-01-01T12:00", "2031-01-01 23:59:59.5",
                                  "2031-01-01T12:00:00Z", "2031-01-01T12:00:00-09:30")):
            self.assertEqual(self.add(self.candidate(1 + i), f"--date={date}").returncode, 0, date)

    def test_the_same_result_is_added_once(self):
        file = self.candidate(1.25)
        self.assertEqual(self.add(file).returncode, 0)
        before = self.rows()
        again = self.add(file)
        self.assertEqual(again.returncode, 0)
        self.assertIn("already; nothing added", again.stdout)
        self.assertEqual(self.rows(), before)

    def test_another_build_may_differ_from_the_reference_another_machine_may_not(self):
        for n, changes in enumerate(({"compiler": "GNU 100"}, {"flags": "-O2"}, {"libraries": {"libtbb-dev": "2"}})):
            self.assertIn("added 2 ratios", self.added(1.0 + n, **changes))
        for changes, word in (({"cpu_model": "Another"}, "cpu_model"), ({"host_name": "elsewhere"}, "host_name"),
                              ({"kernel": "Linux 8"}, "kernel"), ({"states": [(100.0, 110.0)]}, "machine state"),
                              ({"min_time": 1.0}, "min_time_seconds")):
            self.assert_one_line_refusal(self.add(self.candidate(1.5, **changes)), "result.json", word,
                                         "run the reference build again")
        self.assertEqual(len(self.rows("SELECT * FROM adds")), 3)
        self.assertEqual(self.add(self.candidate(1.5, host_name="elsewhere"), "--same-machine").returncode, 0)

    def test_points_without_a_ratio_are_named_and_left_out(self):
        file = self.written("r.json", result({"ring": SEVEN, "new": SEVEN, "queue": SEVEN[:2]}))
        done = self.add(file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"left out {POINT.format('queue')}: fewer than 3 repetitions", done.stdout)
        self.assertIn(f"left out {POINT.format('new')}: not in the reference", done.stdout)
        self.assertEqual(self.rows(), [(POINT.format("ring"), 1.0)])


class Pipes(HistoryTest):
    """A file is read once, so that a pipe is as good."""

    def from_pipes(self, file, *more):
        return run("bash", "-c", f'"{HANDOFF}" history add {file} {" ".join(more)} --db "{self.db}"')

    def test_results_and_gates_from_pipes(self):
        file = self.candidate(1.25)
        done = self.from_pipes(f'<(cat "{file}")', "--reference", f'<(cat "{self.reference}")')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("added 2 ratios", done.stdout)
        made = self.written("gate.json", gate({POINT.format("ring"): [1.0, 1.1, 1.2]}))
        done = self.from_pipes(f'<(cat "{made}")')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("added 1 ratio of", done.stdout)

    def test_a_result_is_no_reference_of_itself_through_a_pipe_either(self):
        done = self.from_pipes(self.reference, "--reference", f'<(cat "{self.reference}")')
        self.assert_one_line_refusal(done, "its ratios to itself")
        self.assertFalse(self.db.exists())


class FromAGate(HistoryTest):
    PAIRS = [1.1, 1.2, 1.3, 1.0, 1.2, 1.2, 1.4]

    def add_gate(self, document, *flags, name="gate.json"):
        return run(HANDOFF, "history", "add", self.written(name, document), "--db", self.db, *flags)

    def test_the_median_of_all_pairs_that_count(self):
        done = self.add_gate(gate({"a": [*self.PAIRS, None, None], "b": [2.0, 2.0, None], "c": self.PAIRS},
                                  findings={"a": "regressed", "c": "failed"}))
        self.assertEqual(done.returncode, 0, done.stderr)
        (point, ratio, low, high, pairs), = self.rows(
            "SELECT point, ratio, low, high, candidate_repetitions FROM ratios")
        self.assertEqual((point, pairs), ("a", 7))
        self.assertAlmostEqual(ratio, 1.2, places=12)
        self.assertAlmostEqual(low, 1.0, places=12)  # of seven values the least and the greatest
        self.assertAlmostEqual(high, 1.4, places=12)
        self.assertIn("left out b: fewer than 3 pairs", done.stdout)
        self.assertIn("left out c: failed: its own words", done.stdout)
        (commit, date, reference), = self.rows("SELECT \"commit\", date, reference FROM adds")
        self.assertEqual((commit, date), ("new", "2030-01-02T03:04:05+00:00"))
        self.assertTrue(reference.startswith("frozen; GNU 99.1; -O3"))

    def test_saturated_pairs_count_as_what_they_are(self):
        """One side was offered more than it could carry: the pair has no d, and is none of the mild ones either."""
        document = gate({"some": self.PAIRS, "most": self.PAIRS})
        saturated = {"some": 1, "most": 4}
        for pair in document["pairs"]:
            if saturated[pair["point"]] > 0:
                saturated[pair["point"]] -= 1
                pair["d"] = None
                pair["candidate"] = {k: v for k, v in pair["candidate"].items() if k != "value"}
        done = self.add_gate(document)
        self.assertEqual(done.returncode, 0, done.stderr)
        (point, ratio, high), = self.rows("SELECT point, ratio, high FROM ratios")
        self.assertEqual((point, high), ("some", None))
        self.assertAlmostEqual(ratio, 1.2, places=12)  # of 1.0, 1.2, 1.2, 1.2, 1.3, 1.4 and infinity
        self.assertIn("left out most: one side was saturated", done.stdout)

    def test_beside_results_of_the_same_reference(self):
        self.added(1.25)
        done = self.add_gate(gate({POINT.format("ring"): self.PAIRS}))
        self.assertEqual(done.returncode, 0, done.stderr)
        series = {s["point"]: s for s in self.shown()[0]["series"]}
        self.assertEqual([round(e["ratio"], 6) for e in series[POINT.format("ring")]["entries"]], [1.25, 1.2])

    def test_what_is_refused(self):
        whole = gate({"a": self.PAIRS})
        self.assert_one_line_refusal(self.add_gate(gate({"a": self.PAIRS}, complete=False)), "gate.json", "interrupted")
        self.assert_one_line_refusal(self.add_gate(gate({"a": [1.0, None]})), "no point has a ratio", "fewer than 3")
        self.assert_one_line_refusal(self.add_gate(whole, "--reference", self.reference), "--reference", "its base")
        self.assert_one_line_refusal(self.add_gate({**whole, "pairs": "none"}), "gate.json", "gate.schema.json")
        self.assertFalse(self.db.exists())

    def of_programs(self, measure="real_time", **points):
        """A gate of two programs, which do not say what they were built from."""
        document = gate(points or {"BM_a": self.PAIRS})
        for point in document["points"]:
            point.update(family="program", measure=measure)
        return {**document, **{side: {**document[side], "build": None} for side in ("base", "candidate")}}

    def test_of_programs_the_user_says_what_they_were_built_from(self):
        for given, missing in (([], "--reference-commit TEXT and --commit TEXT"),
                               (["--commit", "c1"], "name it with --reference-commit TEXT"),
                               (["--reference-commit", "v1.0"], "name it with --commit TEXT")):
            done = self.add_gate(self.of_programs(), *given)
            self.assert_one_line_refusal(done, "gate.json: programs, commands", missing)
            self.assertTrue(done.stderr.rstrip().endswith(missing), "and nothing that is there already")
        self.assertFalse(self.db.exists())
        for i, factor in enumerate((1.0, 2.0)):
            document = self.of_programs(BM_a=[factor * ratio for ratio in self.PAIRS])
            done = self.add_gate(document, "--reference-commit=v1.0", f"--commit=c{i}")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"added 1 ratio of c{i}", done.stdout)
        series, = self.shown()[0]["series"]
        self.assertEqual(series["point"], "BM_a")
        self.assertEqual([(e["commit"], round(e["ratio"], 6)) for e in series["entries"]], [("c0", 1.2), ("c1", 2.4)])

    def test_ratios_of_two_measures_of_a_program_do_not_meet(self):
        named = ["--reference-commit=v1.0", "--commit=c"]
        self.assertEqual(self.add_gate(self.of_programs(), *named).returncode, 0)
        self.assert_one_line_refusal(self.add_gate(self.of_programs("cpu_time"), *named), "v1.0; real_time in ns",
                                     "not to v1.0; cpu_time in ns")
        self.assert_one_line_refusal(self.add_gate(gate({"a": self.PAIRS})), "v1.0; real_time in ns", "not to frozen")


class Refusals(HistoryTest):
    def test_absolute_times(self):
        done = run(HANDOFF, "history", "add", self.candidate(), "--db", self.db)
        self.assert_one_line_refusal(done, "ratios, no times", "--reference")
        self.assertFalse(self.db.exists())

    def test_results_that_give_no_ratios(self):
        self.assert_one_line_refusal(self.add(self.reference), "its ratios to itself")
        self.assert_one_line_refusal(self.add(self.written("p.json", plain([("BM_x", 1.0)]))), "plain Google Benchmark")
        self.assert_one_line_refusal(self.add(self.candidate(complete=False)), "--resume")
        self.assert_one_line_refusal(self.add(self.candidate(points=("other",))), "no name is in both")
        self.assert_one_line_refusal(self.add(self.folder / "none.json"), "none.json", "No such file")
        self.assertFalse(self.db.exists())

    def test_another_reference(self):
        self.added(1.25)
        other = self.written("other.json", result({"ring": SEVEN}, git_commit="thawed"))
        done = run(HANDOFF, "history", "add", self.candidate(2.0), "--reference", other, "--db", self.db)
        self.assert_one_line_refusal(done, "frozen", "thawed", "--db")
        self.assertEqual(len(self.rows()), 2)

    def test_a_named_reference(self):
        """Of a library measured from outside: both results name the suite's commit, not the library's."""
        self.assertEqual(self.add(self.candidate(1.0), "--reference-commit=v1.0").returncode, 0)
        self.assertTrue(self.shown()[0]["reference"].startswith("v1.0; "))
        self.assert_one_line_refusal(self.add(self.candidate(2.0), "--reference-commit=v2.0"), "v1.0", "v2.0")

    def test_flags(self):
        self.added()
        for arguments, words in (((), ["add or show"]), (("forget",), ["forget", "add, show"]),
                                 (("add",), ["here 0"]), (("add", "a", "b"), ["here 2"]),
                                 (("add", "a", "--fast"), ["--fast", "--reference"]),
                                 (("show", "--fast"), ["--fast", "--json"]), (("show", "a", "b"), ["a and b"]),
                                 (("show", "--false-alarms=0"), ["--false-alarms 0"]),
                                 (("show", "--false-alarms=often"), ["often"]),
                                 (("show", "--shortest=1"), ["shortest"]),
                                 (("show", "--seed=-1"), ["seed"]),
                                 (("show", "nowhere", f"--db={self.db}"), ["nowhere", "not in"]),
                                 (("show", f"--db={self.folder}/none"), ["no such history"])):
            with self.subTest(arguments):
                self.assert_one_line_refusal(run(HANDOFF, "history", *arguments), *words)
        self.assertIn("false-alarms", run(HANDOFF, "history", "--help").stdout)


class Files(HistoryTest):
    def both_refuse(self, *words):
        before = self.db.read_bytes()
        for done in (self.add(self.candidate(3.0)), run(HANDOFF, "history", "show", "--db", self.db)):
            self.assert_one_line_refusal(done, "history.sqlite", *words)
        self.assertEqual(self.db.read_bytes(), before, "a file that is refused is left alone")

    def test_no_database(self):
        self.db.write_bytes(b"commit,ratio\n" * 100)
        self.both_refuse("corrupt")

    def test_a_file_cut_off(self):
        self.added()
        self.db.write_bytes(self.db.read_bytes()[:5000])
        self.both_refuse("corrupt")

    def test_a_page_overwritten(self):
        self.fill({f"p{i}": [1.0] * 20 for i in range(50)})
        pages = bytearray(self.db.read_bytes())
        pages[4096 * 3:4096 * 4] = b"\xa5" * 4096
        self.db.write_bytes(pages)
        self.both_refuse("corrupt")

    def test_somebody_elses_database(self):
        with sqlite3.connect(self.db) as file:
            file.execute("CREATE TABLE theirs (x)")
        file.close()
        self.both_refuse("no history of ours")

    def test_another_version(self):
        self.added()
        with sqlite3.connect(self.db) as file:
            file.execute("PRAGMA user_version = 9")
        file.close()
        self.both_refuse("version 9", "legal: 1")

    def test_what_nobody_keeps_is_refused(self):
        for name, word in ((":memory:", "that nobody keeps"), (" ", "that nobody keeps"),
                           ("/dev/null", "a device or pipe"), (str(self.folder), "a folder")):
            with self.subTest(name):
                done = run(HANDOFF, "history", "add", self.candidate(), "--reference", self.reference, "--db", name)
                self.assert_one_line_refusal(done, f"{name}: " if name[0] == "/" else f"--db {name}: ", word)
                self.assert_one_line_refusal(run(HANDOFF, "history", "show", "--db", name), word)

    def test_a_locked_file_is_waited_for_and_then_named(self):
        self.added()
        before = self.rows()
        locker = sqlite3.connect(self.db, isolation_level=None)
        locker.execute("BEGIN EXCLUSIVE")
        self.assert_one_line_refusal(self.add(self.candidate(2.0)), "locked by another process", "nothing was changed")
        locker.execute("ROLLBACK")
        locker.close()
        self.assertEqual(self.rows(), before)
        self.added(2.0)

    def test_an_add_that_is_killed_leaves_nothing(self):
        """A reader keeps the add from finishing; it has written its rows, and is killed."""
        self.added(1.25)
        before = self.rows(), self.rows("SELECT * FROM adds")
        reader = sqlite3.connect(self.db, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM ratios").fetchall()
        command = [HANDOFF, "history", "add", self.candidate(2.0), "--reference", self.reference, "--db", self.db]
        with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as adding:
            journal = self.folder / "history.sqlite-journal"
            while not journal.exists() and adding.poll() is None:
                time.sleep(0.001)
            self.assertIsNone(adding.poll(), "it ended before it could be killed")
            os.kill(adding.pid, signal.SIGKILL)
        reader.execute("ROLLBACK")
        reader.close()
        self.assertEqual((self.rows(), self.rows("SELECT * FROM adds")), before)
        self.added(2.0)
        self.assertEqual(len(self.rows()), 4)

    def test_two_adds_at_once_both_arrive(self):
        files = [self.candidate(1 + n / 10, name=f"r{n}.json") for n in range(6)]
        adding = [subprocess.Popen([str(HANDOFF), "history", "add", str(file), "--reference", str(self.reference),
                                    "--db",
                                    str(self.db)], stdout=subprocess.DEVNULL) for file in files]
        self.assertEqual([process.wait(timeout=60) for process in adding], [0] * 6)
        self.assertEqual(sorted({ratio for _, ratio in self.rows()}), [1 + n / 10 for n in range(6)])

    def test_a_place_that_cannot_be_written(self):
        (self.folder / "file").write_text("")
        done = run(HANDOFF, "history", "add", self.candidate(), "--reference", self.reference, "--db",
                   self.folder / "file" / "h.sqlite")
        self.assert_one_line_refusal(done, "file/h.sqlite")


def energy_statistic(x, y):
    """Matteson and James (2014), exponent 1, from its definition."""
    n, m = len(x), len(y)
    between = numpy.abs(numpy.subtract.outer(x, y)).mean()
    within = [numpy.abs(numpy.subtract.outer(z, z)).sum() / (len(z) * (len(z) - 1)) for z in (x, y)]
    return n * m / (n + m) * (2 * between - sum(within))


def best_split(series, shortest):
    """(statistic, index) of the largest statistic over all splits and all ends."""
    return max((energy_statistic(series[:t], series[t:k]), t)
               for t in range(shortest, len(series) - shortest + 1) for k in range(t + shortest, len(series) + 1))


class Showing(HistoryTest):
    def test_by_date_whatever_the_order_of_adds_and_the_offset(self):
        for factor, date in ((3.0, "2030-01-01T12:00:00+00:00"), (1.0, "2030-01-01T12:00:00+05:00"),
                             (2.0, "2030-01-01T05:00:00-04:00")):
            self.assertEqual(self.add(self.candidate(factor), f"--date={date}").returncode, 0)
        answer, text = self.shown(POINT.format("ring"))
        self.assertEqual([e["ratio"] for e in answer["series"][0]["entries"]], [1.0, 2.0, 3.0])
        self.assertEqual([line.split()[2] for line in text.splitlines() if line.startswith("  2030")],
                         ["1.000", "2.000", "3.000"])
        self.assertIn("no series is long enough", text)

    def test_machines_are_not_pooled(self):
        self.added(1.0)
        changes = {"cpu_model": "Another 1"}
        self.reference = self.written("reference2.json", result({"ring": SEVEN}, git_commit="frozen", **changes))
        self.added(2.0, **changes)
        series = [s for s in self.shown()[0]["series"] if s["point"] == POINT.format("ring")]
        self.assertEqual([[e["ratio"] for e in s["entries"]] for s in series], [[2.0], [1.0]])
        self.assertIn("Another 1", series[0]["machine"])

    def test_change_points_are_those_of_a_brute_force_statistic(self):
        dice = random.Random(3)
        step = [math.exp(dice.gauss(0, 0.02)) * (1.1 if i >= 14 else 1.0) for i in range(30)]
        flat = [math.exp(dice.gauss(0, 0.02)) for _ in range(30)]
        self.fill({"step": step, "flat": flat, "short": [1.0, 2.0, 3.0]})
        answer, text = self.shown()
        found = {s["point"]: s for s in answer["series"]}
        statistic, index = best_split(numpy.log(step), 4)
        change, = found["step"]["change_points"]
        self.assertEqual(change["index"], index)
        self.assertAlmostEqual(change["statistic"], statistic, places=9)
        self.assertAlmostEqual(change["before"], numpy.median(step[:index]), places=12)
        self.assertAlmostEqual(change["after"], numpy.median(step[index:]), places=12)
        self.assertEqual((found["flat"]["change_points"], found["short"]["change_points"]), ([], []))
        # a series that cannot be tested does not count among the tested
        self.assertEqual([found[p]["level"] for p in ("step", "flat", "short")], [0.025, 0.025, 0])
        self.assertIn(f"between commit{index - 1} and commit{index}", text)
        self.assertIn("2 series, each tested at 0.025 (Bonferroni)", text)
        self.assertIn("one look in 20 shows a change at all", text)

    def test_the_p_value_is_the_share_of_orders_as_clear(self):
        """Eight values have few enough orders to count those whose statistic is as large: 2 x 4! x 4! of 8!, and
        those that ties make."""
        series = [0.1, 0.0, 0.25, 0.15, 1.0, 1.2, 1.1, 1.15]
        largest, _ = best_split(numpy.array(series), 4)
        as_clear = sum(energy_statistic(numpy.array([series[i] for i in left]),
                                        numpy.array([series[i] for i in range(8) if i not in left])) >= largest - 1e-9
                       for left in itertools.combinations(range(8), 4))
        exact = as_clear / math.comb(8, 4)
        self.fill({"p": [math.exp(v) for v in series]})
        counted = []
        for seed in range(20):
            answer, _ = self.shown("p", f"--seed={seed}", "--false-alarms=0.2")
            counted.append(answer["series"][0]["change_points"][0]["p"])
        # 20 times 199 orders: the standard deviation of the mean is 0.0026
        self.assertAlmostEqual(numpy.mean(counted), exact + (1 - exact) / 200, delta=0.011)

    def test_showing_one_point_tests_it_as_one_of_all(self):
        dice = random.Random(5)
        self.fill({f"p{i}": [math.exp(dice.gauss(0, 0.03)) * (1.2 if i == 0 and n > 12 else 1) for n in range(25)]
                   for i in range(10)})
        everything = {s["point"]: s for s in self.shown()[0]["series"]}
        alone, = self.shown("p0")[0]["series"]
        self.assertEqual(alone, everything["p0"])
        self.assertEqual(alone["level"], 0.005)
        self.assertEqual(len(alone["change_points"]), 1)

    def test_45_points_of_200_adds(self):
        """Some 25 s before. Time is processor time; the margin is for slow machines."""
        dice = random.Random(6)
        self.fill({f"p{i:02}": [math.exp(dice.gauss(0, 0.02)) * (1.1 if n > 90 + i else 1) for n in range(200)]
                   for i in range(45)})
        spent = []
        for flags in ((), ("p00",)):
            before = os.times()
            answer, _ = self.shown(*flags)
            after = os.times()
            spent.append(after.children_user - before.children_user)
            self.assertTrue(all(s["change_points"] for s in answer["series"]))
        self.assertLess(spent[0], 12)
        self.assertLess(spent[1], spent[0] / 5)

    def test_names_reach_the_terminal_escaped(self):
        self.fill({"a\x1b[31m\nb\x00c": [1.0, 1.1]}, machine="m\x07")
        with sqlite3.connect(self.db) as file:
            file.execute("UPDATE adds SET \"commit\" = 'c\x1b[2J', reference = 'r\x1b[0m'")
        file.close()
        for flags in ((), ("a\x1b[31m\nb",)):
            done = run(HANDOFF, "history", "show", *flags, "--db", self.db)
            self.assertNotRegex(done.stdout + done.stderr, "[\x00-\x09\x0b-\x1f\x7f]")
        self.assertIn("a\\x1b[31m\\nb", done.stderr)
        self.assertIn("a\\x1b[31m\\nb\\x00c", run(HANDOFF, "history", "show", "--db", self.db).stdout)
        added = self.add(self.candidate(9.0, git_commit="x\x1b[1m"), "--reference-commit", "r")
        self.assertNotIn("\x1b", added.stdout + added.stderr)

    def test_the_same_history_shows_the_same(self):
        dice = random.Random(8)
        self.fill({"p": [math.exp(dice.gauss(0, 0.05)) * (1.05 if n > 10 else 1) for n in range(22)]})
        self.assertEqual(self.shown(), self.shown())

    def test_a_read_only_history_is_shown(self):
        self.added()
        self.db.chmod(0o444)
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        done = run(HANDOFF, "history", "show", "--db", self.db)
        self.assertEqual(done.returncode, 0, done.stderr)
