// Latency while the load rises past what a queue carries, and falls again: does it recover?
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "measurement.hpp"
#include "queues/open_loop.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// An open loop (open_loop.hpp) in seven stages of equal length: a quarter, a half, three quarters and all of
/// the load that the point names, and down again. What the queue does not carry at the peak is a backlog, and
/// is worked off on the way down.
///
/// Stresses: a queue that has been full, or long, and those who wait at it. Verifies: what `transfer` verifies.
///
/// It is ranked by how long it takes to recover: from the end of the peak until the median latency of two parts
/// in a row (an eighth of a stage each) is at most twice what it was at the same load on the way up. One that
/// does not is given the time until the schedule's end.
struct swell {
    static void declare(const auto& q, auto& c) {
        c.workload = "swell";
        c.measure = "recovery_ns";
        c.axes = {{"wait", q.wait_words()}, {"producers", {"1"}},
                  {"consumers", {"1"}},     {"capacity", q.usual_capacity()},
                  {"bytes", {"8"}},         {"arrivals", {"poisson"}},
                  {"load", {"120"}},        {"placement", {"spread"}}};
        open_loop::declare(q, c);
        c.paced_by = [](const harness::point& p) {
            return open_loop::share_of_transfer(p, static_cast<double>(p.number("load")) / 100);
        };
    }

    static constexpr double shares[] = {0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25};
    static constexpr std::size_t stages = std::size(shares);
    static constexpr std::size_t peak = stages / 2;
    static constexpr std::size_t in_a_stage = 8;
    static constexpr std::size_t parts = stages * in_a_stage;
    static constexpr double recovered_below = 2;  ///< times the latency on the way up

    static constexpr auto bytes = open_loop::bytes;
    using loops = open_loop::loops;
    template <class Channel>
    static constexpr loops loops_of = open_loop::loops_of<Channel>;

    static harness::measurement run(const auto& t, const loops& of) {
        open_loop::outcome found =
            open_loop::run(t, of, {.stages = {std::begin(shares), std::end(shares)}, .parts = parts});
        const double load = static_cast<double>(t.point.number("load"));
        std::vector<std::optional<double>> medians;
        for (std::size_t part = 0; part < found.m.course.size(); ++part) {
            found.m.course[part].load = load * shares[part / in_a_stage];
            medians.push_back(found.m.course[part].p50);
        }
        std::vector<std::optional<double>> usual;  // of each stage on the way up
        for (std::size_t stage = 0; stage < peak; ++stage) {
            usual.push_back(open_loop::quantile(of_stage(found, stage), 0.5));
            const auto down = open_loop::quantile(of_stage(found, stages - 1 - stage), 0.5);
            if (usual.back() && down && *usual.back() > 0) {
                constexpr const char* names[] = {"down_over_up_25", "down_over_up_50", "down_over_up_75"};
                found.m.metrics.push_back({names[stage], *down / *usual.back()});
            }
        }
        const std::size_t until = recovery(medians, usual);
        const std::size_t after_peak = (peak + 1) * in_a_stage;
        found.m.metrics.push_back({"recovered", until < parts ? 1.0 : 0.0});
        found.m.metrics.push_back(
            {"recovery_ns", static_cast<double>(found.seen.length()) *
                                static_cast<double>(std::min(until + 1, parts) - after_peak)});
        return std::move(found.m);
    }

    /// The first part after the peak with which the medians of the parts are as usual again, whose stages on
    /// the way up had these; `parts`: none. A part in which nothing was due is as usual.
    static std::size_t recovery(const std::vector<std::optional<double>>& medians,
                                const std::vector<std::optional<double>>& usual) {
        const auto recovered = [&](std::size_t part) {
            const auto& up = usual[stages - 1 - part / in_a_stage];
            return !medians[part] || !up || *medians[part] <= recovered_below * *up;
        };
        for (std::size_t part = (peak + 1) * in_a_stage; part < parts; ++part) {
            if (recovered(part) && (part + 1 == parts || recovered(part + 1))) {
                return part;
            }
        }
        return parts;
    }

private:
    static harness::histogram of_stage(const open_loop::outcome& found, std::size_t stage) {
        return found.latencies(stage * in_a_stage, (stage + 1) * in_a_stage);
    }
};

}  // namespace handoff::benchmarks
