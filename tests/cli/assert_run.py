"""Ends with 0 when a run's folder holds a complete result whose trials are all ok, and charts of it.

usage: assert_run.py DIR
"""

import json
import pathlib
import sys

import jsonschema


def complaints(folder: pathlib.Path) -> list[str]:
    schema = json.loads((pathlib.Path(__file__).parents[2] / "results" / "schema.json").read_text())
    results = json.loads((folder / "results.json").read_text())
    jsonschema.validate(results, schema)
    run = results["run"]
    found = [f"{t['status']}: {t['point']}: {t['reason']}" for t in run["failed"]]
    if not run["complete"] or len(results["benchmarks"]) + len(run["failed"]) != run["trials_planned"]:
        found.append("the run is not complete")
    if not results["benchmarks"]:
        found.append("no trial at all")
    for chart in ("throughput", "capacity", "wait", "round_trip"):
        for ending in ("png", "svg"):
            files = list(folder.glob(f"{chart}*.{ending}"))
            if not files or any(file.stat().st_size < 5000 for file in files):
                found.append(f"chart {chart}.{ending} is missing or empty")
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    wrong = complaints(pathlib.Path(sys.argv[1]))
    print("\n".join(wrong) or "every trial is ok and every chart is there")
    sys.exit(1 if wrong else 0)
