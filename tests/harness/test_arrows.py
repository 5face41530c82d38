"""The rooms of the harness include each other one way only, as their include lines say.

`USES` in harness/CMakeLists.txt states what each room may include. The compiler enforces most of it through include
roots, but sees neither relative paths nor a USES that closes a circle; here the include lines themselves are read.
"""

import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A room may use those before it.
ORDER = ("error", "program", "statistics", "machine", "points", "records", "trial", "process", "results", "gate",
         "compare", "history", "doctor", "runner", "report", "cli")

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def uses(cmake):
    """Room -> the rooms it names itself, from the text of harness/CMakeLists.txt."""
    text = re.sub(r"#.*", "", cmake)
    calls = [(name, arguments.split()) for name, arguments in re.findall(r"(\w+)\s*\(([^()]*)\)", text)]
    room_of, links = {}, []
    for name, words in calls:
        if name == "handoff_room":
            room_of[f"handoff_{words[0]}"] = words[0]
            if "USES" in words:
                links.append((f"handoff_{words[0]}", words[words.index("USES") + 1:]))
        elif name in ("add_library", "add_executable"):
            folders = [word.split("/")[0] for word in words[1:] if "/" in word and not word.startswith("$")]
            if folders:
                room_of[words[0]] = folders[0]
        elif name == "target_link_libraries":
            links.append((words[0], words[1:]))
    found = {room: set() for room in room_of.values()}
    for target, words in links:
        if target in room_of:
            found[room_of[target]] |= {room_of[word] for word in words if word in room_of}
    return {room: used - {room} for room, used in found.items()}


def reachable(direct):
    """Room -> all rooms it may include: those it uses, and those that they use."""
    def collect(room, seen):
        for used in direct.get(room, ()):
            if used not in seen:
                seen.add(used)
                collect(used, seen)
        return seen
    return {room: collect(room, set()) for room in direct}


def sources(folder, *more_endings):
    return sorted(path for ending in (".hpp", ".cpp", ".cpp.in", *more_endings) for path in folder.rglob("*" + ending))


def included(path):
    return [name for _, name in INCLUDE.findall(path.read_text())]


def faults(root):
    """Every include line, and every USES, that breaks a rule; empty where all is well."""
    harness = root / "harness"
    direct = uses((harness / "CMakeLists.txt").read_text())
    found = []
    for room in sorted(path.name for path in harness.iterdir() if path.is_dir()):
        if room not in direct:
            found.append(f"harness/{room}: no target in harness/CMakeLists.txt")
        elif room not in ORDER:
            found.append(f"harness/{room}: has no place in the order of rooms")
    for room, used in direct.items():
        for other in used:
            if room in ORDER and other in ORDER and ORDER.index(other) >= ORDER.index(room):
                found.append(f"harness/CMakeLists.txt: {room} USES {other}, which comes after it")
    allowed = reachable(direct)

    rooms_of = {}
    for header in sorted(harness.rglob("*.hpp")):
        rooms_of.setdefault(header.name, []).append(header.relative_to(harness).parts[0])
    for name, rooms in rooms_of.items():
        if len(rooms) > 1:
            found.append(f"{name}: a header of {' and of '.join(rooms)}")

    def room_included(source, name):
        """The room that an include line reaches, by its path or through an include root; None: no room."""
        beside = (source.parent / name).resolve()
        if beside.is_file():
            inside = beside.is_relative_to(harness.resolve())
            return beside.relative_to(harness.resolve()).parts[0] if inside else None
        for room, header in ((room, harness / room / name) for room in direct):
            if header.is_file():
                return room
        return name.removeprefix("harness/").split("/")[0] if (root / name).is_file() \
            and name.startswith("harness/") else None

    for source in sources(harness):
        room = source.relative_to(harness).parts[0]
        for name in included(source):
            reached = room_included(source, name)
            if reached not in (None, room) and reached not in allowed.get(room, ()):
                found.append(f"{source.relative_to(root)}: includes {name} of {reached}, which {room} does not use")
    for folder, forbidden, why in (("impls", set(direct), "impls/ knows no harness"),
                                   ("benchmarks", {"cli"}, "only the command includes cli/"),
                                   ("tests", {"cli"}, "only the command includes cli/")):
        for source in sources(root / folder):
            for name in included(source):
                # a name without a path means the folder's own header, where it has one
                if "/" not in name and any((root / folder).rglob(name)):
                    continue
                reached = room_included(source, name)
                if reached in forbidden:
                    found.append(f"{source.relative_to(root)}: includes {name} of {reached}: {why}")
    return found


