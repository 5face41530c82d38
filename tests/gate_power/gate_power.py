#!/usr/bin/python3
"""Measures the gate itself: how often it cries wolf, and what it finds (docs/gate.md shows the tables).

    tests/gate_power/gate_power.py --build build/release --out DIR
                                                    the campaign, on this machine: hours
    tests/gate_power/gate_power.py --build build/release --out DIR --simulate
                                                    the rules on known distributions: minutes
    tests/gate_power/gate_power.py --build build/release --out DIR --replay
                                                    the rules on the A/A pairs that a campaign left in DIR
    tests/gate_power/gate_power.py --combine FILE...  counts of several campaigns, added up

The campaign runs `handoff gate` again and again, in an order shuffled from the seed: A/A suites (the build against
itself, sweeps/ci.json) and control suites (the same binary with an injected slowdown of 0, 2, 5, 10 and 20%). Each
run's result file stays in DIR/runs; started again with the same DIR it goes on where it stopped, also after SIGKILL.
DIR/power.json and DIR/power.md are written anew after every run. It is no part of ./check: its numbers are the
machine's.
--combine takes such power.json files, from several machines or days (tests/gate_power/measured/ keeps ours).

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
SLOWDOWNS = (0, 2, 5, 10, 20)


def share(count, of):
    """A share with its 95% interval of Clopper and Pearson."""
    if of == 0:
        return {"count": 0, "of": 0, "low": 0.0, "high": 1.0}
    interval = stats.binomtest(count, of).proportion_ci(0.95, method="exact")
    return {"count": count, "of": of, "low": float(interval.low), "high": float(interval.high)}


def text_of(s):
    if s["of"] == 0:
        return "-"
    return f"{100 * s['count'] / s['of']:.1f}% [{100 * s['low']:.1f} .. {100 * s['high']:.1f}] of {s['of']}"


def write(path, text):
    """Readers see the old file or the new one."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text)
    temporary.replace(path)


def scatter(ds):
    """Pair noise: what a standard deviation would be if the pairs were normal, from their median absolute deviation."""
    if len(ds) < 4:
        return None
    middle = statistics.median(ds)
    return 1.4826 * statistics.median(abs(d - middle) for d in ds)


def planned(arguments):
    """(name of the run, arguments of the gate), in the order of running."""
    build = arguments.build
    runs = []
    for i in range(arguments.suites):
        runs.append((f"aa_{i}", ["--base", build, "--candidate", build, "--sweep", arguments.sweep, "--seed",
                                 str(1000 + i)]))
    for i in range(arguments.repeats):
        for percent in SLOWDOWNS:
            runs.append((f"slowdown_{percent}_{i}",
                         ["--base", build / "controls" / "slowdown_0", "--candidate",
                          build / "controls" / f"slowdown_{percent}", "--sweep",
                          ROOT / "tests" / "gate_power" / "controls.json",
                          "--seed", str(100000 + 10 * i)]))
    random.Random(arguments.seed).shuffle(runs)
    return runs


def finished(path):
    try:
        result = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError):
        return None
    return result if result.get("complete") else None


