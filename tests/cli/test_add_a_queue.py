"""CONTRIBUTING's recipe, followed to the letter: its header and its line make a queue that is measured and tested."""

import re
import shutil

from cli.support import HANDOFF, ROOT, CommandTest, run


class AddAQueue(CommandTest):
    def test_a_line_rewrites_no_unit_but_its_own(self):
        lines = (ROOT / "impls" / "catalog.hpp").read_text().splitlines()
        catalog = self.folder / "catalog.hpp"
        catalog.write_text("\n".join(lines) + "\n")
        build = self.folder / "build"
        configure = ["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                     f"-DHANDOFF_CATALOG={catalog}"]

        def generated():
            done = run(*configure, timeout=120)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return {path.relative_to(build / "generated"): path.read_text()
                    for path in (build / "generated").rglob("*.cpp")}
        before = generated()
        first = next(i for i, line in enumerate(lines) if line.startswith("HANDOFF_QUEUE("))
        lines.insert(first, 'HANDOFF_QUEUE(new_ring, "queues/lamport_ring.hpp")')
        catalog.write_text("\n".join(lines) + "\n")
        after = generated()
        changed = {str(path) for path, text in after.items() if before.get(path) != text}
        own = {path for path in changed if "/new_ring" in path}
        self.assertEqual(changed - own, {"bench_queues/ranks.cpp"})
        self.assertGreaterEqual(len(own), 3)

    def test_one_header_and_one_line(self):
        text = (ROOT / "CONTRIBUTING.md").read_text()
        header = re.search(r"```cpp\n// impls/(queues/\w+\.hpp)\n(.*?)```", text, re.S)
        line = re.search(r"^    (HANDOFF_QUEUE\((\w+), \"(queues/\w+\.hpp)\"\))$", text, re.M)
        self.assertIsNotNone(header, "CONTRIBUTING shows a header")
        self.assertIsNotNone(line, "CONTRIBUTING shows a catalog line")
        self.assertEqual(header[1], line[3])
        name = line[2]

        # the project, with the header added and the line as the only implementation, so that the build is short
        copy = self.folder / "project"
        shutil.copytree(ROOT, copy, ignore=lambda folder, names: set(names) & (
            {"build", ".git", "results", "__pycache__"} if str(folder) == str(ROOT) else {"__pycache__"}))
        shutil.copytree(ROOT / "results", copy / "results", ignore=lambda _, names: set(names) - {"schema.json"})
        (copy / "impls" / header[1]).write_text(header[2])
        catalog = (copy / "impls" / "catalog.hpp").read_text()
        kept = [entry for entry in catalog.splitlines()
                if not entry.startswith("HANDOFF_") or entry.startswith("HANDOFF_WAIT(")]
        (copy / "impls" / "catalog.hpp").write_text("\n".join(kept) + "\n" + line[1] + "\n")

        build = self.folder / "build"
        # the controls need queues of their own headers, which are still there; those of libraries are left out
        done = run("cmake", "-S", copy, "--preset", "release", "-B", build,
                   "-DHANDOFF_WITHOUT=Boost;atomic_queue;concurrentqueue;readerwriterqueue;xenium",
                   # that it builds and passes is the question, not how fast it is
                   "-DCMAKE_CXX_FLAGS_RELEASE=-O0 -DNDEBUG",
                   timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = run("cmake", "--build", build, "--target", "bench_queues", f"check_{name}", timeout=500)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])

        done = run(build / "check" / f"check_{name}", timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        for suite in ("QueueConformance", "QueueStress"):
            self.assertIn(f"{name}/{suite}", done.stdout)

        out = self.folder / "out"
        done = run(HANDOFF, "run", self.sweep(repetitions=1, blocks=[
            {"family": "queues", "workload": ["transfer", "round_trip"], "impl": [name], "wait": ["yield", "park"]}]),
            "--binaries", build / "bin", "--out", out)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # Not that it is ranked: on a busy machine all of its trials may be flagged.
        rows = self.results(out)["benchmarks"]
        self.assertEqual({row["point"]["impl"] for row in rows}, {name})
        self.assertEqual({row["status"] for row in rows}, {"ok"})
