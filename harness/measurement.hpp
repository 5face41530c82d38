// What a trial is told and what it observed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histogram.hpp"
#include "point.hpp"

namespace handoff::harness {

/// What one thread of a team did between the gate and its last item.
struct thread_report {
    std::string role;
    int cpu = -1;                  ///< pinned to; -1: not pinned
    double start_seconds = 0;      ///< on the steady clock, since the team's first start
    double end_seconds = 0;        ///< likewise
    double cpu_seconds = 0;        ///< CLOCK_THREAD_CPUTIME_ID
    double run_delay_seconds = 0;  ///< runnable but not running (schedstat); NaN-free: 0 where unknown
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;
    std::uint64_t items = 0;  ///< operations of this thread
};

/// What a team did as a whole.
struct team_report {
    std::vector<thread_report> threads;
    double window_seconds = 0;  ///< first start to last end
    double overlap = 0;         ///< share of the window in which all threads ran
    bool rescued = false;       ///< the team stood still and was told to give up
};

/// What a trial observed. `failure` is empty when every check held.
struct measurement {
    std::uint64_t items = 0;  ///< iterations: items handed over, or round trips
    team_report team;
    std::string failure;
    std::optional<histogram> latency;  ///< in half nanoseconds of a round trip = nanoseconds one way
    std::optional<std::uint64_t> actual_capacity;
};

/// One trial. `window` must be called once with the function that runs the measured part.
struct trial {
    const harness::point& point;
    std::uint64_t items;
    std::uint64_t seed;
    std::function<void(const std::function<void()>&)> window;
};

}  // namespace handoff::harness
