"""Files that no run of ours writes: each is drawn, or refused in one line that says file, place and what is wrong."""

import contextlib
import copy
import io
import json
import re
import tempfile
import unittest
import unittest.mock
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Callable

import schema_2
from reading import svg_words
from synthetic import PAIR, ResultFile, everything
from test_comparisons import SIX, compared, gated, history

import plot
from handoff_plot.draw import style
from handoff_plot.read.escape import NAME, Names, escaped, sentence
from handoff_plot.read.fields import Field, Malformed

HUGE = int("1" + "0" * 400)
Change = Callable[[dict[str, Any]], Any]


def few() -> ResultFile:
    """Two queues, in schema 1."""
    file = ResultFile()
    for impl in ("ring", "other"):
        file.point(impl, "yield", PAIR).rates(1.0, 2.0, 3.0)
    file.point("ring", "yield", PAIR, workload="round_trip").latencies((100, 200, 300, 400, 500))
    return file


class HostileTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def called(self, text: str) -> tuple[int, str, str]:
        """(exit code, standard output, standard error) of the command on a file with this text."""
        path, out, err = self.folder / "some.json", io.StringIO(), io.StringIO()
        path.write_text(text, encoding="utf-8")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = plot.main([str(path)])
        return code, out.getvalue(), err.getvalue()

    def refused(self, code: int, text: str, *words: str) -> None:
        answer, out, err = self.called(text)
        self.assertEqual(answer, code, err)
        self.assertEqual((err.count("\n"), out), (1, ""))
        self.assertNotRegex(err, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")
        for word in (str(self.folder / "some.json"), *words):
            self.assertIn(word, err)

    def drawn(self, text: str) -> dict[str, str]:
        """Picture -> its words."""
        code, out, err = self.called(text)
        self.assertEqual((code, err), (0, ""))
        self.assertNotRegex(out, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")
        return {path.stem: svg_words(path) for path in self.folder.glob("*.svg")}  # parses each as XML


def changed(document: dict[str, Any], change: Change) -> str:
    """The document after the change; a marked number stands there as no program of ours writes one."""
    own = copy.deepcopy(document)
    change(own)
    return json.dumps(own).replace('"1e999"', "1e999")


class Refused(HostileTest):
    def test_a_result_file_with_values_of_other_types(self) -> None:
        def point(document: dict[str, Any]) -> dict[str, Any]:
            return document["run"]["points"][0]

        changes: dict[str, Change] = {
            "run.points[0].point.capacity is a list, expected": lambda d: point(d)["point"].update(capacity=[1024]),
            "run.points[0].point.wait is null, expected a word": lambda d: point(d)["point"].update(wait=None),
            "run.points[0].threads is true, expected": lambda d: point(d).update(threads=True),
            "run.points[0].point.producers is beyond any double": lambda d: point(d)["point"].update(producers=HUGE),
            "run.points[0].rivals is an object": lambda d: point(d).update(rivals={}),
            "run.points[0].guarantees.order is a list": lambda d: point(d)["guarantees"].update(order=["fifo"]),
            "run.points[0].point.impl is 3, expected words": lambda d: point(d)["point"].update(impl=3),
            "run.points is an object": lambda d: d["run"].update(points={}),
            "run.implementations[0] is null": lambda d: d["run"].update(implementations=[None]),
            "benchmarks[1].items_per_second is beyond": lambda d: d["benchmarks"][1].update(items_per_second="1e999"),
            "benchmarks[0].real_time is 1e-300": lambda d: d["benchmarks"][0].update(real_time=1e-300),
            "benchmarks[0].real_time is 1e+300": lambda d: d["benchmarks"][0].update(real_time=1e300),
            "benchmarks[0].metrics is a list": lambda d: d["benchmarks"][0].update(metrics=[]),
            "benchmarks[0].flags[0] is 1": lambda d: d["benchmarks"][0].update(flags=[1]),
            "benchmarks[2] is null": lambda d: d["benchmarks"].__setitem__(2, None),
            "run.states[0].transfer_ns is a list": lambda d: d["run"]["states"][0].update(transfer_ns=[1]),
            "run.failed[0] has no 'point'": lambda d: d["run"]["failed"].append({}),
            "context.num_cpus is 0": lambda d: d["context"].update(num_cpus=0),
            "run.sweep.repetitions is 1.5": lambda d: d["run"]["sweep"].update(repetitions=1.5),
        }
        document = few().document()
        for words, change in changes.items():
            with self.subTest(words):
                self.refused(1, changed(document, change), "breaks results/schema.json: ", words)

    def test_a_result_file_of_schema_2(self) -> None:
        def histogram(document: dict[str, Any]) -> dict[str, Any]:
            return next(r["latency"]["histogram"] for r in document["benchmarks"] if "latency" in r)

        changes: dict[str, Change] = {
            "run.axes[0].kind is 'word', expected count": lambda d: d["run"]["axes"][0].update(kind="word"),
            "run.measures.latency.unit is 7": lambda d: d["run"]["measures"]["latency"].update(unit=7),
            "histogram.scale is 0": lambda d: histogram(d).update(scale=0),
            "histogram.buckets[0] is -1": lambda d: histogram(d).update(buckets=[-1, 1]),
            "expected steps that lead no farther": lambda d: histogram(d).update(buckets=[2**50, 1]),
        }
        document = schema_2.converted(few().document())
        for words, change in changes.items():
            with self.subTest(words):
                self.refused(1, changed(document, change), words)
        self.refused(2, changed(document, lambda d: d["run"].update(schema=True)), "schema True")
        self.refused(2, changed(document, lambda d: d["run"].update(schema=[2])), "expected schema 1 or 2")

    def test_comparisons_gates_and_histories(self) -> None:
        ratios, gate = compared(*SIX), gated(("ring", "regressed", 1.1, 1.08, 1.12))
        series = history(("a", [1.0] * 9, [(4, 1.0, 1.0)]))
        cases: list[tuple[dict[str, Any], Change, str]] = [
            (ratios, lambda d: d["points"][0].update(ratio=1e308), "points[0].ratio is 1e+308, expected a number from"),
            (ratios, lambda d: d["points"][0].update(ratio=HUGE), "points[0].ratio is beyond any double"),
            (ratios, lambda d: d["points"][1].update(low="1e999"), "points[1].low is beyond any double"),
            (ratios, lambda d: d["points"][0].update(ratio=[1]), "points[0].ratio is a list"),
            (ratios, lambda d: d["points"][0].update(verdict=["slower"]), "points[0].verdict is a list"),
            (ratios, lambda d: d.update(refusals=[{}]), "refusals[0] is an object"),
            (ratios, lambda d: d.update(base=[]), "base is a list"),
            (ratios, lambda d: d.update(handoff_compare=[1]), "handoff_compare is a list, expected 1"),
            (gate, lambda d: d["points"][0]["pairs"].update(proving=1.5), "points[0].pairs.proving is 1.5"),
            (gate, lambda d: d["points"][0].update(slowdown=[1]), "points[0].slowdown is a list"),
            (gate, lambda d: d["context"].update(handoff=None), "context.handoff is null"),
            (gate, lambda d: d.update(points="all"), "points is 'all', expected a list"),
            (series, lambda d: d["series"][0]["change_points"][0].update(index="1e999"), "index is beyond any double"),
            (series, lambda d: d["series"][0]["change_points"][0].update(after=-1), "after is -1"),
            (series, lambda d: d["series"][0]["entries"][3].update(date=20300102), "entries[3].date is 20300102"),
            (series, lambda d: d["series"][0].update(entries=[]), "at least one entry"),
            (series, lambda d: d.update(false_alarms="\x1b[2J"), "false_alarms is '\\x1b[2J', expected a number"),
        ]
        for document, change, words in cases:
            with self.subTest(words):
                self.refused(1, changed(document, change), words)

    def test_text_that_is_no_json_says_where(self) -> None:
        self.refused(2, '{"benchmarks": [\n{"name": }]}', "not JSON", "line 2 column 10")
        self.refused(2, "[" * 100_000, "nested too deeply")
        self.refused(2, '{"run": 1, "run": 2}', "an object has 'run' twice")
        (self.folder / "some.json").write_bytes(b'{\n"name": "\xe9"}')
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            self.assertEqual(plot.main([str(self.folder / "some.json")]), 2)
        self.assertIn("not UTF-8 (line 2, byte 0xe9)", err.getvalue())

    def test_a_number_in_a_key_that_nobody_reads_hurts_nobody(self) -> None:
        text = changed(few().document(), lambda d: d["benchmarks"][0].update(seed=HUGE, window_seconds="1e999"))
        self.assertIn("throughput", self.drawn(text))


WILD = "\x1b[31mred\x07\n\u202e\ud800\ufffe<&>$x^2$\"'"
SHOWN = "\\x1b[31mred\\x07\\n\\u202e\\ud800\\ufffe<&>$x^2$\"'"


class Drawn(HostileTest):
    def test_names_with_control_characters_are_shown_escaped(self) -> None:
        file = ResultFile()
        file.point(WILD, "yield", PAIR).rates(1.0, 2.0, 3.0)
        file.point(WILD, "yield", PAIR, workload=WILD).rates(1.0)
        file.point(WILD, WILD, PAIR).fails("timeout", f"last words: {WILD}")
        document = file.document()
        document["context"]["handoff"]["cpu_model"] = WILD
        words = self.drawn(json.dumps(document))["throughput"]
        self.assertIn(SHOWN, words)
        self.assertIn(f"no chart for queues/{SHOWN}: 1 point", self.called(json.dumps(document))[1])
        comparison = changed(compared(*SIX), lambda d: d["points"][0].update(name=WILD, verdict=WILD))
        self.assertIn(SHOWN, self.drawn(comparison)["ratios"])
        series = changed(history(("a", [1.0] * 9, [(4, 1.0, 1.2)])), lambda d: d["series"][0].update(
            machine=WILD, point=WILD, entries=[{**e, "commit": WILD, "date": WILD} for e in d["series"][0]["entries"]]))
        self.assertIn(SHOWN, self.drawn(series)["history"])

    def test_long_names_are_shortened_and_stay_apart(self) -> None:
        file = ResultFile()
        for end in "ab":
            file.point("n" * 3000 + end, "yield", PAIR).rates(1.0, 2.0)
        file.point("x" * 5000, "y" * 3000, PAIR, workload="round_trip").latencies((1, 2, 3, 4, 5))
        words = self.drawn(json.dumps(file.document()))["throughput"]
        self.assertIn("n…n", words)
        self.assertEqual(len(re.findall("n…n", words)), 2)
        comparison = changed(compared(*SIX), lambda d: d["points"][0].update(name="z" * 3000))
        self.assertIn("z…z", self.drawn(comparison)["ratios"])

    def test_numbers_at_the_ends_of_what_is_read(self) -> None:
        for value in (1e-17, 1e17):
            ratios = compared(("ring", "slower", value, value / 5, value * 5), ("other", "faster", 1.0, 0.9, 1.1))
            self.drawn(json.dumps(ratios))
            self.drawn(json.dumps(history(("a", [1.0, value, 1.0], []))))
            file = everything()
            file.rows[0].update(items_per_second=value, real_time=value, cpu_time=value)
            file.rows[-1].update(items_per_second=value, real_time=value, thread_time=value)
            self.drawn(json.dumps(file.document()))

    def test_chinese_names_make_one_note_and_no_warning(self) -> None:
        file = ResultFile()
        file.point("队列", "yield", PAIR).rates(1.0, 2.0)
        with contextlib.ExitStack() as stack:
            stack.enter_context(unittest.mock.patch.object(style, "FALLBACKS", ()))
            code, out, err = self.called(json.dumps(file.document()))
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(out.count("no font here has 列队: boxes"), 1)
        self.assertIn("队列", svg_words(self.folder / "throughput.svg"))
        self.assertNotIn("no font", self.called(json.dumps(few().document()))[1])

    def test_a_font_that_has_what_is_lacking_is_used(self) -> None:
        char = "\U0001d7ce"  # a bold 0, which DejaVu Sans has not
        with unittest.mock.patch.object(style, "FALLBACKS", ("no such font", "STIXGeneral")):
            self.assertEqual(style.fonts_for(frozenset("é")), "")
            self.assertEqual(style.matplotlib.rcParams["font.sans-serif"], ["DejaVu Sans"])
            self.assertEqual(style.fonts_for(frozenset(char)), "")
            self.assertEqual(style.matplotlib.rcParams["font.sans-serif"], ["DejaVu Sans", "STIXGeneral"])
            self.assertEqual(style.fonts_for(frozenset(char + "队")), "队")
        style.fonts_for(frozenset())


class Words(unittest.TestCase):
    def test_what_is_escaped(self) -> None:
        self.assertEqual(escaped(WILD), SHOWN)
        for code in (*range(0x20), *range(0x7f, 0xa0), 0x200b, 0x2028, 0x202e, 0x2066, 0xd800, 0xdfff, 0xfdd0, 0xfeff,
                     0xfffe, 0xffff):
            self.assertRegex(escaped(chr(code)), r"^\\([nrt]|x[0-9a-f]{2}|u[0-9a-f]{4})$")
        for good in ("naïve σ → ‡ 队列 ‘x’", "𝟎😀"):
            self.assertEqual(escaped(good), good)
            xml.fromstring(f"<a>{good}</a>")
        self.assertEqual(sentence(" a\n\tb\x00 "), "a b\\x00")

    def test_different_names_stay_different(self) -> None:
        names = Names()
        raw = ["ring", "a\x1bb", "a\\x1bb", "e\u0301", "\u00e9", "n" * 500, "n" * 501, "a\\x1bb~2", ""]
        shown = [names(name) for name in raw]
        self.assertEqual(len(set(shown)), len(raw))
        self.assertEqual(shown, [names(name) for name in raw])
        self.assertEqual(shown[0], "ring")
        self.assertLessEqual(max(map(len, shown)), NAME + 3)

    def test_places(self) -> None:
        root = Field({"run": {"points": [{"a\x07": -1}]}})
        for get, place in ((lambda: root["run"]["points"].items()[0]["a\x07"].number(), "run.points[0].a\\x07 is -1"),
                           (lambda: root["run"]["none"], "run has no 'none'"),
                           (lambda: root["none"], "the document has no 'none'"),
                           (lambda: root["run"].text(), "run is an object, expected words")):
            with self.assertRaisesRegex(Malformed, re.escape(place)):
                get()


if __name__ == "__main__":
    unittest.main()
