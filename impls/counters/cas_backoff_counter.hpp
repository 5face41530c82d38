// A CAS loop that steps back after a lost race: bounded exponential backoff.
//
// Source: Anderson, "The Performance of Spin Lock Alternatives for Shared-Memory Multiprocessors", 1990;
// applied to compare-and-swap by Dice, Hendler, Mirsky, "Lightweight Contention Management for Efficient
// Compare-and-Swap Operations", 2013.
//
// Progress: lock-free.   Reading: linearizable.   Cost: 1 RMW, and 1 more with a pause for each lost race.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/counters.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

class cas_backoff_counter {
public:
    static constexpr std::string_view name = "cas_backoff_counter";
    static constexpr read_promise reading = read_promise::linearizable;
    static constexpr progress_guarantee progress = progress_guarantee::lock_free;

    /// Pauses after the first lost race, and at most.
    static constexpr unsigned shortest = 1;
    static constexpr unsigned longest = 64;

    void add(std::uint64_t n) noexcept {
        std::uint64_t seen = count_.load(std::memory_order_relaxed);  // relaxed: a guess that the CAS checks
        // relaxed: a number carries no data
        for (unsigned pauses = shortest;
             !count_.compare_exchange_weak(seen, seen + n, std::memory_order_relaxed);
             pauses = std::min(2 * pauses, longest)) {
            for (unsigned i = 0; i < pauses; ++i) {
                detail::cpu_relax();
            }
            seen = count_.load(std::memory_order_relaxed);  // relaxed: as above; the guess is old by now
        }
    }
    std::uint64_t read() const noexcept { return count_.load(std::memory_order_relaxed); }  // relaxed: a number

private:
    alignas(detail::cache_line) atomic<std::uint64_t> count_{0};
};

}  // namespace handoff::impls
