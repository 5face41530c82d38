#!/usr/bin/env python3
"""Builds and runs the tests of one implementation, for `./check --impl NAME`.

  check_impl.py NAME PRESET ...

The presets are configured. Prints what was tested, and of what failed the first words of each kind. Exit codes: 0 all
passed, 1 it does not compile or a test failed, 2 usage.
"""

import collections
import difflib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import tested as tests_passed

ROOT = pathlib.Path(__file__).resolve().parent.parent
#: of the same kind, so many are shown
SHOWN = 3
#: a preset's tests are given up after so many seconds; each test has its own, shorter limit (tests/shared/hang.hpp)
LIMIT = 600
#: a program that crashed is started again for the tests behind the crash, so many times
RESTARTS = 3


def say(text):
    print(text, flush=True)


def refuse(name):
    lines = re.findall(r'^HANDOFF_[A-Z]+\((\w+), "', (ROOT / "impls" / "catalog.hpp").read_text(), re.M)
    near = difflib.get_close_matches(name, lines, 3)
    print(f"check: --impl {name}: impls/catalog.hpp has no such line; "
          + (f"near it: {', '.join(near)}" if near else "CONTRIBUTING.md says how to add one"), file=sys.stderr)
    sys.exit(2)


def shortened(text):
    """Without what stands in the template brackets of names."""
    out, depth = [], 0
    for i, c in enumerate(text):
        around = text[max(0, i - 1):i + 2]
        comparison = around in (" < ", " > ", " <=", " >=") or text[:i].rstrip("<>=").endswith("operator")
        if c == "<" and not comparison:
            depth += 1
            out.append("<" if depth == 1 else "")
        elif c == ">" and depth > 0 and not comparison and text[i - 1] != "-":
            depth -= 1
            out.append(">" if depth == 0 else "")
        elif depth == 0:
            out.append(c)
    return "".join(out) if depth == 0 else text


def compile_errors(output):
    """What a compiler said, in few lines: each message once, with its first place, how often it came, and for what a
    requirement was not met."""
    messages = {}
    last = None
    for line in output.splitlines():
        found = re.match(r"(?:\.\./)*(\S+?:\d+)(?::\d+)?: (error|fatal error|note): (.*)", line)
        if not found:
            continue
        place, kind, text = found.groups()
        text = shortened(text)
        place = place.replace(str(ROOT) + "/", "")
        if kind == "note":
            wanted = re.search(r"the required|is invalid|evaluated to|not satisf|unsatisfied", text)
            if last is not None and wanted and len(messages[last][2]) < 4 and text not in messages[last][2]:
                messages[last][2].append(text)
        elif text in messages:
            messages[text][1] += 1
            last = None
        else:
            messages[text] = [place, 1, []]
            last = text
    # what was asserted in words comes first: the rest follows from it
    ordered = sorted(messages.items(), key=lambda item: not item[0].startswith("static assertion failed"))
    lines = []
    for text, (place, count, notes) in ordered[:2 * SHOWN]:
        lines.append(f"  {place}: {text}" + (f" ({count} times)" if count > 1 else ""))
        lines += [f"    {note}" for note in notes]
    if len(ordered) > 2 * SHOWN:
        lines.append(f"  and {len(ordered) - 2 * SHOWN} other errors, which most likely follow from these")
    return lines or ["  " + line for line in output.splitlines()[-20:]]


def build(name, preset):
    tree = ROOT / "build" / preset
    began = time.monotonic()
    done = subprocess.run(["cmake", "--build", tree, "--target", f"check_{name}"], capture_output=True, text=True,
                          errors="replace", cwd=ROOT)
    if done.returncode == 0:
        return True, time.monotonic() - began
    output = done.stdout + done.stderr
    if "unknown target" in output:
        return None, 0
    say(f"{preset}: {name} does not compile:")
    for line in compile_errors(output):
        say(line)
    say(f"  all of it: cmake --build build/{preset} --target check_{name}")
    return False, time.monotonic() - began


