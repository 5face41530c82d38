"""What `cpack` makes of this build, as the user of a Debian package meets it: the command and its binaries, man pages,
bash's completion, the CMake package. The package is unpacked into a folder and never installed."""

import functools
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from cli.support import BUILD, ROOT, CommandTest, run

COMPLETION = ROOT / "harness" / "cli" / "completion.sh"
NATIVE = 'set(CPACK_HANDOFF_NATIVE "-m' in (BUILD / "CPackConfig.cmake").read_text()


def cpack(out, *flags):
    return run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", out, "-G", "DEB", *flags, timeout=300)


@functools.cache
def package():
    """The package of this build and the folder that it is unpacked in; both go when the tests end."""
    for command, debian in (("dpkg-shlibdeps", "dpkg-dev"), ("dpkg-deb", "dpkg")):
        if not shutil.which(command):
            raise unittest.SkipTest(f"needs {command}, which is not installed (Debian: {debian})")
    folder = tempfile.TemporaryDirectory(prefix="handoff-package-")
    out = pathlib.Path(folder.name)
    # Not compressed, as that would take most of the time; nor stripped, as users' packages are.
    done = cpack(out, "-D", "HANDOFF_PACKAGE_NATIVE=ON", "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none",
                 "-D", "CPACK_STRIP_FILES=OFF")
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    made, = out.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", made, out / "unpacked"], check=True)
    return folder, made, out / "unpacked" / "usr"


def prefix():
    return package()[2]


def handoff():
    return prefix() / "bin" / "handoff"