class Arrows(unittest.TestCase):
    def test_the_tree_has_no_arrow_that_runs_back(self):
        self.assertEqual(faults(ROOT), [])

    def test_the_rooms_are_found(self):
        """A parser that finds nothing would find no fault either."""
        direct = uses((ROOT / "harness" / "CMakeLists.txt").read_text())
        self.assertLessEqual({"error", "machine", "points", "trial", "results", "gate", "runner", "cli"}, set(direct))
        self.assertIn("error", reachable(direct)["points"])
        self.assertLessEqual({"gate", "history", "doctor", "runner", "results"}, reachable(direct)["cli"])
        headers = {path.name for path in (ROOT / "harness").rglob("*.hpp")}
        quoted = [name for path in sources(ROOT / "harness") for name in included(path) if name in headers]
        self.assertGreater(len(quoted), 100)


CMAKE = """
function(handoff_room name)
    target_link_libraries(handoff_${name} PUBLIC ${room_USES})
endfunction()
handoff_room(error error.cpp)  # no arrows (here)
handoff_room(points point.cpp USES handoff_error)
handoff_room(results result.cpp
    USES handoff_points nlohmann_json::nlohmann_json)
handoff_room(gate gate.cpp USES handoff_results)
add_executable(handoff cli/main.cpp)
target_link_libraries(handoff PRIVATE handoff_gate)
"""


class MadeTree(unittest.TestCase):
    """The test itself, on a small tree with one fault at a time."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="handoff-test-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("harness/CMakeLists.txt", CMAKE)
        for room, name, line in (("error", "error", "<string>"), ("points", "point", '"error.hpp"'),
                                 ("results", "result", '"point.hpp"'), ("gate", "gate", '"result.hpp"'),
                                 ("cli", "command", '"gate.hpp"')):
            self.write(f"harness/{room}/{name}.hpp", f"#include {line}\n")
            self.write(f"harness/{room}/{name}.cpp", f'#include "{name}.hpp"\n')
        self.write("impls/ring.hpp", "#include <atomic>\n")
        self.write("benchmarks/family.hpp", '#include "ring.hpp"\n#include "result.hpp"\n')
        self.write("tests/ring_test.cpp", '#include "gate.hpp"\n')

    def write(self, name, text, mode="w"):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode) as file:
            file.write(text)

    def assert_only_fault(self, *words):
        found = faults(self.root)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_a_good_tree_is_good(self):
        self.assertEqual(faults(self.root), [])

    def test_an_include_of_a_later_room(self):
        self.write("harness/points/point.cpp", '#include "result.hpp"\n', "a")
        self.assert_only_fault("harness/points/point.cpp", "result.hpp of results")

    def test_an_include_by_a_relative_path(self):
        self.write("harness/error/error.hpp", '#  include "../gate/gate.hpp"\n', "a")
        self.assert_only_fault("harness/error/error.hpp", "of gate")

    def test_an_include_of_a_room_that_is_before_but_not_used(self):
        self.write("harness/CMakeLists.txt", CMAKE.replace("USES handoff_points nlohmann", "USES nlohmann"))
        self.assert_only_fault("harness/results/result.hpp", "point.hpp of points")

    def test_a_use_that_runs_back(self):
        self.write("harness/CMakeLists.txt", CMAKE.replace("error.cpp)", "error.cpp USES handoff_gate)"))
        self.assert_only_fault("error USES gate")

    def test_a_link_that_runs_back(self):
        self.write("harness/CMakeLists.txt", "target_link_libraries(handoff_points PRIVATE handoff_results)\n", "a")
        self.assert_only_fault("points USES results")

    def test_two_headers_of_one_name(self):
        self.write("harness/gate/point.hpp", "")
        self.assert_only_fault("point.hpp", "gate", "points")

    def test_a_room_without_a_target(self):
        self.write("harness/attic/old.hpp", "")
        self.assert_only_fault("harness/attic", "no target")

    def test_an_implementation_that_knows_the_harness(self):
        self.write("impls/ring.hpp", '#include "point.hpp"\n', "a")
        self.assert_only_fault("impls/ring.hpp", "knows no harness")

    def test_an_implementation_that_knows_the_harness_by_its_path(self):
        self.write("impls/ring.hpp", '#include "../harness/points/point.hpp"\n', "a")
        self.assert_only_fault("impls/ring.hpp", "knows no harness")

    def test_a_benchmark_and_a_test_that_include_the_command(self):
        self.write("benchmarks/family.hpp", '#include "command.hpp"\n', "a")
        self.assert_only_fault("benchmarks/family.hpp", "of cli")
        self.write("benchmarks/family.hpp", "")
        self.write("tests/ring_test.cpp", '#include "../harness/cli/command.hpp"\n', "a")
        self.assert_only_fault("tests/ring_test.cpp", "of cli")


if __name__ == "__main__":
    unittest.main()
