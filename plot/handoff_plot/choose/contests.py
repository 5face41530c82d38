"""Which workloads have charts, and which of their points are ranked."""

import re
from typing import NamedTuple

from ..read.records import Point, Run


class Contest(NamedTuple):
    """What a chart is about: a workload of a family."""

    family: str
    workload: str


CHARTED: set[Contest] = set()  # those that some chart shows


def charted(family: str, workload: str) -> Contest:
    """The contest, noted as one that has a chart."""
    CHARTED.add(Contest(family, workload))
    return Contest(family, workload)


TRANSFER = charted("queues", "transfer")
PAIRS = charted("queues", "pairs")
COIN = charted("queues", "coin")
RANK_ERROR = charted("queues", "rank_error")
MULTICAST = charted("queues", "multicast")
ROUND_TRIP = charted("queues", "round_trip")
PACED = charted("queues", "paced")
BURST = charted("queues", "burst")
SOAK = charted("queues", "soak")
SWELL = charted("queues", "swell")
IDLE = charted("queues", "idle")
FOOTPRINT = charted("queues", "footprint")
CONTENDED_ADD = charted("counters", "contended_add")
READ_MIX = charted("counters", "read_mix")
LOST_UPDATES = charted("counters", "lost_updates")
CRITICAL_SECTION = charted("locks", "critical_section")
READER_WRITER = charted("locks", "reader_writer")
BARRIER_EPISODE = charted("locks", "barrier_episode")
OWNER_AND_THIEVES = charted("deques", "owner_and_thieves")
PROGRAMS = tuple(charted("fork_join", name)
                 for name in ("fib", "nqueens", "skynet", "uts", "sum", "quicksort", "matrix"))
IDLE_SCHEDULERS = charted("fork_join", "idle")
SUBMIT_EMPTY = charted("pools", "submit_empty")
SUBMIT_WORK = charted("pools", "submit_work")
UNEVEN = charted("pools", "uneven")
FAN_OUT_FAN_IN = charted("pools", "fan_out_fan_in")
WAKEUP = charted("pools", "wakeup")
OVERLOAD = charted("pools", "overload")
BLOCKING_MIX = charted("pools", "blocking_mix")
IDLE_POOLS = charted("pools", "idle")
STREAM = charted("channels", "stream")
PING_PONG = charted("channels", "ping_pong")
SELECT = charted("channels", "select")
CLOSE = charted("channels", "close")
CANCEL = charted("channels", "cancel")
PUBLISH = charted("buses", "publish")
ISOLATION = charted("buses", "isolation")
SUBSCRIBE = charted("buses", "subscribe")
THROWS = charted("buses", "throws")
EVENTS = charted("processors", "events")
EVENT_LATENCY = charted("processors", "latency")
STOP = charted("processors", "stop")
TOPOLOGY = charted("processors", "topology")
MESSAGES = ("channels", "processors", "buses")  # families whose items are messages from thread to thread
CARRIED = charted("channels", "carried")
CHANNEL_OVERLOAD = charted("channels", "overload")
ASYNC_CHAIN = charted("async", "chain")
ASYNC_NESTED = charted("async", "nested")
ASYNC_SEQUENCE = charted("async", "sequence")
ASYNC_FIRST = charted("async", "first")
ASYNC_FAN = charted("async", "fan")
ASYNC_ERROR = charted("async", "error")
ASYNC_CANCEL = charted("async", "cancel")
ASYNC_TIMEOUT = charted("async", "timeout")
ASYNC_CROSS = charted("async", "cross")
ASYNC_LOOP = charted("async", "loop")
POST = charted("loops", "post")
WAKE = charted("loops", "wake")
TIMERS = charted("loops", "timers")
FIRE = charted("loops", "fire")
MANY = charted("loops", "many")
BLOCKED = charted("loops", "blocked")
OWN = "own"  # the spin budget that a wait strategy has by itself


# Axes that the charts of a contest cannot do without: a point that lacks one is in none of them.
NEEDED = {RANK_ERROR: ("threads",), PACED: ("load",), BURST: ("burst",), SWELL: ("load",), IDLE: ("wait",),
          FOOTPRINT: ("capacity",), WAKEUP: ("pool", "wait"), CHANNEL_OVERLOAD: ("load", "policy")}


def contenders(run: Run, contest: Contest) -> list[Point]:
    """The points of one contest that are ranked: no controls, and no wait strategy but as it is by itself."""
    needed = NEEDED.get(contest, ())
    return [p for p in run.points if (p.family, p.workload) == contest and not p.control
            and p.axes.get("spin_budget", OWN) == OWN and all(axis in p.axes for axis in needed)]


def budgeted(run: Run, contest: Contest) -> list[Point]:
    """The points of one contest whose wait strategy was given a spin budget."""
    return [p for p in run.points if (p.family, p.workload) == contest and not p.control
            and re.fullmatch("[0-9]{1,9}", str(p.axes.get("spin_budget", OWN)))]
