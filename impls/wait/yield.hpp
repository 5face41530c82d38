// Waits by asking again after offering the core to another runnable thread.
#pragma once

#include <chrono>
#include <string_view>

#include "../detail/clock.hpp"
#include "../detail/this_thread.hpp"

namespace handoff::impls {

/// For a condition that needs another thread to be *scheduled*. One system call per look; the core is
/// never idle.
struct yield {
    static constexpr std::string_view name = "yield";
    static constexpr bool polls = true;
    static constexpr bool keeps_cpu = true;

    template <class Predicate>
    void wait_until(Predicate&& done) {
        while (!done()) {
            this_thread::yield();
        }
    }

    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point deadline) {
        while (!done()) {
            if (steady_clock::now() >= deadline) {
                return done();
            }
            this_thread::yield();
        }
        return true;
    }

    void notify() noexcept {}
    void notify_all() noexcept {}
};

}  // namespace handoff::impls
