// Adapted: libcds' WeakRingBuffer: each side keeps a copy of the other's index, and reads it again when the
//          copy says that there is nothing to do.
//
// Source: Khizhinsky, libcds; after Le, Guatto, Cohen and Pop, "Correct and Efficient Bounded FIFO Queues",
//         INRIA RR-8365, 2013.
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     no RMW.
#pragma once

#include <cds/container/weak_ringbuffer.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class cds_weak_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "cds_weak_ring";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::power_of_two;
    static constexpr provenance adapted{.library = "libcds", .source = "libcds-dev", .version = "2.3.3"};

    explicit cds_weak_ring(std::size_t capacity) : queue_(capacity) {}

    std::size_t capacity() const noexcept { return queue_.capacity(); }
    bool try_push(T&& value) { return queue_.enqueue(std::move(value)); }
    bool try_pop(T& out) {
        return queue_.dequeue_with([&out](T& first) { out = std::move(first); });
    }

    // The library's batches go in or out as a whole, and are smaller than its ring.
    std::size_t try_push_bulk(T* first, std::size_t count) {
        const auto move_in = [](T& place, T& value) { new (&place) T(std::move(value)); };
        count = std::min(count, queue_.capacity() - 1);
        if (count == 0 || queue_.push(first, count, move_in)) {
            return count;
        }
        count = std::min(count, queue_.capacity() - queue_.size());
        return count > 0 && queue_.push(first, count, move_in) ? count : 0;
    }
    std::size_t try_pop_bulk(T* out, std::size_t count) {
        const auto move_out = [](T& to, T& value) { to = std::move(value); };
        count = std::min(count, queue_.capacity() - 1);
        if (count == 0 || queue_.pop(out, count, move_out)) {
            return count;
        }
        count = std::min(count, queue_.size());
        return count > 0 && queue_.pop(out, count, move_out) ? count : 0;
    }

private:
    cds::container::WeakRingBuffer<T> queue_;
};

}  // namespace handoff::impls
