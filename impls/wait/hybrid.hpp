// Waits spinning for a bounded while, then asleep.
//
// Source: Karlin, Li, Manasse, Owicki, "Empirical Studies of Competitive Spinning for a Shared-Memory
// Multiprocessor", 1991: spinning for as long as a sleep would cost is at most twice the optimum.
#pragma once

#include <chrono>
#include <string_view>

#include "../detail/cpu_relax.hpp"
#include "park.hpp"

namespace handoff::impls {

/// Spins for `budget`, then parks. The budget is the price of one futex wake-up across cores: below it
/// the pair is bistable (a late item puts the peer to sleep, and the wake-up makes the next item late).
class hybrid {
public:
    static constexpr std::string_view name = "hybrid";

    static constexpr std::chrono::microseconds budget{20};

    template <class Predicate>
    void wait_until(Predicate&& done) {
        if (!spin_for_budget(done)) {
            parked_.wait_until(done);
        }
    }

    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point deadline) {
        return spin_for_budget(done) || parked_.wait_until(done, deadline);
    }

    void notify() noexcept { parked_.notify(); }
    void notify_all() noexcept { parked_.notify_all(); }

private:
    /// Looks between two readings of the clock, so that short waits read it once or never.
    static constexpr int looks_per_reading = 16;

    template <class Predicate>
    static bool spin_for_budget(Predicate&& done) {
        if (done()) {
            return true;
        }
        const auto limit = std::chrono::steady_clock::now() + budget;
        do {
            for (int i = 0; i < looks_per_reading; ++i) {
                detail::cpu_relax();
                if (done()) {
                    return true;
                }
            }
        } while (std::chrono::steady_clock::now() < limit);
        return false;
    }

    park parked_;
};

}  // namespace handoff::impls
