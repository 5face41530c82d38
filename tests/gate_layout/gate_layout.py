#!/usr/bin/python3
"""Measures how often the gate takes the place of code for a change of it (docs/gate.md shows the table).

    tests/gate_layout/gate_layout.py --build build/release --out DIR
                                            the campaign, on this machine: some ten minutes
    tests/gate_layout/gate_layout.py --combine DIR...   the table of what several campaigns left

Links variants of a build: the same objects in another order, with padding between some of them, drawn from the seed.
Then `handoff gate` compares the build with each variant, with and without `--relink`: nothing has changed but where
code lies, so every verdict of a change is a false one. Each gate's file stays in DIR/runs; started again with the same
DIR it goes on where it stopped. DIR/layout.json and DIR/layout.md are written anew after every run. It is no part of
./check: its numbers are the machine's.

Exit codes: 0 done, 1 a run could not be made, 2 usage, 130 interrupted.
"""

import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys

from scipy import stats

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELINKS = ("none", "confirming", "all")
CHANGED = ("regressed", "improved")


def share(count, of):
    """A share with its 95% interval of Clopper and Pearson."""
    if of == 0:
        return {"count": 0, "of": 0, "low": 0.0, "high": 1.0}
    interval = stats.binomtest(count, of).proportion_ci(0.95, method="exact")
    return {"count": count, "of": of, "low": float(interval.low), "high": float(interval.high)}


def text_of(s):
    if s["of"] == 0:
        return "-"
    interval = f"[{100 * s['low']:.1f} .. {100 * s['high']:.1f}]"
    return f"{s['count']} of {s['of']} ({100 * s['count'] / s['of']:.1f}% {interval})"


