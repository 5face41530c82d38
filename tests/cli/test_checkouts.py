"""Libraries that no Debian package has, or an old one: built from checkouts that the user names (docs/adapted.md)."""

import json
import os
import pathlib
import re
import unittest

from cli.support import BUILD, HANDOFF, ROOT, CommandTest, run

CMAKE = (ROOT / "cmake" / "Needs.cmake").read_text()
NEEDS = re.findall(r"^handoff_need\((\w+) CHECKOUT (\S+) ", CMAKE, re.M)
#: need -> the option that names its checkout
OPTIONS = {need: f"HANDOFF_WITH_{need.upper()}" for need, _ in NEEDS}
#: needs that are found in an installation, since they have libraries of their own
INSTALLED = re.findall(r"^handoff_need\((\w+) CHECKOUT [^)]* LIBRARIES ", CMAKE, re.M)
OPTIONS.update(re.findall(r"^handoff_need\((\w+) CHECKOUT \S+ OPTION (\w+)", CMAKE, re.M))
#: name, header and need of the catalog's lines that need a checkout
CATALOG = (ROOT / "impls" / "catalog.hpp").read_text()
LINES = [line for line in re.findall(r'^HANDOFF_[A-Z]+\((\w+), "([^"]+)", (\w+)\)', CATALOG, re.M)
         if line[2] in dict(NEEDS)]
FAMILIES = ("queues", "pools")

#: A queue with the operations that the adaptor of rigtorp's calls, and nothing of his.
MADE_UP = """
#pragma once
#include <cstddef>
#include <deque>
#include <utility>
namespace rigtorp {
template <class T>
class SPSCQueue {
public:
    explicit SPSCQueue(std::size_t capacity) : capacity_(capacity) {}
    std::size_t capacity() const { return capacity_; }
    bool try_push(T&& value) {
        const bool room = items_.size() < capacity_;
        if (room) { items_.push_back(std::move(value)); }
        return room;
    }
    T* front() { return items_.empty() ? nullptr : &items_.front(); }
    void pop() { items_.pop_front(); }
private:
    std::size_t capacity_;
    std::deque<T> items_;
};
}  // namespace rigtorp
"""

