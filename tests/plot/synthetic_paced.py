"""A result file with queues on a schedule and round trips to peers that spin and that sleep."""

from synthetic import ANYONE, PAIR, UNORDERED, ResultFile, Trials

LOADS = (10, 50, 90, 120)
SCHEDULED = "from the scheduled time of an item to its arrival"
SLEPT = "from a push to its arrival at a thread that slept"
HALF = "half of a round trip"


def queue_point(file: ResultFile, workload: str, impl: str, promise: dict[str, str], wait: str,
                **axes: int | str) -> Trials:
    """A point of paced or round_trip; the answer takes its trials."""
    capacity = "unbounded" if promise is UNORDERED else 1024
    shape = {"producers": 1, "consumers": 1} if workload == "paced" else {}
    return file.add("queues", workload, impl, promise, 2, f"{promise['order']}, {promise['producers']}", "latency", 2,
                    {"wait": wait, **shape, "capacity": capacity, "bytes": 8, **axes, "placement": "spread"})


def tailed(p50: float, count: int = 20_000) -> list[tuple[float, int]]:
    """Samples whose p50, p90, p99, p99.9 are p50 times 1, 2, 5 and 20."""
    return [(p50, count * 600 // 1000), (2 * p50, count * 350 // 1000), (5 * p50, count * 48 // 1000),
            (20 * p50, count * 2 // 1000)]


def paced() -> ResultFile:
    """Data for every chart of latencies on a schedule: queues that saturate early, late, sometimes, and never."""
    file = ResultFile()
    file.implementations = ["pair_ring", "wide_ring", "endless", "own_waiting"]
    for arrivals in ("fixed", "poisson"):
        for load in LOADS:
            for impl, promise, wait, base, carries in (
                    ("pair_ring", PAIR, "spin", 100, 90), ("wide_ring", ANYONE, "spin", 150, 120),
                    ("endless", UNORDERED, "spin", 210, 50), ("pair_ring", PAIR, "park", 9000, 90),
                    ("wide_ring", ANYONE, "park", 12000, 50), ("own_waiting", ANYONE, "native", 20000, 90)):
                point = queue_point(file, "paced", impl, promise, wait, arrivals=arrivals, load=load)
                for turn in range(3):
                    if load > carries or (impl == "own_waiting" and load == 90 and turn == 1):
                        point.times(1000 / load, saturated=1, missed_share=0.9)
                    else:
                        point.times(1000 / load, samples=tailed(base * (1 + load / 100) + turn), what=SCHEDULED,
                                    saturated=0, missed_share=0.01)
    for peer, what, factor in (("spinning", HALF, 1), ("asleep", SLEPT, 30)):
        for wait in ("park", "condvar"):
            for impl, promise, base in (("pair_ring", PAIR, 5000), ("wide_ring", ANYONE, 6000)):
                queue_point(file, "round_trip", impl, promise, wait, peer=peer).times(
                    500, 505, samples=tailed(base * factor, 2000), what=what)
    return file
