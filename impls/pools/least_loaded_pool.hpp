// A queue per worker; a task goes to the worker with the fewest, the first of those that have equally few.
//
// Progress: blocking.
// Order:    none between workers; a worker starts its own in the order of their submission.
// Capacity: unbounded; the queues grow with the most tasks that waited at once and stay. Callables above 48
//           bytes are allocated one by one.
// Cost:     a look at two lines of each worker, which are written for every task, and the lock of one, to
//           submit; a share of a lock to run.
#pragma once

#include <cstdint>
#include <string_view>

#include "../concepts/pools.hpp"
#include "detail/per_worker.hpp"

namespace handoff::impls {

namespace detail {

class to_least_loaded {
public:
    explicit to_least_loaded(unsigned workers) : workers_(workers) {}

    template <class Load>
    unsigned next(const Load& load) const noexcept {
        unsigned least = 0;
        std::uint64_t its_load = load(0);
        for (unsigned i = 1; i < workers_ && its_load != 0; ++i) {
            if (const std::uint64_t other = load(i); other < its_load) {
                least = i;
                its_load = other;
            }
        }
        return least;
    }

private:
    const unsigned workers_;
};

}  // namespace detail

class least_loaded_pool : public detail::per_worker<detail::to_least_loaded> {
    using base = detail::per_worker<detail::to_least_loaded>;

public:
    static constexpr std::string_view name = "least_loaded_pool";
    static constexpr auto starts = start_order::any;

    least_loaded_pool(unsigned workers, const pool_options& options) : base(name, workers, options) {}
};

}  // namespace handoff::impls
