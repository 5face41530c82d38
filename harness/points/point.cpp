#include "point.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace handoff::harness {

std::span<const axis> axes() {
    static constexpr std::array all{
        axis{.name = "wait",
             .label = "wait",
             .is = axis::kind::word,
             .absent = "native",
             .absent_phrase = "native where they wait by their own means",
             .phrase = "wait strategy {}",
             .meaning =
                 "how a thread waits for an item or for room; `native`: by the implementation's own means"},
        axis{.name = "producers",
             .label = "p",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1024,
             .phrase = "{} producer{s}",
             .meaning = "threads that push or send"},
        axis{.name = "consumers",
             .label = "c",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1024,
             .phrase = "{} consumer{s}",
             .meaning = "threads that pop or receive"},
        axis{.name = "threads",
             .label = "threads",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1024,
             .phrase = "{} thread{s}",
             .meaning = "threads of a team in which all do the same: counters, locks, barriers"},
        axis{
            .name = "capacity",
            .label = "cap",
            .is = axis::kind::size,
            .least = 0,
            .largest = 1UL << 26,
            .unit = "items",
            .absent = "unbounded",
            .absent_phrase = "bounded ones",
            .phrase = "capacity {}",
            .meaning = "items or tasks that a queue, channel or pool holds at most; 0: a channel's rendezvous"},
        axis{.name = "bytes",
             .label = "bytes",
             .is = axis::kind::count,
             .least = 1,
             .largest = 4096,
             .unit = "bytes",
             .phrase = "{}-byte items",
             .meaning = "size of an item"},
        axis{.name = "spin_budget",
             .label = "budget",
             .is = axis::kind::word,
             .unit = "%",
             .neutral = "own",
             .phrase = "spin budget {}% of a futex wake",
             .meaning = "how long `hybrid` waiting spins before it sleeps, in percent of a futex wake; `own`: "
                        "its usual 20 us"},
        axis{.name = "balance",
             .label = "balance",
             .is = axis::kind::word,
             .neutral = "even",
             .phrase = "kept {}",
             .meaning =
                 "which side of a queue works for each item: `near_empty` the producers, `near_full` the "
                 "consumers, `even` neither"},
        axis{.name = "batch",
             .label = "batch",
             .is = axis::kind::count,
             .least = 1,
             .largest = 4096,
             .unit = "items",
             .neutral = "1",
             .phrase = "batches of {}",
             .meaning = "items that a thread pushes, and at most pops, with one call"},
        axis{.name = "between_ns",
             .label = "between",
             .is = axis::kind::count,
             .least = 0,
             .largest = 1000UL * 1000,
             .unit = "ns",
             .neutral = "0",
             .phrase = "{} ns of work between two operations of a thread",
             .meaning = "computation of each thread between two of its operations on a queue"},
        axis{.name = "jitter",
             .label = "jitter",
             .is = axis::kind::word,
             .neutral = "none",
             .phrase = "work of random length",
             .meaning = "how `between_ns` varies: `none`, or `uniform` from half of it to one and a half"},
        axis{.name = "pushes",
             .label = "pushes",
             .is = axis::kind::count,
             .least = 1,
             .largest = 99,
             .unit = "%",
             .phrase = "{}% pushes",
             .meaning = "pushes among all operations on a queue"},
        axis{.name = "prefill",
             .label = "prefill",
             .is = axis::kind::count,
             .least = 0,
             .largest = 1UL << 24,
             .unit = "items",
             .neutral = "0",
             .phrase = "{} items in the queue at the beginning",
             .meaning = "items that are in a queue when the trial begins"},
        axis{.name = "burst",
             .label = "burst",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1UL << 24,
             .unit = "items",
             .phrase = "bursts of {} item{s}",
             .meaning = "items that are pushed at once, all producers together"},
        axis{.name = "producers_gone",
             .label = "gone",
             .is = axis::kind::count,
             .least = 0,
             .largest = 1UL << 16,
             .neutral = "0",
             .phrase = "{} producer{s} that came and went before",
             .meaning =
                 "threads that pushed some items one after the other and ended, before a queue is filled"},
        axis{.name = "reads",
             .label = "reads",
             .is = axis::kind::count,
             .least = 0,
             .largest = 100,
             .unit = "%",
             .phrase = "{}% reads",
             .meaning = "reads among all operations"},
        axis{.name = "work_ns",
             .label = "work",
             .is = axis::kind::count,
             .least = 0,
             .largest = 1000UL * 1000,
             .unit = "ns",
             .phrase = "{} ns of work after each increment",
             .meaning = "computation between two increments"},
        axis{.name = "hold_ns",
             .label = "hold",
             .is = axis::kind::count,
             .least = 0,
             .largest = 1000UL * 1000,
             .unit = "ns",
             .phrase = "held for {} ns",
             .meaning = "computation inside a critical section"},
        axis{.name = "think_ns",
             .label = "think",
             .is = axis::kind::count,
             .least = 0,
             .largest = 1000UL * 1000,
             .unit = "ns",
             .phrase = "{} ns between two sections of a thread",
             .meaning = "computation between two critical sections"},
        axis{.name = "submitters",
             .label = "s",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1024,
             .phrase = "{} submitter{s}",
             .meaning = "threads that submit tasks to a pool"},
        axis{.name = "workers",
             .label = "workers",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1024,
             .phrase = "{} worker{s}",
             .meaning = "threads of a pool or scheduler that run tasks"},
        axis{.name = "thieves",
             .label = "thieves",
             .is = axis::kind::count,
             .least = 0,
             .largest = 1024,
             .phrase = "thieves: {}",
             .meaning = "threads that steal from a deque"},
        axis{.name = "steal",
             .label = "steal",
             .is = axis::kind::word,
             .absent = "native",
             .absent_phrase = "native where they steal in their own way",
             .phrase = "steal policy {}",
             .meaning = "whom an idle worker robs, and of how much"},
        axis{.name = "policy",
             .label = "policy",
             .is = axis::kind::word,
             .neutral = "none",
             .absent = "none",
             .absent_phrase = "bounded ones",
             .phrase = "policy {} when full",
             .meaning = "what a full pool does with a new task"},
        axis{.name = "result",
             .label = "result",
             .is = axis::kind::word,
             .neutral = "none",
             .phrase = "with a {} each",
             .meaning = "what a submission returns"},
        axis{.name = "pool",
             .label = "pool",
             .is = axis::kind::word,
             .phrase = "{} pool",
             .meaning = "what the pool does when a task comes: `hot` it runs others, `idle` it sleeps"},
        axis{.name = "lengths",
             .label = "lengths",
             .is = axis::kind::word,
             .phrase = "{} lengths",
             .meaning = "distribution of the lengths of tasks"},
        axis{.name = "task_ns",
             .label = "task",
             .is = axis::kind::count,
             .least = 0,
             .largest = 1000UL * 1000,
             .unit = "ns",
             .phrase = "tasks of {} ns",
             .meaning = "length of a task, or the mean"},
        axis{.name = "arrivals",
             .label = "arrivals",
             .is = axis::kind::word,
             .phrase = "{} arrivals",
             .meaning = "when scheduled items come"},
        axis{.name = "load",
             .label = "load",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1000,
             .unit = "%",
             .phrase = "offered load {}%",
             .meaning = "what is offered, in percent of what the workers can do or of what `transfer` reached"},
        axis{.name = "wait_ratio",
             .label = "ratio",
             .is = axis::kind::count,
             .least = 0,
             .largest = 100,
             .phrase = "blocked {} times as long as computing",
             .meaning = "time that a task is blocked, per time that it computes"},
        axis{.name = "fan",
             .label = "fan",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1UL << 20,
             .phrase = "{} task{s} at a time",
             .meaning = "tasks that are waited for together"},
        axis{.name = "depth",
             .label = "depth",
             .is = axis::kind::count,
             .least = 1,
             .largest = 8,
             .neutral = "1",
             .phrase = "{} levels of tasks that wait for tasks",
             .phrase_neutral = "handed in from outside",
             .meaning = "levels of tasks that wait for tasks"},
        axis{.name = "tree",
             .label = "tree",
             .is = axis::kind::word,
             .phrase = "tree {}",
             .meaning = "the tree that `uts` searches"},
        axis{.name = "size",
             .label = "n",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1UL << 30,
             .phrase = "size {}",
             .meaning = "size of a fork-join program's problem"},
        axis{.name = "grain",
             .label = "grain",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1UL << 30,
             .phrase = "grain {}",
             .meaning = "the largest piece that a program does not fork"},
        axis{.name = "chain",
             .label = "chain",
             .is = axis::kind::count,
             .least = 2,
             .largest = 1024,
             .neutral = "2",
             .phrase = "a ring of {} threads",
             .meaning = "threads of a round trip, with a queue between each two"},
        axis{.name = "peer",
             .label = "peer",
             .is = axis::kind::word,
             .neutral = "spinning",
             .phrase = "peer {}",
             .phrase_neutral = "peer spinning",
             .meaning = "what the answerer of a round trip does when an item comes"},
        axis{.name = "sources",
             .label = "k",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1024,
             .phrase = "{} source{s}",
             .meaning = "channels that a receiver waits on at once"},
        axis{.name = "hot",
             .label = "hot",
             .is = axis::kind::word,
             .phrase = "hot: {}",
             .meaning =
                 "which of the sources items come from: the last `one`, `all` in turn, or `skewed`, half "
                 "of them from the first, half of the rest from the second and so on"},
        axis{.name = "select",
             .label = "select",
             .is = axis::kind::word,
             .phrase = "select {}",
             .meaning = "from which of several ready sources a receiver takes: the `first`, or each in turn "
                        "(`fair`)"},
        axis{.name = "closed_while",
             .label = "closed",
             .is = axis::kind::word,
             .phrase = "closed while {}",
             .meaning =
                 "what a channel is when it is closed: `empty` with a receiver that waits, `full` with a "
                 "sender that waits, or while items go through it (`middle`)"},
        axis{.name = "handlers",
             .label = "handlers",
             .is = axis::kind::count,
             .least = 1,
             .largest = 1024,
             .phrase = "{} handler{s}",
             .meaning = "handlers that are subscribed to a bus throughout"},
        axis{.name = "slow_ns",
             .label = "slow",
             .is = axis::kind::count,
             .least = 0,
             .largest = 1000UL * 1000,
             .unit = "ns",
             .phrase = "one handler takes {} ns",
             .meaning = "how long the slow handler of a bus sleeps in each call"},
        axis{.name = "throwing",
             .label = "throwing",
             .is = axis::kind::count,
             .least = 0,
             .largest = 1024,
             .phrase = "throwing handlers: {}",
             .meaning = "handlers of a bus that throw in each call"},
        axis{.name = "placement",
             .label = "place",
             .is = axis::kind::word,
             .neutral = "spread",
             .phrase = "placement {}",
             .phrase_neutral = "placement spread",
             .meaning = "which CPUs the threads get"},
        axis{.name = "sched",
             .label = "sched",
             .is = axis::kind::word,
             .neutral = "other",
             .phrase = "scheduling policy {}",
             .meaning = "what the kernel's scheduler is told of the threads; `other`: nothing"},
        axis{.name = "neighbours",
             .label = "neighbours",
             .is = axis::kind::count,
             .least = 0,
             .largest = 64,
             .neutral = "0",
             .phrase = "{} busy neighbour{s} on each CPU",
             .meaning = "busy threads of no team that share each CPU with the threads"},
    };
    return all;
}

