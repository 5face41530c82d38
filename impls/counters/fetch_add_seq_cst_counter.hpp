// One atomic number with the orders that `count++` on a std::atomic has: sequentially consistent.
//
// Progress: wait-free where the processor adds atomically (x86-64, ARMv8.1).   Reading: linearizable.   Cost: 1
// RMW.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/counters.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

/// The default orders. On x86-64 the same instruction as the relaxed one; elsewhere this is what the default
/// costs.
class fetch_add_seq_cst_counter {
public:
    static constexpr std::string_view name = "fetch_add_seq_cst_counter";
    static constexpr read_promise reading = read_promise::linearizable;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    // seq_cst, both: not needed for a number; they are what is measured
    void add(std::uint64_t n) noexcept { count_.fetch_add(n, std::memory_order_seq_cst); }
    std::uint64_t read() const noexcept { return count_.load(std::memory_order_seq_cst); }

private:
    alignas(detail::cache_line) atomic<std::uint64_t> count_{0};
};

}  // namespace handoff::impls
