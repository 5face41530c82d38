// A ring buffer behind a test-and-test-and-set spin lock: the simplest queue that never sleeps.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: exact, any; allocated once.
// Cost:     1 RMW per operation when the lock is free.
#pragma once

#include <cstddef>
#include <mutex>
#include <string_view>
#include <utility>

#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/plain_ring.hpp"
#include "../locks/ttas_lock.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class spinlock_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "spinlock_ring";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::exact;

    explicit spinlock_ring(std::size_t capacity) : ring_(capacity) {}

    std::size_t capacity() const noexcept { return ring_.capacity(); }

    bool try_push(T&& value) {
        const std::lock_guard guard(lock_);
        if (ring_.full()) {
            return false;
        }
        ring_.push(std::move(value));
        return true;
    }

    bool try_pop(T& out) {
        const std::lock_guard guard(lock_);
        if (ring_.empty()) {
            return false;
        }
        ring_.pop(out);
        return true;
    }

private:
    alignas(detail::cache_line) ttas_lock lock_;
    alignas(detail::cache_line) detail::plain_ring<T> ring_;
};

}  // namespace handoff::impls