const char* word(axis::kind k) {
    return k == axis::kind::count ? "count" : k == axis::kind::size ? "size" : "word";
}

std::string axes_table() {
    std::string table =
        "| name | label | kind and values | unit | meaning |\n"
        "|---|---|---|---|---|\n";
    for (const axis& a : axes()) {
        table += "| `" + std::string(a.name) + "` | `" + std::string(a.label) + "` | " + word(a.is);
        if (a.is != axis::kind::word) {
            table += ", " + std::to_string(a.least) + " to " + std::to_string(a.largest);
        }
        table += a.is == axis::kind::size ? ", or `unbounded` | " : " | ";
        table += std::string(a.unit) + " | " + std::string(a.meaning);
        table += a.neutral.empty() ? " |\n" : "; names leave out `" + std::string(a.neutral) + "` |\n";
    }
    return table;
}

const axis* find_axis(std::string_view name) {
    const auto found = std::ranges::find(axes(), name, &axis::name);
    return found == axes().end() ? nullptr : &*found;
}

std::string_view point::value(std::string_view axis) const {
    const auto found = std::ranges::find(values, axis, &std::pair<std::string, std::string>::first);
    return found == values.end() ? std::string_view() : std::string_view(found->second);
}

unsigned long point::number(std::string_view axis) const {
    const std::string_view text = value(axis);
    unsigned long result = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw std::logic_error(name() + ": axis " + std::string(axis) + " is no number");
    }
    return result;
}

std::string point::name() const {
    std::string result = family + "/" + workload + "/" + impl;
    for (const auto& [axis_name, text] : values) {
        const axis* a = find_axis(axis_name);
        if (text != a->neutral) {
            result += "/" + std::string(a->label) + ":" + text;
        }
    }
    return result;
}

placement placement_of(const point& p) {
    return parse_placement(p.value("placement")).value_or(placement::spread);
}

scheduling scheduling_of(const point& p) {
    return {parse_sched_policy(p.value("sched")).value_or(sched_policy::other),
            p.value("neighbours").empty() ? 0 : p.number("neighbours")};
}

}  // namespace handoff::harness
