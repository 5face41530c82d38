#include "queues/family.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "queues/words.hpp"
#include "shared/run_loops.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

using kind = harness::verdict::kind;

harness::verdict judge(const queue_traits& q, std::string_view axis, std::string_view value) {
    const std::string name(q.name);
    if (axis == "wait") {
        if (q.find_wait(value) != nullptr) {
            return {};
        }
        return {kind::not_offered,
                q.is_native ? name + " waits by its own means (native)" : name + " has no waiting of its own"};
    }
    if (axis == "producers" && q.producers == impls::cardinality::one && value != "1") {
        return {kind::not_offered, name + " takes one producer"};
    }
    if (axis == "consumers" && q.consumers == impls::cardinality::one && value != "1") {
        return {kind::not_offered, name + " takes one consumer"};
    }
    if (axis == "consumers" && q.order == impls::ordering::multicast && value != "1") {
        return {kind::not_offered, "each consumer of " + name + " receives every item: workload multicast"};
    }
    if (axis == "bytes" && value != "8" && value != "64" && value != "256") {
        return {kind::senseless, "legal: 8, 64, 256"};
    }
    if (axis == "capacity") {
        return q.judge_capacity(value);
    }
    if (axis == "spin_budget" && value != "own" && q.budgeted_waits().empty()) {
        return {kind::not_offered, name + " waits by its own means (native)"};
    }
    return {};
}

/// Who may use a queue, in words.
const char* users_of(const queue_traits& q) {
    const bool many_push = q.producers == impls::cardinality::many;
    const bool many_pop = q.consumers == impls::cardinality::many;
    if (q.order == impls::ordering::multicast) {
        return many_push ? "any number of producers, each consumer receives every item"
                         : "one producer only, each consumer receives every item";
    }
    return many_push && many_pop ? "any number of threads"
           : many_push           ? "any number of producers, one consumer only"
           : many_pop            ? "one producer only, any number of consumers"
                                 : "one producer and one consumer only";
}

/// The queues that a user could exchange a queue for. One that may hold more than it was asked for is none of
/// those that hold just that: the more room, the seldomer a producer waits.
std::string rivals(const queue_traits& q, const harness::point& p) {
    const std::string_view held = p.value("capacity");
    const std::string_view balance = p.value("balance");
    return (held == "unbounded" ? "unbounded, "
                                : std::string("bounded, capacity ") + (q.is_exact() ? "" : "at least ") +
                                      std::string(held) + ", ") +
           q.order_words() + ", " + users_of(q) +
           (balance == "near_empty"  ? ", kept near-empty"
            : balance == "near_full" ? ", kept near-full"
                                     : "");
}

/// What all workloads of a queue declare alike.
harness::candidate begin_candidate(const queue_traits& q) {
    harness::candidate c;
    c.family = "queues";
    c.impl = q.name;
    c.guarantees = {{"order", q.order_words()},
                    {"progress", words::of(q.progress)},
                    {"producers", words::of(q.producers)},
                    {"consumers", words::of(q.consumers)},
                    {"capacity", words::of(q.capacity_is)},
                    {"bulk", q.pushes_in_bulk ? (q.pops_in_bulk ? "push and pop" : "push")
                             : q.pops_in_bulk ? "pop"
                                              : "none"}};
    c.words = {
        {"wait", q.wait_words()}, {"spin_budget", q.budget_words()}, {"placement", harness::placement_words()}};
    c.judge = [&q](std::string_view axis, std::string_view value) { return judge(q, axis, value); };
    c.rivals = [&q](const harness::point& p) { return rivals(q, p); };
    c.stalls_crowded = [&q](const harness::point& p) { return q.stalls_crowded(p); };
    return c;
}

/// The table is searched once per trial, outside everything measured.
const void* find_loops(std::span<const queue_instance> instances, const harness::point& p) {
    const std::size_t bytes = p.value("bytes").empty() ? 8 : p.number("bytes");
    for (const queue_instance& one : instances) {
        if ((p.value("wait").empty() || one.wait == p.value("wait")) && one.bytes == bytes) {
            return one.loops;
        }
    }
    throw std::logic_error(p.name() + " was judged legal but has no instance");
}

}  // namespace

void enrol_queue(int rank, const queue_traits& queue, std::size_t workload,
                 std::span<const queue_instance> instances) {
    harness::candidate c = begin_candidate(queue);
    complete(queue_workloads(), workload, queue, c);
    c.run = [workload, instances](const harness::trial& t) {
        return run_loops(queue_workloads(), workload, t, find_loops(instances, t.point));
    };
    enrol(rank, workload, std::move(c));
}

}  // namespace handoff::benchmarks
