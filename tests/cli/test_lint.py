"""tests/lint.sh on a small tree: each step finds its planted fault and says what mends it."""

import json
import pathlib
import shutil
import subprocess
import unittest

from cli.support import ROOT, CommandTest

USED_AFTER_MOVE = """#include <string>
#include <utility>

std::string twice(std::string text) {
    std::string moved = std::move(text);
    return moved + text;
}
"""


class Lint(CommandTest):
    def setUp(self):
        super().setUp()
        for name in ("tests/lint.sh", "tests/tidy.py", "cmake/steps.sh", ".clang-format", ".clang-tidy", ".flake8"):
            (self.folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.folder / name)
        for name in ("bench", "check", ".ci/run"):
            self.write(name, "#!/bin/sh\ntrue\n")
        self.write("impls/catalog.hpp", "")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def configured(self, sources):
        """Makes what a configured build has of these sources."""
        self.write("build/lint/build.ninja", "build build.ninja: phony\n")
        command = "c++ -std=c++20 -Wall -Werror -Wno-restrict -c "
        self.write("build/lint/compile_commands.json", json.dumps([
            {"file": str(path), "directory": str(self.folder), "command": command + str(path)} for path in sources]))

    def lint(self, *arguments):
        return subprocess.run([str(self.folder / "tests" / "lint.sh"), *arguments], capture_output=True, text=True,
                              timeout=100)

    def assert_finds(self, step, *words):
        done = self.lint(step)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for word in (*words, f"see them again: tests/lint.sh {step}", "remedy: "):
            self.assertIn(word, done.stdout + done.stderr)

    def assert_clean(self, *arguments):
        done = self.lint(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_layout_is_found_and_mended(self):
        self.write("harness/a/bad.cpp", "int  f( ) { return 1 ; }\n")
        self.write("build/release/generated.cpp", "int  g( ) { return 1 ; }\n")
        self.write("benchmarks/unit.cpp.in", "int  @NAME@( ) ;\n")
        self.assert_finds("format", "harness/a/bad.cpp", "remedy: tests/lint.sh --fix format")
        self.assert_clean("--fix", "format")
        self.assert_clean("format")
        self.assertEqual((self.folder / "benchmarks" / "unit.cpp.in").read_text(), "int  @NAME@( ) ;\n")

    def test_python_is_found(self):
        path = self.write("plot/bad.py", "import os\n")
        self.assert_finds("python", "plot/bad.py", "'os' imported but unused")
        path.write_text("print('good')\n")
        self.assert_clean("python")

    def test_shell_is_found(self):
        self.write("bench", "#!/bin/bash\nrm $1\n")
        self.assert_finds("shell", "bench", "SC2086")

    def test_tidy_finds_in_sources_and_in_headers(self):
        sources = [self.write("harness/a/moved.cpp", USED_AFTER_MOVE),
                   self.write("harness/a/also.cpp", '#include "held.hpp"\n')]
        self.write("harness/a/held.hpp", USED_AFTER_MOVE.replace("twice", "thrice"))
        self.configured(sources)
        self.assert_finds("tidy", "harness/a/moved.cpp", "harness/a/held.hpp", "bugprone-use-after-move",
                          "2 findings in 2 files")
        for name in ("moved.cpp", "held.hpp"):
            path = self.folder / "harness" / "a" / name
            path.write_text(path.read_text().replace("moved + text", "moved"))
        self.assert_clean("tidy")

    def test_sources_that_do_not_get_along_are_read_one_by_one(self):
        sources = [self.write(f"harness/a/{name}.cpp", f"namespace {{\nint same() {{ return 1; }}\n}}\n"
                              f"int {name}() {{ return same(); }}\n") for name in ("one", "other")]
        self.configured(sources)
        self.assert_clean("tidy")

    def test_nonsense_is_refused(self):
        done = self.lint("speling")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown argument speling: legal: format", done.stderr)
        self.assertEqual(self.lint("--help").returncode, 0)


class Check(unittest.TestCase):
    def test_check_lints_before_it_builds(self):
        text = (pathlib.Path(ROOT) / "check").read_text()
        self.assertLess(text.index("\ntests/lint.sh"), text.index('build "$preset"'))
