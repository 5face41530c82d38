#!/usr/bin/python3
"""Runs every program in the model, weakens every memory order, and writes the tables of docs/proofs.md.

Resumable: what a results file already has for the same sources is not run again.
"""

import argparse
import collections
import concurrent.futures
import datetime
import fnmatch
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BEGIN, END = "<!-- tables: tests/model/campaign.py -->", "<!-- end of tables -->"
FAMILIES = [
    ("Queues", "queues"), ("Deques", "deques"), ("Locks and barriers", "locks"), ("Counters", "counters"),
    ("Channels", "channels"), ("Wait strategies", "wait"), ("Blocking operations, workers and reclamation", ""),
]
#: how a failure begins, and the word for it in the tables
FAILURES = [
    ("data race", "race"), ("deadlock", "deadlock"), ("use after free", "use after free"),
    ("an atomic object is used after", "use after free"), ("not freed", "leak"), ("", "check"),
]


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="Exit codes: 0 no program failed that must not; 1 one did; 2 usage.")
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release/model/model_programs",
                        help="the binary (default: %(default)s)")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "build/release/model/results.json",
                        help="where results are kept (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=60, help="for each program (default: %(default)s)")
    parser.add_argument("--mutant-seconds", type=float, default=10,
                        help="for each program with one order weaker (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=1,
                        help="so many implementations at a time (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=0,
                        help="begin no further implementation after so many (default: none is left out)")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="only these implementations")
    parser.add_argument("--no-run", action="store_true", help="only write the tables from the results")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/proofs.md; else print them")
    return parser.parse_args()


def sources():
    """One number for all that a result depends on."""
    digest = hashlib.sha256()
    files = [*(ROOT / "impls").rglob("*.hpp"), *HERE.glob("*.?pp"), *HERE.glob("programs/*"),
             *HERE.glob("include/handoff_model/*")]
    for file in sorted(files):
        if "third_party" not in file.parts:
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def source_of(name):
    found = sorted((ROOT / "impls").glob(f"*/{name}.hpp"))
    return found[0] if found else None


def lines_of(command):
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"campaign: {' '.join(map(str, command))}: {run.stderr.strip() or run.returncode}")
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]


def commit():
    """The subject of the last commit that touched the sources (it survives a rebase), and whether they are as it has
    them."""
    where = ["--", "impls", "tests/model/*.?pp", "tests/model/programs", "tests/model/include"]
    subject = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%s", *where], capture_output=True, text=True,
                             check=True).stdout.strip()
    changed = subprocess.run(["git", "-C", ROOT, "status", "--porcelain", *where], capture_output=True, text=True,
                             check=True).stdout
    return f'"{subject}"' + (" and changes" if changed.strip() else "")


def run_one(options, name):
    """All programs of an implementation, then all with one order weakened at a time."""
    begun = time.monotonic()
    programs = lines_of([options.programs, "--json", "--seconds", str(options.seconds), name])
    mutants = []
    if not name.startswith("broken_"):
        mutants = [one for one in lines_of([options.programs, "--json", "--mutate", "--seconds",
                                            str(options.mutant_seconds), name]) if "weaker" in one]
    return {"programs": programs, "mutants": mutants, "took": round(time.monotonic() - begun, 1)}


def run(options, results):
    state = sources()
    now_at = commit()
    end = time.monotonic() + 60 * options.minutes if options.minutes else None
    wanted = [options.seconds, options.mutant_seconds]
    listed = subprocess.run([options.programs, "--list"], capture_output=True, text=True, check=True).stdout
    names = list(dict.fromkeys(line.split()[0] for line in listed.splitlines()))
    writing = threading.Lock()

    def one(name):
        old = results.get(name, {})
        if (options.only and name not in options.only) or (old.get("sources") == state and all(
                had >= now for had, now in zip(old["seconds"], wanted))):
            return
        if end and time.monotonic() > end:
            print(f"campaign: no time left for {name}; the next run goes on there", file=sys.stderr)
            return
        print(name, file=sys.stderr, flush=True)
        result = run_one(options, name)
        with writing:
            results[name] = {"sources": state, "seconds": wanted, "commit": now_at,
                             "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(), **result}
            partial = options.results.with_suffix(".partial")
            partial.write_text(json.dumps(results, indent=1) + "\n")
            partial.replace(options.results)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(one, names))
    # In the order of the programs, whenever they were run.
    for name in names:
        if name in results:
            results[name] = results.pop(name)


def normal(path):
    """impls/deques/../detail/x.hpp: impls/detail/x.hpp"""
    parts = []
    for part in path.split("/"):
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def site_text(one):
    """What stands there, without its line number, so that a reason survives edits elsewhere."""
    line = (ROOT / normal(one["file"])).read_text().splitlines()[one["line"] - 1].strip()
    return re.sub(r"\s*//.*", "", line)


