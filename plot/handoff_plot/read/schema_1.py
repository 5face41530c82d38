"""Result files of schema 1: what they do not say of themselves."""

from .axes import COUNT, SIZE, WORD, Axes, Axis
from .escape import Names
from .fields import Field
from .records import RankedBy

NS = 1e9  # in a second

AXES: Axes = {axis.name: axis for axis in (
    Axis("threads", "threads", COUNT, least=1, phrase="{} thread{s}"),
    Axis("hold_ns", "hold", COUNT, "ns", phrase="held for {} ns"),
    Axis("think_ns", "think", COUNT, "ns", phrase="{} ns between two sections of a thread"),
    Axis("work_ns", "work", COUNT, "ns", phrase="{} ns of work after each increment"),
    Axis("reads", "reads", COUNT, "%", phrase="{}% reads"),
    Axis("wait", "wait", WORD, phrase="wait strategy {}", absent="native",
         absent_phrase="native where they wait by their own means"),
    Axis("spin_budget", "budget", WORD, "%", neutral="own", phrase="spin budget {}% of a futex wake"),
    Axis("producers", "p", COUNT, least=1, phrase="{} producer{s}"),
    Axis("consumers", "c", COUNT, least=1, phrase="{} consumer{s}"),
    Axis("capacity", "cap", SIZE, "items", phrase="capacity {}", absent="unbounded", absent_phrase="bounded ones"),
    Axis("bytes", "bytes", COUNT, "bytes", 1, phrase="{}-byte items"),
    Axis("submitters", "s", COUNT, least=1, phrase="{} submitter{s}"),
    Axis("workers", "workers", COUNT, least=1, phrase="{} worker{s}"),
    Axis("thieves", "thieves", COUNT, phrase="thieves: {}"),
    Axis("steal", "steal", WORD, phrase="steal policy {}", absent="native",
         absent_phrase="native where they steal in their own way"),
    Axis("policy", "policy", WORD, neutral="none", phrase="policy {} when full", absent="none",
         absent_phrase="bounded ones"),
    Axis("task_ns", "task", COUNT, "ns", phrase="tasks of {} ns"),
    Axis("lengths", "lengths", WORD, phrase="{} lengths"),
    Axis("result", "result", WORD, neutral="none", phrase="with a {} each"),
    Axis("arrivals", "arrivals", WORD, phrase="{} arrivals"),
    Axis("fan", "fan", COUNT, least=1, phrase="{} task{s} at a time"),
    Axis("depth", "depth", COUNT, least=1, neutral="1", phrase="{} levels of tasks that wait for tasks",
         phrase_neutral="handed in from outside"),
    Axis("load", "load", COUNT, "%", 1, phrase="offered load {}%"),
    Axis("wait_ratio", "ratio", COUNT, phrase="blocked {} times as long as computing"),
    Axis("pool", "pool", WORD, phrase="{} pool"),
    Axis("tree", "tree", WORD, phrase="tree {}"),
    Axis("size", "n", COUNT, least=1, phrase="size {}"),
    Axis("grain", "grain", COUNT, least=1, phrase="grain {}"),
    Axis("peer", "peer", WORD, neutral="spinning", phrase="peer {}", phrase_neutral="peer spinning"),
    Axis("placement", "place", WORD, neutral="spread", phrase="placement {}", phrase_neutral="placement spread"),
)}
MEASURES = {"items_per_second": RankedBy("million operations per second", "1/s", "higher"),
            "latency": RankedBy("p50", "ns", "lower")}


def axes(run: Field, names: Names) -> Axes:
    """The table of all axes that such files can have."""
    return AXES


def measures(run: Field) -> dict[str, RankedBy]:
    """Metrics by which points are ranked have no entry."""
    return MEASURES


def ranked_value(row: Field, measure: str) -> float | None:
    """What the trial is ranked by, in the unit of the measure."""
    if measure == "items_per_second":
        return NS / row["real_time"].positive()
    latency = row.get("latency")
    found = (latency.get("p50") if latency else None) if measure == "latency" else row["metrics"].get(measure)
    return found.number() if found else None


def samples(histogram: Field) -> list[tuple[float, int]]:
    """(ns, how many) of a latency."""
    found = []
    for pair in histogram.items():
        ns_and_count = pair.items()
        if len(ns_and_count) != 2:
            raise pair.wrong("two numbers")
        found.append((ns_and_count[0].number(), ns_and_count[1].count()))
    return found
