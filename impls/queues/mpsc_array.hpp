// Ring for many producers and one consumer: producers claim slots by compare-and-swap against a limit that they
// share, and read the consumer's index only when the limit is reached.
//
// Source: the idea is that of JCTools' MpscArrayQueue (Nitsan Wakart, 2014); a flag in each slot takes the
// place of its null pointers.
//
// Progress: blocking: a producer that stops between claiming a slot and filling it holds up the consumer there,
//           which finds nothing meanwhile.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     1 RMW (CAS) per push, also of one in bulk, none per pop; the consumer's index is read once per lap
//           and not per item.
#pragma once

#include <algorithm>
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
class mpsc_array {
public:
    using value_type = T;
    static constexpr std::string_view name = "mpsc_array";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::power_of_two;
    static constexpr auto empty_is = refusal_rule::held_up;

    explicit mpsc_array(std::size_t capacity)
        : limit_(detail::first_index<T> + capacity), mask_(capacity - 1), slots_(capacity) {
        for (std::size_t i = 0; i < capacity; ++i) {
            slots_.construct(i);
        }
    }
    ~mpsc_array() {
        for (std::size_t i = 0; i < capacity(); ++i) {
            if (slots_[i].full.load(std::memory_order_relaxed)) {  // relaxed: no threads are left
                std::destroy_at(&slots_[i].value);
            }
        }
    }
    mpsc_array(const mpsc_array&) = delete;
    mpsc_array& operator=(const mpsc_array&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    bool try_push(T&& value) { return try_push_bulk(&value, 1) == 1; }

    std::size_t try_push_bulk(T* first, std::size_t count) {
        // relaxed: a guess that the compare-and-swap confirms or refutes
        std::size_t at = tail_.load(std::memory_order_relaxed);
        std::size_t claimed = 0;
        do {
            // [limit]: who raised the limit has seen the values of the lap before moved out, and so have we.
            std::size_t limit = limit_.load(std::memory_order_acquire);
            if (room(at, limit) < static_cast<std::ptrdiff_t>(count)) {
                // [freed]: all values before the index have been moved out.
                limit = head_.load(std::memory_order_acquire) + capacity();
                if (room(at, limit) <= 0) {
                    return 0;
                }
                // [limit]. Of two who raise it the slower one may lower it again: others then look at the index
                // once more.
                limit_.store(limit, std::memory_order_release);
            }
            claimed = std::min(count, limit - at);
            // relaxed: the claim carries no data; the slots' flags do. On failure `at` is the new guess.
        } while (!tail_.compare_exchange_weak(at, at + claimed, std::memory_order_relaxed));
        for (std::size_t i = 0; i < claimed; ++i) {
            slot& mine = slots_[(at + i) & mask_];
            std::construct_at(&mine.value, std::move(first[i]));
            mine.full.store(true, std::memory_order_release);  // [published]
        }
        return claimed;
    }

    bool try_pop(T& out) { return try_pop_bulk(&out, 1) == 1; }

    std::size_t try_pop_bulk(T* out, std::size_t count) {
        const std::size_t at = head_.load(std::memory_order_relaxed);  // relaxed: only the consumer writes it
        std::size_t popped = 0;
        for (; popped < count; ++popped) {
            slot& next = slots_[(at + popped) & mask_];
            if (!next.full.load(std::memory_order_acquire)) {  // [published]: the value is inside
                break;
            }
            out[popped] = std::move(next.value);
            std::destroy_at(&next.value);
            next.full.store(false,
                            std::memory_order_relaxed);  // relaxed: [freed] orders it before the next claim
        }
        if (popped > 0) {
            head_.store(at + popped, std::memory_order_release);  // [freed]
        }
        return popped;
    }

private:
    /// How many places lie before the limit: by difference, since both wrap with the integer; negative where
    /// the limit was lowered.
    static std::ptrdiff_t room(std::size_t at, std::size_t limit) noexcept {
        return static_cast<std::ptrdiff_t>(limit - at);
    }

    struct slot {
        atomic<bool> full{false};
        union {
            T value;
        };
        slot() {}
        ~slot() {}  // values begin their lives in try_push and end them in try_pop or in the ring's destructor
    };

    alignas(detail::cache_line) atomic<std::size_t> tail_{detail::first_index<T>};
    alignas(detail::cache_line) atomic<std::size_t> limit_;  ///< no push may claim this place, nor a later one
    alignas(detail::cache_line) atomic<std::size_t> head_{detail::first_index<T>};
    alignas(detail::cache_line) const std::size_t mask_;
    detail::slots<slot> slots_;
};

}  // namespace handoff::impls
