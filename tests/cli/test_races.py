"""bench_races: exhibits run, repaired twins hold, the file says what was seen, nonsense is refused, no child stays."""

import json
import os
import pathlib
import signal
import subprocess
import time

from cli.support import BUILD, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

BENCH_RACES = BUILD / "bin" / "bench_races"
SCHEMA = json.loads((ROOT / "results" / "races.schema.json").read_text())
EXHIBITS = ["read_modify_write", "check_then_act", "unsafe_publication", "unsafe_lazy_init", "lost_wakeup",
            "stale_flag",
            "store_buffering", "deadlock", "deadlock_of_three", "livelock", "starvation"]


def children_of(pid):
    """Processes whose parent is pid."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(after_name[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def gone(pid):
    """Ended, whether or not somebody has already asked how."""
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


class Races(CommandTest):
    def show(self, *flags, expect=0):
        """Runs with --json; returns the validated document and what was printed."""
        file = self.folder / "races.json"
        done = run(BENCH_RACES, *flags, f"--json={file}")
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        document = json.loads(file.read_text())
        jsonschema.validate(document, SCHEMA)
        return document, done.stdout

    def test_list_names_every_exhibit_and_its_twins(self):
        done = run(BENCH_RACES, "--list")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual([line.partition(":")[0] for line in lines if not line.startswith(" ")], EXHIBITS)
        self.assertIn("  repaired_by_timeout: who waits too long lets go and begins again", lines)

    def test_help_names_every_flag(self):
        done = run(BENCH_RACES, "--help")
        self.assertEqual(done.returncode, 0, done.stderr)
        for flag in ["--exhibit", "--rounds", "--seed", "--json", "--list", "exit codes"]:
            self.assertIn(flag, done.stdout)

    def test_every_exhibit_runs_and_every_repair_holds(self):
        document, printed = self.show("--rounds=10", "--seed=5")
        self.assertEqual([e["name"] for e in document["exhibits"]], EXHIBITS)
        self.assertTrue(document["complete"])
        self.assertEqual(document["seed"], 5)
        self.assertEqual(document["failed_repairs"], [])
        for e in document["exhibits"]:
            self.assertIn(f"\n{e['name']}: {e['title']}\n", printed)
            self.assertEqual({t["role"] for t in e["twins"]}, {"broken", "repaired"})
            for t in e["twins"]:
                place = f"{e['name']}/{t['name']}"
                self.assertEqual(t["rounds"], 10, place)
                self.assertIsNone(t["stopped_early"], place)
                self.assertEqual(t["rate"], t["failures"] / 10, place)
                self.assertLessEqual(t["low"], t["rate"], place)
                self.assertGreaterEqual(t["high"], t["rate"], place)
                self.assertLess(t["low"], t["high"], place)
                self.assertEqual(t["children"]["crashed"] + t["children"]["timed_out"], 0, place)
                if t["role"] == "repaired":
                    self.assertEqual(t["failures"], 0, place)

    def test_a_broken_twin_is_seen_to_fail(self):
        # One window in eight gives the CPU away, so that it is seen on one busy CPU as well.
        document, printed = self.show("--exhibit=read_modify_write", "--rounds=5000")
        broken, repaired = document["exhibits"][0]["twins"]
        self.assertGreater(broken["failures"], 0, printed)
        self.assertGreater(broken["low"], 0)
        self.assertEqual(repaired["failures"], 0)
        self.assertEqual(repaired["low"], 0)
        self.assertAlmostEqual(repaired["high"], 3.8415 / 5003.8415, delta=1e-6)
        self.assertIn("both loaded 0: one addition is lost", printed)

    def test_a_plain_flag_hangs_and_the_next_child_goes_on(self):
        document, _ = self.show("--exhibit=stale_flag", "--rounds=8")
        broken, repaired = document["exhibits"][0]["twins"]
        self.assertEqual(broken["rounds"], 8)
        self.assertGreater(broken["failures"], 0)
        self.assertGreaterEqual(broken["children"]["started"], broken["failures"])
        self.assertEqual(repaired["children"]["started"], 1)

    def test_the_lock_order_graph_finds_the_cycle_in_every_round(self):
        document, _ = self.show("--exhibit=deadlock_of_three,deadlock", "--rounds=300")
        self.assertEqual([e["name"] for e in document["exhibits"]], ["deadlock_of_three", "deadlock"])
        for e in document["exhibits"]:
            cycles = {t["name"]: t["totals"]["rounds_with_a_cycle_in_the_lock_order"] for t in e["twins"]}
            self.assertEqual(cycles, {"broken": 300, "repaired_by_order": 0, "repaired_by_timeout": 0})

    def test_stdout_may_be_closed_by_a_reader(self):
        process = subprocess.Popen([BENCH_RACES, "--exhibit=check_then_act", "--rounds=10"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        process.stdout.close()
        self.assertIsNotNone(process.wait(timeout=30))


class Nonsense(CommandTest):
    def test_flags(self):
        cases = [
            (["--rounds=0"], ["rounds 0", "--rounds", "whole number from 1"]),
            (["--rounds=many"], ["rounds many"]),
            (["--rounds=-3"], ["rounds -3"]),
            (["--rounds=1e3"], ["rounds 1e3"]),
            (["--rounds=99999999999999999999"], ["rounds 99999999999999999999"]),
            (["--rounds="], ["--rounds", "needs a value"]),
            (["--rounds"], ["--rounds", "needs a value"]),
            (["--rounds=5", "--rounds=6"], ["--rounds", "given twice"]),
            (["--seed=x"], ["seed x", "--seed"]),
            (["--exhibit=dining"], ["exhibit dining", "--exhibit", "read_modify_write", "starvation"]),
            (["--exhibit=deadlock,,livelock"], ["exhibit ''"]),
            (["--exhibit=deadlock,"], ["exhibit ''"]),
            (["--list=all"], ["--list", "no value"]),
            (["--verbose"], ["unknown argument --verbose", "--exhibit", "--json"]),
            (["deadlock"], ["unknown argument deadlock"]),
            ([""], ["unknown argument ''"]),
            (["--json=/no/such/folder/races.json"], ["/no/such/folder/races.json", "--json", "cannot be written"]),
            (["--json=/"], ["json /", "cannot be written"]),
            (["--sweep=x.json", "--list_points"], ["races", "not swept"]),
            (["--child=deadlock/fixed"], ["deadlock/fixed", "--child"]),
            (["--child=deadlock"], ["deadlock", "--child"]),
        ]
        for flags, words in cases:
            with self.subTest(flags=flags):
                done = run(BENCH_RACES, *flags)
                self.assert_one_line_refusal(done, "bench_races: ", *words)
                self.assertEqual(done.stdout, "")


class Ending(CommandTest):
    def start(self, *flags):
        """Starts it and returns it once it has a child."""
        process = subprocess.Popen([BENCH_RACES, "--exhibit=starvation", "--rounds=1000000", *flags],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        for _ in range(500):
            children = children_of(process.pid)
            if children:
                return process, children
            time.sleep(0.01)
        self.fail("no child within 5 s")

    def assert_gone(self, children):
        for _ in range(500):
            if all(gone(child) for child in children):
                return
            time.sleep(0.01)
        self.fail(f"still there: {children}")

    def test_killed_it_leaves_no_child(self):
        process, children = self.start()
        process.kill()
        process.wait(timeout=10)
        self.assert_gone(children)

    def test_interrupted_it_writes_what_it_has(self):
        file = self.folder / "races.json"
        process, children = self.start(f"--json={file}")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130, out + err)
        self.assertIn("interrupted", err)
        self.assert_gone(children)
        document = json.loads(file.read_text())
        jsonschema.validate(document, SCHEMA)
        self.assertFalse(document["complete"])

    def test_a_crash_in_a_child_is_an_observation(self):
        process, children = self.start()
        os.kill(children[0], signal.SIGSEGV)
        for _ in range(500):
            again = [child for child in children_of(process.pid) if child not in children]
            if again:
                break
            time.sleep(0.01)
        self.assertTrue(again, "no other child goes on")
        self.assertIsNone(process.poll())
