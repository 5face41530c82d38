// Ring for one producer and many consumers: a sequence number in every slot, so the producer reads nothing that
// consumers write but the slot that it fills.
//
// Source: Vyukov, "Bounded MPMC queue", 1024cores.net, 2010, whose producers claim slots by compare-and-swap;
// one producer needs no claim.
//
// Progress: a push is wait-free; a consumer that stops between claiming a slot and emptying it holds up the
//           producer a lap later, and then all: try_push finds no room there.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     no RMW per push, 1 RMW (CAS) per pop, also of one in bulk, on an index that consumers share.
#pragma once

#include <cstddef>
#include <cstdint>
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
class spmc_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "spmc_ring";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::power_of_two;
    static constexpr auto full_is = refusal_rule::held_up;

    explicit spmc_ring(std::size_t capacity) : mask_(capacity - 1), slots_(capacity) {
        for (std::size_t i = 0; i < capacity; ++i) {
            slots_.construct(i, detail::first_index<T> + i);
        }
    }
    ~spmc_ring() {
        // relaxed: no threads are left
        for (std::size_t i = head_.load(std::memory_order_relaxed); i != tail_; ++i) {
            std::destroy_at(&slots_[i & mask_].value);
        }
    }
    spmc_ring(const spmc_ring&) = delete;
    spmc_ring& operator=(const spmc_ring&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    bool try_push(T&& value) { return try_push_bulk(&value, 1) == 1; }

    std::size_t try_push_bulk(T* first, std::size_t count) {
        std::size_t pushed = 0;
        for (; pushed < count; ++pushed) {
            slot& mine = slots_[tail_ & mask_];
            // [freed]: the consumer of the lap before has moved its value out.
            if (mine.turn.load(std::memory_order_acquire) != tail_) {
                break;
            }
            std::construct_at(&mine.value, std::move(first[pushed]));
            mine.turn.store(++tail_, std::memory_order_release);  // [published]
        }
        return pushed;
    }

    bool try_pop(T& out) { return try_pop_bulk(&out, 1) == 1; }

    /// Claims as many slots in a row as are full, up to `count`, with one CAS.
    std::size_t try_pop_bulk(T* out, std::size_t count) {
        // relaxed: a guess that the slots' turns confirm or refute
        std::size_t at = head_.load(std::memory_order_relaxed);
        for (;;) {
            std::intptr_t early = 0;
            std::size_t full = 0;
            for (; full < count; ++full) {
                // [published]: the slot holds the value of this lap.
                const std::size_t turn = slots_[(at + full) & mask_].turn.load(std::memory_order_acquire);
                early = static_cast<std::intptr_t>(turn - (at + full + 1));
                if (early != 0) {
                    break;
                }
            }
            if (full == 0) {
                if (early < 0) {
                    return 0;  // nothing published here yet: empty
                }
                at = head_.load(std::memory_order_relaxed);  // relaxed: as above; others were faster
                continue;
            }
            // relaxed: the claim carries no data; the slots' turns do. On failure `at` is the new guess.
            if (head_.compare_exchange_weak(at, at + full, std::memory_order_relaxed)) {
                for (std::size_t i = 0; i < full; ++i) {
                    slot& mine = slots_[(at + i) & mask_];
                    out[i] = std::move(mine.value);
                    std::destroy_at(&mine.value);
                    mine.turn.store(at + i + capacity(), std::memory_order_release);  // [freed]
                }
                return full;
            }
        }
    }

private:
    // Whose turn a slot is: `i` when the producer may put item i there, `i + 1` when the consumer of item i may
    // take it.
    struct slot {
        atomic<std::size_t> turn;
        union {
            T value;
        };
        explicit slot(std::size_t i) : turn(i) {}
        ~slot() {}  // values begin their lives in try_push and end them in try_pop or in the ring's destructor
    };

    alignas(detail::cache_line) std::size_t tail_ = detail::first_index<T>;  // the producer's alone
    alignas(detail::cache_line) atomic<std::size_t> head_{detail::first_index<T>};
    alignas(detail::cache_line) const std::size_t mask_;
    detail::slots<slot> slots_;
};

}  // namespace handoff::impls
