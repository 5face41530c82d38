// Work-stealing deque on a ring that grows: two indices, and a race between them for the last item only.
//
// Source: Chase, Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005; the memory orders are those of Le,
//         Pop, Cohen, Zappa Nardelli, "Correct and Efficient Work-Stealing for Weak Memory Models", PPoPP 2013.
//
// Progress: lock-free for thieves: one of them loses only because another, or the owner, has taken an item.
//           Wait-free for the owner, but for the allocation when the ring grows.
// Order:    the owner's end LIFO, the thieves' FIFO.
// Capacity: unbounded; the ring doubles and never shrinks. Outgrown rings stay until the deque is destroyed,
//           which is what makes them safe to read: together they are smaller than the ring in use.
// Cost:     a push: no RMW and no fence. An owner's pop: 1 full fence, and 1 RMW for the last item. A theft: 1
//           full fence and 1 RMW.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/deques.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/word_ring.hpp"

namespace handoff::impls {

template <class T>
class chase_lev_deque {
public:
    using value_type = T;
    static constexpr std::string_view name = "chase_lev_deque";
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;

    chase_lev_deque() = default;
    chase_lev_deque(const chase_lev_deque&) = delete;
    chase_lev_deque& operator=(const chase_lev_deque&) = delete;

    void push(T value) {
        // relaxed: only the owner writes it
        const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
        detail::word_ring<T>* ring = &ring_.mine();
        if (bottom - seen_top_ >= static_cast<std::int64_t>(ring->capacity())) [[unlikely]] {
            ring = &make_room(bottom);
        }
        ring->store(index(bottom), value);
        // [pushed]: the slot, the ring, and what the item means
        bottom_.store(bottom + 1, std::memory_order_release);
    }

    bool try_pop(T& out) {
        // relaxed: only the owner writes it
        const std::int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
        // [pushed]: also a thief that sees this value finds the items below it. (A release fence in push, as in
        // the source, covers the stores after it; a release store covers itself only.)
        bottom_.store(bottom, std::memory_order_release);
        thread_fence(std::memory_order_seq_cst);                  // [last]
        std::int64_t top = top_.load(std::memory_order_relaxed);  // relaxed: ordered by the fence
        if (top < bottom) {
            out = ring_.mine().load(index(bottom));
            return true;  // a thief that comes now sees our bottom and leaves this one
        }
        // The last one, for which thieves may be on their way: whoever moves top_ has it. Or none.
        // seq_cst: as the thieves' claim; relaxed on failure: nothing was taken.
        const bool won = top == bottom && top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst,
                                                                       std::memory_order_relaxed);
        if (won) {
            out = ring_.mine().load(index(bottom));
        }
        bottom_.store(bottom + 1, std::memory_order_release);  // [pushed]: as above
        return won;
    }

    steal_result try_steal(T& out) {
        // [claimed]: bottom_ is at least as new as top_
        std::int64_t top = top_.load(std::memory_order_acquire);
        thread_fence(std::memory_order_seq_cst);  // [last]
        // [pushed]: the items below it, and the ring that they are in.
        const std::int64_t bottom = bottom_.load(std::memory_order_acquire);
        if (top >= bottom) {
            return steal_result::empty;
        }
        const T found = ring_.seen().load(index(top));
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
    // [last]: the owner announces which item it takes and then looks at top_; a thief looks at top_ and then at
    // the announcement. One of the two fences comes first, so that of the owner and a thief who both want one
    // item at least one knows of the other. The thief always claims with an RMW, the owner does if it knows of
    // a thief.
    //
    // Indices only grow. A slot is used again a lap later, after the owner has seen top_ beyond the item that
    // was in it: a thief that reads a slot too late finds top_ moved, and drops what it has read.

    static constexpr std::size_t first_capacity = in_model ? 2 : 1024;

    static std::uint64_t index(std::int64_t i) noexcept { return static_cast<std::uint64_t>(i); }

    [[gnu::noinline]] detail::word_ring<T>& make_room(std::int64_t bottom) {
        seen_top_ = top_.load(std::memory_order_acquire);  // [claimed]: the slots below it have been read
        detail::word_ring<T>& ring = ring_.mine();
        return bottom - seen_top_ < static_cast<std::int64_t>(ring.capacity())
                   ? ring
                   : ring_.grow(index(seen_top_), index(bottom));
    }

    // The owner's: next to be pushed; and the last it knows of top_, so that a push touches no line of the
    // thieves'.
    alignas(detail::cache_line) atomic<std::int64_t> bottom_{0};
    std::int64_t seen_top_ = 0;
    alignas(detail::cache_line) atomic<std::int64_t> top_{0};  // next to be stolen
    // Read by all, written when it grows.
    alignas(detail::cache_line) detail::growing_ring<T> ring_{first_capacity};
};

}  // namespace handoff::impls