class Outcome:
    """What became of the tests of one preset."""

    def __init__(self):
        self.passed = 0
        self.skipped = collections.Counter()
        self.failed = {}  # test -> its words
        self.hung = ""
        self.left = 0

    def read(self, results, log):
        for suite in results["testsuites"]:
            for test in suite["testsuite"]:
                name = f"{suite['name']}.{test['name']}"
                if test.get("result") == "SKIPPED":
                    self.skipped[why_skipped(log, name)] += 1
                elif test.get("failures"):
                    self.failed[name] = [failure["failure"] for failure in test["failures"]]
                elif test.get("status") == "RUN":
                    self.passed += 1

    def read_log(self, log):
        """Of a program that ended before its end; returns the test that it ended in and those that it had run."""
        begun = re.findall(r"^\[ RUN      \] (\S+)", log, re.M)
        ended = re.findall(r"^\[  (?:     OK|FAILED |SKIPPED) \] (\S+?)[, ]", log, re.M)
        self.passed += len(set(re.findall(r"^\[       OK \] (\S+)", log, re.M)))
        for name in re.findall(r"^\[  FAILED  \] (\S+?),? ", log, re.M):
            if name in begun:
                self.failed.setdefault(name, []).append(words_before(log, name))
        for name in re.findall(r"^\[  SKIPPED \] (\S+)(?= \()", log, re.M):
            self.skipped[why_skipped(log, name)] += 1
        return (begun[-1] if begun and begun[-1] not in ended else ""), begun


def why_skipped(log, name):
    """What a test said when it was skipped: the results of GoogleTest 1.12 do not have it."""
    found = re.search(rf"^\[ RUN      \] {re.escape(name)}$.*?^\S+:\d+: Skipped\n([^\n]+)$", log, re.M | re.S)
    return found[1] if found else "no reason given"


def words_before(log, name):
    """What a test printed."""
    name = re.escape(name)
    found = re.search(rf"^\[ RUN      \] {name}$\n(.*?)^\[  FAILED  \] {name}", log, re.M | re.S)
    return found[1] if found else ""


def sanitizer_reports(text):
    """The first report of each kind that a sanitizer wrote, cut to what matters."""
    kinds = {}
    for found in re.finditer(r"(?:WARNING|ERROR): (?:Thread|Address|Leak)Sanitizer: ([\w-]+(?: [\w-]+)?)"
                             r"(.*?)(?=^SUMMARY|^={10,}|\Z)", text, re.M | re.S):
        kinds.setdefault(found[1], []).append(found[2])
    for found in re.finditer(r"^(\S+:\d+):\d+: runtime error: (.*)$", text, re.M):
        kinds.setdefault("undefined behaviour: " + found[2], []).append("\n    at " + found[1])
    lines = []
    for kind, reports in kinds.items():
        lines.append(f"    {kind}" + (f" ({len(reports)} reports, the first:)" if len(reports) > 1 else ""))
        kept = [line for line in reports[0].splitlines()[1:] if line.strip() and "testing::" not in line
                and "/bits/" not in line]
        lines += ["    " + shortened(line)[:160] for line in kept[:24]]
    return lines


