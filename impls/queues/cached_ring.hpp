// Single-producer single-consumer ring in which each side keeps a copy of the other's index and reads the real
// one only when the copy says full (or empty).
//
// Source: Lee, Bu, Chandranmenon, "A lock-free, cache-efficient shared ring buffer for multi-core
// architectures", ANCS 2009 (MCRingBuffer). Its batched publication is that of operations in bulk: an index
// that lagged behind by itself would hide items from a consumer when their producer pauses.
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     no RMW; the other side's index line is read once per lap or per emptying, not per item. An
//           operation in bulk writes its own index once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/first_index.hpp"
#include "../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class cached_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "cached_ring";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::power_of_two;

    explicit cached_ring(std::size_t capacity) : mask_(capacity - 1), slots_(capacity) {}
    ~cached_ring() {
        const std::size_t end = tail_.load(std::memory_order_relaxed);  // relaxed: no threads are left
        for (std::size_t i = head_.load(std::memory_order_relaxed); i != end; ++i) {
            slots_.destroy(i & mask_);
        }
    }
    cached_ring(const cached_ring&) = delete;
    cached_ring& operator=(const cached_ring&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    bool try_push(T&& value) {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);  // relaxed: only the producer writes it
        if (tail - head_seen_ == capacity()) {
            // [freed]: the consumer has moved the old values out of all slots before the index.
            head_seen_ = head_.load(std::memory_order_acquire);
            if (tail - head_seen_ == capacity()) {
                return false;
            }
        }
        slots_.construct(tail & mask_, std::move(value));
        tail_.store(tail + 1, std::memory_order_release);  // [published]
        return true;
    }

    bool try_pop(T& out) {
        const std::size_t head = head_.load(std::memory_order_relaxed);  // relaxed: only the consumer writes it
        if (head == tail_seen_) {
            // [published]: all slots before the index hold their values.
            tail_seen_ = tail_.load(std::memory_order_acquire);
            if (head == tail_seen_) {
                return false;
            }
        }
        slots_.take(head & mask_, out);
        head_.store(head + 1, std::memory_order_release);  // [freed]
        return true;
    }

    std::size_t try_push_bulk(T* first, std::size_t count) {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);  // relaxed: only the producer writes it
        if (tail - head_seen_ + count > capacity()) {
            head_seen_ = head_.load(std::memory_order_acquire);  // [freed]
        }
        const std::size_t pushed = std::min(count, capacity() - (tail - head_seen_));
        const std::size_t at = tail & mask_;
        const std::size_t before_the_wrap = std::min(pushed, capacity() - at);
        slots_.construct_row(at, first, before_the_wrap);
        slots_.construct_row(0, first + before_the_wrap, pushed - before_the_wrap);
        tail_.store(tail + pushed, std::memory_order_release);  // [published]
        return pushed;
    }

    std::size_t try_pop_bulk(T* out, std::size_t count) {
        const std::size_t head = head_.load(std::memory_order_relaxed);  // relaxed: only the consumer writes it
        if (tail_seen_ - head < count) {
            tail_seen_ = tail_.load(std::memory_order_acquire);  // [published]
        }
        const std::size_t popped = std::min(count, tail_seen_ - head);
        const std::size_t at = head & mask_;
        const std::size_t before_the_wrap = std::min(popped, capacity() - at);
        slots_.take_row(at, out, before_the_wrap);
        slots_.take_row(0, out + before_the_wrap, popped - before_the_wrap);
        head_.store(head + popped, std::memory_order_release);  // [freed]
        return popped;
    }

private:
    // The indices count items since the beginning and wrap only with the integer; `& mask_` makes slots.
    // A thread that polls an index takes its line away, on some processors even from the owner's loads. So
    // nothing that the owner reads in each operation lies beside it.
    //
    // The producer's index, and the consumer's as the producer last saw it.
    alignas(detail::cache_line) atomic<std::size_t> tail_{detail::first_index<T>};
    alignas(detail::cache_line) std::size_t head_seen_ = detail::first_index<T>;
    // The consumer's, likewise.
    alignas(detail::cache_line) atomic<std::size_t> head_{detail::first_index<T>};
    alignas(detail::cache_line) std::size_t tail_seen_ = detail::first_index<T>;
    alignas(detail::cache_line) const std::size_t mask_;
    detail::slots<T> slots_;
};

}  // namespace handoff::impls
