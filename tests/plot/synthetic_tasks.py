"""Small result files of pools, deques and fork-join programs."""

from dataclasses import dataclass

from synthetic import ResultFile, Trials

UNORDERED = "unbounded, starts: any, exceptions kept, waiter waits, nested waits: yes"
HELPED = "unbounded, starts: any, exceptions kept, waiter helps, nested waits: yes"
FIFO = "unbounded, starts: fifo, exceptions kept, waiter waits, nested waits: no"
BOUNDED = "bounded, capacity 256, starts: fifo, exceptions kept, waiter waits, nested waits: no"
SERIAL, FORKS = {"forks": "calls"}, {"forks": "stealing"}
POLICIES = ("block", "abort", "discard", "discard_oldest", "caller_runs")
PROGRAMS = ("fib", "uts", "sum", "matrix")
LENGTHS = (0, 100, 1000, 10000, 100000)
START = "from handing in a task to its start"
TASK = "time from fan-out to fan-in"


@dataclass(frozen=True)
class Pool:
    """One pool that does not exist. `cost`: ns of a task without work."""

    rivals: str
    wait: str
    cost: float

    @property
    def bounded(self) -> bool:
        return self.rivals == BOUNDED

    def threads(self, submitters: int, workers: int) -> int:
        return submitters + workers - (self.rivals == HELPED)

    @property
    def promises(self) -> dict[str, str]:
        return {"capacity": "bounded" if self.bounded else "unbounded",
                "starts": "any" if "any" in self.rivals else "fifo"}


POOLS = {"line_pool": Pool(FIFO, "park", 400.0), "thief_pool": Pool(UNORDERED, "park", 90.0),
         "foreign_pool": Pool(HELPED, "native", 150.0), "small_pool": Pool(BOUNDED, "park", 500.0)}
PARKED = Pool(FIFO, "park", 400.0)
DEQUES = {"ring_deque": 4.0, "locked_deque": 30.0}


def pool_point(file: ResultFile, impl: str, workload: str, pool: Pool, /, submitters: int = 1, workers: int = 2,
               measure: str = "items_per_second", policy: str | None = None, **axes: object) -> Trials:
    """A point of the pools; bounded ones let the submitter wait unless `policy` says otherwise."""
    shape = {"wait": pool.wait, "capacity": 256 if pool.bounded else "unbounded",
             "policy": (policy or "block") if pool.bounded else "none", "workers": workers}
    if workload in ("submit_empty", "submit_work"):
        shape["submitters"] = submitters
    shape.update(axes)
    shape = {key: value for key, value in shape.items() if value is not None}
    return file.add("pools", workload, impl, pool.promises, pool.threads(submitters, workers), pool.rivals,
                    measure, 2, {**shape, "placement": "spread"})


def program(file: ResultFile, name: str, impl: str, workers: int = 2, wait: str = "park", steal: str = "random",
            promise: dict[str, str] = FORKS, rivals: str = "all", **shape: object) -> Trials:
    """A point of a fork-join program; who is not ours waits and steals in its own way."""
    return file.add("fork_join", name, impl, promise, workers, rivals, "items_per_second", 2,
                    {"wait": wait, "workers": workers, "steal": steal, **shape, "placement": "spread"})


def tasks() -> ResultFile:
    """Data for every chart of the three families."""
    file = ResultFile()
    file.implementations = ["some_queue", *POOLS, *DEQUES, "foreign_scheduler", "no_scheduler"]
    for impl, pool in POOLS.items():
        add_pool(file, impl, pool)
    for state in ("hot", "idle"):
        pool_point(file, "thief_pool", "wakeup", Pool(UNORDERED, "spin", 1.0), workers=1, measure="latency",
                   pool=state).times(70, 80, samples=[(70, 900), (90, 100)], what=START)
    for impl, cost in DEQUES.items():
        for thieves in (0, 1, 2, 4):
            file.add("deques", "owner_and_thieves", impl, {"progress": "lock_free"}, 1 + thieves, "all",
                     "items_per_second", 2, {"thieves": thieves, "placement": "spread"}).times(
                cost * (1 + thieves), cost * (1.5 + thieves),
                **({"stolen_share": thieves / 8, "lost_per_steal": 1.0} if thieves else {}))
    add_programs(file, DEQUES)
    return file


