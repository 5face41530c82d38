"""./bench and ./check: help, usage, and steps that fail with a remedy."""

import os
import subprocess

from cli.support import ROOT, CommandTest, run


class Scripts(CommandTest):
    def test_help_says_what_they_do(self):
        for script, words in (("bench", ["--sweep", "--out", "--build-only", "results.json"]),
                              ("check", ["--quick", "--preset", "ctest"])):
            done = run(ROOT / script, "--help")
            self.assertEqual(done.returncode, 0)
            for word in words:
                self.assertIn(word, done.stdout)

    def test_usage_is_refused_in_one_line(self):
        self.assert_one_line_refusal(run(ROOT / "bench", "--sweeep", "x"), "--sweeep", "--sweep FILE")
        self.assert_one_line_refusal(run(ROOT / "bench", "--sweep"), "--sweep needs a value")
        self.assert_one_line_refusal(run(ROOT / "bench", "--sweep", "no_such.json"), "no_such.json",
                                     "sweeps/quick.json")
        self.assert_one_line_refusal(run(ROOT / "check", "--preset", "fast"), "fast", "asan-ubsan")
        self.assert_one_line_refusal(run(ROOT / "check", "now"), "now", "--quick")

    def with_tools(self, **scripts):
        """The environment with some commands replaced by the given shell scripts."""
        for name, body in scripts.items():
            tool = self.folder / name.replace("_", "-")
            tool.write_text("#!/bin/sh\n" + body + "\n")
            tool.chmod(0o755)
        return {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"}

    def test_a_failed_install_names_the_step_and_the_remedy(self):
        env = self.with_tools(dpkg_query="exit 1", apt_get="echo no network >&2; exit 100")
        done = run(ROOT / "bench", "--build-only", env=env)
        self.assertEqual(done.returncode, 1)
        self.assertIn("step failed: apt-get update", done.stderr)
        self.assertIn("remedy:", done.stderr)

    def test_a_failed_build_names_the_step_and_the_remedy(self):
        env = self.with_tools(cmake="exit 1")
        done = run(ROOT / "bench", "--build-only", env=env)
        self.assertEqual(done.returncode, 1)
        self.assertIn("step failed: cmake --", done.stderr)
        self.assertIn("remedy:", done.stderr)

    def test_packages_are_listed_once(self):
        lines = [line.split("#")[0].strip() for line in (ROOT / "packages.txt").read_text().splitlines()]
        packages = [line for line in lines if line]
        self.assertGreater(len(packages), 10)
        self.assertEqual(len(packages), len(set(packages)))
        for package in packages:
            done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True)
            self.assertEqual(done.stdout, "install ok installed", package)
