// Waits by sleeping a short fixed time between looks.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/clock.hpp"
#include "../detail/this_thread.hpp"

namespace handoff::impls {

/// Needs no notification and leaves the core to others; latency is bounded below by the kernel's timer,
/// not by the request (a default thread's timers may fire 50 us late: timer slack).
class sleep {
public:
    static constexpr std::string_view name = "sleep";
    static constexpr bool polls = true;

    static constexpr std::chrono::microseconds nap{20};

    template <class Predicate>
    void wait_until(Predicate&& done) {
        bool slept = false;
        while (!done()) {
            count(slept);
            this_thread::sleep_for(nap);
        }
    }

    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point deadline) {
        bool slept = false;
        while (!done()) {
            const auto now = steady_clock::now();
            if (now >= deadline) {
                return done();
            }
            count(slept);
            this_thread::sleep_for(std::min<std::chrono::nanoseconds>(nap, deadline - now));
        }
        return true;
    }

    void notify() noexcept {}
    void notify_all() noexcept {}

    /// Waits that slept at least once.
    std::uint64_t sleeps() const noexcept { return sleeps_.load(std::memory_order_relaxed); }

private:
    /// Before a sleep; counts the first of a wait.
    void count(bool& slept) noexcept {
        if (!slept) {
            slept = true;
            sleeps_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
        }
    }

    alignas(detail::cache_line) atomic<std::uint64_t> sleeps_{0};
};

}  // namespace handoff::impls
