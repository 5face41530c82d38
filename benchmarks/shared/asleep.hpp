// Sleeping for short, known times.
#pragma once

#include <sys/prctl.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>

#include "clock.hpp"

namespace handoff::benchmarks {

/// Sleeps that long by the monotonic clock, and returns how long it was by the steady clock, in nanoseconds:
/// the wake-up is part of it, and so is the wait for a processor. The kernel may else add 50 us to each sleep
/// (the timer slack); the first call of a thread takes that away from it.
inline std::uint64_t sleep_for(std::uint64_t nanoseconds) noexcept {
    thread_local const bool exact = prctl(PR_SET_TIMERSLACK, 1UL) == 0;
    static_cast<void>(exact);
    timespec left{static_cast<time_t>(nanoseconds / 1'000'000'000),
                  static_cast<long>(nanoseconds % 1'000'000'000)};
    const auto before = harness::clock::now();
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(harness::clock::now() - before).count());
}

}  // namespace handoff::benchmarks
