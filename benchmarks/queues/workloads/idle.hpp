// The CPU time that a thread burns while it waits for an item and none comes.
//
// Stresses: the wait strategy alone, for as long as the trial lasts.
// Verifies: the waiter gets the one item that ends its wait, whole, not before it was pushed, and nothing after
//           it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <thread>

#include "clock.hpp"
#include "measurement.hpp"
#include "queues/channel.hpp"
#include "queues/traits.hpp"
#include "queues/waiting.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"
#include "shared/item.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One iteration is one wait; the trial has one. `idle_cpu` is the waiting thread's CPU time over the time that
/// it waited, each read by itself just before the wait and just after it. The other thread sleeps in the
/// meantime.
struct idle {
    static void declare(const auto& q, auto& c) {
        c.workload = "idle";
        c.measure = "idle_cpu";
        c.axes = {{"wait", q.wait_words()}, {"capacity", q.usual_capacity()}, {"placement", {"spread"}}};
        c.threads = [](const harness::point&) { return std::size_t{2}; };
        c.stops_on_time = true;
    }

    static constexpr std::array<std::size_t, 1> bytes{8};

    /// What a call costs is nothing beside the wait.
    struct loops {
        channel_maker make;
        bool (*pop)(any_channel&, item<8>& out, wait_tally&);  ///< by a handle of the calling thread's own
        bool (*push)(any_channel&, item<8>);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const item<8> sent(1, 42);
        const auto length = static_cast<std::uint64_t>(std::chrono::nanoseconds(t.longest).count());
        std::atomic<bool> begun{false};
        std::atomic<bool> pushed{false};
        bool early = false;
        bool got = false;
        item<8> received{};
        wait_tally waits;
        double waited_seconds = 0;
        double burnt_seconds = 0;
        const auto channel = of.make(t.point);

        harness::team crew(placement_of(t.point));
        crew.add("waiter", [&](harness::lap& me) {
            me.start();
            const auto begin = harness::clock::now();
            const double burnt_before = harness::cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
            begun.store(true, std::memory_order_relaxed);  // relaxed: carries no data
            got = of.pop(*channel, received, waits);
            early = !pushed.load(std::memory_order_relaxed);  // relaxed: stored before the item was pushed
            burnt_seconds = harness::cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - burnt_before;
            waited_seconds = harness::seconds_between(begin, harness::clock::now());
            me.stop(1);
        });
        crew.add("giver", [&](harness::lap& me) {
            me.start();
            while (!begun.load(std::memory_order_relaxed)) {  // relaxed: carries no data
                std::this_thread::yield();
            }
            sleep_for(length);
            pushed.store(true, std::memory_order_relaxed);  // relaxed: the push orders it
            me.stop(of.push(*channel, sent) ? 1 : 0);
        });

        harness::measurement m;
        m.items = 1;
        m.team = crew.run(t.window, [&] { channel->close(); });
        m.metrics = {{"idle_cpu", burnt_seconds / waited_seconds}};
        m.actual_capacity = channel->capacity();
        if (channel->tells_of_waits) {
            add_sleep_metrics(m, waits, channel->report());
        }
        if (!got) {
            m.failure = "lost: the item that was to end the wait did not arrive";
        } else if (early) {
            m.failure = "duplicated: an item came before any was pushed";
        } else if (received.head() != sent.head()) {
            m.failure = "corrupt: the item that came is not the one that was pushed";
        }
        const std::uint64_t left = channel->drain();
        if (m.failure.empty() && left > 0) {
            m.failure = "duplicated: one item was pushed, and another is left";
        }
        return m;
    }

    template <class Channel>
    static bool pop(any_channel& channel, item<8>& out, wait_tally& waits) {
        auto from = typed<Channel>(channel).consumer();
        typename Channel::value_type taken{};
        const bool got = from.pop(taken);
        out = item<8>(taken.head());
        waits += from.observer();
        return got;
    }
    template <class Channel>
    static bool push(any_channel& channel, item<8> value) {
        return typed<Channel>(channel).producer().push(typename Channel::value_type(value.head()));
    }
    template <class Channel>
    static constexpr loops loops_of{&channel_of<Channel>::make, &pop<Channel>, &push<Channel>};
};

}  // namespace handoff::benchmarks
