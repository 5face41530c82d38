"""Colours that people with any colour vision can tell apart, and that stand out on white."""

import itertools
import json
import unittest

import numpy
import synthetic  # makes handoff_plot importable

from handoff_plot.draw.style import MARKERS, PALETTE, STROKES, Looks

# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB.
VISION = {
    "normal": numpy.eye(3),
    "protanopia": numpy.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                               [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": numpy.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                                 [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": numpy.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                               [0.004733, 0.691367, 0.303900]]),
}
# OKLab (Ottosson 2020). A distance of 0.02 is just noticeable between large patches.
LMS = numpy.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                   [0.0883024619, 0.2817188376, 0.6299787005]])
LAB = numpy.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                   [0.0259040371, 0.7827717662, -0.8086757660]])


def linear(color: str) -> numpy.ndarray:
    srgb = numpy.array([int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)])
    return numpy.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def closest(colors: tuple[str, ...], vision: str) -> float:
    """The smallest OKLab distance of any two colours."""
    seen = [LAB @ numpy.cbrt(LMS @ numpy.clip(VISION[vision] @ linear(c), 0, 1)) for c in colors]
    return min(float(numpy.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))


class Palette(unittest.TestCase):
    def test_the_measure_itself(self) -> None:
        self.assertAlmostEqual(closest(("#000000", "#ffffff"), "normal"), 1.0, places=3)
        red_green = ("#b03020", "#4f6a20")
        self.assertLess(closest(red_green, "deuteranopia"), 0.5 * closest(red_green, "normal"))

    def test_first_eight(self) -> None:
        self.assertGreater(closest(PALETTE[:8], "normal"), 0.2)
        for vision in ("protanopia", "deuteranopia", "tritanopia"):
            self.assertGreater(closest(PALETTE[:8], vision), 0.12, vision)

    def test_all(self) -> None:
        self.assertGreaterEqual(len(set(PALETTE)), 16)
        self.assertGreater(closest(PALETTE, "normal"), 0.12)
        for vision in ("protanopia", "deuteranopia"):
            self.assertGreater(closest(PALETTE, vision), 0.06, vision)
        self.assertGreater(closest(PALETTE, "tritanopia"), 0.045)

    def test_contrast_to_white(self) -> None:
        for color in PALETTE:
            luminance = float(linear(color) @ [0.2126, 0.7152, 0.0722])
            self.assertGreater(1.05 / (luminance + 0.05), 2.5, color)


class DarkPalette(unittest.TestCase):
    """The page's colours on a dark ground: `palette_dark` of plot/style.json."""

    def setUp(self) -> None:
        shared = json.loads((synthetic.ROOT / "plot" / "style.json").read_text(encoding="utf-8"))
        self.colors = tuple(shared["palette_dark"])

    def test_as_many_as_on_white(self) -> None:
        self.assertEqual(len(set(self.colors)), len(PALETTE))

    def test_any_two_can_be_told_apart(self) -> None:
        self.assertGreater(closest(self.colors[:8], "normal"), 0.15)
        self.assertGreater(closest(self.colors, "normal"), 0.1)
        for vision in ("protanopia", "deuteranopia"):
            self.assertGreater(closest(self.colors[:8], vision), 0.09, vision)
            self.assertGreater(closest(self.colors, vision), 0.05, vision)
        self.assertGreater(closest(self.colors, "tritanopia"), 0.03)

    def test_contrast_to_the_ground(self) -> None:
        ground = float(linear("#17181b") @ [0.2126, 0.7152, 0.0722])
        for color in self.colors:
            luminance = float(linear(color) @ [0.2126, 0.7152, 0.0722])
            self.assertGreater((luminance + 0.05) / (ground + 0.05), 3.0, color)


class Assignment(unittest.TestCase):
    def test_order_of_first_appearance(self) -> None:
        looks = Looks(["b", "a", "b", "c"])
        self.assertEqual([looks.color(name) for name in "bac"], list(PALETTE[:3]))
        self.assertEqual([looks.mark(name)["marker"] for name in "bac"], list(MARKERS[:3]))

    def test_no_two_of_many_look_the_same(self) -> None:
        names = [f"impl_{i}" for i in range(120)]
        looks = Looks(names)
        seen = {(looks.color(name), looks.mark(name)["marker"]) for name in names}
        self.assertEqual(len(seen), len(names))

    def test_neighbours_in_the_catalog_share_no_colour_and_stroke(self) -> None:
        names = [f"impl_{i}" for i in range(120)]
        looks = Looks(names)
        seen = [(looks.line(name)["color"], looks.line(name)["linestyle"]) for name in names]
        window = len(PALETTE) * len(STROKES)
        self.assertGreaterEqual(window, 32)
        for start in range(len(names) - window):
            self.assertEqual(len(set(seen[start:start + window])), window)


if __name__ == "__main__":
    unittest.main()
