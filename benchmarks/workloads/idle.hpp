// What a thread burns that waits for an item, and none comes.
//
// Stresses: the wait strategy alone, for as long as the trial lasts.
// Verifies: the waiter gets the one item that ends its wait, whole, not before it was pushed, and nothing after it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <thread>

#include "asleep.hpp"
#include "blocking.hpp"
#include "channel.hpp"
#include "clock.hpp"
#include "item.hpp"
#include "measurement.hpp"
#include "team.hpp"
#include "waiting.hpp"

namespace handoff::benchmarks {

/// One iteration is one wait; the trial has one. `idle_cpu` is the waiting thread's CPU time over the time that it
/// waited, each read by itself just before the wait and just after it. The other thread sleeps in the meantime.
template <class Channel>
harness::measurement idle(const harness::trial& t) {
    using item_type = typename Channel::value_type;
    const auto channel = make_channel<Channel>(t.point);
    const item_type sent(1, 42);
    const auto length = static_cast<std::uint64_t>(std::chrono::nanoseconds(t.longest).count());
    std::atomic<bool> waits{false};
    std::atomic<bool> pushed{false};
    bool early = false;
    bool got = false;
    item_type received{};
    double waited_seconds = 0;
    double burnt_seconds = 0;
    wait_tally tally;

    harness::team crew(placement_of(t.point));
    crew.add("waiter", [&](harness::lap& me) {
        auto out = channel->consumer();
        me.start();
        const auto begin = harness::clock::now();
        const double burnt_before = harness::cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
        waits.store(true, std::memory_order_relaxed);  // relaxed: carries no data
        got = out.pop(received);
        early = !pushed.load(std::memory_order_relaxed);  // relaxed: stored before the item was pushed
        burnt_seconds = harness::cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - burnt_before;
        waited_seconds = harness::seconds_between(begin, harness::clock::now());
        me.stop(1);
        tally = wait_tally::mine();
    });
    crew.add("giver", [&](harness::lap& me) {
        auto in = channel->producer();
        me.start();
        while (!waits.load(std::memory_order_relaxed)) {  // relaxed: carries no data
            std::this_thread::yield();
        }
        sleep_for(length);
        pushed.store(true, std::memory_order_relaxed);  // relaxed: the push orders it
        const bool open = in.push(item_type(sent));
        me.stop(open ? 1 : 0);
    });

    harness::measurement m;
    m.items = 1;
    m.team = crew.run(t.window, [&] { channel->close(); });
    m.actual_capacity = capacity_of(*channel);
    m.metrics = {{"idle_cpu", burnt_seconds / waited_seconds}};
    report_waiting<Channel>(m, tally, {channel.get()});

    if (!got) {
        m.failure = "lost: the item that was to end the wait did not arrive";
    } else if (early) {
        m.failure = "duplicated: an item came before any was pushed";
    } else if (received.head() != sent.head() || !received.whole()) {
        m.failure = "corrupt: the item that came is not the one that was pushed";
    }
    channel->close();
    item_type leftover{};
    if (m.failure.empty() && channel->consumer().pop(leftover)) {
        m.failure = "duplicated: one item was pushed, and another is left";
    }
    return m;
}

}  // namespace handoff::benchmarks
