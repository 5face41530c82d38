// Control: a number for each thread, each on a line of its own but with no line between them.
//
// Progress: wait-free where the processor adds atomically.   Reading: interval.   Cost: 1 RMW, and what the
// adjacent-line prefetcher makes of neighbours.
#pragma once

#include <cstdint>
#include <string_view>

#include "../concepts/counters.hpp"
#include "../detail/cell_list.hpp"

namespace handoff::impls {

/// `own_line_counter` with cells 64 bytes apart: what the second half of `cache_line` is worth.
class adjacent_line_counter {
public:
    static constexpr std::string_view name = "adjacent_line_counter";
    static constexpr read_promise reading = read_promise::interval;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    auto adder() { return detail::cell_handle<64, detail::cell_addition::locked>(cells_); }
    std::uint64_t read() const noexcept { return cells_.sum(); }

private:
    detail::cell_list<64> cells_;
};

}  // namespace handoff::impls