def reasons():
    """reasons.txt: FILE | OPERATION ORDER -> WEAKER | part of the line | reason"""
    all_of_them = []
    for line in (HERE / "reasons.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            file, change, part, why = [field.strip() for field in line.split("|")]
            all_of_them.append((file, change, part, why))
    return all_of_them


def change_of(one):
    return f"{one['operation']} {one['order']} -> {one['weaker']}"


def reason_of(one, known):
    text = site_text(one)
    for file, change, part, why in known:
        if fnmatch.fnmatchcase(normal(one["file"]), "impls/" + file) and fnmatch.fnmatchcase(
                change_of(one), change) and part in text:
            return why
    return None


def verdict(programs, seconds):
    bounded = [p for p in programs if p["verdict"] == "bounded"]
    cut = [p for p in programs if p["verdict"] == "waits cut"]
    failed = [p for p in programs if p["verdict"] == "failed"]
    if failed:
        return f"**failed** in {len(failed)} of {len(programs)}"
    if bounded:
        rest = f"{len(programs) - len(bounded)} of {len(programs)} programs exhaustive, the others bounded"
        return f"{rest} by {seconds:g} s" + (", waits cut" if cut else "")
    return "exhaustive, waits cut" if cut else "exhaustive"


def words_for(mutants):
    """As what weaker orders were noticed: "12 race, 2 check"."""
    counts = collections.Counter(next(word for begin, word in FAILURES if one["noticed"].startswith(begin))
                                 for one in mutants if one["noticed"])
    return ", ".join(f"{count} {word}" for word, count in counts.most_common())


def heading(results):
    """When, of what and for how long."""
    entries = results.values()
    dates = sorted({entry["date"] for entry in entries})
    commits = sorted({f"{entry['commit']} (sources {entry['sources']})" for entry in entries})
    seconds = sorted({tuple(entry["seconds"]) for entry in entries})
    took = sum(p["seconds"] for entry in entries for p in entry["programs"])
    programs = " or ".join(f"{one:g}" for one in sorted({program for program, _ in seconds}))
    mutants = " or ".join(f"{one:g}" for one in sorted({mutant for _, mutant in seconds}))
    return (f"Of {' and '.join(dates)}, commit {' and '.join(commits)}. "
            f"Bounds, in CPU time: {programs} s for each program, {mutants} s for each program with an order weakened, "
            f"in each of two orders of search. "
            f"All programs together took {took:.0f} s.")


def tables(results):
    known = reasons()
    text = [heading(results), ""]
    survivors = {}
    noticed_somewhere = set()
    for entry in results.values():
        for one in entry["mutants"]:
            if one["noticed"]:
                noticed_somewhere.add((normal(one["file"]), one["line"], one["column"], change_of(one)))
    for title, folder in FAMILIES:
        rows = []
        for name, entry in results.items():
            source = source_of(name)
            if name.startswith("broken_") or (folder and (source is None or source.parent.name != folder)) or (
                    not folder and source is not None and source.parent.name in {f for _, f in FAMILIES if f}):
                continue
            programs = entry["programs"]
            mutants = entry["mutants"]
            noticed = sum(1 for one in mutants if one["noticed"])
            for one in mutants:
                place = (normal(one["file"]), one["line"], one["column"], change_of(one))
                if not one["noticed"] and place not in noticed_somewhere:
                    survivors.setdefault(place, one)
            executions = sum(p["executions"] + p["waiting"] for p in programs)
            largest = max((p["operations"] for p in programs), key=len)
            cells = [f"`{name}`", len(programs), largest, executions, verdict(programs, entry["seconds"][0]),
                     f"{noticed} of {len(mutants)}", words_for(mutants)]
            rows.append("| " + " | ".join(map(str, cells)) + " |")
        if rows:
            text += [f"### {title}", "",
                     "| implementation | programs | largest | executions | verdict | weaker orders noticed | as |",
                     "|---|---|---|---|---|---|---|", *rows, ""]
    broken = [(name, entry) for name, entry in results.items() if name.startswith("broken_")]
    if broken:
        text += ["### Known to be broken", "", "| algorithm | found after | as |", "|---|---|---|"]
        for name, entry in broken:
            first = entry["programs"][0]
            found = "**not found**"
            if first["verdict"] == "failed":
                found = f"{first['executions'] + first['waiting'] + 1} executions"
            text.append(f"| {name.removeprefix('broken_')} | {found} | {first['why'].split(' at ')[0]} |")
        text.append("")
    text += ["### Weaker orders that nothing noticed", "",
             "| place | weaker | reason |", "|---|---|---|"]
    for (file, line, _, change), one in sorted(survivors.items(), key=lambda item: item[0]):
        why = reason_of(one, known) or ("**not explained**" + ("" if one["exhaustive"] else ", bounded by time"))
        code = site_text(one)[:60].replace("|", "\\|")
        text.append(f"| `{file.removeprefix('impls/')}:{line}` `{code}` | {change} | {why} |")
    return "\n".join(text) + "\n"


def main():
    options = arguments()
    results = json.loads(options.results.read_text()) if options.results.exists() else {}
    if not options.no_run:
        run(options, results)
    text = tables(results)
    if options.write:
        page = ROOT / "docs/proofs.md"
        old = page.read_text()
        head, rest = old.split(BEGIN)
        tail = rest.split(END)[1]
        page.write_text(head + BEGIN + "\n\n" + text + "\n" + END + tail)
    else:
        print(text)
    failed = [name for name, entry in results.items()
              for program in entry["programs"]
              if (program["verdict"] == "failed") != (name.startswith("broken_") and program["program"] != "repaired")]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
