// DPDK's rte_ring with values in its buffer, for the queues named rte_ring_*.
#pragma once

#include <rte_config.h>
// In this order: the header above says what the library was built for.
#include <rte_ring.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../../concepts/queues.hpp"
#include "../../detail/slots.hpp"

// On x86 the library's ring has plain loads and stores and the compiler's fences, which ThreadSanitizer takes
// for races. Its reports are suppressed by the names of these functions (tests/tsan.supp), which have to be
// there.
#if defined(__SANITIZE_THREAD__)
#define HANDOFF_RTE_CALL [[gnu::noinline]]
#else
#define HANDOFF_RTE_CALL
#endif

namespace handoff::impls::detail {

/// What the four have in common: a ring on plain memory, without the library's environment (EAL) and its huge
/// pages. `modes` are the flags of rte_ring_init that say how its two sides keep several threads apart.
template <class T, unsigned modes>
    requires(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0)
class rte_ring_of {
public:
    /// The library counts places in 32 bits, of which it has a power of two and fills one less; but for values
    /// of 8 and 16 bytes it also counts the words of its buffer so.
    static constexpr std::size_t largest_capacity =
        std::min(std::size_t{1} << 30, sizeof(T) == 8 || sizeof(T) == 16
                                           ? std::size_t{1} << 30
                                           : std::bit_floor((std::size_t{1} << 33) / sizeof(T))) -
        1;

    using value_type = T;
    static constexpr auto order = ordering::fifo;
    static constexpr auto capacity_is = capacity_rule::exact;

    explicit rte_ring_of(std::size_t capacity) : memory_(bytes(capacity)) {
        rte_ring_init(ring(), "handoff", static_cast<unsigned>(capacity), RING_F_EXACT_SZ | modes);
    }

    std::size_t capacity() const noexcept { return rte_ring_get_capacity(ring()); }
    bool try_push(T&& value) { return try_push_bulk(&value, 1) == 1; }
    bool try_pop(T& out) { return try_pop_bulk(&out, 1) == 1; }

    HANDOFF_RTE_CALL std::size_t try_push_bulk(T* first, std::size_t count) {
        in_memory(first);
        const std::size_t put =
            rte_ring_enqueue_burst_elem(ring(), first, sizeof(T), operations(count), nullptr);
        in_memory(first);
        return put;
    }
    HANDOFF_RTE_CALL std::size_t try_pop_bulk(T* out, std::size_t count) {
        in_memory(out);
        const std::size_t taken =
            rte_ring_dequeue_burst_elem(ring(), out, sizeof(T), operations(count), nullptr);
        in_memory(out);
        return taken;
    }

private:
    /// The library copies values as words of 4 or 8 bytes, whatever their type: what the compiler knows of that
    /// type must not let it move their stores and loads across the copy, on either side. No instruction.
    static void in_memory(const T* values) { asm volatile("" : : "r"(values) : "memory"); }

    /// The most that it takes at once.
    static unsigned operations(std::size_t count) {
        return static_cast<unsigned>(std::min(count, largest_capacity));
    }

    /// Of a ring that the library cannot count: more than any memory has.
    static std::size_t bytes(std::size_t capacity) {
        return capacity > largest_capacity
                   ? SIZE_MAX
                   : static_cast<std::size_t>(rte_ring_get_memsize_elem(
                         sizeof(T), static_cast<unsigned>(std::bit_ceil(capacity + 1))));
    }

    rte_ring* ring() const noexcept { return reinterpret_cast<rte_ring*>(&memory_[0]); }

    mutable slots<std::byte> memory_;
};

}  // namespace handoff::impls::detail

#undef HANDOFF_RTE_CALL
