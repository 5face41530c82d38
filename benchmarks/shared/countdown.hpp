// Waiting for others to have done something, asleep.
#pragma once

#include <atomic>
#include <climits>
#include <cstdint>

#include "detail/futex.hpp"

namespace handoff::benchmarks {

/// A latch that can be set again. What was done before the `down()` calls is visible after `wait()`.
///
/// It outlives its waits: the last `down()` may still be on its way out when `wait()` returns.
class alignas(128) countdown {
public:
    explicit countdown(std::uint32_t n = 0) noexcept : left_(n) {}

    /// When nobody waits and nobody counts; whoever counts or waits next has to learn of it by other means.
    void set(std::uint32_t n) noexcept { left_.store(n, std::memory_order_relaxed); }  // relaxed: so it says

    void down() noexcept {
        // [done], acquire too: what the others did goes on to the waiter through the last one
        if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            impls::detail::futex_wake(word(), INT_MAX);
        }
    }

    void wait() const noexcept {
        // Whoever sleeps on an older number sleeps on: only the last change wakes, and the kernel compares
        // before.
        for (std::uint32_t left; (left = left_.load(std::memory_order_acquire)) != 0;) {  // [done]
            impls::detail::futex_wait(word(), left, impls::detail::no_deadline);
        }
    }

private:
    const std::uint32_t* word() const noexcept {
        static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
        return reinterpret_cast<const std::uint32_t*>(&left_);
    }

    std::atomic<std::uint32_t> left_;
};

}  // namespace handoff::benchmarks