def add_pool(file: ResultFile, impl: str, pool: Pool, policies: tuple[str, ...] = POLICIES) -> None:
    """Every workload of the pools for one of them."""
    for submitters in (1, 2):
        for workers in (1, 2):
            for result, more in (("none", 1.0), ("future", 2.0)):
                base = pool.cost * more * submitters / workers
                pool_point(file, impl, "submit_empty", pool, submitters, workers, result=result).times(
                    base, base * 1.4, base * 1.1)
    for length in LENGTHS:
        for repetition in (1.0, 1.3, 1.1):
            wall = pool.cost * repetition + length / 2
            pool_point(file, impl, "submit_work", pool, task_ns=length).times(
                wall, efficiency=length / (2 * wall))
    for lengths, most in (("bimodal", 1.1), ("pareto", 1.6)):
        for repetition in (1.0, 1.2):
            pool_point(file, impl, "uneven", pool, measure="makespan_over_bound", lengths=lengths,
                       task_ns=10000).times(
                10000, makespan_over_bound=most * repetition + pool.cost / 5000, imbalance=1.05, efficiency=0.8)
    for fan in (4, 64, 1024):
        for repetition in (1.0, 1.5):
            value = pool.cost * fan * repetition
            pool_point(file, impl, "fan_out_fan_in", pool, fan=fan, depth=1, task_ns=100).times(
                pool.cost, percentiles=(value, value * 2, value * 3, value * 4, value * 5), what=TASK)
    for state, slow in (("hot", 1.0), ("idle", 40.0)):
        for repetition in (1.0, 1.5):
            base = pool.cost * slow * repetition
            pool_point(file, impl, "wakeup", pool, workers=1, measure="latency", pool=state).times(
                base, samples=[(base, 1000), (base * 2, 800), (base * 4, 180), (base * 20, 18), (base * 300, 2)],
                what=START)
    for policy in policies if pool.bounded else (None,):
        for load in (50, 100, 200):
            over = max(0.0, 1 - 100 / load)
            away = {"abort": {"rejected_share": over}, "discard": {"discarded_share": over},
                    "discard_oldest": {"discarded_share": over}, "caller_runs": {"ran_by_caller_share": over}}
            for repetition in (1.0, 1.02):
                age = pool.cost * (1 + 1000 * over) * repetition
                pool_point(file, impl, "overload", pool, policy=policy, load=load, task_ns=1000).times(
                    500, goodput_share=min(1.0, load / 100) * 0.9 / repetition,
                    **{"rejected_share": 0.0, "discarded_share": 0.0, "ran_by_caller_share": 0.0,
                       **away.get(policy, {})},
                    percentiles=(age, age * 2, age * 5, age * 6, age * 7), what="age at start")
    for ratio in (0, 4):
        for workers in (1, 2, 8, 10, 32):
            ideal = 10000 / min(2, workers / (1 + ratio)) * (1.3 if workers > 10 and impl == "line_pool" else 1.0)
            for repetition in (1.0, 1.01):
                pool_point(file, impl, "blocking_mix", pool, workers=workers, task_ns=10000,
                           wait_ratio=ratio).times(
                    (ideal + pool.cost) * repetition, cpu_share=0.5, predicted_workers=2 * (1 + ratio),
                    actual_wait_ratio=1.25 * ratio)


def add_programs(file: ResultFile, deques: dict[str, float], some: tuple[str, ...] = PROGRAMS) -> None:
    """Programs by the deques under two steal policies and two wait strategies, by another scheduler, and serially."""
    def counts(steals: float) -> dict[str, float]:
        return {"steals": steals, "failed_steals": 3 * steals, "parks": 2.0, "wakes": 1.0, "runs": 4.0,
                "tasks_per_run": 1000.0}

    mute = {"runs": 4.0, "tasks_per_run": 1000.0}
    for name, shape, work in (("fib", {"size": 30}, 2.0), ("uts", {"tree": "t1"}, 80.0)):
        if name not in some:
            continue
        program(file, name, "no_scheduler", 1, "native", "native", SERIAL, **shape).times(work, work * 1.02, **mute)
        for workers in (1, 2, 4):
            share = min(2, workers)
            for impl, cost in deques.items():
                program(file, name, impl, workers, **shape).times((work + cost) / share, (work + cost) * 1.5 / share,
                                                                  **counts(4.0 * (workers - 1)))
            program(file, name, "foreign_scheduler", workers, "native", "native", **shape).times(
                (work + 20) / share, **mute)
        for impl, cost in deques.items():
            program(file, name, impl, steal="steal_half", **shape).times(work + 2 * cost, **counts(8))
            program(file, name, impl, wait="spin", **shape).times(work + 3 * cost, **counts(12))
    for name in sorted({"sum", "matrix"} & set(some), reverse=True):
        for grain in (16, 256, 4096):
            shape = {"size": 65536, "grain": grain}
            wide = {"runs": 4.0, "tasks_per_run": 65536 / grain}
            program(file, name, "no_scheduler", 1, "native", "native", SERIAL, **shape).times(
                grain + 5, grain + 5.5, **wide)
            for impl, cost in deques.items():
                program(file, name, impl, **shape).times((grain + 5 + cost) / 2, (grain + 8 + cost) / 2,
                                                         **{**counts(4), **wide})
            program(file, name, "foreign_scheduler", 2, "native", "native", **shape).times((grain + 45) / 2, **wide)


def crowd_of_tasks(count: int = 18) -> ResultFile:
    """As many pools and deques as a catalog may have, with long names, all but alike."""
    file = ResultFile()
    file.implementations = [f"queue_{i}" for i in range(9)]
    for i in range(count):
        wait = "native" if i % 4 == 0 else "park"
        pool = Pool((HELPED, FIFO, UNORDERED, BOUNDED)[i % 4], wait, 200 + 3 * i + 400 * (i % 3))
        add_pool(file, f"pool_that_has_a_long_name_{i:02}", pool, ("abort",))
    add_programs(file, {f"deque_of_a_long_name_{i}": 5 + i for i in range(9)}, ("fib", "sum"))
    return file
