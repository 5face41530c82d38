"""The rooms of plot/ import one way: read, choose, draw, charts. One family's charts import no other family's."""

import ast
import tempfile
import unittest
from pathlib import Path

from synthetic import ROOT

PACKAGE = ROOT / "plot" / "handoff_plot"
ROOMS = ("read", "choose", "draw", "charts")  # each may import itself and those before it


def imported(path: Path, package: Path) -> list[tuple[str, ...]]:
    """The modules of the package that a file imports, as parts of their names."""
    here = path.relative_to(package).parent.parts
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            found.append((*here[:len(here) - node.level + 1], *(node.module or "").split(".")))
    return found


def against_the_arrows(package: Path) -> list[str]:
    """Every import that runs from a room to a later one, or from one family's charts to another's."""
    wrong = []
    for path in sorted(package.rglob("*.py")):
        own = path.relative_to(package).with_suffix("").parts
        if own[0] not in ROOMS:
            continue
        for module in imported(path, package):
            later = ROOMS.index(module[0]) > ROOMS.index(own[0]) if module[0] in ROOMS else True
            other_family = own[0] == module[0] == "charts" and own[1] not in ("__init__", module[1])
            if later or other_family:
                wrong.append(f"{'/'.join(own)} imports {'/'.join(module)}")
    return wrong


class Rooms(unittest.TestCase):
    def test_imports_run_one_way(self) -> None:
        self.assertEqual(against_the_arrows(PACKAGE), [])

    def test_only_read_parses_json(self) -> None:
        for path in PACKAGE.rglob("*.py"):
            modules = {a.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                       if isinstance(node, ast.Import) for a in node.names}
            self.assertEqual("json" in modules and path.parent.name != "read", False, path)

    def test_an_import_against_the_arrows_is_found(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            package = Path(name)
            for room in ROOMS:
                (package / room).mkdir()
            (package / "read" / "load.py").write_text("from ..draw.style import Looks\n")
            (package / "charts" / "locks.py").write_text("from .counters import SHARE\nfrom ..draw.rows import dot\n")
            self.assertEqual(against_the_arrows(package),
                             ["charts/locks imports charts/counters", "read/load imports draw/style"])


if __name__ == "__main__":
    unittest.main()