def write(path, text):
    """Readers see the old file or the new one."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text)
    temporary.replace(path)


def finished(path):
    try:
        result = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError):
        return None
    return result if result.get("complete") else None


def families(sweep):
    return sorted({block["family"] for block in json.loads(sweep.read_text())["blocks"]})


def variant(arguments, number):
    """The folder of a variant, which is linked where it is not there."""
    folder = arguments.out / "variants" / str(number)
    if not (folder / "complete").exists():
        binaries = [arguments.build / "bin" / f"bench_{family}" for family in families(arguments.sweep)]
        program = arguments.build / "gate_power" / "gate_link_variant"
        subprocess.run([program, str(1000 * arguments.seed + number), folder, *binaries], check=True)
        (folder / "complete").touch()
    return folder


def summary(results):
    """results: (way of linking, variant, result) of each finished gate."""
    ways = {}
    points = {}
    own = {}  # of the two binaries as they are: what the variant's layout does
    for way, of, result in results:
        found = ways.setdefault(way, {"suites": 0, "with": dict.fromkeys(CHANGED, 0), "points": 0,
                                      "point_verdicts": dict.fromkeys(CHANGED, 0), "pairs": 0, "seconds": []})
        measured = [p for p in result["points"] if p.get("slowdown")]
        found["suites"] += 1
        found["points"] += len(measured)
        found["pairs"] += len(result["pairs"])
        found["seconds"].append(result["wall_seconds"])
        for change in CHANGED:
            count = sum(p["finding"] == change for p in measured)
            found["with"][change] += count > 0
            found["point_verdicts"][change] += count
        for pair in result["pairs"]:
            if pair["d"] is not None and "link" not in pair:
                own.setdefault((pair["point"], of), []).append(pair["d"])
        for p in measured:
            row = points.setdefault(p["name"], {"medians": [], **{w: dict.fromkeys(CHANGED, 0) for w in RELINKS}})
            for change in CHANGED:
                row[way][change] += p["finding"] == change
    for (name, _), pairs in own.items():
        if len(pairs) >= 8:
            points[name]["medians"].append(statistics.median(pairs))
    return {"handoff_gate_layout": 1,
            "ways": {way: {**{f"suites_{change}": share(found["with"][change], found["suites"]) for change in CHANGED},
                           **{f"points_{change}": share(found["point_verdicts"][change], found["points"])
                              for change in CHANGED},
                           "pairs_per_point": found["pairs"] / max(1, found["points"]),
                           "seconds_per_suite": statistics.median(found["seconds"])}
                     for way, found in sorted(ways.items())},
            "points": [{"name": name, "variants": len(row["medians"]),
                        "spread_of_variants": statistics.pstdev(row["medians"]) if len(row["medians"]) > 1 else None,
                        "fastest_variant": min(row["medians"], default=None),
                        "slowest_variant": max(row["medians"], default=None),
                        **{way: row[way] for way in RELINKS}} for name, row in sorted(points.items())]}


def percent(value):
    return "-" if value is None else f"{100 * value:+.1f}%"


def markdown(s):
    lines = ["| linked again | suites that said \"regressed\" | \"improved\" | points that said \"regressed\" "
             "| pairs a point | a suite |", "|---|---|---|---|---|---|"]
    for way, found in s["ways"].items():
        lines.append(f"| {way} | {text_of(found['suites_regressed'])} | {text_of(found['suites_improved'])} | "
                     f"{text_of(found['points_regressed'])} | {found['pairs_per_point']:.1f} | "
                     f"{found['seconds_per_suite']:.0f} s |")
    lines += ["", "| point | fastest and slowest variant | standard deviation | regressed or improved: "
              + ", ".join(s["ways"]) + " |", "|---|---|---|---|"]
    for p in s["points"]:
        lines.append(f"| `{p['name']}` | {percent(p['fastest_variant'])} .. {percent(p['slowest_variant'])} | "
                     f"{percent(p['spread_of_variants']).lstrip('+')} | "
                     + ", ".join(str(sum(p[way].values())) for way in s["ways"]) + " |")
    return "\n".join(lines) + "\n"


def runs_in(folder):
    for path in sorted((folder / "runs").glob("*.json")):
        if (result := finished(path)) is not None:
            way, number = path.stem.split("_")
            yield way, (folder, number), result


def campaign(arguments):
    (arguments.out / "runs").mkdir(parents=True, exist_ok=True)
    plan = [(way, number) for number in range(arguments.variants) for way in arguments.relink]
    random.Random(arguments.seed).shuffle(plan)
    for done, (way, number) in enumerate(plan):
        path = arguments.out / "runs" / f"{way}_{number}.json"
        if finished(path) is None:
            gate = subprocess.run([arguments.build / "bin" / "handoff", "gate", "--base", arguments.build,
                                   "--candidate", variant(arguments, number), "--sweep", arguments.sweep,
                                   "--relink", way, "--seed", str(arguments.seed * 1000 + number), "--json", path,
                                   "--quiet", *(arguments.gate_flags or [])], capture_output=True, text=True)
            if gate.returncode == 130:
                return 130
            if finished(path) is None:
                print(f"{path.stem}: exit code {gate.returncode}\n{gate.stdout}{gate.stderr}", file=sys.stderr)
                return 1
            print(f"{done + 1}/{len(plan)} {path.stem}: {gate.stdout.strip().splitlines()[-1]}", file=sys.stderr)
        s = summary(list(runs_in(arguments.out)))
        write(arguments.out / "layout.json", json.dumps(s, indent=1) + "\n")
        write(arguments.out / "layout.md", markdown(s))
    print(arguments.out / "layout.md")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--combine", type=pathlib.Path, nargs="+", metavar="DIR")
    parser.add_argument("--variants", type=int, default=12)
    parser.add_argument("--relink", choices=RELINKS, nargs="+", default=["none", "confirming"])
    parser.add_argument("--sweep", type=pathlib.Path, default=ROOT / "tests" / "gate_layout" / "points.json")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gate-flags", nargs=argparse.REMAINDER, help="for every gate; comes last")
    arguments = parser.parse_args()
    if arguments.combine:
        print(markdown(summary([run for folder in arguments.combine for run in runs_in(folder)])), end="")
        return 0
    if arguments.out is None:
        parser.error("--out DIR: where the runs go")
    for needed in ("bin/handoff", "gate_power/gate_link_variant"):
        if not (arguments.build / needed).exists():
            parser.error(f"--build {arguments.build}: no {needed} in it: build it first")
    try:
        return campaign(arguments)
    except KeyboardInterrupt:
        return 130
    except subprocess.CalledProcessError as error:
        print(f"a variant cannot be linked: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
