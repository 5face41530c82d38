// One atomic number and the processor's own addition.
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

/// The shared counter that all others are measured by. Relaxed is enough: a number carries no data.
class fetch_add_counter {
public:
    static constexpr std::string_view name = "fetch_add_counter";
    static constexpr read_promise reading = read_promise::linearizable;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    void add(std::uint64_t n) noexcept { count_.fetch_add(n, std::memory_order_relaxed); }  // relaxed: a number
    std::uint64_t read() const noexcept { return count_.load(std::memory_order_relaxed); }  // relaxed: a number

private:
    alignas(detail::cache_line) atomic<std::uint64_t> count_{0};
};

}  // namespace handoff::impls
