// Control: a number for each thread, a whole `cache_line` apart, added to atomically.
//
// Progress: wait-free where the processor adds atomically.   Reading: interval.   Cost: 1 RMW.
#pragma once

#include <cstdint>
#include <string_view>

#include "../concepts/counters.hpp"
#include "../detail/cell_list.hpp"

namespace handoff::impls {

/// What `adjacent_line_counter` and `false_sharing_counter` are compared with: the same additions with room
/// around them. Atomic ones, because plain stores wait for their line in the store buffer, behind the program's
/// back.
class own_line_counter {
public:
    static constexpr std::string_view name = "own_line_counter";
    static constexpr read_promise reading = read_promise::interval;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    auto adder() { return detail::cell_handle<detail::cache_line, detail::cell_addition::locked>(cells_); }
    std::uint64_t read() const noexcept { return cells_.sum(); }

private:
    detail::cell_list<detail::cache_line> cells_;
};

}  // namespace handoff::impls
