// Threads add to one counter, and what is missing afterwards is counted.
#pragma once

#include <cstdint>
#include <string>

#include "counters/add_together.hpp"
#include "counters/traits.hpp"
#include "measurement.hpp"

namespace handoff::benchmarks {

/// The loop of contended_add, and the question how many increments are missing afterwards. What is ranked and
/// drawn is their share; a counter that loses updates has no speed.
///
/// Stresses: a read-modify-write that is not atomic, or the claim that it is. Verifies: that a counter which
/// promises to lose nothing loses nothing, and that no counter gains anything.
struct lost_updates {
    static void declare(const auto&, auto& c) {
        c.workload = "lost_updates";
        c.measure = "lost_share";
        c.axes = {{"threads", {"2"}}, {"work_ns", {"0"}}, {"placement", {"spread"}}};
        c.rivals = [](const harness::point&) { return "all"; };
    }

    template <class Counter>
    static harness::measurement run(const harness::trial& t) {
        Counter counter;
        harness::measurement m = add_together(counter, t);
        const std::uint64_t total = counter.read();
        if (m.items == 0 && total == 0) {
            return m;  // no promise is broken: the harness says that nothing was done
        }
        if (total > m.items || total == 0) {
            m.failure = "the counter says " + std::to_string(total) + " after " + std::to_string(m.items) +
                        " increments";
        } else if (Counter::reading != impls::read_promise::racy && total != m.items) {
            m.failure =
                "lost: " + std::to_string(m.items - total) + " of " + std::to_string(m.items) + " increments";
        } else {
            m.metrics.emplace_back("lost_share",
                                   static_cast<double>(m.items - total) / static_cast<double>(m.items));
        }
        return m;
    }
};

}  // namespace handoff::benchmarks
