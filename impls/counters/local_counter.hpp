// A number for each thread, summed by who reads: the least that counting can cost.
//
// Progress: wait-free.   Reading: interval.   Cost: a load and a store of the thread's own line; reading costs
// a line transfer for each thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "../concepts/counters.hpp"
#include "../detail/cell_list.hpp"

namespace handoff::impls {

/// Cells a whole `cache_line` apart, added to without a locked instruction.
class local_counter {
public:
    static constexpr std::string_view name = "local_counter";
    static constexpr read_promise reading = read_promise::interval;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    auto adder() { return detail::cell_handle<detail::cache_line>(cells_); }
    std::uint64_t read() const noexcept { return cells_.sum(); }

private:
    detail::cell_list<detail::cache_line> cells_;
};

}  // namespace handoff::impls
