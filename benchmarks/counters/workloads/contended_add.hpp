// Threads add to one counter.
#pragma once

#include <cstdint>
#include <string>

#include "counters/add_together.hpp"
#include "counters/limits.hpp"
#include "counters/traits.hpp"
#include "measurement.hpp"

namespace handoff::benchmarks {

/// Threads add as fast as they can, or with work in between.
///
/// Stresses: the counter's write path, alone (1 thread) and shared. Verifies: the total after all have joined.
struct contended_add {
    static void declare(const auto& counter, auto& c) {
        c.workload = "contended_add";
        c.axes = {{"threads", {"1", "2"}}, {"work_ns", {"0"}}, {"placement", {"spread"}}};
        c.limit = [&counter](const harness::point& p) { return limits::add(p, counter.reading, 1); };
    }

    /// A counter that may lose updates has no speed that could stand beside that of a correct one.
    static constexpr bool suits(const counter_traits& counter) { return !counter.may_lose(); }

    template <class Counter>
    static harness::measurement run(const harness::trial& t) {
        Counter counter;
        harness::measurement m = add_together(counter, t);
        if (const std::uint64_t total = counter.read(); total != m.items) {
            m.failure = (total < m.items ? "lost: the counter says " : "duplicated: the counter says ") +
                        std::to_string(total) + " after " + std::to_string(m.items) + " increments";
        }
        return m;
    }
};

}  // namespace handoff::benchmarks
