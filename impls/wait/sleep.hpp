// Waits by sleeping a short fixed time between looks.
#pragma once

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

namespace handoff::impls {

/// Needs no notification and leaves the core to others; latency is bounded below by the kernel's timer,
/// not by the request (a default thread's timers may fire 50 us late: timer slack).
struct sleep {
    static constexpr std::string_view name = "sleep";
    static constexpr bool polls = true;

    static constexpr std::chrono::microseconds nap{20};

    template <class Predicate>
    void wait_until(Predicate&& done) {
        while (!done()) {
            std::this_thread::sleep_for(nap);
        }
    }

    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point deadline) {
        while (!done()) {
            const auto now = std::chrono::steady_clock::now();
            if (now >= deadline) {
                return done();
            }
            std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(nap, deadline - now));
        }
        return true;
    }

    void notify() noexcept {}
    void notify_all() noexcept {}
};

}  // namespace handoff::impls
