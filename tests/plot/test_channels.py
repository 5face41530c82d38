"""The pictures of channels: which there are, and what stands beside what."""

import unittest

from reading import drawn_with, series, texts
from synthetic import ResultFile

from handoff_plot.read.axes import COUNT, WORD, Axis

MORE_AXES = (
    Axis("sources", "k", COUNT, least=1, phrase="{} source{s}"),
    Axis("hot", "hot", WORD, phrase="hot: {}"),
    Axis("select", "select", WORD, phrase="select {}"),
    Axis("closed_while", "closed", WORD, phrase="closed while {}"),
)

NAMES = {"channels_capacity", "channels_fan_in", "channels_fan_out", "channels_ping_pong", "channels_select",
         "channels_close", "channels_cancel", "message_cost"}
ONCE = "delivers once, fifo, any number of threads"
NEWEST = "delivers the newest only, fifo, any number of threads"


def channel(file: ResultFile, workload: str, impl: str, capacity: int | str = 64, threads: int = 2,
            measure: str = "items_per_second", delivers: str = ONCE, wait: str = "park", **axes: object):
    """A point of a channel."""
    room = {0: "rendezvous", "unbounded": "unbounded"}.get(capacity, f"bounded, capacity {capacity}")
    return file.add("channels", workload, impl, {"delivery": "once", "order": "fifo"}, threads, f"{room}, {delivers}",
                    measure, 2, {"wait": wait, "capacity": capacity, **axes, "placement": "spread"})


def channels() -> ResultFile:
    """Data for every chart of channels."""
    file = ResultFile()
    file.implementations = ["one_channel", "other_channel", "newest_channel"]
    for i, impl in enumerate(("one_channel", "other_channel")):
        for capacity, wall in ((0, 900.0), (1, 600.0), (64, 90.0), ("unbounded", 80.0)):
            channel(file, "stream", impl, capacity, producers=1, consumers=1).times(wall + i, wall + i + 5)
            sample = (wall, wall * 2, wall * 3, wall * 4, wall * 5)
            channel(file, "ping_pong", impl, capacity, measure="latency").latencies(sample, sample)
            channel(file, "cancel", impl, capacity, measure="latency").latencies(sample, sample)
            channel(file, "close", impl, capacity, 3, "latency", closed_while="empty").latencies(sample, sample)
        for more in (2, 4):
            channel(file, "stream", impl, threads=1 + more, producers=more, consumers=1).times(100.0 * more + i)
            channel(file, "stream", impl, threads=1 + more, producers=1, consumers=more).times(120.0 * more + i)
    for capacity in (1, 2):
        channel(file, "stream", "newest_channel", capacity, delivers=NEWEST, producers=1, consumers=1).times(
            30.0 + capacity, received_share=0.25)
    for sources in (1, 4, 16):
        channel(file, "select", "one_channel", sources=sources, hot="all", select="fair").times(
            50.0 * sources, 55.0 * sources, most_overtaken=1)
    return file


class Channels(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.pictures, cls.points = drawn_with(channels(), MORE_AXES)

    def words(self, name: str) -> str:
        return " ".join(text.get_text() for text in texts(self.pictures[name].figure)).replace("\n", " ")

    def test_each_workload_has_its_picture(self) -> None:
        self.assertEqual(set(self.pictures), NAMES)

    def test_workload_shape_and_unit_are_said(self) -> None:
        facts = {
            "channels_capacity": ("stream; 1 producer, 1 consumer, wait strategy park", "wall ns per item",
                                  "a rendezvous"),
            "channels_fan_in": ("senders (log scale)", "oversubscribed: more threads than CPUs"),
            "channels_fan_out": ("receivers (log scale)", "oversubscribed: more threads than CPUs"),
            "channels_ping_pong": ("half of a round trip, ns, p50",),
            "channels_select": ("hot: all", "select fair"),
            "channels_close": ("closed while empty",),
        }
        for name, words in facts.items():
            for word in words:
                self.assertIn(word, self.words(name), name)

    def test_a_panel_holds_what_delivers_alike(self) -> None:
        both = ["one_channel", "other_channel"]
        self.assertEqual({name: series(self.pictures[name].figure) for name in NAMES},
                         {"channels_capacity": [both, ["newest_channel"]], "channels_fan_in": [both] * 2,
                          "channels_fan_out": [both] * 2, "channels_ping_pong": [both],
                          "channels_select": [["one_channel"]], "channels_close": [both],
                          "channels_cancel": [both],
                          "message_cost": [[*both * 4, *["newest_channel"] * 2], ["one_channel"]]})

    def test_each_promise_has_its_heading_on_the_axis_of_all_messages(self) -> None:
        words = self.words("message_cost")
        for heading in ("channels, stream: 1 producer, 1 consumer", "bounded, capacity 64, " + ONCE,
                        "unbounded, " + ONCE, "rendezvous, " + ONCE, NEWEST, "channels, select: 1 source, hot: all"):
            self.assertIn(heading, words)
        self.assertIn("wall ns per message", words)

    def test_families_share_the_axis_of_messages(self) -> None:
        file = channels()
        for impl in ("one_bus", "other_bus"):
            file.add("buses", "publish", impl, {}, 2, "any number of threads", "items_per_second", 2,
                     {"wait": "park", "capacity": 64, "placement": "spread"}).times(300.0, 310.0)
            file.add("buses", "latency", impl, {}, 2, "any number of threads", "latency", 2,
                     {"wait": "park", "capacity": 64, "placement": "spread"}).latencies((1.0, 2.0, 3.0, 4.0, 5.0))
        drawn, _ = drawn_with(file, MORE_AXES)
        panels = [axes for axes in drawn["message_cost"].figure.axes if axes.get_xlabel()]
        self.assertEqual(len(panels), 3)
        self.assertEqual(len({axes.get_xlim() for axes in panels}), 1)
        self.assertEqual(series(drawn["message_cost"].figure)[2], ["one_bus", "other_bus"])

    def test_no_chart_of_messages_without_a_second_system(self) -> None:
        file = ResultFile()
        file.implementations = ["one_channel"]
        for capacity in (1, 64):
            channel(file, "stream", "one_channel", capacity, producers=1, consumers=1).times(90.0)
        self.assertNotIn("message_cost", drawn_with(file, MORE_AXES)[0])


if __name__ == "__main__":
    unittest.main()
