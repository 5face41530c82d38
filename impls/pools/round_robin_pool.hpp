// A queue per worker; tasks go to the workers in turn.
//
// Progress: blocking.
// Order:    none between workers; a worker starts its own in the order of their submission.
// Capacity: unbounded; the queues grow with the most tasks that waited at once and stay. Callables above 48
//           bytes are allocated one by one.
// Cost:     1 RMW on a line that all submitters share, and the lock of one worker, to submit; a share of a lock
//           to run.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/pools.hpp"
#include "../detail/cache_line.hpp"
#include "detail/per_worker.hpp"

namespace handoff::impls {

namespace detail {

class in_turn {
public:
    explicit in_turn(unsigned workers) : workers_(workers) {}

    template <class Load>
    unsigned next(const Load&) noexcept {
        return static_cast<unsigned>(next_.fetch_add(1, std::memory_order_relaxed) %
                                     workers_);  // relaxed: a number
    }

private:
    const unsigned workers_;
    alignas(cache_line) atomic<std::uint64_t> next_{0};
};

}  // namespace detail

class round_robin_pool : public detail::per_worker<detail::in_turn> {
    using base = detail::per_worker<detail::in_turn>;

public:
    static constexpr std::string_view name = "round_robin_pool";
    static constexpr auto starts = start_order::any;

    round_robin_pool(unsigned workers, const pool_options& options) : base(name, workers, options) {}
};

}  // namespace handoff::impls
