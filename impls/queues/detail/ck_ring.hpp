// ConcurrencyKit's ck_ring with values in its buffer, for the queues named ck_ring_*.
#pragma once

#include <ck_cc.h>
#include <ck_md.h>
#include <ck_pr.h>
#include <ck_stdbool.h>
#include <ck_string.h>

// The header is C: one of its functions, which returns a pointer, returns `false`. In C++ that is an error, and
// 0 is none.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wkeyword-macro"
#endif
#define false 0
#include <ck_ring.h>
#undef false
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#include <algorithm>
#include <bit>
#include <cstddef>
#include <new>
#include <type_traits>

#include "../../detail/cache_line.hpp"
#include "../../detail/slots.hpp"

// ThreadSanitizer does not see the library's atomic operations, which are inline assembly. Its reports are
// suppressed by the names of these functions (tests/tsan.supp), which have to be there.
#if defined(__SANITIZE_THREAD__)
#define HANDOFF_CK_CALL [[gnu::noinline]]
#else
#define HANDOFF_CK_CALL
#endif

namespace handoff::impls::detail {

/// What the four have in common: a ring, and a buffer of cells with a value's bytes in each. CK_RING_PROTOTYPE
/// makes the library's typed functions over such cells. Those that reserve a place compile in C only; nobody
/// here instantiates them.
template <class T>
    requires std::is_trivially_copyable_v<T>
class ck_ring_of {
public:
    /// One place stays free. The library counts in 32 bits, also the bytes of its buffer.
    static constexpr std::size_t largest_capacity = std::bit_floor((std::size_t{1} << 31) / sizeof(T)) - 1;

    explicit ck_ring_of(std::size_t capacity) : cells_(places(capacity)) {
        ck_ring_init(&ring_, static_cast<unsigned>(places(capacity)));
    }

    std::size_t capacity() const noexcept { return ck_ring_capacity(&ring_) - 1; }

    HANDOFF_CK_CALL bool enqueue_spsc(const T& value) {
        auto bytes = std::bit_cast<cell>(value);
        return CK_RING_ENQUEUE_SPSC(cell, &ring_, &cells_[0], &bytes);
    }
    HANDOFF_CK_CALL bool enqueue_spmc(const T& value) {
        auto bytes = std::bit_cast<cell>(value);
        return CK_RING_ENQUEUE_SPMC(cell, &ring_, &cells_[0], &bytes);
    }
    HANDOFF_CK_CALL bool enqueue_mpsc(const T& value) {
        auto bytes = std::bit_cast<cell>(value);
        return CK_RING_ENQUEUE_MPSC(cell, &ring_, &cells_[0], &bytes);
    }
    HANDOFF_CK_CALL bool enqueue_mpmc(const T& value) {
        auto bytes = std::bit_cast<cell>(value);
        return CK_RING_ENQUEUE_MPMC(cell, &ring_, &cells_[0], &bytes);
    }

    // With many consumers the library copies a cell before it claims it, also when another consumer then was
    // faster: into a cell of ours, since `out` must not change in a pop that fails.
    HANDOFF_CK_CALL bool dequeue_spsc(T& out) {
        cell bytes;
        return CK_RING_DEQUEUE_SPSC(cell, &ring_, &cells_[0], &bytes) && put(bytes, out);
    }
    HANDOFF_CK_CALL bool dequeue_spmc(T& out) {
        cell bytes;
        return CK_RING_DEQUEUE_SPMC(cell, &ring_, &cells_[0], &bytes) && put(bytes, out);
    }
    HANDOFF_CK_CALL bool dequeue_mpsc(T& out) {
        cell bytes;
        return CK_RING_DEQUEUE_MPSC(cell, &ring_, &cells_[0], &bytes) && put(bytes, out);
    }
    HANDOFF_CK_CALL bool dequeue_mpmc(T& out) {
        cell bytes;
        return CK_RING_DEQUEUE_MPMC(cell, &ring_, &cells_[0], &bytes) && put(bytes, out);
    }

private:
    struct cell {
        alignas(T) std::byte bytes[sizeof(T)];
    };
    CK_RING_PROTOTYPE(cell, cell)

    /// A power of two from 4, as its manual says.
    static std::size_t places(std::size_t capacity) {
        return std::bit_ceil(std::max<std::size_t>(capacity + 1, 4));
    }
    static bool put(const cell& bytes, T& out) {
        out = std::bit_cast<T>(bytes);
        return true;
    }

    alignas(cache_line) ck_ring_t ring_;
    alignas(cache_line) slots<cell> cells_;
};

}  // namespace handoff::impls::detail

#undef HANDOFF_CK_CALL
