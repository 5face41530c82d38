#!/usr/bin/env python3
"""Which implementations have passed their tests, as their source is now.

  tested.py ctest PRESET JUNIT         notes what a whole ctest of a preset says of each implementation, for ./check
  tested.py impl PRESET NAME PASSED FAILED   the same for one implementation, for ./check --impl
  tested.py now FILE                   writes what still holds, for `handoff run --tested FILE`

A note holds for the sources that were tested: the implementation's header and all that it includes in impls/. The notes
lie in build/tests_passed.json.
"""

import datetime
import hashlib
import json
import pathlib
import re
import subprocess
import sys
from xml.etree import ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
IMPLS = ROOT / "impls"
NOTES = ROOT / "build" / "tests_passed.json"


def headers():
    """Name of each catalog line -> its headers."""
    found = {}
    for name, header in re.findall(r'^HANDOFF_[A-Z]+\((\w+), "([^"]+)"', (IMPLS / "catalog.hpp").read_text(), re.M):
        found.setdefault(name, []).append(header)
    return found


def sources(names):
    """A fingerprint of these headers of impls/ and of those that they include."""
    root = IMPLS.resolve()
    seen, left = {}, [root / name for name in names]
    while left:
        path = left.pop()
        if path in seen:
            continue
        seen[path] = path.read_bytes()
        for included in re.findall(rb'^\s*#\s*include\s+"([^"]+)"', seen[path], re.M):
            beside, below = path.parent / included.decode(), root / included.decode()
            left += [each.resolve() for each in (beside, below) if each.is_file()][:1]
    whole = hashlib.sha256()
    for path in sorted(seen):
        whole.update(str(path.relative_to(root)).encode() + b"\0" + seen[path] + b"\0")
    return whole.hexdigest()


def commit():
    def git(*words):
        done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""
    head = git("rev-parse", "--short=12", "HEAD") or "unknown"
    return head + ("-dirty" if git("--no-optional-locks", "status", "--porcelain") else "")


def read_notes():
    """name -> preset -> what passed. Of a file that is damaged nothing."""
    try:
        notes = json.loads(NOTES.read_text())
        return notes if isinstance(notes, dict) else {}
    except (OSError, ValueError):
        return {}


def note(preset, counts):
    """counts: name -> tests that passed, tests that failed. What failed vouches for nothing."""
    notes = read_notes()
    listed = headers()
    when = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    at = commit()
    for name, (passed, failed) in counts.items():
        of_name = notes.setdefault(name, {})
        of_name.pop(preset, None)
        if passed and not failed:
            of_name[preset] = {"tests": passed, "commit": at, "date": when, "sources": sources(listed[name])}
    NOTES.parent.mkdir(exist_ok=True)
    beside = NOTES.with_suffix(".new")
    beside.write_text(json.dumps(notes, indent=1) + "\n")
    beside.replace(NOTES)


def counts_of(junit, names):
    """name -> tests that passed and failed, of a ctest's JUnit file. The tests of an implementation carry its name: as
    `program.NAME.test<3>`, or where one program has them all as `program.suites/suite.test/NAME` or
    `program.NAME/suite.test/0`."""
    counts = {}
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        found = re.match(r"\w+\.(?:(?:fork_join_on_)?(\w+)\.\w+<\d+>|(\w+)/\w+\.\w+/(?:0|(\w+)))$", case.get("name"))
        name = found and (found[1] or found[3] or found[2])
        if name not in names:
            continue
        counts.setdefault(name, [0, 0])
        if case.get("status") == "run":
            counts[name][0] += 1
        elif case.get("status") == "fail":
            counts[name][1] += 1
    return counts


def now():
    notes = read_notes()
    tested = []
    for name, files in headers().items():
        of_name = notes.get(name, {})
        at = sources(files) if of_name else ""
        passed = [{"build": preset, **{key: of_name[preset][key] for key in ("tests", "commit", "date")}}
                  for preset in ("release", "asan-ubsan", "tsan")
                  if preset in of_name and of_name[preset]["sources"] == at]
        tested.append({"impl": name, "passed": passed})
    return {"tested": tested}


def main(arguments):
    if arguments[:1] == ["ctest"] and len(arguments) == 3:
        note(arguments[1], counts_of(arguments[2], headers()))
    elif arguments[:1] == ["impl"] and len(arguments) == 5:
        note(arguments[1], {arguments[2]: (int(arguments[3]), int(arguments[4]))})
    elif arguments[:1] == ["now"] and len(arguments) == 2:
        pathlib.Path(arguments[1]).write_text(json.dumps(now(), indent=1) + "\n")
    else:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
