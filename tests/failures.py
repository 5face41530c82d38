#!/usr/bin/env python3
"""Prints the failed tests of a ctest run with the end of what each said, so that the last screen of a log suffices.

  failures.py JUNIT [LINES]   LINES: how many lines of each, 40 where it is not said

Exit codes: 0 printed, none failed included; 2 usage or a file that cannot be read.
"""

import pathlib
import sys
from xml.etree import ElementTree

AT_MOST = 10  # tests whose words are printed; the others are named


def failures(junit):
    """Name -> lines, of the tests that failed, did not end in time or could not be started."""
    found = {}
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        if case.get("status") == "fail":
            failure = case.find("failure")
            said = (case.findtext("system-out") or "").rstrip().splitlines()
            why = failure.get("message") if failure is not None else ""
            found[case.get("name")] = said + ([f"ctest: {why}"] if why else [])
    return found


def printed(junit, lines):
    found = failures(junit)
    for name in list(found)[:AT_MOST]:
        said = found[name]
        print(f"-- failed: {name}" + (f" (the last {lines} of {len(said)} lines)" if len(said) > lines else ""))
        for line in said[-lines:]:
            print("   " + line)
    for name in list(found)[AT_MOST:]:
        print(f"-- failed: {name}")


def main(arguments):
    if len(arguments) not in (1, 2) or len(arguments) == 2 and not arguments[1].isdigit():
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        printed(pathlib.Path(arguments[0]), int(arguments[1]) if len(arguments) == 2 else 40)
    except (OSError, ElementTree.ParseError) as reason:
        print(f"failures.py: {arguments[0]}: {reason}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
