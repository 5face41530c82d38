// The clocks of measuring.
#pragma once

#include <chrono>
#include <ctime>

namespace handoff::harness {

using clock = std::chrono::steady_clock;

/// Seconds between two readings.
inline double seconds_between(clock::time_point from, clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

/// CPU time in seconds of the calling thread (CLOCK_THREAD_CPUTIME_ID) or of the process
/// (CLOCK_PROCESS_CPUTIME_ID). A system call: for the ends of a window, not for its items.
inline double cpu_seconds(clockid_t which) {
    timespec t{};
    clock_gettime(which, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// What one reading of the steady clock costs here, in nanoseconds: the median of batches.
double clock_cost_ns();

/// The smallest step that the steady clock was seen to make, in nanoseconds: the least difference between two
/// readings in a row that were not the same.
double clock_resolution_ns();

}  // namespace handoff::harness
