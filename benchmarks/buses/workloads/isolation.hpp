// What a slow handler does to the others: from when an event was due until the others were called.
//
// Stresses: whether handlers wait for each other, and publications for handlers.
// Verifies: each handler was called once for each publication, in order, the slow one too.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "buses/publishing.hpp"
#include "buses/traits.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"

namespace handoff::benchmarks {

/// One iteration is one publication, on a schedule that waits for nobody: open loop. The handler that was
/// subscribed first sleeps for `slow_ns` in each call; the distribution holds the times of all others. A
/// publication that comes late, because the one before it took long, is charged from when it was due.
struct isolation {
    static constexpr std::int64_t period_ns = 200'000;

    static void declare(const auto& bus, auto& c) {
        c.workload = "isolation";
        c.measure = "latency";
        c.axes = bus_axes(bus, {{"handlers", {"8"}}, {"slow_ns", {"100000"}}, {"placement", {"spread"}}});
        c.judge = [of_all = c.judge](std::string_view axis, std::string_view value) {
            using kind = harness::verdict::kind;
            return axis == "handlers" && value == "1"
                       ? harness::verdict{kind::senseless, "isolation needs a handler beside the slow one"}
                       : of_all(axis, value);
        };
        c.threads = [&bus](const harness::point& p) { return bus_threads(bus, 1, p); };
        c.members = [](const harness::point&) { return 1; };
    }

    /// One handler's. The thread that calls it writes it.
    struct listener {
        recorder record;
        std::uint64_t sleep_ns = 0;
        const harness::clock::time_point* begin = nullptr;
        harness::histogram times = {};

        static void call(void* self, const bus_event& event) {
            listener& me = *static_cast<listener*>(self);
            const auto due = *me.begin + std::chrono::nanoseconds(period_ns) * event.sequence();
            const std::int64_t late = std::chrono::nanoseconds(harness::clock::now() - due).count();
            me.times.record(late < 0 ? 0 : static_cast<std::uint64_t>(late));
            me.record(event);
            if (me.sleep_ns > 0) {
                sleep_for(me.sleep_ns);
            }
        }
    };

    using loops = bus_loops;
    static harness::measurement run(const auto& t, const bus_loops& of) {
        const std::size_t handlers = t.point.number("handlers");
        const std::uint64_t publications = std::max<std::uint64_t>(20, t.items);
        harness::clock::time_point begin;
        std::vector<listener> listeners;
        listeners.reserve(handlers);
        bus_trial trial(t, of, 1, 1, handlers);
        for (std::size_t i = 0; i < handlers; ++i) {
            listeners.push_back({trial.seen().of(i), i == 0 ? t.point.number("slow_ns") : 0, &begin});
            trial.bus().subscribe(called{&listener::call, &listeners.back()});
        }
        trial.crew().add("publisher", [&](harness::lap& me) {
            const auto out = trial.bus().publisher();
            me.start();
            begin = harness::clock::now();
            for (std::uint64_t i = 0; i < publications; ++i) {
                wait_until(begin + std::chrono::nanoseconds(period_ns) * i);
                out->publish(bus_event(0, i));
            }
            trial.bus().drain();
            me.stop(publications);
        });
        harness::measurement m;
        m.items = publications;
        m.team = trial.run([] {});
        m.failure = trial.seen().audit({publications});
        harness::histogram times;
        for (std::size_t i = 1; i < handlers; ++i) {
            times.merge(listeners[i].times);
        }
        m.latency = harness::sampled_latency{
            "from when an event was due until a handler beside the slow one was called", 1, std::move(times)};
        return m;
    }

private:
    /// Asleep until shortly before, so that others have the CPU.
    static void wait_until(harness::clock::time_point due) {
        constexpr std::int64_t slack_ns = 60'000;
        const std::int64_t left = std::chrono::nanoseconds(due - harness::clock::now()).count();
        if (left > slack_ns) {
            sleep_for(static_cast<std::uint64_t>(left - slack_ns));
        }
        while (harness::clock::now() < due) {
            std::this_thread::yield();
        }
    }
};

}  // namespace handoff::benchmarks
