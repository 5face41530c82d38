// Latency under load: items are sent on a schedule, whether the queue keeps up or not.
#pragma once

#include <array>
#include <string_view>

#include "measurement.hpp"
#include "queues/open_loop.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"
#include "shared/limits_of.hpp"

namespace handoff::benchmarks {

/// An open loop at one rate (open_loop.hpp).
///
/// Stresses: a queue that is empty most of the time, or never, as the load says; the wait strategy between the
/// two. Verifies: what `transfer` verifies.
///
/// Where the trial is saturated (lag_watch) there is no latency: it would be the length of the trial.
struct paced {
    static void declare(const auto& q, auto& c) {
        c.workload = "paced";
        c.measure = "latency";
        c.axes = {{"wait", q.wait_words()},         {"producers", {"1"}},     {"consumers", {"1"}},
                  {"capacity", q.usual_capacity()}, {"bytes", {"8"}},         {"arrivals", {"poisson"}},
                  {"load", {"10", "50", "90"}},     {"placement", {"spread"}}};
        open_loop::declare(q, c);
        c.limit = [](const harness::point& p) {
            return limits::apart(p, open_loop::threads(p)) ? limits::one_way(p) : limits::terms{};
        };
        c.paced_by = [](const harness::point& p) {
            return open_loop::share_of_transfer(p, static_cast<double>(p.number("load")) / 100);
        };
    }

    static constexpr auto bytes = open_loop::bytes;
    using loops = open_loop::loops;
    template <class Channel>
    static constexpr loops loops_of = open_loop::loops_of<Channel>;

    static harness::measurement run(const auto& t, const loops& of) {
        open_loop::outcome found = open_loop::run(t, of);
        found.m.metrics.push_back({"saturated", found.saturated ? 1.0 : 0.0});
        if (!found.saturated) {
            found.m.latency = found.latency();
        }
        return std::move(found.m);
    }
};

}  // namespace handoff::benchmarks
