"""The version is the same wherever it is written, and `handoff --version` prints it with the build's particulars."""

import re
import subprocess
import unittest

import yaml

from cli.support import HANDOFF, ROOT, run


def project_version():
    return re.search(r"project\(handoff VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]


class Version(unittest.TestCase):
    def test_the_command_prints_version_commit_compiler_and_build_type(self):
        done = run(HANDOFF, "--version")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        first, *rest = done.stdout.splitlines()
        self.assertEqual(first, f"handoff {project_version()}")
        facts = dict(line.split(": ", 1) for line in rest)
        self.assertEqual(list(facts), ["commit", "compiler", "build type"])
        self.assertRegex(facts["commit"], r"^([0-9a-f]{12,}(-dirty)?|unknown)$")
        self.assertRegex(facts["compiler"], r"^\S+ \d+(\.\d+)+$")
        self.assertEqual(facts["build type"], "Release")

    def test_the_commit_is_the_one_that_was_built(self):
        head = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True)
        if head.returncode != 0:
            self.skipTest("not a git checkout")
        commit = re.search(r"^commit: (\w+)", run(HANDOFF, "--version").stdout, re.MULTILINE)[1]
        known = subprocess.run(["git", "-C", ROOT, "cat-file", "-e", commit + "^{commit}"], capture_output=True)
        self.assertEqual(known.returncode, 0, f"{commit} is no commit of this repository")

    def test_the_help_names_it(self):
        self.assertIn("handoff --version", run(HANDOFF, "--help").stdout)

    def test_the_changelog_and_the_citation_name_the_same_version(self):
        sections = re.findall(r"^## (\S+)(?: \((\d{4}-\d\d-\d\d)\))?$", (ROOT / "CHANGELOG.md").read_text(),
                              re.MULTILINE)
        version, date = next(section for section in sections if section[0] != "Unreleased")
        self.assertEqual(version, project_version())
        citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
        self.assertEqual(citation["version"], project_version())
        self.assertEqual(str(citation["date-released"]), date)

    def test_the_licence_is_boosts(self):
        text = (ROOT / "LICENSE").read_text()
        self.assertTrue(text.startswith("Boost Software License - Version 1.0 - August 17th, 2003\n"))
        self.assertEqual(yaml.safe_load((ROOT / "CITATION.cff").read_text())["license"], "BSL-1.0")
