// A queue per worker; a task goes to the less loaded of two that are drawn at random.
//
// Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12(10), 2001.
//
// Progress: blocking.
// Order:    none between workers; a worker starts its own in the order of their submission.
// Capacity: unbounded; the queues grow with the most tasks that waited at once and stay. Callables above 48
//           bytes are allocated one by one.
// Cost:     a look at two lines of two workers, and the lock of one, to submit; a share of a lock to run.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <thread>

#include "../concepts/pools.hpp"
#include "detail/per_worker.hpp"

namespace handoff::impls {

namespace detail {

class to_less_loaded_of_two {
public:
    explicit to_less_loaded_of_two(unsigned workers) : workers_(workers) {}

    template <class Load>
    unsigned next(const Load& load) const noexcept {
        if (workers_ == 1) {
            return 0;
        }
        const std::uint64_t drawn = draw();
        const unsigned one = static_cast<unsigned>((drawn >> 32) % workers_);
        unsigned other = static_cast<unsigned>((drawn & 0xffffffff) % (workers_ - 1));
        other += other >= one ? 1 : 0;
        return load(other) < load(one) ? other : one;
    }

private:
    /// Each submitter draws from a sequence of its own: Marsaglia, "Xorshift RNGs", 2003.
    static std::uint64_t draw() noexcept {
        static thread_local std::uint64_t state =
            0x9e3779b97f4a7c15U ^ std::hash<std::thread::id>{}(std::this_thread::get_id());
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state;
    }

    const unsigned workers_;
};

}  // namespace detail

class two_choices_pool : public detail::per_worker<detail::to_less_loaded_of_two> {
    using base = detail::per_worker<detail::to_less_loaded_of_two>;

public:
    static constexpr std::string_view name = "two_choices_pool";
    static constexpr auto starts = start_order::any;

    two_choices_pool(unsigned workers, const pool_options& options) : base(name, workers, options) {}
};

}  // namespace handoff::impls
