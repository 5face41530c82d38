// The formulas of limits that only counters need.
#pragma once

#include "concepts/counters.hpp"
#include "shared/limits_of.hpp"

namespace handoff::benchmarks::limits {

/// Additions to one number, of which `share` are additions and the others reads.
inline terms add(const harness::point& p, impls::read_promise reading, double share) {
    const bool works = !p.value("work_ns").empty() && p.number("work_ns") > 0;
    if (reading != impls::read_promise::linearizable || works || share <= 0) {
        return {};
    }
    return {{kernel::atomic_add, share}};
}

}  // namespace handoff::benchmarks::limits
