"""The world around a command: what it writes to, how it is started, what is refused to it, what happens meanwhile."""

import json
import os
import pathlib
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
import unittest

from cli.support import BUILD, HANDOFF, ROOT, CommandTest, library, run

jsonschema = library("jsonschema")

SCHEMA = json.loads((ROOT / "results" / "schema.json").read_text())
BENCH_COUNTERS = BUILD / "bin" / "bench_counters"
SCHED_SETAFFINITY = {"x86_64": "203", "aarch64": "122"}.get(os.uname().machine)


class World(CommandTest):
    """Runs of a benchmark binary that answers from a script."""

    def binaries(self, *points, wrapper=None):
        """A folder with bench_fake; `wrapper` is shell text that every call of it runs first."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        program = "bench_fake" if wrapper is None else "fake"
        shutil.copy(BUILD / "gate_tests" / "fake_bench", folder / program)
        points = points or [{"impl": "a", "value": 100.0}, {"impl": "b", "value": 50.0}]
        (folder / "fake.json").write_text(json.dumps({"points": points}))
        if wrapper is not None:
            script = folder / "bench_fake"
            script.write_text(f'#!/bin/bash\nhere="$(dirname "$0")"\n{wrapper}\nexec "$here/fake" "$@"\n')
            script.chmod(0o755)
        return folder

    def fake_sweep(self, **changes):
        path = self.folder / "sweep.json"
        path.write_text(json.dumps({"name": "fake", "repetitions": 4, "min_time_seconds": 0.001, "timeout_seconds": 5,
                                    "blocks": [{"family": "fake"}], **changes}))
        return path

    def real_sweep(self, **changes):
        """A sweep of a real binary."""
        return self.sweep(**{"blocks": [{"family": "counters", "workload": ["contended_add"], "threads": [1, 2],
                                         "impl": ["fetch_add_counter"], "work_ns": [0]}], **changes})

    def arguments(self, *points, wrapper=None, **sweep):
        return ["run", self.fake_sweep(**sweep), "--binaries", self.binaries(*points, wrapper=wrapper),
                "--out", self.folder / "out", "--seed", "7", "--quiet"]

    def resume(self, *more, **how):
        return run(HANDOFF, "run", "--resume", self.folder / "out", "--binaries", self.folder / "bin", "--quiet", *more,
                   **how)

    def shell(self, text, *arguments, **how):
        """Runs bash, with the arguments as $1 ..."""
        return run("/bin/bash", "-c", text, "bash", *arguments, **how)

    def complete_results(self):
        results = self.results(self.folder / "out")
        jsonschema.validate(results, SCHEMA)
        self.assertTrue(results["run"]["complete"])
        return results

    def lines(self):
        return (self.folder / "out" / "journal.jsonl").read_bytes().split(b"\n")[:-1]


class Outputs(World):
    def google_benchmark_file(self, name="a.json"):
        path = self.folder / name
        path.write_text(json.dumps({"context": {"host_name": "h", "num_cpus": 2, "caches": []}, "benchmarks": [
            {"name": "BM_x", "run_name": "BM_x", "run_type": "iteration", "repetitions": 1, "repetition_index": 0,
             "threads": 1, "iterations": 10, "real_time": 5.0, "cpu_time": 5.0, "time_unit": "ns"}]}))
        return path

    def test_links_pipes_and_devices_stay_what_they_are(self):
        file = self.google_benchmark_file()
        target, link, pipe = self.folder / "target", self.folder / "link", self.folder / "pipe"
        link.symlink_to(target)
        os.mkfifo(pipe)
        read = []
        reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
        reader.start()
        for to in (link, pipe, "/dev/null"):
            done = run(HANDOFF, "compare", file, file, "--json", to)
            self.assertEqual(done.returncode, 0, done.stderr)
        reader.join()
        self.assertTrue(link.is_symlink())
        self.assertEqual(target.read_text(), read[0])
        json.loads(read[0])
        self.assertTrue(pipe.is_fifo())
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))

    def test_standard_output_by_its_other_name(self):
        file = self.google_benchmark_file()
        to = self.folder / "out.txt"
        with to.open("w") as out:
            subprocess.run([HANDOFF, "compare", file, file, "--markdown", "/dev/stdout"], stdout=out, check=True)
        text = to.read_text()
        self.assertIn("|", text, "the table of --markdown")
        self.assertIn("BM_x", text.split("|")[-1] + text, "and the text behind it")
        self.assertEqual(text.count("\0"), 0)

    def test_output_that_is_lost_is_an_error(self):
        file = self.google_benchmark_file()
        sweep = self.real_sweep()
        commands = [["list", sweep], ["axes"], ["--help"], ["--version"], ["gate", "--help"], ["compare", file, file],
                    ["compare", file, file, "--json", "-"], ["compare", file, file, "--markdown", "-"]]
        for command in commands:
            with self.subTest(command=command):
                done = self.shell('"$@" > /dev/full', HANDOFF, *command)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("standard output: No space left on device", done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        for flag in ("--help", "--list_points", "--benchmark_list_tests"):
            with self.subTest(flag=flag):
                done = self.shell('"$@" > /dev/full', BENCH_COUNTERS, flag)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("standard output: No space left on device", done.stderr)

    def test_a_run_whose_report_is_lost_has_its_results(self):
        done = self.shell('"$@" > /dev/full', HANDOFF, *self.arguments())
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("standard output: No space left on device", done.stderr)
        self.complete_results()

    def test_a_broken_pipe_is_quiet(self):
        for command in ([HANDOFF, "axes"], [HANDOFF, "list", self.real_sweep()], [BENCH_COUNTERS, "--list_points"]):
            with self.subTest(command=command):
                # the reader is gone before anything is written, whatever the parent does with SIGPIPE
                for parent in ("", "trap '' PIPE; "):
                    done = self.shell(parent + '{ sleep 0.2; "$@"; echo "code $?" >&2; } | true', *command)
                    self.assertIn(done.stderr, ("code 141\n", "code 0\n"))

    def test_control_characters_in_names_are_shown(self):
        sweep = self.folder / "sweep.json"
        block = {"family": "counters", "workload": ["contended_add"], "impl": ["x\x1b[31m\x07"]}
        sweep.write_text(json.dumps({"name": "s", "blocks": [block]}))
        done = run(HANDOFF, "list", sweep)
        self.assertEqual(done.returncode, 2)
        self.assertIn("x\\x1b[31m\\x07", done.stderr)
        self.assertNotIn("\x1b", done.stderr)
        self.binaries({"impl": "odd\x1b]0;title\x07", "value": 1.0})
        done = run(HANDOFF, "list", self.fake_sweep(), f"--binaries={self.folder / 'bin'}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("fake/work/odd\\x1b]0;title\\x07", done.stdout)

    def gate(self, *flags, **how):
        builds = []
        for side in ("base", "candidate"):
            folder = self.folder / side / "bin"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(BUILD / "gate_tests" / "fake_bench", folder / "bench_fake")
            (folder / "fake.json").write_text(json.dumps({"points": [{"impl": "a", "value": 100.0, "noise": 0.001}]}))
            builds += [f"--{side}", folder.parent]
        return run(HANDOFF, "gate", *builds, "--sweep", self.fake_sweep(), *flags, **how)

    def test_the_gate_finds_out_before_it_measures(self):
        for flag in ("--markdown", "--junit", "--json"):
            with self.subTest(flag=flag):
                self.assert_one_line_refusal(self.gate(flag, "/nonexistent/x"), flag, "No such file or directory")
        self.assert_one_line_refusal(self.gate("--json=-", "--junit=-"), "--json - and --junit -")

    def test_a_folder_of_temporary_files_that_is_not_there(self):
        self.assert_one_line_refusal(self.gate(env={**os.environ, "TMPDIR": "/nonexistent"}), "TMPDIR /nonexistent")

    def test_the_gate_knows_standard_output(self):
        done = self.gate("--json", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("handoff_gate", json.loads(done.stdout))
        self.assertIn("the gate is open", done.stderr)
        self.assertFalse((ROOT / "-").exists() or (ROOT / "-.journal").exists())

    def test_the_gates_verdict_is_said_where_a_file_fails(self):
        done = self.gate("--markdown", "/dev/full")
        self.assertEqual(done.returncode, 2)
        self.assertIn("the gate is open", done.stdout)
        self.assertIn("--markdown /dev/full: No space left on device", done.stderr)


class Starting(World):
    def test_signals_that_the_parent_ignores(self):
        # with SIGCHLD ignored no child can be waited for
        ignoring = "import os, signal, sys; " \
                   "[signal.signal(s, signal.SIG_IGN) for s in (signal.SIGCHLD, signal.SIGXFSZ)]; " \
                   "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT]); " \
                   "os.execv(sys.argv[1], sys.argv[1:])"
        wrapper = 'grep -E "^Sig(Blk|Ign)" /proc/self/status > "$here/signals"'
        done = run(sys.executable, "-c", ignoring, HANDOFF, *self.arguments(wrapper=wrapper), timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.complete_results()
        for line in (self.folder / "bin" / "signals").read_text().splitlines():
            self.assertEqual(int(line.split()[1], 16), 0, "trials ignore and block nothing: " + line)
        done = run(sys.executable, "-c", ignoring, HANDOFF, "doctor", "--seconds", "0.1", timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_descriptors_that_the_parent_closed(self):
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed=closed):
                shutil.rmtree(self.folder / "out", ignore_errors=True)
                done = self.shell(f'"$@" {closed}', HANDOFF, *self.arguments())
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(len(self.lines()), 1 + 8)
                for line in self.lines():
                    json.loads(line)
                self.complete_results()

    def test_descriptors_that_the_parent_left_open(self):
        # of bash itself a script has 255
        wrapper = 'ls -l /proc/$$/fd > "$here/descriptors"'
        with open(self.folder / "kept", "w") as kept:
            os.set_inheritable(kept.fileno(), True)
            done = run(HANDOFF, *self.arguments(wrapper=wrapper), close_fds=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("kept", (self.folder / "bin" / "descriptors").read_text())

    def test_a_umask_that_takes_our_own_rights_away(self):
        done = self.shell('umask 0777; "$@"', HANDOFF, *self.arguments())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(stat.S_IMODE((self.folder / "out" / "results.json").stat().st_mode), 0o600)
        self.complete_results()

    def environment_of(self, *flags, **variables):
        """What a trial finds in its environment, and what the result says of it."""
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        done = run(HANDOFF, *self.arguments(wrapper='env > "$here/environment"'), *flags,
                   env={**os.environ, **variables})
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = (self.folder / "bin" / "environment").read_text().splitlines()
        start = self.complete_results()["context"]["handoff"]["start"]
        return dict(line.split("=", 1) for line in lines if "=" in line), start

    def test_trials_have_a_clean_environment(self):
        odd = {"OMP_NUM_THREADS": "1", "OMP_PROC_BIND": "true", "GOMP_CPU_AFFINITY": "0", "KMP_AFFINITY": "compact",
               "HWLOC_SYNTHETIC": "pu:2", "MALLOC_ARENA_MAX": "1", "TBB_NUM_THREADS": "1", "BENCHMARK_FILTER": "x",
               "GLIBC_TUNABLES": "glibc.pthread.rseq=0", "LD_BIND_NOW": "1", "LD_PRELOAD": "libm.so.6", "MY_OWN": "x"}
        found, start = self.environment_of(**odd)
        self.assertEqual({name for name in odd if name in found}, set())
        self.assertIn("PATH", found)
        self.assertEqual(start["variables"], {k: v for k, v in start["variables"].items() if k == "LD_LIBRARY_PATH"})
        found, start = self.environment_of("--env", "OMP_NUM_THREADS", "--env=MY_OWN", **odd)
        self.assertEqual({name: found[name] for name in odd if name in found}, {"OMP_NUM_THREADS": "1", "MY_OWN": "x"})
        self.assertEqual(start["variables"]["OMP_NUM_THREADS"], "1")
        self.assertEqual(start["scheduler"], "other")
        self.assert_one_line_refusal(run(HANDOFF, *self.arguments(), "--env", "NOT_SET_AT_ALL"), "--env NOT_SET_AT_ALL")

    def test_a_resumed_run_has_the_environment_that_it_began_with(self):
        self.environment_of("--env", "MY_OWN", MY_OWN="x")
        self.assert_one_line_refusal(self.resume(), "MY_OWN='x'", "not set")
        self.assert_one_line_refusal(self.resume(env={**os.environ, "MY_OWN": "y"}), "MY_OWN='x'", "'y'")
        self.assertEqual(self.resume(env={**os.environ, "MY_OWN": "x"}).returncode, 0)

    def test_niceness_and_limits_are_in_the_result(self):
        # 4 MB: every result fits, and a limit is seen
        done = self.shell('ulimit -S -c 0; ulimit -S -f 4096; nice -n 5 "$@"', HANDOFF, *self.arguments())
        self.assertEqual(done.returncode, 0, done.stderr)
        start = self.complete_results()["context"]["handoff"]["start"]
        self.assertEqual(start["nice"], os.nice(0) + 5 if os.nice(0) <= 14 else 19)
        self.assertEqual(start["limits"]["core"], "0")
        self.assertEqual(start["limits"]["file_size"], str(4096 * 1024))

    def test_topology_of_another_machine_seats_nobody(self):
        self.need_topology()
        flags = ("--benchmark_list_tests", "--impl=fetch_add_counter", "--workload=contended_add", "--threads=1")
        env = {**os.environ, "HWLOC_SYNTHETIC": "package:2 numa:1 l3:1 core:1 pu:2"}
        self.assert_one_line_refusal(run(BENCH_COUNTERS, *flags, "--placement=smt_sibling", env=env),
                                     "hwloc was told of another machine", "HWLOC_SYNTHETIC")
        self.assertEqual(run(BENCH_COUNTERS, *flags, "--placement=spread", env=env).returncode, 0)
        block = {"family": "counters", "workload": ["contended_add"], "impl": ["fetch_add_counter"], "threads": [1],
                 "placement": ["spread", "smt_sibling", "same_cache", "other_socket"]}
        sweep = self.sweep(blocks=[block])
        told, not_told = run(HANDOFF, "list", sweep, env=env), run(HANDOFF, "list", sweep)
        self.assertEqual(told.stdout, not_told.stdout, "it does not reach the binaries")


class Journals(World):
    def finished(self, **sweep):
        done = run(HANDOFF, *self.arguments(**sweep))
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.lines()

    def write(self, lines):
        (self.folder / "out" / "journal.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))

    def test_a_damaged_line_costs_that_line(self):
        before = self.finished()
        for damaged in (b"\0" + before[4][1:], b"", before[4][:20], b"\xff\xfe"):
            with self.subTest(line=damaged[:20]):
                self.write(before[:4] + [damaged] + before[5:])
                done = self.resume()
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("line 5 is", done.stderr)
                self.assertIn("1 trial to go", done.stderr)
                after = self.lines()
                self.assertEqual(after[:4] + after[5:9], before[:4] + before[5:], "the others are kept")
                self.assertEqual(len(after), 10)
                self.complete_results()

    def test_a_line_that_is_cut_short_is_the_last(self):
        before = self.finished()
        (self.folder / "out" / "journal.jsonl").write_bytes(b"\n".join(before[:-1]) + b"\n" + before[-1][:40])
        done = self.resume()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("damaged", done.stderr)
        self.assertEqual(self.lines()[:-1], before[:-1])

    def test_lines_that_do_not_fit_the_plan_are_refused_with_their_number(self):
        before = self.finished()
        header, trial = json.loads(before[0]), json.loads(before[3])
        lines = {"{}": "line 4", '{"calibration": 1}': "line 4",
                 json.dumps({**trial, "point": "fake/work/z"}): "line 4",
                 json.dumps({**trial, "repetition": -1}): "line 4", json.dumps({**trial, "repetition": 99}): "line 4",
                 before[2].decode(): "line 4", json.dumps({**trial, "measurement": None}): "line 4"}
        headers = [{**header, "handoff_journal": 1}, {**header, "handoff_journal": "x"}, {**header, "points": []},
                   {**header, "sweep": {**header["sweep"], "repetitions": 0}},
                   {**header, "sweep": {**header["sweep"], "repetitions": -1}}]
        for line, place in lines.items():
            with self.subTest(line=line[:60]):
                self.write(before[:3] + [line.encode()] + before[4:])
                kept = self.lines()
                self.assert_one_line_refusal(self.resume(timeout=20), "journal.jsonl", place)
                self.assertEqual(self.lines(), kept)
        for odd in headers:
            with self.subTest(header=json.dumps(odd)[:60]):
                self.write([json.dumps(odd).encode()] + before[1:])
                self.assert_one_line_refusal(self.resume(timeout=20), "journal.jsonl")

    def test_a_journal_without_its_first_line_is_no_run(self):
        out = self.folder / "out"
        for left in (b"", b'{"handoff_journal": 2, "id"'):
            with self.subTest(left=left):
                shutil.rmtree(out, ignore_errors=True)
                out.mkdir()
                (out / "journal.jsonl").write_bytes(left)
                self.binaries()
                self.assert_one_line_refusal(self.resume(), "no run has begun here", "--out")
                self.finished()
                self.complete_results()

    def test_paths_that_are_no_utf8(self):
        odd = os.fsencode(self.folder) + b"/caf\xe9"
        os.mkdir(odd)
        arguments = self.arguments({"impl": "a", "value": 1.0, "sleep_ms": 30}, repetitions=20)
        shutil.copytree(os.fsencode(self.folder / "bin"), odd + b"/bin")
        arguments = [os.fsencode(str(a)) for a in (HANDOFF, *arguments)]
        arguments[arguments.index(os.fsencode(self.folder / "bin"))] = odd + b"/bin"
        arguments[arguments.index(os.fsencode(self.folder / "out"))] = odd + b"/out"
        with subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            journal = odd + b"/out/journal.jsonl"
            while not os.path.exists(journal) or os.path.getsize(journal) < 4000:
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130, errors)
        again = errors.strip().splitlines()[-1].strip()
        done = subprocess.run([b"/bin/bash", b"-c", again + b" --quiet"], capture_output=True, timeout=60, cwd=ROOT)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_only_binaries_beside_the_command_or_named_ones_are_run(self):
        self.finished()
        before = self.lines()
        self.write(before[:5])
        trap = self.folder / "bin" / "bench_fake"
        done = run(HANDOFF, "run", "--resume", self.folder / "out")
        self.assert_one_line_refusal(done, "bench_fake", "--binaries")
        trap.write_text("#!/bin/bash\ntouch " + str(self.folder / "sprung") + "\n")
        self.assert_one_line_refusal(self.resume(), "is not the binary that the run began with")
        self.assertFalse((self.folder / "sprung").exists())

    def test_a_binary_that_is_replaced_meanwhile(self):
        replace = '[ -e "$here/calls" ] && [ "$(wc -l < "$here/calls")" = 4 ] && { echo "# new" >> "$0.new"; ' \
                  'cat "$0" "$0.new" > "$0.other"; chmod +x "$0.other"; mv "$0.other" "$0"; }\necho >> "$here/calls"'
        done = run(HANDOFF, *self.arguments(wrapper=replace))
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("bench_fake was replaced while the run went on", done.stderr)
        self.assertIn("--resume", done.stderr)
        self.assertLess(len(self.lines()), 1 + 8)
        # touched, and the same
        shutil.rmtree(self.folder / "out")
        done = run(HANDOFF, *self.arguments(wrapper='touch "$0"'))
        self.assertEqual(done.returncode, 0, done.stderr)


class Refusals(World):
    def test_folders_that_cannot_be(self):
        arguments = self.arguments()
        out = arguments.index("--out") + 1
        (self.folder / "file").write_text("")
        for name, word in ((self.folder / ("x" * 300), "File name too long"),
                           (self.folder / "file" / "x", "Not a directory"),
                           ("", "--out: needs a value"), ("-", "names a folder")):
            with self.subTest(out=str(name)[-20:]):
                arguments[out] = name
                self.assert_one_line_refusal(run(HANDOFF, *arguments), "--out", word)
        if os.geteuid() != 0:
            (self.folder / "locked").mkdir(0o555)
            arguments[out] = self.folder / "locked"
            self.assert_one_line_refusal(run(HANDOFF, *arguments), "--out", "Permission denied")

    def test_a_folder_that_is_gone(self):
        gone = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"'
        arguments = [str(a) for a in (HANDOFF, *self.arguments())]
        done = run("/bin/bash", "-c", gone, self.folder / "gone", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.complete_results()
        del arguments[arguments.index("--out"):arguments.index("--out") + 2]
        done = run("/bin/bash", "-c", gone, self.folder / "gone", *arguments)
        self.assert_one_line_refusal(done, "results", "No such file or directory", "--out")

    def test_files_that_may_not_grow(self):
        done = self.shell('ulimit -f 16; "$@"', HANDOFF, *self.arguments(repetitions=40))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("File too large", done.stderr)
        self.assertIn("--resume", done.stderr)
        done = self.resume()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.complete_results()

    def test_a_disk_that_is_full_at_the_first_line_leaves_no_run(self):
        done = self.shell('ulimit -f 0; "$@"', HANDOFF, *self.arguments())
        self.assert_one_line_refusal(done, "--out", "File too large")
        self.assertEqual(run(HANDOFF, *self.arguments()).returncode, 0)

    def test_three_runs_at_once(self):
        arguments = [str(a) for a in (HANDOFF, *self.arguments())]
        del arguments[arguments.index("--out"):arguments.index("--out") + 2]
        work = self.folder / "work"
        work.mkdir()
        # ten seconds of the same name: the wall clock stands still for them
        runs = [subprocess.Popen(arguments, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                for _ in range(3)]
        for one in runs:
            _, errors = one.communicate(timeout=60)
            self.assertEqual(one.returncode, 0, errors)
        self.assertEqual(len(list((work / "results").glob("*-fake*/results.json"))), 3)


class Denied(World):
    def setUp(self):
        super().setUp()
        if SCHED_SETAFFINITY is None or run(BUILD / "world" / "deny", "1000000", "/bin/true").returncode == 99:
            self.skipTest("needs seccomp")

    def deny(self, *command):
        return run(BUILD / "world" / "deny", SCHED_SETAFFINITY, *command)

    def test_the_doctor_goes_on_and_says_so(self):
        done = self.deny(HANDOFF, "doctor", "--seconds", "0.2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no limits: bench_limits ended with exit code 1 (bench_limits: threads cannot be pinned here "
                      "(sched_setaffinity: Operation not permitted))", done.stdout)

    def test_points_that_pin_are_left_out_and_others_are_not(self):
        block = {"family": "counters", "workload": ["contended_add"], "impl": ["fetch_add_counter"], "threads": [1],
                 "work_ns": [0], "placement": ["spread", "unpinned"]}
        sweep = self.sweep(blocks=[block], repetitions=1)
        done = self.deny(HANDOFF, "run", sweep, "--out", self.folder / "out", "--quiet")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.complete_results()
        self.assertEqual([row["point"]["placement"] for row in results["benchmarks"]], ["unpinned"])
        self.assertIsNone(results["benchmarks"][0].get("probe"))
        self.assertTrue(any("sched_setaffinity: Operation not permitted" in entry["reason"]
                            for entry in results["run"]["left_out"]), results["run"]["left_out"])
        point = "counters/contended_add/fetch_add_counter/threads:1/work:0"
        self.assert_one_line_refusal(self.deny(BENCH_COUNTERS, f"--point={point}"), "sched_setaffinity", "unpinned")

    def test_the_reason_for_no_point_is_the_true_one(self):
        self.need("counters", "rseq_striped_counter")
        env = {**os.environ, "GLIBC_TUNABLES": "glibc.pthread.rseq=0"}
        for flags in (["--impl=rseq_striped_counter"],
                      ["--impl=rseq_striped_counter", "--threads=2", "--work_ns=0", "--workload=contended_add"],
                      ["--point=counters/contended_add/rseq_striped_counter/threads:2/work:0"]):
            with self.subTest(flags=flags):
                done = run(BENCH_COUNTERS, *flags, env=env)
                self.assert_one_line_refusal(done, "unavailable here", "rseq")


class Quotas(World):
    """A control group that grants a fifth of a CPU, and is used up in every trial."""

    def group(self):
        for top, quota in ((pathlib.Path("/sys/fs/cgroup/cpu"), ("cpu.cfs_quota_us", "20000")),
                           (pathlib.Path("/sys/fs/cgroup/cpu,cpuacct"), ("cpu.cfs_quota_us", "20000")),
                           (pathlib.Path("/sys/fs/cgroup"), ("cpu.max", "20000 100000"))):
            folder = top / f"handoff-test-{os.getpid()}"
            try:
                folder.mkdir()
            except OSError:
                continue
            self.addCleanup(folder.rmdir)
            try:
                (folder / quota[0]).write_text(quota[1])
            except OSError:
                continue
            return folder
        self.skipTest("no control group with a CPU quota can be made here")

    def test_throttled_trials_are_flagged_and_the_quota_is_stated(self):
        group = self.group()
        # So long that each uses up the quota of several periods of 100 ms.
        sweep = self.real_sweep(repetitions=2, min_time_seconds=0.1)
        done = self.shell('echo $$ >"$1/cgroup.procs" && shift && exec "$@"', group, HANDOFF, "run", sweep, "--quiet",
                          "--out", self.folder / "out")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        results = self.complete_results()
        self.assertAlmostEqual(results["context"]["handoff"]["cpu_quota"], 0.2)
        self.assertEqual(len(results["benchmarks"]), 4)
        for row in results["benchmarks"]:
            self.assertGreater(row["throttled_periods"], 0)
            self.assertIn("throttled", row["flags"])
            self.assertFalse(row["counted"])


class Clocks(World):
    def run_at(self, wall, leap=0):
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        env = {**os.environ, "LD_PRELOAD": str(BUILD / "world" / "odd_clock.so"), "ODD_CLOCK": str(wall),
               "ODD_CLOCK_LEAP": str(leap)}
        done = run(HANDOFF, *self.arguments(), env=env, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.complete_results()
        return env

    def test_a_run_at_any_time(self):
        for name, wall in (("1970", 0), ("the end of 32 bits", 2**31 - 2), ("after it", 2**31 + 1000),
                           ("the end of 33 bits", 2**32 - 2), ("far", 250_000_000_000)):
            with self.subTest(wall=name):
                self.run_at(wall)

    def test_a_clock_that_leaps(self):
        for leap in (7200, -7200):
            with self.subTest(leap=leap):
                self.run_at(1_900_000_000, leap)

    def test_doctor_and_real_trials_at_the_end_of_32_bits(self):
        env = {**os.environ, "LD_PRELOAD": str(BUILD / "world" / "odd_clock.so"), "ODD_CLOCK": str(2**31 - 2)}
        done = run(HANDOFF, "doctor", "--seconds", "0.2", env=env, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = run(HANDOFF, "run", self.real_sweep(repetitions=1), "--out", self.folder / "out", "--env", "LD_PRELOAD",
                   "--env", "ODD_CLOCK", env=env, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)


class Starved(World):
    def test_a_trial_in_which_nothing_was_done_is_run_again(self):
        nothing = {"impl": "a", "value": 1.0, "does": "nothing"}
        done = run(HANDOFF, *self.arguments({**nothing, "below_seconds": 0.003}))
        self.assertEqual(done.returncode, 0, done.stdout)
        rows = self.complete_results()["benchmarks"]
        self.assertEqual([row["starved"] for row in rows], [2] * 4, "1 ms, 2 ms, and 4 ms suffice")
        self.assertTrue(all("starved" in row["flags"] for row in rows))

    def test_and_not_for_ever(self):
        done = run(HANDOFF, *self.arguments({"impl": "a", "value": 1.0, "does": "nothing"}, repetitions=1))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("nothing was done in the time", done.stdout)


class Sweeps(World):
    def list(self, sweep, **how):
        path = self.folder / "sweep.json"
        path.write_text(sweep if isinstance(sweep, str) else json.dumps(sweep))
        return run(HANDOFF, "list", path, **how), run(BENCH_COUNTERS, f"--sweep={path}", "--list_points", **how)

    def test_a_product_beyond_reason_is_counted_and_refused(self):
        limit = 1 << 30  # of memory
        many = {"family": "counters", "workload": ["contended_add"], "impl": ["fetch_add_counter"],
                "threads": list(range(1, 1025)), "work_ns": list(range(0, 1000))}
        for done in self.list({"name": "s", "blocks": [many]},
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))):
            self.assert_one_line_refusal(done, "1024000 points", "blocks[0]")

    def test_many_points_are_listed(self):
        many = {"family": "counters", "workload": ["contended_add"], "impl": ["fetch_add_counter"],
                "threads": list(range(1, 41)), "work_ns": list(range(0, 500))}
        listed, answered = self.list({"name": "s", "blocks": [many]})
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertEqual(len(json.loads(answered.stdout)["points"]), 20_000)

    def test_a_sweep_that_comes_through_a_pipe(self):
        done = self.shell('"$1" list <(cat "$2")', HANDOFF, self.real_sweep())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, run(HANDOFF, "list", self.real_sweep()).stdout)
        bad = self.real_sweep(blocks=[{"family": "counters", "impl": ["nonsense"]}])
        self.assert_one_line_refusal(self.shell('"$1" list <(cat "$2")', HANDOFF, bad), "nonsense (/dev/fd/",
                                     "blocks[0]")

    def test_brackets_without_end(self):
        for where in ('{"name": %s, "blocks": []}', '{"name": "s", "blocks": %s}', "%s"):
            for done in self.list(where % ("[" * 100_000 + "]" * 100_000)):
                self.assert_one_line_refusal(done, "nested deeper than")


if __name__ == "__main__":
    unittest.main()
