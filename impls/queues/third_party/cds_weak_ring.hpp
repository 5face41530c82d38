// Adapted: libcds' WeakRingBuffer: each side keeps a copy of the other's index, and reads it again when the
//          copy says that there is nothing to do.
//
// Source: Khizhinsky, libcds; after Le, Guatto, Cohen and Pop, "Correct and Efficient Bounded FIFO Queues",
//         INRIA RR-8365, 2013.
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: exact, a power of two from 2 (1 becomes 2: batches are smaller than the ring); allocated once.
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

    explicit cds_weak_ring(std::size_t capacity) : queue_(std::max<std::size_t>(capacity, 2)) {}

    std::size_t capacity() const noexcept { return queue_.capacity(); }
    bool try_push(T&& value) { return queue_.enqueue(std::move(value)); }
    bool try_pop(T& out) {
        return queue_.dequeue_with([&out](T& first) { out = std::move(first); });
    }

    std::size_t try_push_bulk(T* first, std::size_t count) {
        return in_batches(
            count, [this] { return queue_.capacity() - queue_.size(); },
            [&](std::size_t from, std::size_t batch) {
                return queue_.push(first + from, batch,
                                   [](T& place, T& value) { new (&place) T(std::move(value)); });
            });
    }
    std::size_t try_pop_bulk(T* out, std::size_t count) {
        return in_batches(
            count, [this] { return queue_.size(); },
            [&](std::size_t from, std::size_t batch) {
                return queue_.pop(out + from, batch, [](T& to, T& value) { to = std::move(value); });
            });
    }

private:
    /// The library's batches go in or out as a whole, and are smaller than its ring.
    template <class Room, class Move>
    std::size_t in_batches(std::size_t count, Room room, Move move) {
        std::size_t done = 0;
        while (done < count) {
            const std::size_t batch = std::min(count - done, queue_.capacity() - 1);
            if (!move(done, batch)) {
                const std::size_t rest = std::min(batch, room());
                return rest > 0 && move(done, rest) ? done + rest : done;
            }
            done += batch;
        }
        return done;
    }

    cds::container::WeakRingBuffer<T> queue_;
};

}  // namespace handoff::impls
