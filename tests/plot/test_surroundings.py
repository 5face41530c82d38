"""The world around the command: the user's matplotlib, streams, pipes, disks, and files that stand in the way."""

import json
import os
import re
import resource
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from synthetic import PAIR, PLOT, ResultFile

import plot
from handoff_plot.draw.picture import Folder

RC = """
text.usetex: True
axes.grid: True
font.size: 31
figure.facecolor: red
savefig.bbox: tight
lines.antialiased: False
path.simplify: False
svg.fonttype: path
"""


def small(family: str = "queues", impl: str = "ring") -> ResultFile:
    """A file with two charts: throughput and capacity."""
    file = ResultFile()
    for capacity in (16, 256):
        file.point(impl, "yield", PAIR, capacity=capacity, family=family).rates(10.0, 12.0, 11.0)
    return file


class WorldTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file = small().write(self.folder)

    def run_plot(self, *arguments: object, env: dict[str, str] | None = None, **how: object):
        """plot.py as a process of its own."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("MPL", "MATPLOT"))}
        how = {"capture_output": True, "text": True, "check": False, **how}
        return subprocess.run(["/usr/bin/python3", str(PLOT), *map(str, arguments)],
                              env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})}, **how)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Settings(WorldTest):
    def test_no_setting_of_the_user_changes_a_byte(self) -> None:
        """Nor ends the command: a matplotlibrc here or at home, backends that are gone, folders that are not there."""
        self.assertEqual(self.run_plot(self.file, "--out", self.folder / "plain").returncode, 0)
        expected = bytes_of(self.folder / "plain")
        self.assertEqual(len(expected), 6)
        here, home = self.folder / "here", self.folder / "home"
        style = home / ".config" / "matplotlib" / "stylelib"
        for where in (here, style):
            where.mkdir(parents=True)
        for where in (here, style.parent):
            (where / "matplotlibrc").write_text(RC)
        (style / "mine.mplstyle").write_bytes(b"\xff\xfe axes.grid: maybe\n")
        bad = self.folder / "bad"
        bad.mkdir()
        (bad / "matplotlibrc").write_bytes(b"\xff\xfe\x00")
        worlds = {
            "rc here": (here, {}),
            "rc at home": (self.folder, {"HOME": str(home), "XDG_CONFIG_HOME": ""}),
            "rc by name": (self.folder, {"MATPLOTLIBRC": str(here / "matplotlibrc")}),
            "rc that is no text": (bad, {"MPLCONFIGDIR": str(bad)}),
            "backend": (self.folder, {"MPLBACKEND": "Qt4Agg"}),
            "no folders": (self.folder, {"MPLCONFIGDIR": "/proc/none", "TMPDIR": "/nonexistent"}),
        }
        for name, (cwd, env) in worlds.items():
            with self.subTest(name):
                answer = self.run_plot(self.file, "--out", self.folder / name, cwd=cwd, env=env)
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))
                self.assertEqual(bytes_of(self.folder / name), expected)

    def test_a_working_folder_that_is_gone(self) -> None:
        gone = self.folder / "gone"
        gone.mkdir()
        answer = subprocess.run(["/bin/sh", "-c", 'rmdir "$1" && exec /usr/bin/python3 "$2" "$3" --out "$4"', "sh",
                                 str(gone), str(PLOT), str(self.file), str(self.folder / "out")],
                                cwd=gone, capture_output=True, text=True, check=False)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))


class Streams(WorldTest):
    def all_drawn(self, out: Path) -> None:
        self.assertEqual(sorted(path.name for path in out.iterdir()),
                         ["capacity.png", "capacity.svg", "throughput.png", "throughput.svg",
                          "throughput_capacity256.png", "throughput_capacity256.svg"])

    def test_a_reader_that_has_had_enough_hears_no_more_and_stops_nothing(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        out = self.folder / "out"
        answer = self.run_plot(self.file, "--out", out, capture_output=False, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        self.assertIn(answer.returncode, (0, 141))
        self.assertEqual(answer.stderr, "")
        self.all_drawn(out)

    def test_output_that_cannot_be_written_is_an_error(self) -> None:
        out = self.folder / "out"
        with open("/dev/full", "wb") as full:
            answer = self.run_plot(self.file, "--out", out, capture_output=False, stdout=full, stderr=subprocess.PIPE)
        self.assertEqual((answer.returncode, answer.stderr),
                         (1, "plot.py: standard output: No space left on device\n"))
        self.all_drawn(out)

    def test_closed_streams(self) -> None:
        for closed in (">&-", "2>&-", ">&- 2>&- <&-"):
            out = self.folder / re.sub(r"\W", "_", closed)
            code = subprocess.run(["/bin/sh", "-c", f'/usr/bin/python3 "$1" "$2" --out "$3" {closed}', "sh", str(PLOT),
                                   str(self.file), str(out)], check=False, stdout=subprocess.DEVNULL).returncode
            self.assertEqual(code, 0)
            self.all_drawn(out)

    def test_a_terminal_of_another_encoding(self) -> None:
        file = small(impl="ring")
        file.point("队列", "yield", PAIR, workload="unheard_of").rates(1)
        self.file.write_text(json.dumps(file.document()))
        answer = self.run_plot(self.file, env={"PYTHONIOENCODING": "ascii"})
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("\\u961f\\u5217", answer.stdout)

    def test_a_pipe_is_read_once_and_pictures_go_to_the_working_folder(self) -> None:
        for made in (self.file.read_bytes(), b"\xef\xbb\xbf" + self.file.read_bytes()):
            reading, writing = os.pipe()
            feeder = subprocess.Popen(["/bin/cat", "-"], stdin=subprocess.PIPE, stdout=writing)
            os.close(writing)
            out = self.folder / f"out{len(made)}"
            out.mkdir()
            feeder.stdin.write(made)  # smaller than a pipe holds
            feeder.stdin.close()
            answer = self.run_plot(f"/dev/fd/{reading}", cwd=out, pass_fds=(reading,))
            os.close(reading)
            feeder.wait()
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.all_drawn(out)

    def test_utf_16_is_called_by_its_name(self) -> None:
        self.file.write_bytes(self.file.read_text().encode("utf-16"))
        answer = self.run_plot(self.file)
        self.assertEqual((answer.returncode, answer.stderr.count("\n")), (2, 1))
        self.assertIn("UTF-16", answer.stderr)

    def test_help_says_the_exit_codes(self) -> None:
        answer = self.run_plot("--help")
        self.assertEqual(answer.returncode, 0)
        for word in ("Exit codes", "nothing to draw", "could not be written", "usage"):
            self.assertIn(word, answer.stdout)
        with open("/dev/full", "wb") as full:
            answer = self.run_plot("--help", capture_output=False, stdout=full, stderr=subprocess.PIPE)
        self.assertEqual((answer.returncode, answer.stderr),
                         (1, "plot.py: standard output: No space left on device\n"))


class Files(WorldTest):
    def test_a_full_disk_leaves_no_part_of_a_picture(self) -> None:
        out = self.folder / "out"
        for most in (20_000, 70_000):  # the limit of a file's size stands for it: PNGs are larger than the first
            answer = self.run_plot(self.file, "--out", out, preexec_fn=lambda size=most: resource.setrlimit(
                resource.RLIMIT_FSIZE, (size, size)))
            self.assertEqual((answer.returncode, answer.stderr.count("\n")), (1, 1), answer.stderr)
            self.assertRegex(answer.stderr, r"plot\.py: .*out/throughput\.\w+: File too large")
            for path in out.iterdir():
                self.assertIn(path.suffix, (".png", ".svg"), "nothing else is left")
                self.assertLess(path.stat().st_size, most)
                if path.suffix == ".svg":
                    xml.parse(path)

    def test_a_link_is_replaced_and_not_followed(self) -> None:
        outside, out = self.folder / "outside.svg", self.folder / "out"
        outside.write_text("mine")
        out.mkdir()
        (out / "throughput.svg").symlink_to(outside)
        self.assertEqual(plot.main([str(self.file), "--out", str(out)]), 0)
        self.assertEqual(outside.read_text(), "mine")
        self.assertFalse((out / "throughput.svg").is_symlink())

    def test_a_folder_in_a_pictures_place_is_named(self) -> None:
        (self.folder / "out" / "throughput.png").mkdir(parents=True)
        answer = self.run_plot(self.file, "--out", self.folder / "out")
        self.assertEqual((answer.returncode, answer.stderr.count("\n")), (1, 1))
        self.assertIn("throughput.png: Is a directory", answer.stderr)

    def test_names_in_the_file_make_no_paths(self) -> None:
        out = self.folder / "deep" / "out"
        out.mkdir(parents=True)
        (out / "limit_share_x").mkdir()
        before = sorted(self.folder.rglob("*"))
        file = small(family="x/../../escaped")
        for row in file.rows:
            row.update(limit_ns=10.0, limit_share=0.5, limit_by="../../../kernel")
        document = file.document()
        (self.folder / "some.json").write_text(json.dumps(document))
        self.assertEqual(plot.main([str(self.folder / "some.json"), "--out", str(out)]), 0)
        made = [path for path in self.folder.rglob("*") if path not in before and path.name != "some.json"]
        self.assertEqual(sorted(path.name for path in made), ["limit_share_x_escaped.png", "limit_share_x_escaped.svg"])
        self.assertEqual({path.parent for path in made}, {out})

    def test_names_of_files_are_plain_and_each_has_its_own(self) -> None:
        folder = Folder(self.folder)
        names = [folder.name_for(name) for name in ("limit_share_a/b", "limit_share_a b", "Limit_share_A_b", "ratios",
                                                    "ratios_2", "ratios", "..", "/", "队列", "x" * 300, "x" * 301)]
        self.assertEqual(names[:8], ["limit_share_a_b", "limit_share_a_b_2", "Limit_share_A_b_3", "ratios", "ratios_2",
                                     "ratios_3", "picture", "picture_2"])
        self.assertEqual(len({name.lower() for name in names}), len(names))
        for name in names:
            self.assertRegex(name, r"^[A-Za-z0-9_]{1,104}$")


if __name__ == "__main__":
    unittest.main()
