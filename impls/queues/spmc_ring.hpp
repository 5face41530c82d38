// Ring for one producer and many consumers: a sequence number in every slot, so the producer reads nothing that
// consumers write but the slot that it fills.
//
// Source: Vyukov, "Bounded MPMC queue", 1024cores.net, 2010, whose producers claim slots by compare-and-swap;
// one producer needs no claim.
//
// Progress: a push is wait-free; a consumer that stops between claiming a slot and emptying it holds up the
// producer a
//           lap later, and then all.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     no RMW per push, 1 RMW (CAS) per pop, on an index that consumers share.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/slots.hpp"

namespace handoff::impls {

template <class T>
class spmc_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "spmc_ring";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::power_of_two;

    explicit spmc_ring(std::size_t capacity) : mask_(capacity - 1), slots_(capacity) {
        for (std::size_t i = 0; i < capacity; ++i) {
            slots_.construct(i, i);
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

    bool try_push(T&& value) {
        slot& mine = slots_[tail_ & mask_];
        // [freed]: the consumer of the lap before has moved its value out.
        if (mine.turn.load(std::memory_order_acquire) != tail_) {
            return false;
        }
        std::construct_at(&mine.value, std::move(value));
        mine.turn.store(++tail_, std::memory_order_release);  // [published]
        return true;
    }

    bool try_pop(T& out) {
        // relaxed: a guess that the slot's turn confirms or refutes
        std::size_t at = head_.load(std::memory_order_relaxed);
        for (;;) {
            slot& mine = slots_[at & mask_];
            // [published]: the slot holds the value of this lap.
            const auto ahead = static_cast<std::intptr_t>(mine.turn.load(std::memory_order_acquire) - (at + 1));
            if (ahead < 0) {
                return false;  // nothing published here yet: empty
            }
            if (ahead > 0) {
                at = head_.load(std::memory_order_relaxed);  // relaxed: as above; others were faster
                continue;
            }
            // relaxed: the claim carries no data; the slot's turn does. On failure `at` is the new guess.
            if (head_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
                out = std::move(mine.value);
                std::destroy_at(&mine.value);
                mine.turn.store(at + capacity(), std::memory_order_release);  // [freed]
                return true;
            }
        }
    }

private:
    // Whose turn a slot is: `i` when the producer may put item i there, `i + 1` when the consumer of item i may
    // take it.
    struct slot {
        std::atomic<std::size_t> turn;
        union {
            T value;
        };
        explicit slot(std::size_t i) : turn(i) {}
        ~slot() {}  // values begin their lives in try_push and end them in try_pop or in the ring's destructor
    };

    alignas(detail::cache_line) std::size_t tail_ = 0;  // the producer's alone
    alignas(detail::cache_line) std::atomic<std::size_t> head_{0};
    alignas(detail::cache_line) const std::size_t mask_;
    detail::slots<slot> slots_;
};

}  // namespace handoff::impls
