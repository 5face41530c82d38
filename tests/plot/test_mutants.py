"""Random mutants of good files: each is drawn, or refused in one line; none ends in a traceback.

For a campaign: HANDOFF_MUTANTS=5000 python3 -m unittest discover -s tests/plot -p test_mutants.py
"""

import contextlib
import copy
import io
import json
import os
import random
import re
import tempfile
import unittest
import unittest.mock
from pathlib import Path
from typing import Any, Iterator

import schema_2
from synthetic import ResultFile, everything, teams
from synthetic_paced import paced
from synthetic_scaling import scaled
from synthetic_tasks import tasks
from synthetic_waits import waits
from test_comparisons import SIX, compared, gated, history

import plot
from handoff_plot.draw.picture import Folder, Picture
from handoff_plot.draw.style import without_glyph_warnings

COUNT = int(os.environ.get("HANDOFF_MUTANTS", "20"))
ODD: tuple[Any, ...] = (
    None, True, 0, 1, -1, 3.5, 1e-300, 1e300, 10**400, "1e999", "", "x", "own", "native", "unbounded", "\x1b[31m\x07\n",
    "\ud800", "\u961f\u5217", "n" * 3000, "a/../../b", "$x^2$ & <b>", [], [1], [[1, 2]], {}, {"a": 1}, 2**53, 2**63,
    1e18, 1e-18, "latency", "items_per_second", "invalid", 65536)
Way = tuple[str | int, ...]


def good() -> dict[str, dict[str, Any]]:
    """Small good files: of result files the points of one workload."""
    found = {"compare": compared(*SIX),
             "gate": gated(("ring", "regressed", 1.1, 1.08, 1.12), ("fresh", "new", None, None, None)),
             "history": history(("a", [1.0, 1.1] * 9, [(4, 1.0, 1.2), (9, 1.2, 1.0)]), ("b", [1.1], []))}
    for made in (everything, teams, paced, scaled, tasks, waits):
        found |= {f"{schema} {workload}": document for workload, small in _by_workload(made())
                  for schema, document in ((1, small), (2, schema_2.converted(small)))}
    return found


def _by_workload(file: ResultFile) -> Iterator[tuple[str, dict[str, Any]]]:
    document = file.document()
    for workload in dict.fromkeys(point["point"]["workload"] for point in file.points):
        own = copy.deepcopy(document)
        run = own["run"]
        run["points"] = [p for p in run["points"] if p["point"]["workload"] == workload]
        names = {p["name"] for p in run["points"]}
        own["benchmarks"] = [row for row in own["benchmarks"] if row["name"] in names]
        run["failed"] = [f for f in run["failed"] if f["point"] in names]
        run["scaling"] = [s for s in run.get("scaling", []) if s["point"]["workload"] == workload]
        yield workload, own


def ways(value: Any, before: Way = ()) -> Iterator[Way]:
    """The way to every value of a document."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*before, key)
        yield from ways(member, (*before, key))


def mutant(document: dict[str, Any], dice: random.Random) -> str:
    """The document with one to four wrong places, of any kind with equal chance, alone or with its like."""
    own = copy.deepcopy(document)
    kinds: dict[tuple, list[Way]] = {}
    for way in ways(document):
        kinds.setdefault(tuple("*" if isinstance(step, int) else step for step in way), []).append(way)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        alike = kinds[dice.choice(list(kinds))]
        odd, what = dice.choice(ODD), dice.random()
        for way in alike if dice.random() < 0.2 else [dice.choice(alike)]:
            with contextlib.suppress(KeyError, IndexError, TypeError, OverflowError):  # an earlier wound
                _wound(own, way, odd, what, dice)
    return json.dumps(own).replace('"1e999"', "1e999")


def _wound(document: Any, way: Way, odd: Any, what: float, dice: random.Random) -> None:
    for step in way[:-1]:
        document = document[step]
    key, old = way[-1], document[way[-1]]
    if what < 0.65:
        document[key] = copy.deepcopy(odd)
    elif what < 0.8:
        del document[key]
    elif what < 0.9 and isinstance(old, (int, float)):
        document[key] = old * dice.choice((0, -1, 1000, 0.001, 1e9, 1e-9))
    elif isinstance(document, list):
        document.append(copy.deepcopy(old))
    else:
        document[dice.choice(("load", "wait", "capacity", "\u4e2d", "x"))] = document.pop(key)


class Mutants(unittest.TestCase):
    def test_none_ends_in_a_traceback(self) -> None:
        documents, dice = good(), random.Random(int(os.environ.get("HANDOFF_SEED", "1")))
        codes = {plot.DRAWN: 0, plot.NOTHING: 0, plot.USAGE: 0}
        with tempfile.TemporaryDirectory() as name, unittest.mock.patch.object(Folder, "save", _formatted):
            path = Path(name) / "some.json"
            for turn in range(COUNT):
                kind = dice.choice(list(documents))
                text = mutant(documents[kind], dice)
                path.write_text(text)
                out, err = io.StringIO(), io.StringIO()
                with self.subTest(turn=turn, kind=kind):
                    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                        code = plot.main([str(path), "--overview"])
                    codes[code] += 1
                    self.assertEqual(err.getvalue().count("\n"), 0 if code == plot.DRAWN else 1)
                    self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", out.getvalue() + err.getvalue()))
        self.assertGreater(codes[plot.DRAWN], COUNT // 6)
        self.assertGreater(codes[plot.NOTHING], COUNT // 6)


def _formatted(folder: Folder, picture: Picture) -> list[Path]:
    """All that drawing does but the pixels."""
    with without_glyph_warnings():
        picture.figure.draw_without_rendering()
    return []


if __name__ == "__main__":
    unittest.main()
