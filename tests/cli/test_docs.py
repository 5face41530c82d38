"""The Markdown pages: every relative link and anchor resolves, every sweep has its row, every axis its row in order."""

import re
import subprocess
import unittest
from collections import Counter

from cli.support import HANDOFF, ROOT

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def pages():
    """Every Markdown file that is part of the project, or will be."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                            capture_output=True, text=True, check=False)
    names = listed.stdout.split() if listed.returncode == 0 else [
        str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def prose(text):
    """A page without its code."""
    fenced = re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.S | re.M)
    lines = fenced.splitlines()
    kept, block = [], False
    for before, line in zip(["", *lines], lines):
        # an indented block follows an empty line; indented lines of a list do not
        block = line.startswith("    ") and (block or not before.strip())
        kept.append("" if block else line)
    return "\n".join(kept)


def anchors(text):
    """The anchors that GitHub makes of a page's headings."""
    found, seen = [], Counter()
    for heading in re.findall(r"^#+ +(.*?) *$", prose(text), re.M):
        words = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.append(f"{words}-{seen[words]}" if seen[words] else words)
        seen[words] += 1
    return found


def broken_links(page):
    """What is wrong with each relative link of a page that does not resolve."""
    broken = []
    for target in LINK.findall(re.sub(r"`[^`\n]*`", "", prose(page.read_text()))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            broken.append(f"{page.name}: ({target}): there is no {path}")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            broken.append(f"{page.name}: ({target}): {file.name} has no heading #{anchor}; it has "
                          f"{', '.join(anchors(file.read_text()))}")
    return broken


def rows(text):
    """The cells of a page's table rows."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in text.splitlines() if line.startswith("|")]


def axes_in(text):
    """Name, label, kind, bounds and unit of each row of a table of axes."""
    found = []
    for name, label, values, unit, *_ in rows(text):
        if name.startswith("`"):
            kind, *bounds = re.match(r"(\w+)(?:, (\d+) to (\d+))?", values).groups()
            found.append((name, label, kind, bounds, unit))
    return found


class Docs(unittest.TestCase):
    def test_links_resolve(self):
        found = pages()
        self.assertIn(ROOT / "README.md", found)
        self.assertEqual([], [broken for page in found for broken in broken_links(page)])

    def test_every_page_is_in_the_index(self):
        index = (ROOT / "docs" / "README.md").read_text()
        for page in sorted((ROOT / "docs").glob("*.md")):
            if page.name != "README.md":
                self.assertIn(f"]({page.name})", index, "docs/README.md lists every page of docs/")

    def test_every_picture_is_shown(self):
        shown = {target.rsplit("/", 1)[-1] for page in pages() for target in LINK.findall(page.read_text())}
        pictures = {path.name for path in (ROOT / "docs" / "images").iterdir()}
        self.assertEqual(set(), pictures - shown, "docs/images has pictures that no page shows")

    def test_every_sweep_has_a_row(self):
        listed = [row[0].strip("`") for row in rows((ROOT / "docs" / "sweeps.md").read_text())]
        for sweep in sorted((ROOT / "sweeps").glob("*.json")):
            self.assertEqual(1, listed.count(sweep.name), f"rows of docs/sweeps.md for {sweep.name}")

    def test_the_axes_are_those_of_the_table(self):
        # name, label, kind, bounds and unit as `handoff axes` prints them from the one table, in its order
        listed = subprocess.run([HANDOFF, "axes"], capture_output=True, text=True, check=True).stdout
        table = axes_in(listed)
        self.assertGreater(len(table), 20)
        self.assertEqual(table, axes_in((ROOT / "docs" / "axes.md").read_text()))


class DocsTestsThemselves(unittest.TestCase):
    def test_anchors_are_those_of_github(self):
        text = ("# The machine's limit\n## What `a` costs, and why: x\n```\n# no heading\n```\n\n    # nor this\n"
                "## Again\n## Again\n## Again\n")
        self.assertEqual(["the-machines-limit", "what-a-costs-and-why-x", "again", "again-1", "again-2"],
                         anchors(text))

    def test_links_in_code_are_no_links(self):
        self.assertEqual([], LINK.findall(prose("text\n\n    [a](b.md)\n\n```\n[c](d.md)\n```\n")))
        self.assertEqual(["b.md"], LINK.findall(prose("- text\n    [a](b.md)\n")))


if __name__ == "__main__":
    unittest.main()
