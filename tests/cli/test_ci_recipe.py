"""The CI recipe in examples/: what its steps run is run here, with our own commands and a build that is faked."""

import json
import os
import re
import subprocess

from cli.made import POINT, result
from cli.support import HANDOFF, ROOT, CommandTest, library

yaml = library("yaml")
RECIPE = ROOT / "examples" / "github-actions" / "handoff.yml"

# Stands for a bench_queues: the time of an item is in time.txt beside it, within 1% as the trial's seed has it; the CPU
# time of an item likewise in cpu.txt.
BENCH = """#!/usr/bin/python3
import json, pathlib, sys

flags = dict(a.partition("=")[::2] for a in sys.argv[1:])
here = pathlib.Path(__file__).resolve().parent
if "--list_points" in flags:
    print((here / "listing.json").read_text())
    sys.exit()
measurement = json.loads((here / "measurement.json").read_text())
factor = 1 + (int(flags["--seed"]) * 2654435761 % 1000) / 1e5
time, cpu = (float((here / name).read_text()) * factor for name in ("time.txt", "cpu.txt"))
measurement.update(real_time_ns=time, cpu_time_ns=cpu, thread_time_ns=time, seed=int(flags["--seed"]))
pathlib.Path(flags["--measurement"]).write_text(json.dumps(measurement))
"""

# Stands for cmake: notes how it was called; builds handoff (ours) and bench_queues (the fake).
CMAKE = """#!/bin/bash
set -eu
echo "CPLUS_INCLUDE_PATH=$CPLUS_INCLUDE_PATH cmake $*" >> "$FAKES/calls"
if [ "$1" = --build ]; then
    side=$(basename "$2")
    [ -f "$2/configured" ] || { echo "$2: not configured" >&2; exit 1; }
    mkdir -p "$2/bin"
    ln -f "$HANDOFF" "$2/bin/handoff" 2>/dev/null || cp "$HANDOFF" "$2/bin/handoff"
    cp "$FAKES"/{bench_queues,listing.json,measurement.json} "$2/bin/"
    cp "$side"/{time,cpu}.txt "$2/bin/"
else
    build=$(printf '%s\\n' "$@" | grep -A1 -x -e -B | tail -1)
    catalog=$(printf '%s\\n' "$@" | sed -n 's/^-DHANDOFF_CATALOG=//p')
    [ -f handoff/CMakeLists.txt ] && [ -f "$catalog" ] || { echo "no source or no catalog $catalog" >&2; exit 1; }
    mkdir -p "$build"
    touch "$build/configured"
fi
"""


def recipe():
    return yaml.safe_load(RECIPE.read_text())


