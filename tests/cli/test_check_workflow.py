"""The project's own GitHub workflow: its steps run here, with ./check, ./bench and the system's commands faked."""

import os
import re
import subprocess

import yaml

from cli.support import ROOT, CommandTest, run

WORKFLOW = ROOT / ".github" / "workflows" / "check.yml"


def workflow():
    return yaml.safe_load(WORKFLOW.read_text())


def steps():
    return workflow()["jobs"]["check"]["steps"]


def commands(text):
    """The commands of a script that measure and check, with the folder of the results named OUT."""
    lines = [line.strip() for line in text.splitlines()]
    return [re.sub(r'"\$out/smoke"|results/smoke', "OUT", line) for line in lines
            if line.startswith(("./check", "./bench", "/usr/bin/python3"))]


class CheckWorkflow(CommandTest):
    def setUp(self):
        super().setUp()
        self.work = self.folder / "work"
        self.work.mkdir()
        self.fakes = self.folder / "fakes"
        self.fakes.mkdir()
        for folder in ("sweeps", "tests"):
            (self.work / folder).symlink_to(ROOT / folder)
        for name in ("apt-get", "git"):
            self.fake(self.fakes / name)
        gallery = self.work / "results" / "gallery"
        gallery.mkdir(parents=True)
        (gallery / "queues.json").touch()
        (self.work / "build" / "release" / "bin").mkdir(parents=True)
        for name in ("check", "bench", "build/release/bin/handoff"):
            self.fake(self.work / name)

    def fake(self, path, status=0):
        path.write_text(f'#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\nexit {status}\n')
        path.chmod(0o755)

    def run_job(self):
        """Runs the steps as GitHub does. The answer: name -> exit code of each that ran, and the calls of fakes."""
        calls = self.folder / "calls"
        calls.write_text("")
        env = {**os.environ, "PATH": f"{self.fakes}:{os.environ['PATH']}", "CALLS": str(calls),
               "GITHUB_WORKSPACE": str(self.work), "PYTHONDONTWRITEBYTECODE": "1"}
        codes = {}
        for step in steps():
            self.assertTrue(("uses" in step) != ("run" in step), step)
            if "run" not in step or (any(codes.values()) and step.get("if") != "always()"):
                continue
            done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                                  cwd=self.work, env=env, capture_output=True, text=True, timeout=60)
            codes[step["name"]] = done.returncode
        return codes, calls.read_text().splitlines()

    def test_its_frame(self):
        whole = workflow()
        self.assertEqual(list(whole["jobs"]), ["check"])
        self.assertEqual(whole["jobs"]["check"]["container"], "debian:12")
        self.assertEqual(whole["defaults"]["run"]["shell"], "bash")
        self.assertEqual(whole["permissions"], {"contents": "read"})
        triggers = whole[True]  # YAML 1.1 reads the key `on` as a truth value
        self.assertEqual(set(triggers), {"push", "pull_request", "workflow_dispatch"})
        self.assertIn("cancel-in-progress", whole["concurrency"])
        upload = steps()[-1]
        self.assertTrue(upload["uses"].startswith("actions/upload-artifact@"))
        self.assertEqual((upload["if"], upload["with"]["path"]), ("always()", "results/smoke"))

    def test_it_checks_before_it_measures(self):
        codes, calls = self.run_job()
        self.assertEqual(calls, [
            "apt-get update -q", "apt-get install -y -q --no-install-recommends git ca-certificates",
            f"git config --system --add safe.directory {self.work}",
            "check --quick", "handoff report results/gallery/queues.json --out results/reports/queues.html",
            "bench --sweep sweeps/smoke.json --out results/smoke"])
        # the fake sweep wrote nothing, and the step that looks at the results says so
        self.assertEqual([name for name, code in codes.items() if code != 0], ["Smoke sweep"])

    def test_a_failed_check_stops_it(self):
        self.fake(self.work / "check", status=1)
        codes, calls = self.run_job()
        self.assertEqual(codes["Check"], 1)
        self.assertNotIn("Smoke sweep", codes)
        self.assertEqual(calls[-1], "check --quick")
        self.assertNotIn("Reports of the gallery", codes)

    def test_it_runs_what_the_projects_own_gate_runs(self):
        ours = commands((ROOT / ".ci" / "run").read_text())
        theirs = commands("\n".join(step.get("run", "") for step in steps()))
        self.assertEqual(len(ours), 3)
        self.assertEqual([line.replace("./check --quick", "./check") for line in theirs], ours)

    def test_its_commands_and_flags_exist(self):
        for line in commands("\n".join(step.get("run", "") for step in steps())):
            words = line.split()
            if words[0] == "/usr/bin/python3":
                self.assertTrue((ROOT / words[1]).is_file(), line)
                continue
            help_text = run(ROOT / words[0], "--help").stdout
            for flag in re.findall(r"--[a-z-]+", line):
                self.assertIn(flag, help_text)
            for file in re.findall(r"\S+\.json", line):
                self.assertTrue((ROOT / file).is_file(), line)
