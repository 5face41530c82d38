// Latency under a load that stays the same for long: does it, or the memory, or the CPU time, drift?
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "measurement.hpp"
#include "queues/open_loop.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"
#include "shared/limits_of.hpp"

namespace handoff::benchmarks {

/// An open loop at one rate (open_loop.hpp), in parts: as many as make four quarters of three.
///
/// Stresses: what a queue keeps, fragments or lets grow from item to item; a sweep gives it minutes. Verifies:
/// what `transfer` verifies.
///
/// A drift is what the last quarter of the schedule has, over what the first has. Memory is that of the
/// process, by the kernel's account; the first consumer asks for it between two parts, which holds it up for
/// some tens of microseconds.
struct soak {
    static void declare(const auto& q, auto& c) {
        c.workload = "soak";
        c.measure = "latency";
        c.axes = {{"wait", q.wait_words()}, {"producers", {"1"}},
                  {"consumers", {"1"}},     {"capacity", q.usual_capacity()},
                  {"bytes", {"8"}},         {"arrivals", {"poisson"}},
                  {"load", {"50"}},         {"placement", {"spread"}}};
        open_loop::declare(q, c);
        c.limit = [](const harness::point& p) {
            return limits::apart(p, open_loop::threads(p)) ? limits::one_way(p) : limits::terms{};
        };
        c.paced_by = [](const harness::point& p) {
            return open_loop::share_of_transfer(p, static_cast<double>(p.number("load")) / 100);
        };
    }

    static constexpr std::size_t in_a_quarter = 3;
    static constexpr std::size_t parts = 4 * in_a_quarter;

    static constexpr auto bytes = open_loop::bytes;
    using loops = open_loop::loops;
    template <class Channel>
    static constexpr loops loops_of = open_loop::loops_of<Channel>;

    static harness::measurement run(const auto& t, const loops& of) {
        open_loop::outcome found = open_loop::run(t, of, {.parts = parts, .watches_costs = true});
        auto& metrics = found.m.metrics;
        metrics.push_back({"saturated", found.saturated ? 1.0 : 0.0});
        if (!found.saturated) {
            found.m.latency = found.latency();
        }
        const harness::histogram first = found.latencies(0, in_a_quarter);
        const harness::histogram last = found.latencies(parts - in_a_quarter, parts);
        for (const auto& [name, share] : {std::pair{"p50_drift", 0.5}, {"p99_drift", 0.99}}) {
            const auto before = open_loop::quantile(first, share);
            const auto after = open_loop::quantile(last, share);
            if (before && after && *before > 0) {
                metrics.push_back({name, *after / *before});
            }
        }
        const auto& begin = found.seen.cost_at(0);
        const auto& early = found.seen.cost_at(in_a_quarter);
        const auto& late = found.seen.cost_at(parts - in_a_quarter);
        const auto& end = found.seen.cost_at(parts);
        if (begin && early && late && end && first.count() > 0 && last.count() > 0) {
            const double before =
                (early->cpu_seconds - begin->cpu_seconds) / static_cast<double>(first.count());
            const double after = (end->cpu_seconds - late->cpu_seconds) / static_cast<double>(last.count());
            if (before > 0) {
                metrics.push_back({"cpu_drift", after / before});
            }
            if (early->memory_bytes > 0 && end->memory_bytes > 0) {
                metrics.push_back(
                    {"memory_drift_bytes", std::max(0.0, end->memory_bytes - early->memory_bytes)});
            }
        }
        return std::move(found.m);
    }
};

}  // namespace handoff::benchmarks
