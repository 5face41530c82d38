// One atomic number, added to by compare-and-swap until it succeeds.
//
// Progress: lock-free (a thread may lose for ever).   Reading: linearizable.   Cost: 1 RMW and 1 more for each
// lost race.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/counters.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

/// What one writes where the processor has no instruction for the change; here it shows what the loop costs
/// beside `fetch_add_counter`.
class cas_loop_counter {
public:
    static constexpr std::string_view name = "cas_loop_counter";
    static constexpr read_promise reading = read_promise::linearizable;
    static constexpr progress_guarantee progress = progress_guarantee::lock_free;

    void add(std::uint64_t n) noexcept {
        std::uint64_t seen = count_.load(std::memory_order_relaxed);  // relaxed: a guess that the CAS checks
        // relaxed: a number carries no data
        while (!count_.compare_exchange_weak(seen, seen + n, std::memory_order_relaxed)) {
        }
    }
    std::uint64_t read() const noexcept { return count_.load(std::memory_order_relaxed); }  // relaxed: a number

private:
    alignas(detail::cache_line) atomic<std::uint64_t> count_{0};
};

}  // namespace handoff::impls
