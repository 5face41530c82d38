// The formulas of limits that only locks need.
#pragma once

#include "concepts/locks.hpp"
#include "shared/limits_of.hpp"

namespace handoff::benchmarks::limits {

/// Critical sections of which `share` exclude all others.
inline terms exclude(const harness::point& p, impls::admission admits, double share) {
    for (const char* axis : {"hold_ns", "think_ns"}) {
        if (!p.value(axis).empty() && p.number(axis) > 0) {
            return {};  // the computation is the bound
        }
    }
    terms all;
    if (share > 0) {
        all.push_back({kernel::atomic_add, share});
    }
    if (admits == impls::admission::fifo && share == 1 && apart(p, p.number("threads"))) {
        all.push_back({kernel::message, 1});  // the next one is another thread
    }
    return all;
}

}  // namespace handoff::benchmarks::limits