class Package(CommandTest):
    def field(self, name):
        return run("dpkg-deb", "-f", package()[1], name).stdout.strip()

    def test_its_name_version_and_dependencies(self):
        version = run(handoff(), "--version").stdout.split()[1] + ("+native" if NATIVE else "")
        architecture = run("dpkg", "--print-architecture").stdout.strip()
        self.assertEqual(package()[1].name, f"handoff_{version}_{architecture}.deb")
        self.assertEqual((self.field("Package"), self.field("Version")), ("handoff", version))
        needs = {name: re.split(r", *", self.field(name)) for name in ("Depends", "Recommends", "Suggests")}
        self.assertTrue(any(one.startswith("libstdc++6 (>=") for one in needs["Depends"]), needs)
        listed = re.findall(r"^([a-z][^\s#]*)", (ROOT / "packages.txt").read_text(), re.M)
        named = needs["Recommends"] + needs["Suggests"]
        self.assertEqual([], [one for one in named if one not in listed], "packages.txt has them all")
        self.assertEqual(len(named), len(set(named)))
        for one in ("libbenchmark-dev", "nlohmann-json3-dev", "python3-matplotlib"):
            self.assertIn(one, needs["Recommends"])
        for one in ("g++", "libgtest-dev"):
            self.assertIn(one, needs["Suggests"])
        for one in ("libsqlite3-dev", "shellcheck"):
            self.assertNotIn(one, named)
        flags = re.search(r"Flags: (.*)", self.field("Description"), re.S)[1]
        self.assertIn("-O3", flags)
        self.assertNotIn("ggc-", flags, "how much memory the compiler took is no flag of the build")

    @unittest.skipUnless(NATIVE, "this build is for other machines, too")
    def test_what_other_machines_cannot_run_is_refused(self):
        done = cpack(self.folder)
        self.assertNotEqual(done.returncode, 0)
        said = re.sub(r"\s+", " ", done.stderr)
        for word in ("-march=native", "SIGILL", "cmake --preset package", "HANDOFF_PACKAGE_NATIVE=ON"):
            self.assertIn(word, said)
        self.assertEqual([], list(self.folder.glob("*.deb")))

    def test_the_command_finds_its_binaries_and_sweeps(self):
        done = subprocess.run([handoff(), "list", "sweeps/smoke.json"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^\d+ points")
        # a file of the user's of the same name comes first
        (self.folder / "sweeps").mkdir()
        (self.folder / "sweeps" / "smoke.json").write_text("{}")
        done = subprocess.run([handoff(), "list", "sweeps/smoke.json"], cwd=self.folder, capture_output=True, text=True)
        self.assert_one_line_refusal(done, "sweeps/smoke.json")
        done = subprocess.run([handoff(), "list", "sweeps/none.json"], cwd=self.folder, capture_output=True, text=True)
        self.assert_one_line_refusal(done, "sweeps/none.json")

    def test_the_documentation_is_beside_it(self):
        pages = prefix() / "share" / "doc" / "handoff"
        for name in ("README.md", "docs/gate.md", "examples/your-queue/CMakeLists.txt", "copyright"):
            self.assertTrue((pages / name).is_file(), name)

    def test_a_project_finds_it(self):
        source = shutil.copytree(ROOT / "examples" / "your-queue", self.folder / "your-queue")
        done = run("cmake", "-S", source, "-B", self.folder / "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                   f"-DCMAKE_PREFIX_PATH={prefix()}", "-DRELAY_WAITS=yield")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"Handoff_DIR:PATH={prefix()}", (self.folder / "build" / "CMakeCache.txt").read_text())


class ManPages(CommandTest):
    def rendered(self, page):
        done = run("man", "--warnings", "-l", page, env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "500",
                                                         "MANPAGER": "cat", "MAN_KEEP_FORMATTING": ""})
        self.assertEqual((done.returncode, done.stderr), (0, ""), page.name)
        return re.sub(r".\x08", "", done.stdout)

    def test_each_command_has_a_page_that_says_what_its_help_says(self):
        if not shutil.which("man"):
            self.skipTest("needs man, which is not installed (Debian: man-db)")
        pages = prefix() / "share" / "man" / "man1"
        listed = sorted(set(re.findall(r"^  handoff ([a-z]+)", run(handoff(), "--help").stdout, re.M)))
        self.assertIn("gate", listed)
        commands = {"handoff": [handoff()], **{f"handoff-{name}": [handoff(), name] for name in listed},
                    "handoff-plot": [prefix() / "bin" / "handoff-plot"]}
        if not self.draws():
            del commands["handoff-plot"]
        self.assertEqual(sorted(f"{name}.1.gz" for name in commands), sorted(path.name for path in pages.iterdir()))
        for name, command in commands.items():
            with self.subTest(name):
                text = self.rendered(pages / f"{name}.1.gz")
                self.assertIn(f"       {name} - ", text)
                said = run(*command, "--help").stdout
                called = name if name == "handoff-plot" else name.replace("-", " ")
                self.assertTrue(re.match(f"usage: {called}\\b", said), said[:80])
                # whatever the order and the line breaks; headings have other words
                said = re.sub(r"(?m)^[\w ]+:$|^usage:|^exit codes:", "", said)
                self.assertEqual(set(), self.words(said) - self.words(text.replace("\u2010", "-")))

    @staticmethod
    def words(text):
        return set(re.findall(r"[\w./*%-]*\w", text.lower()))

    def draws(self):
        return subprocess.run(["/usr/bin/python3", "-c", "import matplotlib"], capture_output=True).returncode == 0


class Completion(CommandTest):
    def completed(self, *words, cwd=None):
        """What bash offers for the last of these words."""
        done = subprocess.run(["bash", "--norc", "--noprofile", "-c", 'source "$1"; shift; COMP_WORDS=("$@")\n'
                               'COMP_CWORD=$(($# - 1)); _handoff; printf "%s\\n" "${COMPREPLY[@]}"', "bash",
                               prefix() / "share" / "bash-completion" / "completions" / "handoff", handoff(), *words],
                              cwd=cwd or self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_commands_and_their_flags(self):
        self.assertEqual(["list", "axes", "run", "doctor", "gate", "duel", "rank", "report", "compare", "history",
                          "--version", "--help"], self.completed(""))
        self.assertEqual(["history"], self.completed("h"))
        self.assertEqual(["--resume", "--repetitions", "--retry-contaminated", "--retry-budget"],
                         self.completed("run", "--re"))
        self.assertEqual(["--base", "--base-ref", "--base-program", "--base-command"], self.completed("gate", "--base"))
        self.assertEqual(["add", "show", "--help"], self.completed("history", ""))
        self.assertEqual(["--shortest", "--seed"], self.completed("history", "show", "--s"))
        self.assertEqual(["--same-machine"], self.completed("history", "add", "--s"))

    def test_values_of_closed_sets(self):
        self.assertEqual(["confirming", "all", "none"], self.completed("gate", "--relink", ""))
        self.assertEqual(["none"], self.completed("gate", "--relink", "=", "n"), "bash takes --relink=n apart")
        self.assertEqual(["confirming", "all", "none"], self.completed("gate", "--relink", "="))
        self.assertEqual(["lower", "higher"], self.completed("gate", "--better", ""))
        self.assertEqual(["real_time"], self.completed("compare", "--measure", "r"))
        self.assertEqual([], self.completed("gate", "--budget", ""))
        self.assertEqual(["async", "buses", "channels", "counters", "deques", "fork_join", "locks", "loops", "pools",
                          "processors", "queues"], self.completed("duel", "--family", ""))

    def test_what_the_binaries_know(self):
        self.assertEqual(["spin,yield"], self.completed("duel", "--family", "queues", "--wait", "spin,y"))
        self.assertIn("native", self.completed("duel", "--family", "queues", "--wait", ""))
        self.assertEqual(["transfer"], self.completed("duel", "--family", "queues", "--workload", "t"))
        self.assertEqual(["mutex_queue"], self.completed("duel", "vyukov_ring", "mutex_q"))
        self.assertEqual(["--consumers"], self.completed("duel", "--cons"))
        self.assertEqual(["vyukov_ring,mutex_queue"], self.completed("rank", "vyukov_ring,mutex_q"))
        self.assertEqual(["mutex_queue"], self.completed("rank", "--ours", "mutex_q"))
        self.assertEqual(["spin,yield"], self.completed("rank", "--wait", "spin,y"))

    def test_files(self):
        for name in ("mine.json", "notes.txt"):
            (self.folder / name).write_text("")
        (self.folder / "more sweeps").mkdir()
        self.assertEqual(["mine.json"], self.completed("run", "m")[:1])
        self.assertNotIn("notes.txt", self.completed("run", ""))
        self.assertIn("sweeps/", self.completed("list", ""), "those that are installed")
        self.assertEqual(["sweeps/quick.json"], self.completed("run", "sweeps/qui"))
        self.assertIn("notes.txt", self.completed("report", ""))
        self.assertIn("mine.json", self.completed("gate", "--json", "m"))
        self.assertEqual(["sweeps/ci.json"], self.completed("gate", "--sweep", "sweeps/ci."))

    def test_at_a_terminal(self):
        path = f"{handoff().parent}:/usr/bin:/bin"  # before there are two of this process
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"],
                       {**os.environ, "TERM": "dumb", "PS1": "ready> ", "PATH": path})

        def answer(typed, expected):
            """Types, and waits for what the terminal then has."""
            os.write(terminal, typed.encode())
            said, end = "", time.monotonic() + 60
            while expected not in said and time.monotonic() < end:
                if select.select([terminal], [], [], 1)[0]:
                    said += os.read(terminal, 4096).decode(errors="replace").replace("\r", "").replace("\x07", "")
            self.assertIn(expected, said)
        try:
            answer("", "ready> ")
            answer(f"source {COMPLETION}\n", "ready> ")
            answer("handoff gate --rel\t", "handoff gate --relink ")
            answer("n\t", "none ")
            answer("--annot\t", "--annotations ")
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(terminal)


if __name__ == "__main__":
    unittest.main()
