"""./bench and ./check: help, usage, and steps that fail with a remedy."""

import json
import os
import re
import shutil
import subprocess

from cli.support import HANDOFF, ROOT, CommandTest, run


class Scripts(CommandTest):
    def test_help_says_what_they_do(self):
        for script, words in (("bench", ["--sweep", "--impl", "--out", "--build-only", "results.json"]),
                              ("check", ["--quick", "--preset", "--impl", "ctest"])):
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
        for script in ("bench", "check"):
            self.assert_one_line_refusal(run(ROOT / script, "--impl"), "--impl needs a value")
            self.assert_one_line_refusal(run(ROOT / script, "--impl", "vyukow_ring"), "vyukow_ring", "vyukov_ring")
        self.assert_one_line_refusal(run(ROOT / "bench", "--impl", "vyukov_ring", "--sweep", "sweeps/quick.json"),
                                     "--impl and --sweep")

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
        self.assertIn("no package manager that ./bench knows: nothing is installed", done.stderr)
        self.assertIn("packages.txt", done.stderr)
        self.assertIn("left out: oneTBB not found", done.stderr)
        self.assertIn("step failed: cmake --build", done.stderr)

    def test_a_failed_build_names_the_step_and_the_remedy(self):
        env = self.with_tools(cmake="exit 1")
        done = run(ROOT / "bench", "--build-only", env=env)
        self.assertEqual(done.returncode, 1)
        self.assertIn("step failed: cmake --", done.stderr)
        self.assertIn("remedy:", done.stderr)

    def test_failed_tests_are_said_once_more_with_the_end_of_their_words(self):
        junit = self.folder / "tests.xml"
        words = "\n".join(f"line {number}" for number in range(1, 101))
        junit.write_text('<?xml version="1.0"?><testsuite><testcase name="fine" status="run"><system-out>x</system-out>'
                         '</testcase><testcase name="broken" status="fail"><failure message="Timeout"/>'
                         f'<system-out>{words}</system-out></testcase></testsuite>')
        done = run(ROOT / "tests" / "failures.py", junit, "3")
        self.assertEqual(done.stdout, "-- failed: broken (the last 3 of 101 lines)\n   line 99\n   line 100\n"
                                      "   ctest: Timeout\n")
        self.assertEqual(done.returncode, 0)
        done = run(ROOT / "tests" / "failures.py", self.folder / "none.xml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("none.xml", done.stderr)

    def test_the_sweep_of_an_implementation_has_all_kinds_of_points(self):
        first = self.folder / "first.json"
        first.write_text(run("/usr/bin/python3", "cmake/impl_sweep.py", "first", "vyukov_ring").stdout)
        listed = run(HANDOFF, "list", first)
        self.assertEqual(listed.returncode, 0, listed.stderr)

        rows = {"vyukov_ring": 20.0, "cached_ring": 9.0, "spinlock_ring": 30.0, "mutex_queue": 70.0, "boost_queue": 8.0,
                "tbb_bounded_queue": 60.0, "lamport_ring": 5.0}
        group = {impl: "one" if impl == "lamport_ring" else "any" for impl in rows}
        made = {"run": {"points": [{"name": impl, "point": {"impl": impl, "workload": "transfer"}, "rivals": words}
                                   for impl, words in group.items()],
                        "failed": [{"point": "queues/transfer/boost_queue/wait:yield"}]},
                "benchmarks": [{"name": impl, "point": {"impl": impl}, "real_time": time}
                               for impl, time in rows.items()]}
        results = self.folder / "results.json"
        results.write_text(json.dumps(made))
        sweep = self.folder / "all.json"
        done = run("/usr/bin/python3", "cmake/impl_sweep.py", "all", "vyukov_ring", results, "--fit", 60, 200)
        sweep.write_text(done.stdout)
        blocks = json.loads(done.stdout)["blocks"]
        # the three fastest of its group, without one that was caught
        self.assertEqual({tuple(block["impl"]) for block in blocks},
                         {("vyukov_ring", "cached_ring", "spinlock_ring", "tbb_bounded_queue")})
        listed = run(HANDOFF, "list", sweep)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        for words in ("bytes:64", "bytes:256", "paced/vyukov_ring", "asleep", "same_core", "idle/vyukov_ring"):
            self.assertIn(words, listed.stdout)

    def test_a_sweep_of_one_queue_leaves_out_what_it_does_not_offer(self):
        sweep = json.loads((ROOT / "sweeps" / "quick.json").read_text())
        for impl in ("lamport_ring", "michael_scott_queue", "mutex_queue"):
            with self.subTest(impl):
                for block in sweep["blocks"]:
                    block["impl"] = [impl]
                path = self.folder / f"{impl}.json"
                path.write_text(json.dumps(sweep))
                listed = run(HANDOFF, "list", path)
                self.assertEqual(listed.returncode, 0, listed.stderr)
                self.assertIn("left out", listed.stdout)
        # nothing at all is left
        sweep["blocks"] = [{"family": "queues", "workload": ["transfer"], "impl": ["lamport_ring"], "wait": ["native"]}]
        path = self.folder / "nothing.json"
        path.write_text(json.dumps(sweep))
        self.assert_one_line_refusal(run(HANDOFF, "list", path), "native")

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

    def test_a_package_is_left_alone_where_its_command_is_there(self):
        steps = "program=x; . cmake/steps.sh; packages"
        have = self.with_tools(node="exit 0", npm="exit 0", chromium="exit 0")
        listed = run("bash", "-c", f"{steps} check", env=have).stdout.split()
        self.assertFalse({"nodejs", "npm", "chromium"} & set(listed), listed)
        self.assertIn("shellcheck", listed)
        tools = self.folder / "few"
        tools.mkdir()
        for name in ("bash", "sed", "grep", "cat"):
            (tools / name).symlink_to(shutil.which(name))
        listed = run("bash", "-c", f"{steps} check", env={"PATH": str(tools)}).stdout.split()
        self.assertTrue({"nodejs", "npm", "chromium"} <= set(listed), listed)
        self.assertNotIn("npm", run("bash", "-c", f"{steps} bench", env=have).stdout.split())

    def packages_of(self, what, distribution):
        return run("bash", "-c", f"program=x; . cmake/steps.sh; packages {what} {distribution}").stdout.split()

    def test_other_distributions_have_names_of_their_own(self):
        debian, fedora, arch = (self.packages_of("bench", name) for name in ("debian", "fedora", "arch"))
        for names, has, has_not in ((debian, {"g++", "ninja-build", "libthread-pool-dev"}, {"gcc-c++", "-"}),
                                    (fedora, {"gcc-c++", "ninja-build", "cmake", "google-benchmark-devel"},
                                     {"g++", "libthread-pool-dev", "-"}),
                                    (arch, {"gcc", "ninja", "cmake", "onetbb"}, {"g++", "libthread-pool-dev", "-"})):
            self.assertTrue(has <= set(names), names)
            self.assertFalse(has_not & set(names), names)
            self.assertEqual(len(names), len(set(names)))
        self.assertEqual(debian, self.packages_of("bench", ""))
        self.assertIn("shellcheck", self.packages_of("check", "arch"))
        self.assertIn("ShellCheck", self.packages_of("check", "fedora"))

    def test_the_system_says_which_package_manager_installs(self):
        for like, manager, wanted, command in (
                ('ID=fedora\nVERSION_ID=42', {"rpm": "exit 1", "dnf": "exit 1"}, "gcc-c++ cmake", "dnf install"),
                ('ID=rocky\nID_LIKE="rhel centos fedora"', {"rpm": "exit 1", "dnf": "exit 1"}, "gcc-c++",
                 "dnf install"),
                ('ID=arch', {"pacman": "exit 1"}, "gcc cmake ninja", "pacman -S"),
                ('ID=ubuntu\nVERSION_ID="24.04"', {"dpkg_query": "exit 1", "apt_get": '[ "$1" = update ]'}, "g++ cmake",
                 "apt-get install")):
            with self.subTest(like):
                release = self.folder / "os-release"
                release.write_text(like + "\n")
                env = {**self.with_tools(cmake="exit 1", **manager), "HANDOFF_OS_RELEASE": str(release)}
                done = run(ROOT / "bench", "--build-only", env=env)
                self.assertIn("packages.txt is tested on Debian 12; its names for this system are not", done.stderr)
                self.assertIn(f"not installed ({command} failed): {wanted}", done.stderr)
                self.assertIn(f"to install them: {command} {wanted}", done.stderr)
                self.assertIn("step failed: cmake --preset release", done.stderr)

    def test_what_is_installed_is_not_installed_again(self):
        release = self.folder / "os-release"
        release.write_text("ID=fedora\n")
        env = {**self.with_tools(cmake="exit 1", rpm="exit 0", dnf="echo called >&2"),
               "HANDOFF_OS_RELEASE": str(release)}
        done = run(ROOT / "bench", "--build-only", env=env)
        self.assertNotIn("called", done.stderr)
        self.assertNotIn("installing", done.stderr)

    def test_every_need_has_a_package_in_the_list(self):
        lines = (ROOT / "packages.txt").read_text().splitlines()
        packages = {line.split("#")[0].strip() for line in lines}
        needs = re.findall(r"^handoff_need\((\w+) DEBIAN (\S+)", (ROOT / "cmake" / "Needs.cmake").read_text(), re.M)
        self.assertGreater(len(needs), 10)
        for need, package in needs:
            if not package.startswith("$"):
                self.assertIn(package, packages, need)
