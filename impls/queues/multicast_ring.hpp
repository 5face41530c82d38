// Ring from which each consumer receives every item: the producer's contract is the Disruptor's. A slot is free
// when the slowest consumer has passed it.
//
// Source: Thompson, Farley, Barker, Gee, Stewart, "Disruptor: High performance alternative to bounded queues
//         for exchanging data between concurrent threads", 2011 (one producer, a sequence for each consumer,
//         the slowest as the gate).
//
// Progress: wait-free, all operations. A consumer that stops holds the producer back a lap later: that is the
//           contract.
// Order:    multicast: each consumer receives all items, in the order of their pushes.
// Capacity: exact, a power of two; allocated once. An item stays in its slot until the next lap overwrites it.
// Cost:     no RMW; the producer looks at all consumers when its copy of the slowest says full: once in a lap
//           where they keep up, for each item where one is a lap behind. A consumer looks at the producer when
//           it has taken all that it knew of.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/first_index.hpp"
#include "../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires std::copyable<T>
class multicast_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "multicast_ring";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::multicast;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::power_of_two;

    /// For so many consumers. Each receives every item, whether it has come yet or not.
    explicit multicast_ring(std::size_t capacity, std::size_t consumers = 1)
        : mask_(capacity - 1), seats_(consumers), slots_(capacity) {}
    ~multicast_ring() {
        for (std::size_t i = 0; i < made_; ++i) {
            slots_.destroy(i);
        }
    }
    multicast_ring(const multicast_ring&) = delete;
    multicast_ring& operator=(const multicast_ring&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }
    std::size_t seats() const noexcept { return seats_.size(); }

    /// How many items lie before a consumer. For whoever watches; the number is old when it is there.
    std::size_t lag(std::size_t seat) const noexcept {
        // relaxed: no data. In this order, so that it is not negative
        const std::size_t taken = seats_[seat].next.load(std::memory_order_acquire);
        return tail_.load(std::memory_order_relaxed) - taken;
    }

    class producer_handle {
    public:
        explicit producer_handle(multicast_ring& queue) : queue_(&queue) {}

        bool try_push(T&& value) { return try_push_bulk(&value, 1) == 1; }
        std::size_t try_push_bulk(T* first, std::size_t count) { return queue_->try_push_bulk(first, count); }

    private:
        multicast_ring* queue_;
    };

    /// A consumer's seat. Who takes a seat that another has left goes on where that one stopped.
    class consumer_handle {
    public:
        explicit consumer_handle(multicast_ring& queue) : queue_(&queue), seat_(queue.take_seat()) {
            // relaxed: only the seat's owner writes it
            next_ = queue.seats_[seat_].next.load(std::memory_order_relaxed);
            end_ = next_;
        }
        ~consumer_handle() {
            // [seat]
            queue_->seats_[seat_].is_taken.store(false, std::memory_order_release);
        }
        consumer_handle(const consumer_handle&) = delete;
        consumer_handle& operator=(const consumer_handle&) = delete;

        std::size_t seat() const noexcept { return seat_; }

        bool try_pop(T& out) { return try_pop_bulk(&out, 1) == 1; }

        std::size_t try_pop_bulk(T* out, std::size_t count) {
            if (end_ - next_ < count) {
                end_ = queue_->tail_.load(std::memory_order_acquire);  // [published]
            }
            const std::size_t popped = std::min(count, end_ - next_);
            for (std::size_t i = 0; i < popped; ++i) {
                out[i] = queue_->slots_[(next_ + i) & queue_->mask_];
            }
            if (popped > 0) {
                next_ += popped;
                queue_->seats_[seat_].next.store(next_,
                                                 std::memory_order_release);  // [passed]: the copies are made
            }
            return popped;
        }

    private:
        multicast_ring* queue_;
        std::size_t seat_;
        std::size_t next_;
        std::size_t end_;  ///< what it knows of the producer's tail
    };

    producer_handle producer() { return producer_handle(*this); }
    consumer_handle consumer() { return consumer_handle(*this); }

private:
    struct alignas(detail::cache_line) seat {
        atomic<std::size_t> next{detail::first_index<T>};  ///< the item that its consumer receives next
        atomic<bool> is_taken{false};
    };

    std::size_t try_push_bulk(T* first, std::size_t count) {
        const std::size_t at = tail_.load(std::memory_order_relaxed);  // relaxed: only the producer writes it
        if (at + count - slowest_ > capacity()) {
            std::size_t most_behind = 0;
            for (const seat& each : seats_) {
                // [passed]: the slots before are copied
                most_behind = std::max(most_behind, at - each.next.load(std::memory_order_acquire));
            }
            slowest_ = at - most_behind;
        }
        const std::size_t pushed = std::min(count, capacity() - (at - slowest_));
        for (std::size_t i = 0; i < pushed; ++i) {
            if (made_ < capacity()) {
                slots_.construct(made_++, std::move(first[i]));
            } else {
                slots_[(at + i) & mask_] = std::move(first[i]);
            }
        }
        if (pushed > 0) {
            tail_.store(at + pushed, std::memory_order_release);  // [published]: the items are in their slots
        }
        return pushed;
    }

    /// Handles are taken one after the other or at once, outside of measured loops.
    std::size_t take_seat() {
        for (std::size_t i = 0; i < seats_.size(); ++i) {
            // [seat]: where the last owner stopped
            if (!seats_[i].is_taken.exchange(true, std::memory_order_acquire)) {
                return i;
            }
        }
        throw std::logic_error("multicast_ring: all " + std::to_string(seats_.size()) +
                               " consumers have come; make it for more");
    }

    alignas(detail::cache_line) atomic<std::size_t> tail_{detail::first_index<T>};
    alignas(detail::cache_line) std::size_t slowest_ =
        detail::first_index<T>;  ///< the producer's: no consumer was further behind
    std::size_t made_ = 0;       ///< the producer's: slots that hold a value, from the first one on
    alignas(detail::cache_line) const std::size_t mask_;
    std::vector<seat> seats_;
    detail::slots<T> slots_;
};

}  // namespace handoff::impls
