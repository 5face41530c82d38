// Workloads that ask who is delayed where others want the same CPUs.
#pragma once

#include <string>
#include <vector>

#include "registry.hpp"
#include "scheduling.hpp"

namespace handoff::benchmarks {

/// Adds the axes `sched` and `neighbours`, each with its neutral value only, behind the placement. For
/// `declare`.
inline void add_scheduling(harness::candidate& c) {
    c.axes.push_back({"sched", {"other"}});
    c.axes.push_back({"neighbours", {"0"}});
    c.words.push_back({"sched", harness::sched_policy_words()});
}

}  // namespace handoff::benchmarks
