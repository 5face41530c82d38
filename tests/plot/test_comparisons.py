"""Pictures of ratios (gate, compare) and of a history: what a reader finds in them, and what is refused."""

import contextlib
import copy
import io
import json
import math
import random
import tempfile
import unittest
from pathlib import Path

import jsonschema
from reading import collisions, svg_words
from synthetic import ROOT, context

import plot
from handoff_plot.charts.history import history_pictures
from handoff_plot.charts.ratios import ratio_pictures
from handoff_plot.draw.ratio_axis import percent, ratio_ticks, tick_text
from handoff_plot.read.document import document_of
from handoff_plot.read.load_history import load_history
from handoff_plot.read.load_ratios import load_ratios

NAME = "queues/transfer/{}/wait:yield/p:1/c:1/cap:1024/bytes:8"


def compared(*points, refusals=()):
    """A file of `handoff compare`: points are (impl, verdict, ratio, low, high)."""
    side = {"file": "a.json", "kind": "handoff", "id": "a", "date": "2030-01-02", "commit": "abc", "errors": [],
            "aggregates_left_out": 0, "environment": {}, "libraries": {}}
    sample = {"median": 1.0, "values": [1.0] * 7}
    return {"handoff_compare": 1, "base": side, "candidate": {**side, "commit": "def"}, "confidence": 0.95,
            "refusals": list(refusals), "remarks": [], "only_in_base": [], "only_in_candidate": [],
            "points": [{"name": NAME.format(impl), "measure": "real_time", "unit": "ns", "verdict": verdict,
                        "why_not": "" if ratio else "too few", "ratio": ratio, "low": low, "high": high,
                        "confidence": 0.96, "base": sample, "candidate": sample}
                       for impl, verdict, ratio, low, high in points]}


def gated(*points):
    """What of a file of `handoff gate` the picture reads: points are (impl, finding, median, low, high)."""
    return {"handoff_gate": 1, "date": "2030-01-02", "context": context(), "differences": [], "sweep": {"name": "ci"},
            "points": [{"name": NAME.format(impl), "finding": finding, "reason": "because",
                        **({"slowdown": {"median": median, "low": low, "high": high, "at_most": None,
                                         "could_see": None},
                            "pairs": {"screening": 10, "confirming": 30, "proving": 0, "replaced": {}}}
                           if median else {})}
                       for impl, finding, median, low, high in points]}


def history(*series):
    """A file of `handoff history show`: series are (impl, ratios, [(index, before, after)])."""
    dice = random.Random(1)
    return {"handoff_history": 1, "reference": "v1.0; GNU 99; -O3", "method": "E-divisive", "false_alarms": 0.05,
            "multiplicity": "Bonferroni", "shortest": 4, "last": 200, "seed": 1,
            "series": [{"point": NAME.format(impl), "machine": "Imaginary 9000", "level": 0.01, "first_tested": 0,
                        "entries": [{"commit": f"{dice.getrandbits(48):012x}", "date": f"2030-01-{1 + i % 28:02}",
                                     "run": "r", "ratio": r, "low": r * 0.97, "high": None if i == 3 else r * 1.03,
                                     "base_repetitions": 7, "candidate_repetitions": 7} for i, r in enumerate(ratios)],
                        "change_points": [{"index": i, "statistic": 1.0, "p": 0.001, "before": before, "after": after}
                                          for i, before, after in changes]}
                       for impl, ratios, changes in series]}


SIX = (("ring", "slower", 1.2, 1.1, 1.3), ("queue", "faster", 0.8, 0.7, 0.9),
       ("same", "no difference seen", 1.01, 0.97, 1.04),
       ("few", "no verdict", 1.05, None, None), ("none", "no verdict", None, None, None),
       ("wild", "no difference seen", 1.1, 0.02, 60.0))


