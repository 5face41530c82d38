// Waits by asking again, with the processor's pause in between. Never gives up the core.
#pragma once

#include <chrono>
#include <string_view>

#include "../detail/clock.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

/// For a condition that another *running* thread is about to make true. With more threads than cores it
/// holds the core against the very thread it waits for, until the scheduler takes it away.
struct spin {
    static constexpr std::string_view name = "spin";
    static constexpr bool polls = true;
    static constexpr bool keeps_cpu = true;

    template <class Predicate>
    void wait_until(Predicate&& done) {
        while (!done()) {
            detail::cpu_relax();
        }
    }

    /// Reads the clock only after the condition was seen false.
    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point deadline) {
        while (!done()) {
            if (steady_clock::now() >= deadline) {
                return done();
            }
            detail::cpu_relax();
        }
        return true;
    }

    void notify() noexcept {}
    void notify_all() noexcept {}
};

}  // namespace handoff::impls
