// Throughput of receivers that work: what `overload` takes its loads from.
#pragma once

#include "channels/overload.hpp"
#include "channels/traits.hpp"
#include "concepts/channels.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// Senders keep some items ahead of the receivers, as many as the channel holds and 64 at most, and never wait
/// in it (but for a rendezvous); receivers work `task_ns` for each item. One iteration is one item that is
/// handled.
///
/// Stresses: receivers that always find something. Verifies: what `overload` verifies.
struct carried {
    static constexpr bool suits(const channel_traits& channel) {
        return channel.delivers != impls::delivery::to_all;
    }

    static void declare(const auto& channel, auto& c) {
        c.workload = "carried";
        c.axes = {{"wait", channel.wait_words()}, {"producers", {"1"}},
                  {"consumers", {"1"}},           {"capacity", channel.usual_capacities()},
                  {"lengths", {"fixed"}},         {"task_ns", {"5000"}},
                  {"placement", {"spread"}}};
        c.words.push_back({"lengths", overload_length_words()});
        c.threads = [](const harness::point& p) { return p.number("producers") + p.number("consumers"); };
        c.keeps_cpu = [&channel](const harness::point& p) { return channel.keeps_cpu(p); };
        c.stops_on_time = true;
    }

    using loops = overload_loops;
    template <class Channel>
    static constexpr loops loops_of = overload_loops_of<Channel>();

    static harness::measurement run(const auto& t, const loops& of) { return run_carried(t, of); }
};

}  // namespace handoff::benchmarks
