"""The chart of the law of scaling: what is drawn as measured, what as a prediction, and who is only named."""

import unittest

from reading import collisions, drawn_once, pictures, series, texts
from synthetic import ResultFile
from synthetic_scaling import CPUS, FEW, THREADS, add, fit, law, scaled

NAME = "scaling_counters_contended_add"


def words(picture) -> str:
    return " ".join(" ".join(t.get_text() for t in texts(picture.figure)).split())


class Scaling(unittest.TestCase):
    def setUp(self) -> None:
        self.picture = drawn_once(scaled)[NAME]
        self.panels = {axes.lines[0].get_label(): axes for axes in self.picture.figure.axes
                       if axes.lines and not axes.lines[0].get_label().startswith("_")}

    def test_a_panel_for_each_law_and_one_picture_where_there_is_one(self) -> None:
        self.assertEqual([name for name in drawn_once(scaled) if name.startswith("scaling")], [NAME])
        self.assertEqual(series(self.picture.figure), [["peaks"], ["will_peak"], ["grows"]])
        self.assertEqual(collisions(self.picture.figure), [])

    def test_refusals_are_named_with_their_reason(self) -> None:
        said = words(self.picture)
        self.assertIn(f"No law, and no panel, for 1 implementation: {FEW}: few.", said)
        self.assertIn("retrograde (with 1 thread 500 million per second, with more never above 90): falls.", said)
        self.assertIn("No peak is named where κ may be 0: grows.", said)
        self.assertIn("95% intervals of the curve", said)

    def test_the_curve_is_dashed_from_the_last_measured_count_on(self) -> None:
        for impl, axes in self.panels.items():
            solid, dashed = [line for line in axes.lines if len(line.get_xdata()) > 2]
            self.assertEqual((solid.get_linestyle(), dashed.get_linestyle()), ("-", "--"))
            self.assertEqual((solid.get_xdata()[0], solid.get_xdata()[-1]), (0.0, 4.0), impl)  # 1 to 16 threads
            self.assertEqual((dashed.get_xdata()[0], dashed.get_xdata()[-1]), (4.0, 5.0), impl)
            self.assertIn(" prediction →", [t.get_text() for t in axes.texts])
            self.assertAlmostEqual(solid.get_ydata()[0], 4.0)

    def test_marks_are_the_measured_medians_of_points_that_fit(self) -> None:
        marks = [line for line in self.panels["grows"].lines if line.get_marker() not in ("", "None", None)]
        self.assertEqual([round(2 ** float(line.get_xdata()[0])) for line in marks], [n for n in THREADS if n <= CPUS])
        self.assertAlmostEqual(float(marks[3].get_ydata()[0]), law(4, 4.0, 0.02, 0.0))

    def test_a_peak_is_drawn_where_it_is_named_and_on_the_axis(self) -> None:
        def upright(axes) -> list[float]:
            return [round(2 ** float(line.get_xdata()[0]), 2) for line in axes.lines
                    if len(line.get_xdata()) == 2 and line.get_color() == "#1c1c1c"]

        self.assertEqual(upright(self.panels["peaks"]), [9.75])
        self.assertEqual(upright(self.panels["will_peak"]), [25.17])
        self.assertEqual(upright(self.panels["grows"]), [])
        said = words(self.picture)
        self.assertIn("peak at 9.75 [8.77 .. 10.7] threads", said)
        self.assertIn("peak at 25.2 [22.6 .. 27.7] threads (prediction)", said)
        self.assertIn("no peak can be predicted", said)

    def test_other_settings_have_pictures_of_their_own(self) -> None:
        file = ResultFile()
        for work in (0, 300):
            add(file, "grows", THREADS, lambda n: law(n, 4.0, 0.02, 0.0),
                {"verdict": "fitted", "fit": fit(4e6, 0.02, 0.0, THREADS[:-1])}, work=work)
        drawn = pictures(file)
        self.assertEqual({name for name in drawn if name.startswith("scaling")}, {NAME, NAME + "_work300"})
        self.assertIn("contended_add; 300 ns of work after each increment, placement spread. Higher is better.",
                      words(drawn[NAME + "_work300"]))

    def test_files_from_before_have_no_such_chart(self) -> None:
        file = ResultFile()
        add(file, "grows", THREADS, lambda n: 4.0 * n, {"verdict": "refused", "reason": FEW})
        file.scaling.clear()
        self.assertFalse([name for name in pictures(file) if name.startswith("scaling")])


if __name__ == "__main__":
    unittest.main()
