// Waits spinning for a bounded while, then asleep.
//
// Source: Karlin, Li, Manasse, Owicki, "Empirical Studies of Competitive Spinning for a Shared-Memory
// Multiprocessor", 1991: spinning for as long as a sleep would cost is at most twice the optimum.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "../detail/clock.hpp"
#include "../detail/cpu_relax.hpp"
#include "park.hpp"

namespace handoff::impls {

/// Spins for its budget, then parks. The budget should be the price of one futex wake-up across cores: below it
/// the pair is bistable (a late item puts the peer to sleep, and the wake-up makes the next item late).
class hybrid {
public:
    static constexpr std::string_view name = "hybrid";

    /// Of who sets none: about a wake-up across cores, on most machines.
    static constexpr std::chrono::nanoseconds usual_budget = std::chrono::microseconds(20);

    /// From the next wait on; before anybody waits. 0: parks at once. What is asked for is exceeded by less
    /// than `looks_per_reading` pauses.
    void set_budget(std::chrono::nanoseconds budget) noexcept { budget_ = budget; }
    std::chrono::nanoseconds budget() const noexcept { return budget_; }

    template <class Predicate>
    void wait_until(Predicate&& done) {
        if (!spin_for_budget(done, std::chrono::steady_clock::time_point::max())) {
            parked_.wait_until(done);
        }
    }

    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point deadline) {
        return spin_for_budget(done, deadline) || parked_.wait_until(done, deadline);
    }

    void notify() noexcept { parked_.notify(); }
    void notify_all() noexcept { parked_.notify_all(); }

    /// Waits that parked.
    std::uint64_t sleeps() const noexcept { return parked_.sleeps(); }

private:
    /// Looks between two readings of the clock, so that short waits read it once or never.
    static constexpr int looks_per_reading = 16;

    template <class Predicate>
    bool spin_for_budget(Predicate&& done, std::chrono::steady_clock::time_point deadline) const {
        if (done()) {
            return true;
        }
        if (budget_ <= std::chrono::nanoseconds::zero()) {
            return false;
        }
        const auto limit = std::min(steady_clock::now() + budget_, deadline);
        do {
            for (int i = 0; i < looks_per_reading; ++i) {
                detail::cpu_relax();
                if (done()) {
                    return true;
                }
            }
        } while (steady_clock::now() < limit);
        return false;
    }

    park parked_;
    std::chrono::nanoseconds budget_ = usual_budget;  // read by waiters only, on a line that nobody writes
};

}  // namespace handoff::impls