#: As a project with an installed Handoff has it: only what is adapted is searched.
PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
set(HANDOFF_ADAPTED_ONLY ON)
include({root}/cmake/Needs.cmake)
get_property(checkouts GLOBAL PROPERTY HANDOFF_CHECKOUTS)
message(STATUS "checkouts: ${{checkouts}}")
{more}
"""

USER = """
#include "queues/third_party/rigtorp_spsc_queue.hpp"
int main() {
    handoff::impls::rigtorp_spsc_queue<int> queue(2);
    int out = 0;
    const bool pushed = queue.try_push(7) && queue.try_push(8) && !queue.try_push(9);
    return pushed && queue.try_pop(out) && out == 7 && queue.capacity() == 2 ? 0 : 1;
}
"""


def entries(family, key):
    return json.loads(run(BUILD / "bin" / f"bench_{family}", "--list_points").stdout).get(key, [])


class Listings(CommandTest):
    def unasked(self):
        found = [entry for family in FAMILIES for entry in entries(family, "not_built") if "option" in entry]
        if not found:
            self.skipTest("this build has all checkouts")
        return found

    def test_each_line_is_built_or_names_the_option(self):
        unasked = {entry["impl"]: entry for entry in self.unasked()}
        self.assertGreater(len(LINES), 10)
        for name, _, need in LINES:
            if name in unasked:
                option = OPTIONS[need]
                self.assertEqual(unasked[name]["option"], option)
                self.assertEqual(unasked[name]["reason"],
                                 f"{need} not found: -D{option}=<{'installation' if need in INSTALLED else 'checkout'} "
                                 f"of {dict(NEEDS)[need]}>")

    def test_they_are_one_group_and_no_line_for_each(self):
        first = self.unasked()[0]
        of_family = [entry for entry in self.unasked() if entry["family"] == first["family"]]
        there = entries(first["family"], "points")[0]["point"]
        sweep = self.sweep(repetitions=1, blocks=[{"family": first["family"], "workload": [there["workload"]],
                                                   "impl": [there["impl"]]}])
        listed = run(HANDOFF, "list", sweep)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        lines = listed.stdout.splitlines()
        heads = [i for i, line in enumerate(lines) if line.startswith("not asked for")]
        self.assertEqual(len(heads), 1, listed.stdout)
        group = lines[heads[0] + 1:heads[0] + 1 + len({entry["option"] for entry in of_family})]
        for entry in of_family:
            self.assertTrue(any(line.startswith(f"  -D{entry['option']}=FOLDER: ") and entry["impl"] in line
                                for line in group), (entry, group))
            self.assertNotIn(f"not built: {entry['family']} {entry['impl']}", listed.stdout)

    def test_a_flag_that_names_one_is_told_the_option(self):
        one = self.unasked()[0]
        self.assert_one_line_refusal(run(BUILD / "bin" / f"bench_{one['family']}", f"--impl={one['impl']}"),
                                     f"impl {one['impl']} (--impl): not built: ", one["option"])

    def test_adaptors_say_whose_library_it_is(self):
        said = 0
        for family in (*FAMILIES, "fork_join", "locks"):
            for entry in entries(family, "adapted"):
                self.assertEqual(entry["family"], family)
                self.assertEqual(entry["adapted_by"], "Handoff")
                self.assertFalse(entry["reviewed_by_author"], "state in docs/adapted.md who has reviewed it")
                self.assertRegex(entry["tested_version"], r"\d")
                said += 1
            ours = {entry["impl"] for entry in entries(family, "adapted")}
            self.assertFalse(ours & {"vyukov_ring", "locked_pool", "std_mutex"})
        if not said:
            self.skipTest("this build has no adaptor")


class Checkouts(CommandTest):
    def configure(self, *flags, more=""):
        source = self.folder / "user"
        source.mkdir(exist_ok=True)
        (source / "CMakeLists.txt").write_text(PROJECT.format(root=ROOT, more=more))
        (source / "user.cpp").write_text(USER)
        # none of the others is looked for: that takes a while
        return run("cmake", "-S", source, "-B", self.folder / "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                   "-DHANDOFF_WITHOUT=oneTBB;Boost;OpenMP;GLib;rvaser;concurrentqueue;readerwriterqueue", *flags)

    def made_up(self):
        checkout = self.folder / "checkout"
        (checkout / "include" / "rigtorp").mkdir(parents=True)
        (checkout / "include" / "rigtorp" / "SPSCQueue.h").write_text(MADE_UP)
        (checkout / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.5)\nproject(SPSCQueue VERSION 1.7 LANGUAGES CXX)\n")
        return checkout

    def test_a_made_up_checkout_is_built(self):
        checkout = self.made_up()
        done = self.configure(f"-DHANDOFF_WITH_RIGTORP_SPSC={checkout}",
                              more="add_executable(user user.cpp)\n"
                                   f"target_include_directories(user PRIVATE {ROOT}/impls)\n"
                                   "target_link_libraries(user PRIVATE handoff_need_rigtorp_spsc)\n")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"checkouts: github.com/rigtorp/SPSCQueue={checkout}", done.stdout)
        built = run("cmake", "--build", self.folder / "build")
        self.assertEqual(built.returncode, 0, built.stdout)
        self.assertEqual(run(self.folder / "build" / "user").returncode, 0)

    def test_a_wrong_folder_is_refused_with_what_is_missing(self):
        (self.folder / "empty").mkdir()
        done = self.configure(f"-DHANDOFF_WITH_RIGTORP_SPSC={self.folder / 'empty'}")
        self.assertNotEqual(done.returncode, 0)
        words = " ".join(done.stderr.split())
        self.assertIn(f"HANDOFF_WITH_RIGTORP_SPSC={self.folder / 'empty'}: no rigtorp/SPSCQueue.h in it "
                      "(looked in include/):", words)
        self.assertIn("give the folder of a checkout of github.com/rigtorp/SPSCQueue, or leave the option out", words)

    def test_an_installation_has_its_libraries_in_it(self):
        """Those of a made-up DPDK: an archive with nothing in it is a library, too."""
        there = self.folder / "there"
        (there / "include").mkdir(parents=True)
        for header in ("rte_ring.h", "rte_config.h"):
            (there / "include" / header).write_text("#pragma once\n")
        done = self.configure(f"-DHANDOFF_WITH_DPDK={there}")
        self.assertNotEqual(done.returncode, 0)
        words = " ".join(done.stderr.split())
        self.assertIn(f"HANDOFF_WITH_DPDK={there}: no library rte_ring in it (looked in lib/, lib64/): "
                      "give the folder of an installation of github.com/DPDK/dpdk, or leave the option out", words)
        (there / "lib" / "pkgconfig").mkdir(parents=True)
        for library in ("ring", "eal", "telemetry", "kvargs"):
            (there / "lib" / f"librte_{library}.a").write_bytes(b"!<arch>\n")
        (there / "lib" / "pkgconfig" / "libdpdk.pc").write_text("Name: DPDK\nVersion: 22.11.11\n")
        asked = 'get_target_property(linked handoff_need_dpdk INTERFACE_LINK_LIBRARIES)\nmessage(STATUS "${linked}")\n'
        done = self.configure(f"-DHANDOFF_WITH_DPDK={there}", more=asked)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{there}/lib/librte_ring.a;{there}/lib/librte_eal.a", done.stdout)
        self.assertEqual(self.version(there, "github.com/DPDK/dpdk"), "22.11.11")

    def test_a_checkout_is_taken_before_the_package(self):
        checkout = self.folder / "checkout"
        (checkout / "xenium").mkdir(parents=True)
        for header in ("vyukov_bounded_queue.hpp", "nikolaev_bounded_queue.hpp"):
            (checkout / "xenium" / header).write_text("#pragma once\n")
        done = self.configure(f"-DHANDOFF_WITH_XENIUM={checkout}",
                              more='message(STATUS "unused: ${HANDOFF_UNUSED_PACKAGES}")\n')
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"github.com/mpoeter/xenium={checkout}", done.stdout)
        self.assertNotIn("xenium=package:", done.stdout)
        self.assertEqual(done.stdout.count("github.com/mpoeter/xenium="), 1, "one folder for two needs")
        self.assertIn("unused: libxenium-dev", done.stdout)

    def test_without_a_checkout_it_is_the_package_or_the_package_is_named(self):
        done = self.configure(more='message(STATUS "missing: ${HANDOFF_MISSING_xenium}.")\n')
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        if "github.com/mpoeter/xenium=package:libxenium-dev" in done.stdout:
            self.assertIn("missing: .", done.stdout)
        else:
            self.assertIn("missing: xenium not found (Debian: libxenium-dev).", done.stdout)

    def version(self, checkout, page="example.org/one"):
        out = self.folder / "build_info.cpp"
        run("cmake", "-DVERSION=1", f"-DSOURCE={ROOT}", f"-DPACKAGES={os.devnull}",
            f"-DTEMPLATE={ROOT}/harness/machine/build_info.cpp.in", f"-DOUTPUT={out}", "-DCOMPILER=c", "-DFLAGS=f",
            "-DBUILD_TYPE=Release", "-DSANITIZER=", "-DMISSING=", f"-DCHECKOUTS={page}={checkout}",
            "-P", ROOT / "cmake" / "BuildInfo.cmake")
        return re.search(rf'\{{"{page}", "([^"]*)"\}}', out.read_text())[1]

    def test_the_version_is_the_commits_or_the_stated_one(self):
        checkout = self.made_up()
        self.assertEqual(self.version(checkout), "1.7")
        git = ["git", "-C", checkout, "-c", "user.name=n", "-c", "user.email=e"]
        run(*git, "init", "-q")
        run(*git, "add", ".")
        run(*git, "commit", "-q", "-m", "m")
        run(*git, "tag", "v1.8")
        self.assertEqual(self.version(checkout), "v1.8")
        (checkout / "CMakeLists.txt").write_text("")
        self.assertEqual(self.version(checkout), "v1.8-dirty")
        self.assertEqual(self.version(self.folder), "unknown")
        self.assertEqual(self.version("package:no-such-package"), "unknown")
        if run("dpkg-query", "-W", "cmake").returncode == 0:
            self.assertRegex(self.version("package:cmake"), r"^\S*\d\S* of cmake$")

    def test_adaptors_compile_with_the_checkouts_there_are(self):
        if "HANDOFF_CHECKOUTS" not in os.environ:
            self.skipTest("needs HANDOFF_CHECKOUTS=FOLDER, with checkouts named as in cmake/Needs.cmake")
        folder = pathlib.Path(os.environ["HANDOFF_CHECKOUTS"]).resolve()
        folders = {need: folder / OPTIONS[need].removeprefix("HANDOFF_WITH_").lower() for need, _ in NEEDS}
        there = {need: path for need, path in folders.items() if path.is_dir()}
        self.assertTrue(there, f"{folder} has none of {[need for need, _ in NEEDS]}")
        headers = [header for _, header, need in LINES if need in there]
        units = "".join(f'file(WRITE ${{CMAKE_BINARY_DIR}}/{i}.cpp "#include \\"{header}\\"\\n")\n'
                        for i, header in enumerate(headers))
        sources = " ".join(f"${{CMAKE_BINARY_DIR}}/{i}.cpp" for i in range(len(headers)))
        units += f"add_library(adaptors OBJECT {sources})\n"
        units += f"target_include_directories(adaptors PRIVATE {ROOT}/impls)\n"
        # of this target alone: CMake's own check of the compiler has to link
        units += "target_compile_options(adaptors PRIVATE -fsyntax-only -Wall -Wextra -Wpedantic -Werror)\n"
        units += "".join(f"target_link_libraries(adaptors PRIVATE handoff_need_{need})\n" for need in there)
        done = self.configure(*(f"-D{OPTIONS[need]}={path}" for need, path in there.items()),
                              more=units)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        built = run("cmake", "--build", self.folder / "build", "--target", "adaptors", timeout=600)
        self.assertEqual(built.returncode, 0, built.stdout[-4000:])


class Page(unittest.TestCase):
    def test_it_has_every_adaptor_with_its_version(self):
        page = (ROOT / "docs" / "adapted.md").read_text()
        for name, header, need in LINES:
            text = (ROOT / "impls" / header).read_text()
            version = re.search(r'\.version = "([^"]+)"', text)[1]
            self.assertIn(f'.source = "{dict(NEEDS)[need]}"', " ".join(text.split()), header)
            row = re.search(rf"^\| `{name}` \|.*$", page, re.M)
            self.assertTrue(row, f"docs/adapted.md has no row of {name}")
            self.assertIn(version, row[0])
            self.assertIn(f"`{OPTIONS[need]}`", page)
            self.assertIn(dict(NEEDS)[need], page)


if __name__ == "__main__":
    unittest.main()
