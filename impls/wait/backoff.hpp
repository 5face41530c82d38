// Waits by asking ever more rarely: bounded exponential backoff.
//
// Source: Anderson, "The Performance of Spin Lock Alternatives for Shared-Memory Multiprocessors", 1990.
#pragma once

#include <algorithm>
#include <chrono>
#include <string_view>

#include "../detail/clock.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

/// Between looks it pauses 1, 2, 4, ... up to `longest` times. The waiter stays off the line that it
/// waits for, at the price of noticing up to one pause train late. Never gives up the core.
struct backoff {
    static constexpr std::string_view name = "backoff";
    static constexpr bool polls = true;
    static constexpr bool keeps_cpu = true;

    /// Pauses: a few microseconds of them, less than a futex wake-up costs.
    static constexpr unsigned longest = 256;

    template <class Predicate>
    void wait_until(Predicate&& done) {
        for (unsigned pauses = 1; !done(); pauses = std::min(2 * pauses, longest)) {
            relax(pauses);
        }
    }

    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point deadline) {
        for (unsigned pauses = 1; !done(); pauses = std::min(2 * pauses, longest)) {
            if (steady_clock::now() >= deadline) {
                return done();
            }
            relax(pauses);
        }
        return true;
    }

    void notify() noexcept {}
    void notify_all() noexcept {}

private:
    static void relax(unsigned pauses) noexcept {
        for (unsigned i = 0; i < pauses; ++i) {
            detail::cpu_relax();
        }
    }
};

}  // namespace handoff::impls
