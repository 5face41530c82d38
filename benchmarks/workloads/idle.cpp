#include "idle.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <thread>

#include "asleep.hpp"
#include "clock.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

harness::measurement idle_on(const harness::trial& t, idle_channel& channel) {
    const item<8> sent(1, 42);
    const auto length = static_cast<std::uint64_t>(std::chrono::nanoseconds(t.longest).count());
    std::atomic<bool> begun{false};
    std::atomic<bool> pushed{false};
    bool early = false;
    bool got = false;
    item<8> received{};
    double waited_seconds = 0;
    double burnt_seconds = 0;

    harness::team crew(placement_of(t.point));
    crew.add("waiter", [&](harness::lap& me) {
        me.start();
        const auto begin = harness::clock::now();
        const double burnt_before = harness::cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
        begun.store(true, std::memory_order_relaxed);  // relaxed: carries no data
        got = channel.pop(received);
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
        me.stop(channel.push(item<8>(sent)) ? 1 : 0);
    });

    harness::measurement m;
    m.items = 1;
    m.team = crew.run(t.window, [&] { channel.close(); });
    m.metrics = {{"idle_cpu", burnt_seconds / waited_seconds}};
    channel.add_metrics(m);
    if (!got) {
        m.failure = "lost: the item that was to end the wait did not arrive";
    } else if (early) {
        m.failure = "duplicated: an item came before any was pushed";
    } else if (received.head() != sent.head()) {
        m.failure = "corrupt: the item that came is not the one that was pushed";
    }
    channel.close();
    if (m.failure.empty() && channel.pop(received)) {
        m.failure = "duplicated: one item was pushed, and another is left";
    }
    return m;
}

}  // namespace handoff::benchmarks
