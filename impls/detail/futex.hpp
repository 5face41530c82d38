// The two system calls under every parked thread (Linux futex(2)).
//
// std::atomic::wait is not used: it has no deadline, and libstdc++'s spins before it sleeps, which
// would put a second, hidden wait strategy under each of ours.
#pragma once

#ifndef HANDOFF_MODEL
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <chrono>
#include <climits>
#include <cstdint>
#include <ctime>

namespace handoff::impls::detail {

using deadline = std::chrono::steady_clock::time_point;
inline constexpr deadline no_deadline = deadline::max();

}  // namespace handoff::impls::detail

#ifdef HANDOFF_MODEL
#include <handoff_model/futex.hpp>
#else

namespace handoff::impls::detail {

/// Sleeps while `*word == expected`, until woken, until `until` has passed, or spuriously.
/// The caller checks its condition again whatever the reason.
inline void futex_wait(const std::uint32_t* word, std::uint32_t expected, deadline until) noexcept {
    timespec at{};
    const timespec* limit = nullptr;
    if (until != no_deadline) {
        // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, which is what steady_clock reads.
        const auto since = until.time_since_epoch();
        const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since);
        at.tv_sec = static_cast<time_t>(whole.count());
        at.tv_nsec =
            static_cast<long>(std::chrono::duration_cast<std::chrono::nanoseconds>(since - whole).count());
        limit = &at;
    }
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, limit, nullptr, FUTEX_BITSET_MATCH_ANY);
}

/// Wakes at most `count` threads that sleep on `word`.
inline void futex_wake(const std::uint32_t* word, int count) noexcept {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

}  // namespace handoff::impls::detail

#endif
