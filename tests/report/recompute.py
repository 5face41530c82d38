"""Rankings by independent code: reads page data and choices, writes what the page must show.

Input: {"file": a result, "choices": [{"axes": {..}, "wait": .., "by": .., "work": ..}, ..]}. Output: for each
choice {group: [[impl, places, median cost, ratio, low, high], ..]}. Every chance is counted over all orders, not
by a recurrence.
"""

import itertools
import json
import math
import statistics
import sys
from functools import lru_cache

COLUMNS = {"p50": "p50", "p99": "p99", "cpu": "cpu_ns", "memory": "memory_bytes"}
WORDS = (("per_producer_fifo", "FIFO per producer"), ("lock_free", "lock-free"), ("wait_free", "wait-free"))


def costs(point, by):
    """Of its trials that count."""
    trials = point["trials"]
    column = trials.get(COLUMNS.get(by, "cost"), [])
    lost = trials.get("metrics", {}).get("saturated", [0] * len(trials["status"]))
    found = []
    for i, counted in enumerate(trials["counted"]):
        value = column[i] if i < len(column) else None
        if not counted or point.get("caught"):
            continue
        if value is not None:
            found.append(value)
        elif lost[i] and (by in ("p50", "p99") or point["measure"] == "latency"):
            found.append(math.inf)
    return found


def chance_as_low(own, other):
    """Share of all choices of as many ranks whose sum is at most that of `own`."""
    values = sorted(own + other)
    rank = {v: statistics.mean(i for i, x in enumerate(values, 1) if x == v) for v in set(values)}
    sums = all_sums(tuple(rank[v] for v in values), len(own))
    mine = sum(rank[v] for v in own)
    return sum(1 for s in sums if s <= mine + 1e-9) / len(sums)


@lru_cache(maxsize=None)
def all_sums(ranks, count):
    return [sum(chosen) for chosen in itertools.combinations(ranks, count)]


def ratio(other, base):
    """Median of all pairs, and the values that the rank-sum test at 1% on either side leaves."""
    pairs = sorted(1 if x == y else x / y for x in other for y in base)
    n = len(other)
    sums = all_sums(tuple(range(1, n + len(base) + 1)), n)
    least = n * (n + 1) // 2
    out = -1
    while sum(1 for s in sums if s - least <= out + 1) / len(sums) <= 0.01 + 1e-12:
        out += 1
    return [statistics.median(pairs), *([pairs[out], pairs[-1 - out]] if out >= 0 else [None, None])]


def matches(point, choice):
    wait = point["axes"].get("wait")
    want = choice.get("wait", "best")
    if wait is not None and want != "best":
        if want in ("keeps", "sleeps"):
            if bool(point.get("keeps_cpu")) != (want == "keeps"):
                return False
        elif wait not in (want, "native"):
            return False
    return all(str(point["axes"].get(axis)) == str(value) for axis, value in choice["axes"].items())


def ranking(file, choice):
    by = choice.get("by", "own")
    groups = {}
    for point in file["points"]:
        if point["rivals"] and f"{point['family']}/{point['workload']}" == choice["work"] and matches(point, choice):
            title = point["rivals"]
            for word, said in WORDS:
                title = title.replace(word, said)
            title += "; more threads than CPUs" if point.get("oversubscribed") else ""
            groups.setdefault(title, []).append(point)
    answer = {}
    for title, points in groups.items():
        own = {}
        for point in points:
            values = costs(point, by)
            before = own.get(point["impl"])
            if values and (before is None or statistics.median(values) < statistics.median(before)):
                own[point["impl"]] = values
        order = sorted(sorted(own), key=lambda impl: statistics.median(own[impl]))
        rows = []
        for impl in order:
            better = sum(chance_as_low(own[o], own[impl]) <= 0.01 for o in order if o != impl)
            worse = sum(chance_as_low(own[impl], own[o]) <= 0.01 for o in order if o != impl)
            low, high = 1 + better, len(order) - worse
            rows.append([impl, str(low) if low == high else f"{low}–{high}", statistics.median(own[impl]),
                         *(ratio(own[impl], own[order[0]]) if impl != order[0] else [None] * 3)])
        rows += [[impl, None, None, None, None, None] for impl in {p["impl"] for p in points} - set(own)]
        answer[title] = rows
    return answer


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    print(json.dumps([ranking(asked["file"], choice) for choice in asked["choices"]]).replace("Infinity", "null"))
