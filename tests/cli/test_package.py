"""What `cmake --install` installs, as a library's author uses it: each header alone, the example repository built from
a copy outside of the tree, and Handoff as a part of another project."""

import concurrent.futures
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from cli.support import BUILD, ROOT, CommandTest, run

EXAMPLE = ROOT / "examples" / "your-queue"

#: headers that need exceptions, and so do those that include them
NEED_EXCEPTIONS = {
    "buses/async_bus.hpp": "catches what handlers throw",
    "buses/detail/own_workers.hpp": "catches what says that the system has no thread left",
    "buses/mutex_bus.hpp": "catches what handlers throw",
    "buses/pool_bus.hpp": "catches what handlers throw",
    "buses/snapshot_bus.hpp": "catches what handlers throw",
    "buses/third_party/sigc_bus.hpp": "catches what handlers throw",
    "buses/third_party/signals2_bus.hpp": "catches what handlers throw",
    "buses/third_party/zmq_bus.hpp": "catches what handlers throw",
    "async/detail/outcome.hpp": "keeps what a step throws",
    "async/third_party/asio_awaitable.hpp": "Boost.Asio throws",
    "async/third_party/boost_fiber_future.hpp": "Boost.Fiber throws",
    "async/third_party/boost_coroutine2.hpp": "Boost.Coroutine2 throws",
    "async/third_party/boost_future.hpp": "Boost.Thread throws",
    "async/detail/blocking_steps.hpp": "passes on what a step throws",
    "async/std_promise_future.hpp": "passes on what a step throws",
    "channels/detail/named_wait.hpp": "throws where a channel has no strategy of that name",
    "channels/third_party/boost_fiber_channel.hpp": "Boost.Fiber throws",
    "channels/third_party/asio_channel.hpp": "Asio throws",
    "channels/third_party/nng_channel.hpp": "throws where the library has no socket or memory left",
    "detail/zmq.hpp": "throws where the library has no socket left",
    "detail/threads.hpp": "throws where the system has no thread left",
    "deques/split_deque.hpp": "throws where an index of 32 bits does not do",
    "locks/std_latch_barrier.hpp": "throws where more parties come than it was made for",
    "loops/detail/descriptor.hpp": "throws where the system has no descriptor left",
    "loops/third_party/asio_loop.hpp": "Boost.Asio throws",
    "loops/third_party/libev_loop.hpp": "throws where the library has no loop",
    "loops/third_party/libevent_loop.hpp": "throws where the library has no loop",
    "loops/third_party/libuv_loop.hpp": "throws where the library has no loop",
    "pools/detail/running.hpp": "passes what a task throws on to the pool's user",
    "pools/with_future.hpp": "passes what a task throws on to the future",
    "processors/detail/handling.hpp": "catches what handlers throw",
    "queues/multicast_ring.hpp": "throws where more consumers come than it was made for",
    "schedulers/serial_scheduler.hpp": "throws where it is asked for workers",
    "queues/third_party/tbb_bounded_queue.hpp": "catches what oneTBB throws to end a wait",
    "queues/third_party/boost_sync_bounded_queue.hpp": "catches what the library throws to end a wait",
    "locks/third_party/boost_interprocess_mutex.hpp": "Boost.Interprocess throws",
    "locks/third_party/boost_sharable_mutex.hpp": "Boost.Interprocess throws",
    "locks/third_party/boost_upgradable_mutex.hpp": "Boost.Interprocess throws",
}

WITHOUT = ["-fno-exceptions", "-fno-rtti"]


def configured(name):
    """A value of the build's cache, or None."""
    found = re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)
    return found and found[1]


@functools.cache
def installed():
    """The prefix that this build is installed in; it goes when the tests end."""
    prefix = tempfile.TemporaryDirectory(prefix="handoff-installed-")
    done = run("cmake", "--install", BUILD, "--prefix", prefix.name)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return prefix, pathlib.Path(prefix.name)


def prefix():
    return installed()[1]