class Recipe(CommandTest):
    def setUp(self):
        super().setUp()
        self.need_python("yaml", "matplotlib")
        self.need_history()
        self.work = self.folder / "work"
        fakes = self.folder / "fakes"
        fakes.mkdir()
        self.fakes = fakes
        for side in ("base", "candidate", "reference"):
            (self.work / side / "bench" / "handoff").mkdir(parents=True)
            (self.work / side / "bench" / "handoff" / "catalog.hpp").write_text("")
            sweep = {"name": "ci", "repetitions": 2, "min_time_seconds": 0.002, "timeout_seconds": 20, "blocks": [
                {"family": "queues", "workload": ["transfer"], "impl": ["ring"], "wait": ["yield"], "capacity": [64]},
                {"family": "queues", "workload": ["transfer"], "impl": ["ring"], "wait": ["yield"], "capacity": [64],
                 "measure": "cpu_time_per_item"}]}
            (self.work / side / "bench" / "handoff" / "ci.json").write_text(json.dumps(sweep))
            self.time(side, 100)
        (self.work / "handoff").symlink_to(ROOT)
        row = result({"ring": [50.0]})["benchmarks"][0]
        name = POINT.format("ring")
        (fakes / "listing.json").write_text(json.dumps({
            "points": [{"name": name, "point": row["point"], "threads": 2, "oversubscribed": False, "guarantees": {},
                        "rivals": "peers", "measure": "items_per_second", "fills": "time"}],
            "left_out": [], "implementations": ["ring"]}))
        (fakes / "measurement.json").write_text(json.dumps({
            "status": "ok", "name": name, "threads": 2, "items": 1000, "window_seconds": 1e-5,
            **{key: row[key] for key in ("point", "oversubscribed", "probe", "overlap", "run_delay_seconds",
                                         "voluntary_switches", "involuntary_switches", "team", "fairness",
                                         "metrics")}}))
        self.fake("bench_queues", BENCH)
        self.fake("cmake", CMAKE)
        self.fake("apt-get", '#!/bin/sh\necho "apt-get $*" >> "$FAKES/calls"\n')

    def fake(self, name, text):
        (self.fakes / name).write_text(text)
        (self.fakes / name).chmod(0o755)

    def time(self, side, nanoseconds, cpu=200):
        (self.work / side / "time.txt").write_text(str(nanoseconds))
        (self.work / side / "cpu.txt").write_text(str(cpu))

    def run_job(self, name, **more):
        """Runs a job's steps as GitHub does: bash -eo pipefail; after a failure only those with `if: always()`.
        The answer: name -> finished process of each step that ran."""
        whole = recipe()
        env = {**os.environ, **{key: str(value) for key, value in whole["env"].items()},
               "PATH": f"{self.fakes}:{os.environ['PATH']}", "FAKES": str(self.fakes), "HANDOFF": str(HANDOFF),
               "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"), "GITHUB_SHA": "0123456789abcdef",
               "PYTHONDONTWRITEBYTECODE": "1", **more}
        done, failed = {}, False
        for step in whole["jobs"][name]["steps"]:
            self.assertTrue(("uses" in step) != ("run" in step), step)
            if "run" not in step or (failed and step.get("if") != "always()"):
                continue
            ran = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=self.work,
                                 env=env, capture_output=True, text=True, timeout=120)
            done[step["name"]] = ran
            failed = failed or ran.returncode != 0
        return done

    def summary(self):
        return (self.folder / "summary.md").read_text()

    # Others on this machine must not decide what the gate says: no pair is replaced for their sake.
    CALM = {"GATE_FLAGS": "--most-disturbance 1000"}

    def test_a_pull_request_that_changes_nothing_passes(self):
        done = self.run_job("gate", **self.CALM)
        for name, step in done.items():
            self.assertEqual(step.returncode, 0, f"{name}: {step.stdout}{step.stderr}")
        self.assertEqual(list(done)[-2:], ["Gate", "Show"])
        self.assertIn(POINT.format("ring"), self.summary())
        made = {path.name for path in (self.work / "results").iterdir()}
        self.assertLessEqual({"gate.json", "gate.md", "gate.xml", "ratios.png"}, made)
        calls = (self.fakes / "calls").read_text()
        self.assertIn("libsqlite3-dev", calls)
        self.assertNotIn("#", calls)
        # both sides are built alike, but for the library
        builds = [line for line in calls.splitlines() if line.startswith("CPLUS_INCLUDE_PATH")]
        base, candidate = ([line.replace(side, "SIDE") for line in builds if f"build/{side}" in line]
                           for side in ("base", "candidate"))
        self.assertEqual((len(builds), base), (4, candidate))

    def test_a_regression_fails_the_job_and_is_shown(self):
        self.time("candidate", 150, cpu=300)
        done = self.run_job("gate", **self.CALM)
        self.assertEqual(done["Gate"].returncode, 1, done["Gate"].stdout + done["Gate"].stderr)
        name = POINT.format("ring")
        for regressed in (name, f"{name} (cpu_time_per_item)"):
            self.assertIn(f"::error title=Handoff gate::{regressed} regressed", done["Gate"].stdout)
        self.assertEqual(done["Show"].returncode, 0)
        self.assertIn("regressed", self.summary())
        self.assertTrue((self.work / "results" / "ratios.png").is_file())

    def test_a_gate_that_decides_nothing_fails_the_job_unless_told_otherwise(self):
        measurement = self.fakes / "measurement.json"
        measurement.write_text(json.dumps({**json.loads(measurement.read_text()), "overlap": 0.1}))
        done = self.run_job("gate", **self.CALM)
        self.assertEqual(done["Gate"].returncode, 3, done["Gate"].stdout + done["Gate"].stderr)
        self.assertIn("::error title=Handoff gate::NOTHING WAS DECIDED", done["Gate"].stdout)
        self.assertIn("NOTHING WAS DECIDED", self.summary())
        done = self.run_job("gate", GATE_FLAGS=self.CALM["GATE_FLAGS"] + " --allow-undecided")
        self.assertEqual(done["Gate"].returncode, 0, done["Gate"].stdout + done["Gate"].stderr)

    def test_a_build_that_fails_stops_the_job(self):
        (self.work / "base" / "bench" / "handoff" / "catalog.hpp").unlink()
        done = self.run_job("gate", **self.CALM)
        self.assertNotEqual(done["Build base and candidate"].returncode, 0)
        self.assertNotIn("Gate", done)
        self.assertEqual(done["Show"].returncode, 0, done["Show"].stderr)

    def test_a_picture_that_fails_does_not_fail_the_job(self):
        show = next(step for step in recipe()["jobs"]["gate"]["steps"] if step.get("name") == "Show")
        (self.work / "results").mkdir()
        (self.work / "results" / "gate.json").write_text("{}")
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", show["run"]], cwd=self.work, capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no picture", done.stdout)

    def test_the_history_grows_with_every_push(self):
        for n, time in enumerate((100, 120)):
            self.time("candidate", time)
            for name in ("reference", "candidate"):
                subprocess.run(["rm", "-rf", str(self.work / "results" / name)], check=True)
            done = self.run_job("history")
            for name, step in done.items():
                # trials during which the hypervisor took CPUs away do not count, on this machine perhaps all of them
                if name == "Add to the history" and "repetitions that count" in step.stderr:
                    self.skipTest("the hypervisor takes this machine's CPUs away")
                self.assertEqual(step.returncode, 0, f"{name}: {step.stdout}{step.stderr}")
        shown = json.loads((self.work / "results" / "history.json").read_text())
        ratios = [entry["ratio"] for entry in shown["series"][0]["entries"]]
        self.assertEqual(len(ratios), 2)
        self.assertAlmostEqual(ratios[0], 1.0, delta=0.02)
        self.assertAlmostEqual(ratios[1], 1.2, delta=0.02)
        self.assertEqual(shown["series"][0]["entries"][0]["commit"], "0123456789abcdef")
        self.assertIn(POINT.format("ring"), self.summary())
        self.assertTrue((self.work / "results" / "history.png").is_file())

    def test_the_docs_and_the_recipe_agree(self):
        page = (ROOT / "docs" / "ci.md").read_text()
        self.assertIn("examples/github-actions/handoff.yml", page)
        for name in recipe()["env"]:
            self.assertRegex(page, rf"`{name}`")
        self.assertEqual({job["container"] for job in recipe()["jobs"].values()}, {"debian:12"})
        # what a job names is ours: every flag of every command is one that its help lists
        for job in recipe()["jobs"].values():
            for step in job["steps"]:
                for command, flags in re.findall(r"bin/handoff (gate|run|history)((?:[^\n]|\\\n)*)",
                                                 step.get("run", "")):
                    listed = subprocess.run([str(HANDOFF), command, "--help"],
                                            capture_output=True, text=True).stdout
                    for flag in re.findall(r"--[a-z-]+", flags):
                        self.assertIn(flag, listed)
