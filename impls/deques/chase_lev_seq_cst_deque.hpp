// A control: the Chase-Lev deque as it was published, for a memory that is sequentially consistent.
//
// Source: Chase, Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005.
//
// Progress: lock-free for thieves: one of them loses only because another, or the owner, has taken an item.
//           Wait-free for the owner, but for the allocation when the ring grows.
// Order:    the owner's end LIFO, the thieves' FIFO.
// Capacity: unbounded; the ring doubles and never shrinks. Outgrown rings stay until the deque is destroyed;
//           together they are smaller than the ring in use.
// Cost:     every access is sequentially consistent, those to the slots as well. On x86-64 each store is then
//           as dear as an RMW: 2 for a push, 1 for an owner's pop (3 for the last item). A theft: 1.
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

/// What the weaker orders of chase_lev_deque are worth is the difference to this one: the same steps, and no
/// order that has to be argued for.
template <class T>
class chase_lev_seq_cst_deque {
public:
    using value_type = T;
    static constexpr std::string_view name = "chase_lev_seq_cst_deque";
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr std::string_view control_for = "memory_orders";

    chase_lev_seq_cst_deque() = default;
    chase_lev_seq_cst_deque(const chase_lev_seq_cst_deque&) = delete;
    chase_lev_seq_cst_deque& operator=(const chase_lev_seq_cst_deque&) = delete;

    void push(T value) {
        const std::int64_t bottom = bottom_.load(sc);
        const std::int64_t top = top_.load(sc);
        detail::word_ring<T>* ring = &ring_.mine();
        if (bottom - top >= static_cast<std::int64_t>(ring->capacity())) [[unlikely]] {
            ring = &ring_.grow(index(top), index(bottom));
        }
        ring->store(index(bottom), value, sc);
        bottom_.store(bottom + 1, sc);
    }

    bool try_pop(T& out) {
        const std::int64_t bottom = bottom_.load(sc) - 1;
        bottom_.store(bottom, sc);
        std::int64_t top = top_.load(sc);
        if (top < bottom) {
            out = ring_.mine().load(index(bottom), sc);
            return true;
        }
        const bool won = top == bottom && top_.compare_exchange_strong(top, top + 1, sc);
        if (won) {
            out = ring_.mine().load(index(bottom), sc);
        }
        bottom_.store(bottom + 1, sc);
        return won;
    }

    steal_result try_steal(T& out) {
        std::int64_t top = top_.load(sc);
        const std::int64_t bottom = bottom_.load(sc);
        if (top >= bottom) {
            return steal_result::empty;
        }
        const T found = ring_.seen().load(index(top), sc);
        if (!top_.compare_exchange_strong(top, top + 1, sc)) {
            return steal_result::lost;
        }
        out = found;
        return steal_result::stolen;
    }

    /// How many items thieves could take just now; a guess.
    std::size_t stealable() const noexcept {
        const std::int64_t left = bottom_.load(sc) - top_.load(sc);
        return static_cast<std::size_t>(std::max<std::int64_t>(left, 0));
    }

private:
    static constexpr std::size_t first_capacity = in_model ? 2 : 1024;
    static constexpr auto sc = std::memory_order_seq_cst;  // not needed everywhere; it is what is measured

    static std::uint64_t index(std::int64_t i) noexcept { return static_cast<std::uint64_t>(i); }

    alignas(detail::cache_line) atomic<std::int64_t> bottom_{0};  // next to be pushed
    alignas(detail::cache_line) atomic<std::int64_t> top_{0};     // next to be stolen
    alignas(detail::cache_line) detail::growing_ring<T> ring_{first_capacity};
};

}  // namespace handoff::impls
