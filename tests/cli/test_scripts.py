"""./bench and ./check: help, usage, and steps that fail with a remedy."""

import os
import re
import shutil
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

    def test_a_failed_install_is_said_and_the_build_goes_on(self):
        broken = "echo no network >&2; exit 100"
        for apt_get, reason in ((broken, "apt-get update failed"),
                                (f'[ "$1" = update ] || {{ {broken}; }}', "apt-get install failed")):
            with self.subTest(reason):
                env = self.with_tools(dpkg_query="exit 1", apt_get=apt_get, cmake="exit 1")
                done = run(ROOT / "bench", "--build-only", env=env)
                self.assertIn(f"not installed ({reason}): g++ cmake", done.stderr)
                self.assertIn("to install them: apt-get install g++ cmake", done.stderr)
                self.assertIn("step failed: cmake --preset release", done.stderr)
                self.assertEqual(done.returncode, 1)

    def test_outside_debian_the_build_goes_on(self):
        tools = self.folder / "tools"
        tools.mkdir()
        for name in ("bash", "sh", "dirname", "sed", "grep", "mktemp", "rm", "cat", "id", "basename", "date"):
            (tools / name).symlink_to(shutil.which(name))
        (tools / "cmake").write_text("#!/bin/sh\necho '-- left out: oneTBB not found'; [ \"$1\" = --preset ]\n")
        (tools / "cmake").chmod(0o755)
        done = run(ROOT / "bench", "--build-only", env={**os.environ, "PATH": str(tools)})
        self.assertIn("this is not Debian", done.stderr)
        self.assertIn("packages.txt", done.stderr)
        self.assertIn("left out: oneTBB not found", done.stderr)
        self.assertIn("step failed: cmake --build", done.stderr)

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
        if shutil.which("dpkg-query") is None:
            self.skipTest("no dpkg-query: this is not Debian")
        absent = []
        for package in packages:
            done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True)
            if done.stdout != "install ok installed":
                absent.append(package)
        for package in absent:
            known = subprocess.run(["apt-cache", "show", package], capture_output=True, text=True)
            self.assertEqual(known.returncode, 0, f"{package}: neither installed nor known to apt")

    def test_every_need_has_a_package_in_the_list(self):
        lines = (ROOT / "packages.txt").read_text().splitlines()
        packages = {line.split("#")[0].strip() for line in lines}
        needs = re.findall(r"^handoff_need\((\w+) DEBIAN (\S+)", (ROOT / "cmake" / "Needs.cmake").read_text(), re.M)
        self.assertGreater(len(needs), 10)
        for need, package in needs:
            if not package.startswith("$"):
                self.assertIn(package, packages, need)
