// The Chase-Lev deque on a ring of fixed size.
//
// Source: Chase, Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005, without what is dynamic; the memory
//         orders are those of Le, Pop, Cohen, Zappa Nardelli, "Correct and Efficient Work-Stealing for Weak
//         Memory Models", PPoPP 2013.
//
// Progress: lock-free for thieves: one of them loses only because another, or the owner, has taken an item.
//           Wait-free for the owner.
// Order:    the owner's end LIFO, the thieves' FIFO.
// Capacity: at least what is asked for: the next power of two. Allocated once.
// Cost:     a push: no RMW and no fence. An owner's pop: 1 full fence, and 1 RMW for the last item. A theft: 1
//           full fence and 1 RMW.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/deques.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/word_ring.hpp"

namespace handoff::impls {

template <class T>
class chase_lev_bounded_deque {
public:
    using value_type = T;
    static constexpr std::string_view name = "chase_lev_bounded_deque";
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::at_least;

    explicit chase_lev_bounded_deque(std::size_t capacity = 1 << 16) : ring_(std::bit_ceil(capacity)) {}
    chase_lev_bounded_deque(const chase_lev_bounded_deque&) = delete;
    chase_lev_bounded_deque& operator=(const chase_lev_bounded_deque&) = delete;

    std::size_t capacity() const noexcept { return ring_.capacity(); }

    bool try_push(T value) {
        // relaxed: only the owner writes it
        const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
        if (bottom - seen_top_ >= room()) [[unlikely]] {
            seen_top_ = top_.load(std::memory_order_acquire);  // [claimed]: the slots below it have been read
            if (bottom - seen_top_ >= room()) {
                return false;
            }
        }
        ring_.store(index(bottom), value);
        bottom_.store(bottom + 1, std::memory_order_release);  // [pushed]: the slot, and what the item means
        return true;
    }

    bool try_pop(T& out) {
        // relaxed: only the owner writes it
        const std::int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
        bottom_.store(bottom, std::memory_order_release);         // [pushed]: the items below it, as well
        thread_fence(std::memory_order_seq_cst);                  // [last]
        std::int64_t top = top_.load(std::memory_order_relaxed);  // relaxed: ordered by the fence
        if (top < bottom) {
            out = ring_.load(index(bottom));
            return true;  // a thief that comes now sees our bottom and leaves this one
        }
        // The last one, for which thieves may be on their way: whoever moves top_ has it. Or none.
        // seq_cst: as the thieves' claim; relaxed on failure: nothing was taken.
        const bool won = top == bottom && top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst,
                                                                       std::memory_order_relaxed);
        if (won) {
            out = ring_.load(index(bottom));
        }
        bottom_.store(bottom + 1, std::memory_order_release);  // [pushed]: as above
        return won;
    }

    steal_result try_steal(T& out) {
        // [claimed]: bottom_ is at least as new as top_
        std::int64_t top = top_.load(std::memory_order_acquire);
        thread_fence(std::memory_order_seq_cst);                              // [last]
        const std::int64_t bottom = bottom_.load(std::memory_order_acquire);  // [pushed]: the items below it
        if (top >= bottom) {
            return steal_result::empty;
        }
        const T found = ring_.load(index(top));
        // [claimed]: the slot has been read. relaxed on failure: nothing was taken.
        if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst, std::memory_order_relaxed)) {
            return steal_result::lost;
        }
        out = found;
        return steal_result::stolen;
    }

    /// How many items thieves could take just now; a guess.
    std::size_t stealable() const noexcept {
        // relaxed, both: a guess
        const std::int64_t left =
            bottom_.load(std::memory_order_relaxed) - top_.load(std::memory_order_relaxed);
        return static_cast<std::size_t>(std::max<std::int64_t>(left, 0));
    }

private:
    // [last] and the reuse of slots: as in chase_lev_deque.

    static std::uint64_t index(std::int64_t i) noexcept { return static_cast<std::uint64_t>(i); }
    std::int64_t room() const noexcept { return static_cast<std::int64_t>(ring_.capacity()); }

    // The owner's: next to be pushed; and the last it knows of top_, so that a push touches no line of the
    // thieves'.
    alignas(detail::cache_line) atomic<std::int64_t> bottom_{0};
    std::int64_t seen_top_ = 0;
    alignas(detail::cache_line) atomic<std::int64_t> top_{0};  // next to be stolen
    alignas(detail::cache_line) detail::word_ring<T> ring_;    // where it is; read by all
};

}  // namespace handoff::impls
