// A queue per worker; a task's key says whose it is, always the same one.
//
// Source: Karger et al., "Consistent Hashing and Random Trees", STOC 1997.
//
// Progress: blocking.
// Order:    tasks of one key in the order of their submission; none between keys.
// Capacity: unbounded; the queues grow with the most tasks that waited at once and stay. Callables above 48
//           bytes are allocated one by one.
// Cost:     a search in the ring, and the lock of one worker, to submit; a share of a lock to run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/pools.hpp"
#include "../detail/cache_line.hpp"
#include "detail/per_worker.hpp"

namespace handoff::impls {

namespace detail {

class hash_ring {
public:
    explicit hash_ring(unsigned workers) : ring_(ring_of(workers)) {}

    /// Who runs the tasks of a key. With one worker more, most keys stay where they were.
    unsigned worker_for(std::uint64_t key) const noexcept {
        const auto next = std::upper_bound(ring_.begin(), ring_.end(), mixed(key),
                                           [](std::uint64_t point, const stop& s) { return point < s.point; });
        return (next == ring_.end() ? ring_.front() : *next).worker;
    }
    /// For a task without a key: one that no other task has had that came without.
    template <class Load>
    unsigned next(const Load&) noexcept {
        return worker_for(next_.fetch_add(1, std::memory_order_relaxed));  // relaxed: a number
    }

private:
    /// A worker's points on the ring: with so many, its share of the keys is within some 20% of the others'.
    static constexpr std::uint64_t points = 128;

    struct stop {
        std::uint64_t point;
        unsigned worker;
    };

    static std::vector<stop> ring_of(unsigned workers) {
        std::vector<stop> ring;
        for (unsigned w = 0; w < workers; ++w) {
            for (std::uint64_t i = 0; i < points; ++i) {
                ring.push_back({mixed(~(w * points + i)), w});
            }
        }
        std::sort(ring.begin(), ring.end(), [](const stop& a, const stop& b) { return a.point < b.point; });
        return ring;
    }

    /// Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
    static std::uint64_t mixed(std::uint64_t x) noexcept {
        x += 0x9e3779b97f4a7c15U;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
        return x ^ (x >> 31);
    }

    const std::vector<stop> ring_;
    alignas(cache_line) atomic<std::uint64_t> next_{0};
};

}  // namespace detail

class consistent_hash_pool : public detail::per_worker<detail::hash_ring> {
    using base = detail::per_worker<detail::hash_ring>;

public:
    static constexpr std::string_view name = "consistent_hash_pool";
    static constexpr auto starts = start_order::by_key;

    consistent_hash_pool(unsigned workers, const pool_options& options) : base(name, workers, options) {}

    template <class F>
    submission submit(std::uint64_t key, F&& f) {
        return submit_to(dispatch().worker_for(key), std::forward<F>(f));
    }
    /// The worker of a key, which runs all its tasks.
    unsigned worker_for(std::uint64_t key) const noexcept { return dispatch().worker_for(key); }

    using base::submit;
};

}  // namespace handoff::impls
