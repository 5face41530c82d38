// Counting semaphore on a futex that knows whether anybody waits.
//
// Source: Dijkstra, "Cooperating Sequential Processes", 1965; count and waiters in one word as in glibc's
//         semaphore since 2.21, which is where the reason for it was found.
//
// Progress: blocking.
// Order:    none: a thread that comes by takes a permit before a sleeper that has been woken for it.
// Cost:     1 RMW each to acquire and to release when a permit is there; no system call when nobody waits; a
//           waiter sleeps at once.
#pragma once

#include <bit>
#include <climits>
#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/futex.hpp"

namespace handoff::impls {

/// With one permit, a lock. Permits need not be given back by the thread that took them. At most 2^32 - 1
/// permits.
class futex_semaphore {
public:
    static constexpr std::string_view name = "futex_semaphore";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::sleeps;

    explicit futex_semaphore(std::uint32_t permits = 1) noexcept : state_(permits) {}
    futex_semaphore(const futex_semaphore&) = delete;
    futex_semaphore& operator=(const futex_semaphore&) = delete;

    void acquire() noexcept {
        if (try_acquire()) {
            return;
        }
        // relaxed: announces, takes nothing
        state seen = state_.fetch_add(one_waiter, std::memory_order_relaxed) + one_waiter;
        for (;;) {
            if (permits(seen) == 0) {
                detail::futex_wait(permits_word(), 0, detail::no_deadline);
                seen = state_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
                // [released]: as in try_acquire. relaxed on failure: nothing was taken, `seen` is the new guess
            } else if (state_.compare_exchange_weak(seen, seen - one_waiter - 1, std::memory_order_acquire,
                                                    std::memory_order_relaxed)) {
                return;
            }
        }
    }

    bool try_acquire() noexcept {
        state seen = state_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        while (permits(seen) > 0) {
            // [released]: what was done before the permit was given is visible here. (The state changes by RMW
            // only, so every release reaches across the changes after it.) relaxed on failure: as in acquire
            if (state_.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }

    void release(std::uint32_t count = 1) noexcept {
        // [released]
        const state before = state_.fetch_add(count, std::memory_order_release);
        if (waiters(before) > 0) {
            // Only the word's address is used from here on: whoever has the permit may already have destroyed
            // it all.
            detail::futex_wake(permits_word(), count < INT_MAX ? static_cast<int>(count) : INT_MAX);
        }
    }

    void lock() noexcept { acquire(); }
    bool try_lock() noexcept { return try_acquire(); }
    void unlock() noexcept { release(); }

private:
    // bits 0..31 permits, bits 32..63 waiters: in one word, so that "no permit, and I wait" and "one permit
    // more, and does anybody wait?" are ordered one way or the other.
    //
    // Why no wake-up is lost. Suppose that everything has come to rest, permits lie there, and a thread still
    // sleeps. The kernel put it to sleep while there were 0 permits, so releases have come after that; let the
    // first of these count be the last one that found 0 permits. From there on a permit is always there, so
    // nobody falls asleep and each woken thread gets a permit. The sleeper is announced, so each of these
    // releases called the kernel; and since it was never its turn, each call found as many sleepers as it asked
    // for, one for each permit. So at least as many permits were taken as were brought, beginning from 0: none
    // lies there. Contradiction.
    using state = std::uint64_t;
    static constexpr state one_waiter = state{1} << 32;
    static constexpr std::uint32_t permits(state s) { return static_cast<std::uint32_t>(s); }
    static constexpr std::uint32_t waiters(state s) { return static_cast<std::uint32_t>(s >> 32); }

    /// The half of `state_` that holds the permits, as the kernel wants it.
    const std::uint32_t* permits_word() const noexcept {
        static_assert(std::endian::native == std::endian::little);
        static_assert(sizeof(atomic<state>) == sizeof(state));
        return reinterpret_cast<const std::uint32_t*>(&state_);
    }

    alignas(detail::cache_line) atomic<state> state_;
};

}  // namespace handoff::impls
