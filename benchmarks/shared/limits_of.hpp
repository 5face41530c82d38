// The formulas of limits: what no implementation can beat, per workload and shape. docs/limits.md has the
// reasons.
//
// A bound stands here only where it is certain for whatever keeps the promises of its class. All are
// nanoseconds of wall time per iteration of the whole team.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "limit_term.hpp"
#include "point.hpp"
#include "topology.hpp"

namespace handoff::benchmarks::limits {

using terms = std::vector<harness::limit_term>;
namespace kernel = harness::kernel;

inline bool apart(const harness::point& p, std::size_t threads) {
    return harness::apart(harness::placement_of(p), threads);
}
inline bool on_one_cpu(const harness::point& p) {
    return harness::on_one_cpu(harness::placement_of(p));
}

/// Items of `bytes` (0: they need not go from CPU to CPU) from givers to takers. `in_order`: all of them
/// through one order. `most_held`: items that can be on their way at once, 0 where there is no telling.
inline terms stream(const harness::point& p, std::size_t givers, std::size_t takers, std::size_t bytes,
                    bool in_order, std::size_t most_held) {
    terms all;
    if (bytes > 0 && apart(p, givers + takers)) {
        // every CPU of the larger side may be handing over or taking at the full rate
        const auto lanes = static_cast<double>(std::max(givers, takers));
        all.push_back({kernel::stream_item, static_cast<double>(bytes) / 8 / lanes});
    }
    if (in_order && givers + takers > 2) {
        all.push_back({kernel::atomic_add, 1});
    }
    if (on_one_cpu(p) && most_held > 0) {
        all.push_back({kernel::thread_switch, 2 / static_cast<double>(most_held)});
    }
    return all;
}

/// One way between two of some threads that hand an item round, all awake.
inline terms one_way(const harness::point& p, std::size_t threads = 2) {
    if (apart(p, threads)) {
        return {{kernel::message, 1}};
    }
    return on_one_cpu(p) ? terms{{kernel::thread_switch, 1}} : terms{};
}

/// One episode of a barrier.
inline terms episode(const harness::point& p) {
    const std::size_t threads = p.number("threads");
    if (apart(p, threads)) {
        return {{kernel::message, 1}};
    }
    if (on_one_cpu(p) && threads > 1) {
        return {{kernel::thread_switch, static_cast<double>(threads - 1)}};
    }
    return {};
}

/// From a thread to another, of so many in all, that certainly sleeps in the kernel.
inline terms woken(const harness::point& p, std::size_t threads) {
    return apart(p, threads) ? terms{{kernel::wake, 1}} : terms{};
}

/// From a submission to the start of its task on a worker that waits; `asleep`: in the kernel, certainly.
inline terms start(const harness::point& p, bool asleep) {
    const std::size_t threads = 1 + p.number("workers");
    if (asleep) {
        return woken(p, threads);
    }
    return apart(p, threads) ? terms{{kernel::message, 1}} : terms{};
}

}  // namespace handoff::benchmarks::limits
