// Control: a number for each thread, side by side in one line.
//
// Progress: wait-free where the processor adds atomically.   Reading: interval.   Cost: 1 RMW, and a line
// transfer whenever a neighbour has added.
#pragma once

#include <cstdint>
#include <string_view>

#include "../concepts/counters.hpp"
#include "../detail/cell_list.hpp"

namespace handoff::impls {

/// `own_line_counter` with cells 8 bytes apart: nothing is shared but the line.
class false_sharing_counter {
public:
    static constexpr std::string_view name = "false_sharing_counter";
    static constexpr read_promise reading = read_promise::interval;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    auto adder() { return detail::cell_handle<sizeof(std::uint64_t), detail::cell_addition::locked>(cells_); }
    std::uint64_t read() const noexcept { return cells_.sum(); }

private:
    detail::cell_list<sizeof(std::uint64_t)> cells_;
};

}  // namespace handoff::impls