class Headers(CommandTest):
    def setUp(self):
        super().setUp()
        self.root = prefix() / "include" / "handoff"
        self.names = sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*.hpp"))
        # where the adapted libraries' headers are, as the build found them
        folders = re.findall(r"^handoff_folder_of_\w+:PATH=(/.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)
        self.lines = re.findall(r'^HANDOFF_\w+\(\w+, "(.*?)"', (ROOT / "impls" / "catalog.hpp").read_text(), re.M)
        self.flags = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", str(prefix() / "include"),
                      *(word for folder in sorted(set(folders) - {"/usr/include"}) for word in ("-isystem", folder))]

    def includes(self, name):
        """The headers of ours that a header includes, however far away, and itself."""
        found, left = set(), [name]
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                folder = (self.root / name).parent
                for other in re.findall(r'^#include "(.*)"', (self.root / name).read_text(), re.M):
                    left.append(os.path.relpath((folder / other).resolve(), self.root.resolve()))
        return found

    def throws(self, name):
        return bool(self.includes(name) & set(NEED_EXCEPTIONS))

    def compile(self, compiler, throws, text):
        return subprocess.run([compiler, *self.flags, *([] if throws else WITHOUT), "-fsyntax-only", "-x", "c++", "-"],
                              input=text, capture_output=True, text=True, timeout=300)

    def if_there(self, name):
        """Includes a header where the libraries that it adapts are installed."""
        of_others = {other for own in self.includes(name)
                     for other in re.findall(r"^#include <(.*)>", (self.root / own).read_text(), re.M)
                     if not other.startswith("handoff_model/")}  # the model's, in its builds only
        there = " && ".join(f"__has_include(<{other}>)" for other in sorted(of_others)) or "1"
        # What OpenMP's scheduler has is known with -fopenmp only.
        return f"#if {there}\n#pragma GCC diagnostic ignored \"-Wunknown-pragmas\"\n#include <handoff/{name}>\n#endif\n"

    def test_each_header_alone(self):
        self.assertGreater(len(self.names), 100)
        self.assertNotIn("catalog.hpp", self.names, "a list, no header")
        # An adaptor's header stands first in its generated unit, where nothing is precompiled. These take longest to
        # read, and are left out.
        names = [name for name in self.names if name not in self.lines or "third_party" not in name]
        self.assertGreater(len(names), 80)

        def failure(name):
            done = self.compile("g++", self.throws(name), self.if_there(name))
            return f"{name}: {done.stderr[:2000]}" if done.returncode != 0 else None
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            self.assertEqual([], [said for said in pool.map(failure, names) if said])

    def test_all_headers_with_clang(self):
        # Not each alone: what one lacks of the standard library g++ has said, over the same library.
        if not shutil.which("clang++"):
            self.skipTest("clang++ is not installed")
        for throws in (False, True):
            names = [name for name in reversed(self.names) if self.throws(name) <= throws]
            # Asio and Boost.Asio have traits of the same names, outside of any namespace.
            apart = [name for name in names if "#include <asio/" in (self.root / name).read_text()]
            for some in ([name for name in names if name not in apart], apart):
                done = self.compile("clang++", throws, "".join(map(self.if_there, some)))
                self.assertEqual(done.returncode, 0, done.stderr[:4000])

    def test_what_needs_exceptions_says_so(self):
        for name, reason in NEED_EXCEPTIONS.items():
            words = re.search(r"\b(throw|catch)\b", re.sub(r"//.*", "", (self.root / name).read_text()))
            self.assertTrue(words or re.search("Boost|Asio", reason), f"{name} no longer needs exceptions: {reason}")


class Model(CommandTest):
    """What `handoff_add_tests(... MODEL)` compiles is installed."""
    def setUp(self):
        super().setUp()
        self.tests = prefix() / "share" / "handoff" / "tests"

    def test_its_engine(self):
        suite = (prefix() / "share" / "handoff" / "cmake" / "Suite.cmake").read_text()
        names = re.search(r"set\(engine \"\"\)\s+foreach\(file IN ITEMS (.*?)\)", suite)[1].split()
        self.assertIn("graph", names)
        self.assertEqual([], [name for name in names if not (self.tests / "model" / f"{name}.cpp").exists()])

    def test_programs_of_a_queue(self):
        unit = self.folder / "unit.cpp"
        unit.write_text("#include <handoff/queues/vyukov_ring.hpp>\n\n#include \"model/programs/queue.hpp\"\n"
                        "using namespace handoff;\n"
                        "static const model::registered all(\n"
                        "    model::queues::programs<impls::vyukov_ring<model::queues::item>>());\n")
        include = prefix() / "include"
        done = run("g++", "-std=c++20", "-fsyntax-only", "-DHANDOFF_MODEL",
                   *(word for folder in (include, include / "handoff", self.tests, self.tests / "model",
                                         self.tests / "model" / "include") for word in ("-I", folder)),
                   unit, self.tests / "model" / "programs" / "main.cpp")
        self.assertEqual(done.returncode, 0, done.stderr[:4000])


