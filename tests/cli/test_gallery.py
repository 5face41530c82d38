"""The results that the project shows: complete, valid, and a report away from their page."""

import json
import re

from cli.support import HANDOFF, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

GALLERY = ROOT / "results" / "gallery"


class Gallery(CommandTest):
    def test_each_is_a_whole_run_of_its_sweep(self):
        schema = json.loads((ROOT / "results" / "schema.json").read_text())
        files = sorted(GALLERY.glob("*.json"))
        self.assertEqual([file.stem for file in files], ["choices", "counters", "pools", "queues"])
        for file in files:
            with self.subTest(file=file.name):
                results = json.loads(file.read_text())
                jsonschema.Draft7Validator(schema).validate(results)
                self.assertTrue(results["run"]["complete"])
                self.assertEqual(results["run"]["failed"], [])
                sweep = json.loads((ROOT / "sweeps" / f"gallery_{file.stem}.json").read_text())
                self.assertEqual(results["run"]["sweep"]["name"], sweep["name"])
                families = {p["name"].split("/")[0] for p in results["run"]["points"]}
                self.assertEqual(families, {"queues" if file.stem == "choices" else file.stem})
                counted = [row for row in results["benchmarks"] if row["counted"]]
                self.assertGreater(len(counted), len(results["benchmarks"]) / 2, "a machine that was left alone")
                self.assertNotIn(str(ROOT), file.read_text())

    def test_all_of_them_make_one_page(self):
        page = self.folder / "report.html"
        done = run(HANDOFF, "report", *sorted(GALLERY.glob("*.json")), "--out", page)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(page.stat().st_size, 1_500_000)
        self.assertEqual(len(re.findall(r'id="handoff-data"', page.read_text())), 1)
