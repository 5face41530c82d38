#include "channels/family.hpp"

#include <string>
#include <utility>

#include "channels/words.hpp"
#include "queues/words.hpp"
#include "shared/run_loops.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

using kind = harness::verdict::kind;

harness::verdict judge(const channel_traits& channel, std::string_view axis, std::string_view value) {
    const std::string name(channel.name);
    if (axis == "wait") {
        return channel.judge_wait(value);
    }
    if (axis == "producers" && channel.senders == impls::cardinality::one && value != "1") {
        return {kind::not_offered, name + " takes one sender"};
    }
    if (axis == "consumers" && channel.receivers == impls::cardinality::one && value != "1") {
        return {kind::not_offered, name + " takes one receiver"};
    }
    if (axis == "capacity") {
        return channel.judge_capacity(value);
    }
    return {};
}

const char* users_of(const channel_traits& channel) {
    const bool many_send = channel.senders == impls::cardinality::many;
    const bool many_receive = channel.receivers == impls::cardinality::many;
    return many_send && many_receive ? "any number of threads"
           : many_send               ? "any number of senders, one receiver only"
           : many_receive            ? "one sender only, any number of receivers"
                                     : "one sender and one receiver only";
}

/// The channels that a user could exchange a channel for.
std::string rivals(const channel_traits& channel, const harness::point& p) {
    const std::string_view held = p.value("capacity");
    const std::string room = held == "0"           ? "rendezvous"
                             : held == "unbounded" ? "unbounded"
                             : channel.capacities.rule == impls::capacity_rule::at_least
                                 ? "bounded, capacity at least " + std::string(held)
                                 : "bounded, capacity " + std::string(held);
    return room + ", " + words::promise_of(channel.delivers) + ", " + words::of(channel.order, std::nullopt) +
           ", " + users_of(channel);
}

}  // namespace

void enrol_channel(int rank, const channel_traits& channel, std::size_t workload, const void* loops) {
    harness::candidate c;
    c.family = "channels";
    c.impl = channel.name;
    c.guarantees = {
        {"delivery", words::of(channel.delivers)},   {"order", words::of(channel.order, std::nullopt)},
        {"progress", words::of(channel.progress)},   {"producers", words::of(channel.senders)},
        {"consumers", words::of(channel.receivers)}, {"capacity", channel.capacity_words()},
        {"select", channel.selects ? "yes" : "no"},  {"cancel", channel.cancels ? "yes" : "no"}};
    c.words = {{"wait", channel.wait_words()}, {"placement", harness::placement_words()}};
    c.judge = [&channel](std::string_view axis, std::string_view value) { return judge(channel, axis, value); };
    c.rivals = [&channel](const harness::point& p) { return rivals(channel, p); };
    complete(channel_workloads(), workload, channel, c);
    c.run = [workload, loops](const harness::trial& t) {
        return run_loops(channel_workloads(), workload, t, loops);
    };
    enrol(rank, workload, std::move(c));
}

}  // namespace handoff::benchmarks