class YourQueue(CommandTest):
    def copy(self):
        """The example, outside of the tree."""
        copy = self.folder / "your-queue"
        shutil.copytree(EXAMPLE, copy)
        return copy

    def configure(self, source, *flags):
        launcher = configured("CMAKE_CXX_COMPILER_LAUNCHER")
        return run("cmake", "-S", source, "-B", self.folder / "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                   *([f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}"] if launcher else []), *flags)

    def test_the_example_builds_passes_its_tests_and_is_measured(self):
        copy = self.copy()
        # One wait and no optimisation: this is about whether it builds, and the library's own flags are kept.
        done = self.configure(copy, f"-DCMAKE_PREFIX_PATH={prefix()}", "-DRELAY_WAITS=yield",
                              "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror",
                              "-DCMAKE_CXX_FLAGS_RELEASE=-O0 -DNDEBUG")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        build = self.folder / "build"
        done = run("cmake", "--build", build, "--target", "relay_bench", "relay_tests", timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])

        done = run("ctest", "--test-dir", build, "-j2", timeout=200)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        for name in ("relay_ring", "relay_lanes", "relay_pipe"):
            self.assertIn(f"relay_tests.{name}.", done.stdout)
            for fault in ("loses_an_item", "repeats_an_item", "overtakes"):
                self.assertRegex(done.stdout, rf"relay_tests.planted.{name}.{fault} \.* +Passed")

        handoff = prefix() / "bin" / "handoff"
        done = run(handoff, "list", copy / "bench" / "sweep.json")
        self.assert_one_line_refusal(done, "name their folder with --binaries")
        out = self.folder / "out"
        sweep = json.loads((copy / "bench" / "sweep.json").read_text())
        self.assertEqual(["yield", "park"], sweep["blocks"][0]["wait"])
        for block in sweep["blocks"]:
            block["wait"] = ["yield"]
        (copy / "bench" / "sweep.json").write_text(json.dumps(sweep))
        done = run(handoff, "run", copy / "bench" / "sweep.json", "--binaries", build / "relay_bench", "--out", out,
                   "--repetitions", "1", "--min-time", "0.002", timeout=200)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        result = self.results(out)
        rows = result["benchmarks"]
        # The caller's first, then the peer; each in transfer and round_trip.
        self.assertEqual({"relay_ring", "relay_lanes", "relay_pipe", "vyukov_ring"},
                         {row["point"]["impl"] for row in rows})
        self.assertEqual({"transfer", "round_trip"}, {row["point"]["workload"] for row in rows})
        self.assertEqual({"ok"}, {row["status"] for row in rows})
        self.assertEqual(["relay_ring", "relay_lanes", "relay_pipe", "vyukov_ring"],
                         result["run"]["implementations"])
        self.assertIn("-O0", json.dumps(result["context"]), "the flags are those of the caller's binaries")

        done = run(handoff, "report", out / "results.json", "--out", self.folder / "report.html")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("relay_pipe", run(handoff, "list", copy / "bench" / "sweep.json",
                                        f"--binaries={build / 'relay_bench'}").stdout)

    def test_adaptors_are_short(self):
        text = (EXAMPLE / "bench" / "adaptors.hpp").read_text()
        adaptors = re.findall(r"^template <[\w:]+ T>\nstruct (\w+) \{\n(.*?)^\};$", text, re.M | re.S)
        self.assertEqual(["ring", "lanes", "pipe"], [name for name, _ in adaptors])
        for name, body in adaptors:
            self.assertLessEqual(3 + body.count("\n"), 15, f"lines of {name}")
        shown = re.search(r"```cpp\n(template .*?)```", (ROOT / "docs" / "bring-your-own.md").read_text(), re.S)
        self.assertIn(shown[1], text, "docs/bring-your-own.md shows the example's adaptor")

    def test_a_part_of_another_project_builds_and_installs_nothing_by_itself(self):
        source = self.folder / "source"
        source.mkdir()
        (source / "CMakeLists.txt").write_text(f"""
cmake_minimum_required(VERSION 3.25)
project(outer LANGUAGES CXX)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
add_subdirectory({ROOT} handoff)
get_directory_property(options COMPILE_OPTIONS)
set(output ${{CMAKE_RUNTIME_OUTPUT_DIRECTORY}})
message(STATUS "flags:${{CMAKE_CXX_FLAGS_RELEASE}}:${{options}}:${{CMAKE_CXX_STANDARD}}:${{output}}:")
add_executable(outer main.cpp)
target_link_libraries(outer PRIVATE Handoff::headers)
""")
        (source / "main.cpp").write_text("#include <handoff/queues/vyukov_ring.hpp>\n"
                                         "int main() { return handoff::impls::vyukov_ring<int>(2).capacity() != 2; }\n")
        done = self.configure(source)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("flags:-O2 -DNDEBUG::::", done.stdout)
        build = self.folder / "build"
        done = run("cmake", "--build", build, "-v")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("libhandoff", done.stdout)
        self.assertEqual(run(build / "outer").returncode, 0)
        done = run("cmake", "--install", build, "--prefix", self.folder / "nothing")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertFalse((self.folder / "nothing").exists())

    def test_a_sanitizer_sees_a_race_of_the_callers(self):
        source = self.folder / "source"
        source.mkdir()
        (source / "tally.hpp").write_text("""
#pragma once
#include <handoff/concepts/counters.hpp>
struct tally {
    static constexpr std::string_view name = "tally";
    static constexpr auto reading = handoff::impls::read_promise::linearizable;
    static constexpr auto progress = handoff::impls::progress_guarantee::wait_free;
    void add(std::uint64_t n) noexcept { count += n; }
    std::uint64_t read() const noexcept { return count; }
    std::uint64_t count = 0;
};
""")
        (source / "catalog.hpp").write_text('HANDOFF_COUNTER(tally, "tally.hpp", ::tally)\n')
        (source / "CMakeLists.txt").write_text("""
cmake_minimum_required(VERSION 3.25)
project(outer LANGUAGES CXX)
enable_testing()
find_package(Handoff 0.3 REQUIRED)
handoff_add_tests(tally_tests CATALOG catalog.hpp SANITIZE tsan)
""")
        done = self.configure(source, f"-DCMAKE_PREFIX_PATH={prefix()}")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        build = self.folder / "build"
        done = run("cmake", "--build", build, "--target", "tally_tests", timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        done = run("ctest", "--test-dir", build, "--output-on-failure", timeout=200)
        self.assertNotEqual(done.returncode, 0, done.stdout[-4000:])
        self.assertIn("WARNING: ThreadSanitizer: data race", done.stdout)
        self.assertIn("tally_tests.Catalog.tallyHasTheNameOfItsLine", done.stdout)

    def refused(self, call, catalog='HANDOFF_QUEUE(mine, "mine.hpp", acme::mine)\n', version="0.3"):
        source = self.folder / "source"
        source.mkdir(exist_ok=True)
        (source / "catalog.hpp").write_text(catalog)
        (source / "CMakeLists.txt").write_text(f"""
cmake_minimum_required(VERSION 3.25)
project(outer LANGUAGES CXX)
find_package(Handoff {version} REQUIRED)
{call}
""")
        done = self.configure(source, f"-DCMAKE_PREFIX_PATH={prefix()}")
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return re.sub(r"\s+", " ", done.stderr)

    def test_mistakes_are_named_with_what_is_legal(self):
        said = self.refused("handoff_add_benchmarks(b CATALOG catalog.hpp PEERS vyukow_ring)")
        self.assertIn("PEERS vyukow_ring: legal: lamport_ring, cached_ring, vyukov_ring", said)
        said = self.refused("handoff_add_tests(t CATALOG catalog.hpp WAITS nap)")
        self.assertIn("WAITS nap: legal: spin, yield", said)
        said = self.refused("handoff_add_tests(t CATALOG catalog.hpp SANITIZE msan)")
        self.assertIn("SANITIZE msan: legal: asan-ubsan, tsan", said)
        said = self.refused("handoff_add_tests(t CATALOG none.hpp)")
        self.assertIn("CATALOG none.hpp: no such file", said)
        said = self.refused("handoff_add_tests(t CATALOG catalog.hpp)", 'HANDOFF_QUEUE(vyukov_ring, "a.hpp", a::b)\n')
        self.assertIn("Handoff has a QUEUE vyukov_ring, too: take another name", said)
        said = self.refused("handoff_add_tests(t CATALOG catalog.hpp)", 'HANDOFF_QUEUE(mine, "a.hpp", b)\n')
        self.assertIn("mine needs b, which is not in cmake/Needs.cmake", said)
        said = self.refused("", version="0.2")
        self.assertIn("version: 0.3.0", said)
