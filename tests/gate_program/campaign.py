#!/usr/bin/python3
"""Measures the gate on a plain program of Google Benchmark's with 20 benchmarks: false alarms in suites of the program
against itself, and how often one benchmark that does a tenth more work is found.

    tests/gate_program/campaign.py [--build BUILD] [--suites 20] [--injected 10] [--out FILE] [-- FLAGS OF THE GATE]
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: Of the program.
BENCHMARKS = 20


def gate(build, out, *flags):
    done = subprocess.run([build / "bin" / "handoff", "gate", "--json", out, "--quiet", *flags], cwd=ROOT,
                          capture_output=True, text=True)
    if not out.exists():
        sys.exit(f"handoff gate {' '.join(map(str, flags))}: {done.stderr}")
    return json.loads(out.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--suites", type=int, default=20, help="of the program against itself (0: none)")
    parser.add_argument("--injected", type=int, default=10, help="gates in which one benchmark is slower (0: none)")
    parser.add_argument("--out", type=pathlib.Path, help="the counts as JSON (default: standard output)")
    parser.add_argument("flags", nargs="*", help="of the gate, after --")
    given = parser.parse_args()
    build = given.build.resolve()
    program = build / "gate_program" / "twenty"
    if not program.exists():
        sys.exit(f"{program} is not there: cmake --build {given.build} --target gate_program_twenty")
    counts = {"flags": given.flags, "suites": 0, "suites_regressed": 0, "suites_improved": 0, "seconds_per_suite": None,
              "injected": 0, "found": 0, "others_regressed": 0, "missed": []}
    with tempfile.TemporaryDirectory(prefix="handoff-gate-program-") as name:
        folder = pathlib.Path(name)
        if given.suites:
            said = gate(build, folder / "self.json", "--self-test", "--base-program", program, "--suites",
                        str(given.suites), *given.flags)
            counts.update(suites=said["suites"]["regressed"]["of"],
                          suites_regressed=said["suites"]["regressed"]["count"],
                          suites_improved=said["suites"]["improved"]["count"],
                          seconds_per_suite=said["seconds_per_suite"])
            print(f"against itself: {counts['suites_regressed']} of {counts['suites']} suites said \"regressed\"",
                  file=sys.stderr)
        for i in range(given.injected):
            which = (7 * i + 3) % BENCHMARKS
            slow = folder / f"twenty_slow_{which}"
            shutil.copy(program, slow)
            said = gate(build, folder / f"slow_{i}.json", "--base-program", program, "--candidate-program", slow,
                        "--seed", str(i), *given.flags)
            regressed = {p["name"] for p in said["points"] if p["finding"] == "regressed"}
            point = next(p for p in said["points"] if p["name"] == f"work/{which}")
            counts["injected"] += 1
            counts["found"] += point["name"] in regressed
            counts["others_regressed"] += len(regressed - {point["name"]})
            if point["name"] not in regressed:
                counts["missed"].append({"point": point["name"], "finding": point["finding"],
                                         "reason": point["reason"], "could_see": point["slowdown"]["could_see"]})
            print(f"work/{which} slower by 10%: {point['finding']}", file=sys.stderr)
    text = json.dumps(counts, indent=1) + "\n"
    if given.out:
        given.out.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