class Comparisons(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def written(self, document: object, schema: str = "") -> Path:
        if schema:
            jsonschema.Draft7Validator(json.loads((ROOT / "results" / schema).read_text())).validate(document)
        path = self.folder / "some.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def drawn(self, document: object, schema: str = "") -> dict[str, str]:
        """Runs the command; picture name -> its words."""
        path, out = self.written(document, schema), io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertEqual(plot.main([str(path)]), 0)
        wrote = [Path(line.removeprefix("wrote ")) for line in out.getvalue().splitlines()]
        self.assertEqual({p.stem for p in wrote if p.suffix == ".png"}, {p.stem for p in wrote if p.suffix == ".svg"})
        return {p.stem: svg_words(p) for p in wrote if p.suffix == ".svg"}

    def refused(self, code: int, document: object, *words: str) -> None:
        path, err = self.written(document), io.StringIO()
        with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(plot.main([str(path)]), code)
        self.assertEqual(err.getvalue().count("\n"), 1)
        for word in (str(path), *words):
            self.assertIn(word, err.getvalue())

    def test_a_comparison_worst_first(self) -> None:
        words = self.drawn(compared(*SIX), "compare.schema.json")["ratios"]
        places = [words.index(NAME.format(impl)) for impl in ("ring", "wild", "few", "same", "queue")]
        self.assertEqual(places, sorted(places))
        for text in ("+20.0%", "-20.0%", "6 points: 1 slower", "no difference seen", "equal", "base abc",
                     "candidate def",
                     f"Without a ratio: {NAME.format('none')} (too few)"):
            self.assertIn(text, words)

    def test_a_refused_verdict_is_said_with_its_reason(self) -> None:
        words = self.drawn(compared(*SIX, refusals=["kernel differs: 1 | 2"]))["ratios"]
        self.assertIn("No verdict: kernel differs: 1 | 2.", words)

    def test_a_gate(self) -> None:
        words = self.drawn(gated(("ring", "regressed", 1.1, 1.08, 1.12), ("queue", "unchanged", 1.0, 0.99, 1.01),
                                 ("old", "missing", None, None, None)))["ratios"]
        for text in ("regressed", "unchanged", "missing", "+10.0%", "40", "pairs of processes", "(because)"):
            self.assertIn(text, words)

    def test_marks_lie_where_the_ratios_are(self) -> None:
        picture, = ratio_pictures(load_ratios(document_of(self.written(compared(*SIX)))))
        lines = [line for axes in picture.figure.axes for line in axes.lines]
        marks = {float(line.get_xdata()[0]) for line in lines if len(line.get_xdata()) == 1}
        self.assertLessEqual({1.2, 0.8, 1.01, 1.05, 1.1}, marks)
        spans = [tuple(map(float, line.get_xdata())) for line in lines if len(line.get_xdata()) == 2]
        self.assertIn((1.1, 1.3), spans)
        axes = next(a for a in picture.figure.axes if a.get_xlabel().startswith("candidate"))
        self.assertIn(tuple(axes.get_xlim()), spans)  # what goes on beyond ends at the edges
        self.assertFalse(collisions(picture.figure))

    def test_many_points_take_several_pictures(self) -> None:
        many = compared(*((f"i{n}", "slower", 1 + n / 1000, 1.0, 2.0) for n in range(70)))
        words = self.drawn(many)
        self.assertEqual(set(words), {"ratios", "ratios_2"})
        self.assertIn("Page 2 of 2", words["ratios_2"])
        for n in range(70):
            self.assertEqual(sum(NAME.format(f"i{n}") in text for text in words.values()), 1)

    def test_points_without_a_ratio_are_listed_all_the_same(self) -> None:
        words = self.drawn(gated(("ring", "inconclusive", None, None, None), ("queue", "failed", None, None, None)))
        for text in (NAME.format("ring"), "inconclusive", "failed", "(because)", "equal"):
            self.assertIn(text, words["ratios"])

    def test_nothing_to_draw(self) -> None:
        self.refused(1, compared(), "nothing to draw")

    def test_content_that_breaks_a_schema(self) -> None:
        for change, word in ((lambda d: d["points"][0].update(ratio=-1), "-1"),
                             (lambda d: d["points"][0].update(low="x"), "'x'"),
                             (lambda d: d["points"][0].pop("verdict"), "verdict"),
                             (lambda d: d.pop("points"), "points"),
                             (lambda d: d.update(handoff_compare=9), "expected 1")):
            broken = copy.deepcopy(compared(*SIX))
            change(broken)
            self.refused(1, broken, word)
        for change, word in ((lambda d: d["series"][0]["entries"][0].update(ratio=0), "above 0"),
                             (lambda d: d["series"][0].pop("machine"), "machine"),
                             (lambda d: d["series"][0]["change_points"][0].update(index=99), "outside"),
                             (lambda d: d.update(handoff_history=9), "expected 1")):
            broken = history(("a", [1.0] * 9, [(4, 1.0, 1.0)]))
            change(broken)
            self.refused(1, broken, word)

    def test_a_history_with_its_changes_first(self) -> None:
        dice = random.Random(2)
        flat = [math.exp(dice.gauss(0, 0.02)) for _ in range(30)]
        step = [r * (1.2 if 10 <= i < 20 else 1.0) for i, r in enumerate(flat)]
        document = history(("a_flat", flat, []), ("b_step", step, [(10, 1.0, 1.2), (20, 1.2, 1.0)]), ("one", [1.1], []))
        words = self.drawn(document, "history.schema.json")["history"]
        self.assertLess(words.index(NAME.format("b_step")), words.index(NAME.format("a_flat")))
        commits = [document["series"][1]["entries"][i]["commit"] for i in (10, 20)]
        for text in (f"+20.0% at {commits[0]}", f"-16.7% at {commits[1]}", "3 series, 1 changed", "30 adds", "1 add",
                     "v1.0; GNU 99; -O3", "a share of 0.05 shows any change", "2030-01-01"):
            self.assertIn(text, words)
        picture, = history_pictures(load_history(document_of(self.folder / "some.json")))
        self.assertFalse(collisions(picture.figure))
        drawn = {round(float(v), 9) for axes in picture.figure.axes for line in axes.lines for v in line.get_ydata()}
        self.assertLessEqual({round(v, 9) for v in flat + step}, drawn)

    def test_long_histories_take_several_pictures(self) -> None:
        words = self.drawn(history(*((f"i{n}", [1.0, 1.1, 0.9], []) for n in range(14))))
        self.assertEqual(set(words), {"history", "history_2"})

    def test_pngs_are_not_blank_and_the_same_again(self) -> None:
        for document in (compared(*SIX), history(("a", [1.0, 1.1, 1.2, 1.1, 1.0], []))):
            self.drawn(document)
            first = {p.name: p.read_bytes() for p in self.folder.glob("*.png")}
            self.drawn(document)
            self.assertEqual(first, {p.name: p.read_bytes() for p in self.folder.glob("*.png")})
            self.assertTrue(all(len(data) > 10000 for data in first.values()))

    def test_words_for_ratios(self) -> None:
        self.assertEqual([percent(r) for r in (1.0, 1.052, 0.9, 3.14159, 0.25, 1.00001)],
                         ["0.0%", "+5.2%", "-10.0%", "3.14x", "0.25x", "0.0%"])
        for limits in ((0.99, 1.01), (0.9, 1.1), (0.7, 1.9), (0.1, 10.0), (1e-3, 1e3), (0.999, 5.0)):
            ticks = ratio_ticks(limits, 4.0, 0.6)
            self.assertIn(1.0, [round(t, 9) for t in ticks])
            self.assertTrue(2 <= len(ticks) <= 7 and all(limits[0] * 0.999 <= t <= limits[1] * 1.001 for t in ticks),
                            limits)
            self.assertEqual(len({tick_text(t) for t in ticks}), len(ticks))


if __name__ == "__main__":
    unittest.main()