def run(name, preset):
    tree = ROOT / "build" / preset
    program = tree / "check" / f"check_{name}"
    results = tree / "check" / f"{name}.json"
    log_file = tree / "check" / f"{name}.log"
    env = dict(os.environ)
    for setting in (tree / "check" / "environment.txt").read_text().split():
        key, _, value = setting.partition("=")
        env[key] = value
    outcome = Outcome()
    done_before = []
    whole_log = ""
    for _ in range(RESTARTS + 1):
        results.unlink(missing_ok=True)
        command = [program, "--gtest_color=no", f"--gtest_output=json:{results}"]
        if done_before:
            command.append("--gtest_filter=-" + ":".join(done_before))
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  errors="replace", env=env, timeout=LIMIT, cwd=ROOT)
            log, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as late:
            log, code = (late.stdout or b"").decode(errors="replace"), None
        whole_log += log
        log_file.write_text(whole_log)
        if results.exists() and code is not None and code >= 0:
            outcome.read(json.loads(results.read_text()), log)
            reports = sanitizer_reports(log)
            if code != 0 and reports and not outcome.failed:
                outcome.failed["(all tests)"] = ["\n".join(reports)]
            elif code != 0 and not outcome.failed:
                outcome.failed["(at its end)"] = [f"exit code {code}"]
            break
        last, begun = outcome.read_log(log)
        hang = re.search(r"^hang: (\S+): (.*?)(?=^hang: what else)", log, re.M | re.S)
        if hang:
            outcome.hung = hang[1]
            outcome.failed[hang[1]] = ["hangs: " + hang[2].strip("\n")]
            break
        if code is None:
            outcome.hung = last
            outcome.failed[last or "(before the first test)"] = [f"not at its end after {LIMIT} s"]
            break
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        words = sanitizer_reports(log)
        outcome.failed[last or "(before the first test)"] = ["\n".join([f"ended by {how}", *words])]
        done_before += begun
        if not last:
            break
    else:
        outcome.hung = "it ended the tests' program too often"
    return outcome


def tell(name, preset, outcome, seconds):
    total = outcome.passed + len(outcome.failed)
    skipped = sum(outcome.skipped.values())
    line = f"{preset}: {outcome.passed} of {total} tests passed"
    if skipped:
        line += f", {skipped} do not apply ({'; '.join(outcome.skipped)})"
    say(line + f"; {seconds:.0f} s")
    by_words = {}
    for test, failures in outcome.failed.items():
        by_words.setdefault(test, failures)
    for test, failures in by_words.items():
        say(f"  FAILED {test}")
        kinds = {}
        for text in failures:
            text = text.replace(str(ROOT) + "/", "").strip("\n")
            key = re.sub(r"\d+", "N", text.split("Google Test trace:")[0])
            kinds.setdefault(key, []).append(text)
        for texts in list(kinds.values())[:SHOWN]:
            for part in texts[0].splitlines()[:40]:
                say("    " + shortened(part)[:200])
            if len(texts) > 1:
                say(f"    and {len(texts) - 1} more like it")
        if len(kinds) > SHOWN:
            say(f"    and {len(kinds) - SHOWN} kinds more: build/{preset}/check/{name}.log")
    if outcome.hung:
        say(f"  after {outcome.hung} the rest of its tests is skipped")
    if outcome.failed:
        test = next((t for t in outcome.failed if not t.startswith("(")), "*")
        say(f"  again: build/{preset}/check/check_{name} --gtest_filter='{test}'")


def main(name, *presets):
    began = time.monotonic()
    if not re.search(rf'^HANDOFF_[A-Z]+\({re.escape(name)}, "', (ROOT / "impls" / "catalog.hpp").read_text(), re.M):
        refuse(name)
    failed, tested = [], []
    for preset in presets:
        say(f"== {name}: building {preset}")
        built, build_seconds = build(name, preset)
        if built is None:
            say(f"{preset}: {name} is not built here: "
                + ("ThreadSanitizer cannot follow its library" if preset == "tsan" and tested
                   else "its library was not found; the configuration says which"))
            continue
        if not built:
            failed.append(preset)
            break
        say(f"== {name}: testing {preset} (built in {build_seconds:.0f} s)")
        start = time.monotonic()
        outcome = run(name, preset)
        tell(name, preset, outcome, time.monotonic() - start)
        tested.append(preset)
        tests_passed.note(preset, {name: (outcome.passed, len(outcome.failed))})
        if outcome.failed:
            failed.append(preset)
        if outcome.hung and preset != presets[-1]:
            say("the other presets are skipped, since it hangs; one of them: ./check --impl "
                f"{name} --preset {presets[-1]}")
            break
    seconds = time.monotonic() - began
    if failed:
        say(f"check: {name} FAILED in {', '.join(failed)}; {seconds:.0f} s")
        return 1
    if not tested:
        say(f"check: {name} was tested nowhere")
        return 1
    say(f"check: {name} passed in {', '.join(tested)}; {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
