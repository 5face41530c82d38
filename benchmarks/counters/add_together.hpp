// The loop of the workloads in which threads only add to one counter.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "busy_work.hpp"
#include "concepts/counters.hpp"
#include "measurement.hpp"
#include "shared/alike.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// Adds 1. Where the counter may refuse, asks until it does not; returns how often it refused.
template <class End>
std::uint64_t add_one(End& end) noexcept {
    std::uint64_t refused = 0;
    if constexpr (requires { end.try_add(1); }) {
        while (!end.try_add(1)) {
            ++refused;
        }
    } else {
        end.add(1);
    }
    return refused;
}

/// Threads add 1 to `counter`, `items` times in all, each spending `work_ns` after every addition.
template <class Counter>
harness::measurement add_together(Counter& counter, const harness::trial& t) {
    const std::uint64_t work = harness::steps_for(static_cast<double>(t.point.number("work_ns")));
    std::vector<std::uint64_t> refused(t.point.number("threads"));
    auto m = run_alike(t, "adder", t.items, [&](std::size_t i, harness::lap& me, quota& share) {
        decltype(auto) end = impls::adder_end(counter);
        std::uint64_t refusals = 0;
        std::uint64_t done = 0;
        me.start();
        if (work == 0) {
            done = share.work<64>([&](std::uint64_t left) {
                for (; left > 0; --left) {
                    refusals += add_one(end);
                }
            });
        } else {
            const std::uint64_t steps = work;
            done = share.work<8>([&](std::uint64_t left) {
                for (; left > 0; --left) {
                    refusals += add_one(end);
                    harness::spend(steps);
                }
            });
        }
        me.stop(done);
        refused[i] = refusals;
    });
    if constexpr (requires(impls::adder_end_t<Counter> end) { end.try_add(1); }) {
        const std::uint64_t all = std::accumulate(refused.begin(), refused.end(), std::uint64_t{0});
        m.metrics.emplace_back("refused_per_add", static_cast<double>(all) / static_cast<double>(m.items));
    }
    return m;
}

}  // namespace handoff::benchmarks