class Tally:
    """What the finished runs say; each is read once and forgotten but for its counts."""

    def __init__(self):
        self.suites = 0
        self.suites_regressed = 0
        self.suites_improved = 0
        self.seconds = []
        self.points = {}
        self.controls = {}

    def add(self, name, result):
        pairs = {}
        for pair in result["pairs"]:
            if pair["d"] is not None:
                pairs.setdefault(pair["point"], []).append(pair["d"])
        for p in result["points"]:
            if "pairs" not in p:
                continue
            row = {"finding": p["finding"], "pairs": sum(p["pairs"][k] for k in ("screening", "confirming", "proving")),
                   "replaced": sum(p["pairs"]["replaced"].values()), "scatter": scatter(pairs.get(p["name"], [])),
                   "median": p["slowdown"]["median"], "seconds": p["seconds"], "could_see": p["slowdown"]["could_see"]}
            if name.startswith("aa_"):
                self.points.setdefault(p["name"], []).append(row)
            else:
                self.controls.setdefault((p["name"], int(name.split("_")[1])), []).append(row)
        if name.startswith("aa_"):
            findings = {p["finding"] for p in result["points"]}
            self.suites += 1
            self.suites_regressed += "regressed" in findings
            self.suites_improved += "improved" in findings
            self.seconds.append(result["wall_seconds"])

    @staticmethod
    def row(name, rows):
        known = [r["scatter"] for r in rows if r["scatter"] is not None]
        seen = [r["could_see"] for r in rows if r["could_see"] is not None]
        medians = [r["median"] for r in rows if r["median"] is not None]
        return {"name": name, "runs": len(rows),
                "regressed": share(sum(r["finding"] == "regressed" for r in rows), len(rows)),
                "improved": share(sum(r["finding"] == "improved" for r in rows), len(rows)),
                "unchanged": sum(r["finding"] == "unchanged" for r in rows),
                "inconclusive": sum(r["finding"] == "inconclusive" for r in rows),
                "pair_noise": statistics.median(known) if known else None,
                "median_slowdown": statistics.median(medians) if medians else None,
                "could_see": statistics.median(seen) if seen else None,
                "pairs": statistics.mean(r["pairs"] for r in rows),
                "replaced": statistics.mean(r["replaced"] for r in rows),
                "seconds": statistics.mean(r["seconds"] for r in rows)}

    def summary(self):
        quiet = {}
        for (_, percent), rows in self.controls.items():
            for r in rows:
                if r["scatter"] is not None and r["scatter"] < 0.05:
                    quiet.setdefault(percent, []).append(r["finding"] == "regressed")
        return {"handoff_gate_power": 1,
                "aa": {"suites_regressed": share(self.suites_regressed, self.suites),
                       "suites_improved": share(self.suites_improved, self.suites),
                       "seconds_per_suite": statistics.median(self.seconds) if self.seconds else None,
                       "points": [self.row(name, rows) for name, rows in sorted(self.points.items())]},
                "controls": [{**self.row(name, rows), "slowdown_percent": percent}
                             for (name, percent), rows in sorted(self.controls.items())],
                "controls_with_pair_noise_below_5_percent": {
                    str(percent): share(sum(found), len(found)) for percent, found in sorted(quiet.items())}}


def markdown(summary):
    def number(value, form):
        return "-" if value is None else form.format(value)
    aa = summary["aa"]
    lines = [f"A/A suites that said \"regressed\": {text_of(aa['suites_regressed'])}; \"improved\": "
             f"{text_of(aa['suites_improved'])}; {number(aa['seconds_per_suite'], '{:.0f} s')} a suite.", "",
             "| control | injected | found | median | pair noise | pairs | replaced | seconds |",
             "|---|---|---|---|---|---|---|---|"]
    for row in summary["controls"]:
        lines.append(f"| {row['name'].split('/')[1]} | {row['slowdown_percent']}% | {text_of(row['regressed'])} | "
                     f"{number(row['median_slowdown'], '{:.3f}')} | {number(row['pair_noise'], '{:.1%}')} | "
                     f"{row['pairs']:.1f} | {row['replaced']:.1f} | {row['seconds']:.2f} |")
    lines += ["", "| controls whose pair noise is below 5%, injected | found |", "|---|---|"]
    for percent, found in summary["controls_with_pair_noise_below_5_percent"].items():
        lines.append(f"| {percent}% | {text_of(found)} |")
    lines += ["",
              "| A/A point | regressed | improved | unchanged | inconclusive | pair noise | could see "
              "| pairs | seconds |",
              "|---|---|---|---|---|---|---|---|---|"]
    for row in aa["points"]:
        lines.append(f"| `{row['name']}` | {text_of(row['regressed'])} | {row['improved']['count']} | "
                     f"{row['unchanged']} | {row['inconclusive']} | {number(row['pair_noise'], '{:.1%}')} | "
                     f"{number(row['could_see'], '{:.3f}')} | {row['pairs']:.1f} | {row['seconds']:.2f} |")
    return "\n".join(lines) + "\n"


