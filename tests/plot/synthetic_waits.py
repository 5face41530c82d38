"""A small result file with data for the charts of waiting and of memory."""

from synthetic import ANYONE, PAIR, UNORDERED, ResultFile, Trials

BUDGETS = (0, 50, 100, 400)
WAKE = 20_000  # ns


def budget_point(file: ResultFile, workload: str, impl: str, promise: dict[str, str], budget: str) -> Trials:
    """A point of hybrid waiting with that spin budget."""
    sides = {"producers": 1, "consumers": 1} if workload == "transfer" else {}
    return file.add("queues", workload, impl, promise, 2, "peers", "items_per_second" if sides else "latency", 2,
                    {"wait": "hybrid", **sides, "capacity": 64, "bytes": 8, "spin_budget": budget,
                     "placement": "spread"})


def idle_point(file: ResultFile, impl: str, wait: str, capacity: int | str = 1024) -> Trials:
    return file.add("queues", "idle", impl, ANYONE, 2, "peers", "idle_cpu", 2,
                    {"wait": wait, "capacity": capacity, "placement": "spread"})


def idle_workers(file: ResultFile) -> None:
    """Pools and schedulers that have nothing to do."""
    for family, more in (("pools", {"capacity": "unbounded", "policy": "none"}), ("fork_join", {"steal": "random"})):
        for impl, wait, cpu in (("eager", "spin", 2.0), ("eager", "park", 0.0002), ("own", "native", 0.3)):
            at = file.add(family, "idle", impl, {}, 2, "all", "idle_cpu", 2,
                          {"wait": wait, **more, "workers": 2, "placement": "spread"})
            for d in (0.99, 1.0, 1.01):
                at.times(4e7, idle_cpu=cpu * d)


def footprint_point(file: ResultFile, impl: str, promise: dict[str, str], capacity: int | str) -> Trials:
    return file.add("queues", "footprint", impl, promise, 1, "peers", "bytes_per_item", 2, {"capacity": capacity})


def waits() -> ResultFile:
    """Every chart of waiting, some points without a counted trial among them."""
    file = ResultFile()
    for i, (impl, promise) in enumerate((("pair_ring", PAIR), ("wide_ring", ANYONE))):
        for budget in BUDGETS:
            spun = {"spin_budget_ns": budget / 100 * WAKE}
            times = (40, 42, 41, 43, 4100, 4200, 4300, 4400) if budget == 50 else [(4000 if budget == 0 else 30) + i + d
                                                                                   for d in range(8)]
            at = budget_point(file, "transfer", impl, promise, str(budget))
            for time in times:
                at.times(time, sleep_ratio=0.9 if time > 1000 else 0.001, **spun)
            if budget == 50:
                at.humps((41.5, 40, 43, 4), (4250, 4100, 4400, 4))
            trips = budget_point(file, "round_trip", impl, promise, str(budget))
            for d in range(3):
                p50 = (21_000 if budget < 100 else 120) + i + d
                trips.times(2 * p50, percentiles=(p50, p50 * 1.5, p50 * 3, p50 * 9, p50 * 20),
                            what="half of a round trip",
                            sleep_ratio=0.5 if budget < 100 else 0.0, **spun)
    budget_point(file, "transfer", "pair_ring", PAIR, "own").times(39, 40, 41)
    budget_point(file, "transfer", "wide_ring", ANYONE, "200").times(777, flags=("preempted",))
    for wait, cpu in (("spin", 1.0), ("sleep", 0.043), ("park", 0.0000021)):
        for more in (0.99, 1.0, 1.01):
            idle_point(file, "wide_ring", wait).times(4e7, idle_cpu=cpu * more)
    idle_point(file, "wide_ring", "yield").times(4e7, flags=("preempted",), idle_cpu=1.0)
    for more in (1.0, 1.5):
        idle_point(file, "own_waiting", "native").times(4e7, idle_cpu=0.00001 * more)
    for impl, promise, capacity, each, empty in (("pair_ring", PAIR, 1024, 8.5, 8704),
                                                 ("wide_ring", ANYONE, 1024, 16.6, 17_000),
                                                 ("endless", UNORDERED, "unbounded", 32.4, 496)):
        for _ in range(3):
            footprint_point(file, impl, promise, capacity).times(12, bytes_per_item=each, empty_bytes=empty)
    footprint_point(file, "own_waiting", ANYONE, 1024).times(12, flags=("preempted",), bytes_per_item=99, empty_bytes=9)
    return file
