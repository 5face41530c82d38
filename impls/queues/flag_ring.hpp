// Single-producer single-consumer ring in which each slot says itself whether it is full: neither side ever
// reads the other's index.
//
// Source: Giacomoni, Moseley, Vachharajani, "FastForward for Efficient Pipeline Parallelism: A Cache-Optimized
// Concurrent Lock-Free Queue", PPoPP 2008. There an empty slot holds a null pointer; values need a flag.
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     no RMW; the lines of the slots are all that goes from core to core. A consumer close behind its
//           producer takes each line away while it is being filled, where a ring with indices does so as well
//           with the line of the index.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/first_index.hpp"
#include "../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class flag_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "flag_ring";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::power_of_two;

    explicit flag_ring(std::size_t capacity) : mask_(capacity - 1), slots_(capacity) {
        for (std::size_t i = 0; i < capacity; ++i) {
            slots_.construct(i);
        }
    }
    ~flag_ring() {
        for (std::size_t i = 0; i < capacity(); ++i) {
            if (slots_[i].full.load(std::memory_order_relaxed)) {  // relaxed: no threads are left
                std::destroy_at(&slots_[i].value);
            }
        }
    }
    flag_ring(const flag_ring&) = delete;
    flag_ring& operator=(const flag_ring&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    bool try_push(T&& value) {
        slot& next = slots_[tail_ & mask_];
        if (next.full.load(std::memory_order_acquire)) {  // [freed]: empty, the old value has been moved out
            return false;
        }
        std::construct_at(&next.value, std::move(value));
        next.full.store(true, std::memory_order_release);  // [published]
        ++tail_;
        return true;
    }

    bool try_pop(T& out) {
        slot& next = slots_[head_ & mask_];
        if (!next.full.load(std::memory_order_acquire)) {  // [published]: full, the value is inside
            return false;
        }
        out = std::move(next.value);
        std::destroy_at(&next.value);
        next.full.store(false, std::memory_order_release);  // [freed]
        ++head_;
        return true;
    }

private:
    struct slot {
        atomic<bool> full{false};
        union {
            T value;
        };
        slot() {}
        ~slot() {}  // values begin their lives in try_push and end them in try_pop or in the ring's destructor
    };

    alignas(detail::cache_line) std::size_t tail_ = detail::first_index<T>;  // the producer's alone
    alignas(detail::cache_line) std::size_t head_ = detail::first_index<T>;  // the consumer's alone
    alignas(detail::cache_line) const std::size_t mask_;
    detail::slots<slot> slots_;
};

}  // namespace handoff::impls