def campaign(arguments):
    (arguments.out / "runs").mkdir(parents=True, exist_ok=True)
    runs = planned(arguments)
    tally = Tally()
    todo = []
    for name, flags in runs:
        result = finished(arguments.out / "runs" / f"{name}.json")
        if result is None:
            todo.append((name, flags))
        else:
            tally.add(name, result)
    print(f"{len(runs)} runs, {len(runs) - len(todo)} done", file=sys.stderr)
    for n, (name, flags) in enumerate(todo):
        path = arguments.out / "runs" / f"{name}.json"
        extra = [] if arguments.most_disturbance is None else ["--most-disturbance", str(arguments.most_disturbance)]
        done = subprocess.run([arguments.build / "bin" / "handoff", "gate", *flags, "--json", path, "--quiet", *extra],
                              capture_output=True, text=True)
        result = finished(path)
        if done.returncode == 130:
            return 130
        if result is None or done.returncode not in (0, 1):
            print(f"{name}: exit code {done.returncode}\n{done.stderr}", file=sys.stderr)
            return 1
        tally.add(name, result)
        summary = tally.summary()
        write(arguments.out / "power.json", json.dumps(summary, indent=1) + "\n")
        write(arguments.out / "power.md", markdown(summary))
        print(f"{len(runs) - len(todo) + n + 1}/{len(runs)} {name}: {done.stdout.strip().splitlines()[-1]}",
              file=sys.stderr)
    summary = tally.summary()
    write(arguments.out / "power.json", json.dumps(summary, indent=1) + "\n")
    write(arguments.out / "power.md", markdown(summary))
    print(arguments.out / "power.md")
    return 0


