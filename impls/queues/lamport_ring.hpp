// Single-producer single-consumer ring in which each side reads the other's index for every item.
//
// Source: Lamport, "Specifying Concurrent Program Modules", ACM TOPLAS 5(2), 1983.
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     no RMW; each operation reads the index line that the other side writes.
#pragma once

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
class lamport_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "lamport_ring";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::power_of_two;

    explicit lamport_ring(std::size_t capacity) : mask_(capacity - 1), slots_(capacity) {}
    ~lamport_ring() {
        const std::size_t end = tail_.load(std::memory_order_relaxed);  // relaxed: no threads are left
        for (std::size_t i = head_.load(std::memory_order_relaxed); i != end; ++i) {
            slots_.destroy(i & mask_);
        }
    }
    lamport_ring(const lamport_ring&) = delete;
    lamport_ring& operator=(const lamport_ring&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    bool try_push(T&& value) {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);  // relaxed: only the producer writes it
        // [freed]: the consumer has moved the old value out of the slot.
        if (tail - head_.load(std::memory_order_acquire) == capacity()) {
            return false;
        }
        slots_.construct(tail & mask_, std::move(value));
        tail_.store(tail + 1, std::memory_order_release);  // [published]
        return true;
    }

    bool try_pop(T& out) {
        const std::size_t head = head_.load(std::memory_order_relaxed);  // relaxed: only the consumer writes it
        // [published]: the slot holds its value.
        if (head == tail_.load(std::memory_order_acquire)) {
            return false;
        }
        slots_.take(head & mask_, out);
        head_.store(head + 1, std::memory_order_release);  // [freed]
        return true;
    }

private:
    // The indices count items since the beginning and wrap only with the integer; `& mask_` makes slots.
    alignas(detail::cache_line) atomic<std::size_t> tail_{detail::first_index<T>};
    alignas(detail::cache_line) atomic<std::size_t> head_{detail::first_index<T>};
    alignas(detail::cache_line) const std::size_t mask_;
    detail::slots<T> slots_;
};

}  // namespace handoff::impls