def simulate(arguments):
    arguments.out.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([arguments.build / "gate_power" / "gate_simulate", "--suites", str(arguments.suites),
                           "--seed",
                           str(arguments.seed)], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    write(arguments.out / "simulation.json", json.dumps(rows, indent=1) + "\n")
    table = {}
    for row in rows:
        table.setdefault((row["noise"], row["changed_points"], row["slowdown"]), {})[row["rule"]] = row
    lines = [f"{rows[0]['suites']} suites of {rows[0]['points']} points for each line, seed {rows[0]['seed']}; "
             "95% intervals.", "",
             "| pairs scatter | changed | gate: suites failed, or changes found | pairs a point | fixed rule "
             "| pairs a point |",
             "|---|---|---|---|---|---|"]
    for (noise, changed, slowdown), rules in table.items():
        what = "none" if changed == 0 else f"{changed} by {100 * (slowdown - 1):.0f}%"
        cells = []
        for rule in ("gate", "fixed"):
            row = rules[rule]
            cells += [text_of(row["suites_failed"] if changed == 0 else row["power"]), f"{row['pairs_per_point']:.1f}"]
        lines.append(f"| {noise} | {what} | " + " | ".join(cells) + " |")
    write(arguments.out / "simulation.md", "\n".join(lines) + "\n")
    print(arguments.out / "simulation.md")
    return 0


def replay(arguments):
    """Suites made of recorded pairs: what is drawn is the place where each point's record is entered."""
    points = {}
    results = [r for r in map(finished, (arguments.out / "runs").glob("aa_*.json")) if r]
    for result in sorted(results, key=lambda r: r["date"]):
        for p in result["points"]:
            if "pairs" in p:
                points.setdefault(p["name"], {"max_slowdown": p["max_slowdown"], "pairs": []})
        for pair in result["pairs"]:
            if pair["d"] is not None and not pair["replaced"]:
                points[pair["point"]]["pairs"].append(pair["d"])
    points = {name: p for name, p in points.items() if len(p["pairs"]) >= 200}  # more than a suite takes of a point
    if not points:
        print(f"--replay {arguments.out}: no point has 200 pairs in its A/A suites: run the campaign first",
              file=sys.stderr)
        return 2
    write(arguments.out / "pairs.json", json.dumps(list(points.values())) + "\n")
    done = subprocess.run([arguments.build / "gate_power" / "gate_replay", arguments.out / "pairs.json",
                           str(arguments.suites),
                           str(arguments.seed)], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    write(arguments.out / "replay.json", json.dumps(rows, indent=1) + "\n")
    print(f"{rows[0]['suites']} suites of {rows[0]['points']} points a line, replayed from "
          f"{rows[0]['recorded_pairs']} A/A pairs; seed {rows[0]['seed']}.\n\n"
          "| one point slower by | suites that said \"regressed\", or changes found "
          "| where pair noise is below 5% | pairs a point |\n|---|---|---|---|")
    for row in rows:
        quiet = row.get("power_where_pair_noise_is_below_5_percent")
        print(f"| {100 * (row['slowdown'] - 1):.0f}% | {text_of(row.get('power') or row['suites_failed'])} | "
              f"{text_of(quiet) if quiet else ''} | {row['pairs_per_point']:.1f} |")
    return 0


def combine(paths):
    """The table of several campaigns: counts can be added up, medians of different machines cannot."""
    total = {}
    for path in paths:
        try:
            summary = json.loads(path.read_text())
            aa = summary["aa"]
            counts = [("A/A suites that said \"regressed\"", aa["suites_regressed"]),
                      ("A/A suites that said \"improved\"", aa["suites_improved"])]
            counts += [(f"controls slowed by {row['slowdown_percent']}%: {row['name'].split('/')[1]}", row["regressed"])
                       for row in summary["controls"]]
            counts += [(f"controls slowed by {percent}% whose pair noise is below 5%", found)
                       for percent, found in summary["controls_with_pair_noise_below_5_percent"].items()]
        except (OSError, json.JSONDecodeError, KeyError, TypeError) as error:
            print(f"--combine {path}: no power.json of a campaign: {error!r}", file=sys.stderr)
            return 2
        for what, found in counts:
            before = total.setdefault(what, [0, 0])
            before[0] += found["count"]
            before[1] += found["of"]
    print(f"| {len(paths)} campaigns | found |\n|---|---|")
    for what, (count, of) in total.items():
        print(f"| {what} | {text_of(share(count, of))} |")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--combine", type=pathlib.Path, nargs="+", metavar="FILE")
    parser.add_argument("--suites", type=int, default=300, help="A/A suites, or simulated ones of each scenario")
    parser.add_argument("--repeats", type=int, default=100, help="of each slowdown of the controls")
    parser.add_argument("--sweep", type=pathlib.Path, default=ROOT / "sweeps" / "ci.json", help="of the A/A suites")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most-disturbance", type=float, help="as the gate's")
    parser.add_argument("--simulate", action="store_true")
    parser.add_argument("--replay", action="store_true")
    arguments = parser.parse_args()
    if arguments.combine:
        return combine(arguments.combine)
    if arguments.out is None:
        parser.error("--out DIR: where the runs go")
    tool = arguments.build / ("gate_power/gate_simulate" if arguments.simulate else
                              "gate_power/gate_replay" if arguments.replay else "bin/handoff")
    if not tool.exists():
        parser.error(f"--build {arguments.build}: no {tool.relative_to(arguments.build)} in it: build it first")
    if arguments.replay:
        return replay(arguments)
    if not arguments.simulate and arguments.repeats > 0 and not (arguments.build / "controls").is_dir():
        parser.error(f"--build {arguments.build}: no controls/ in it: "
                     f"cmake --build {arguments.build} --target slowdown_controls")
    try:
        return simulate(arguments) if arguments.simulate else campaign(arguments)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
