// The deque of Cilk-5, named after its tail, head and exception: thieves take turns behind a lock, and the
// owner needs the lock only where it meets one of them.
//
// Source: Frigo, Leiserson, Randall, "The Implementation of the Cilk-5 Multithreaded Language", PLDI 1998;
//         after Dijkstra's protocol for mutual exclusion. The exception pointer is Cilk's business and left
//         out.
//
// Progress: blocking: a thief that stops inside the lock stops all thieves, and the owner when it comes to the
//           last item or a full ring.
// Order:    the owner's end LIFO, the thieves' FIFO.
// Capacity: at least what is asked for: the next power of two. Allocated once.
// Cost:     a push: no RMW and no fence, and the lock once in a lap. An owner's pop: 1 full fence, and the lock
//           if a thief is at the same item. A theft: the lock and 1 full fence; none where nothing is to be
//           seen.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/deques.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/mutex.hpp"
#include "../detail/word_ring.hpp"

namespace handoff::impls {

template <class T>
class the_deque {
public:
    using value_type = T;
    static constexpr std::string_view name = "the_deque";
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::at_least;

    explicit the_deque(std::size_t capacity = 1 << 16) : ring_(std::bit_ceil(capacity)) {}
    the_deque(const the_deque&) = delete;
    the_deque& operator=(const the_deque&) = delete;

    std::size_t capacity() const noexcept { return ring_.capacity(); }

    bool try_push(T value) {
        const std::int64_t tail = tail_.load(std::memory_order_relaxed);  // relaxed: only the owner writes it
        if (tail - seen_head_ >= room()) [[unlikely]] {
            // Under the lock, since a thief that has moved head_ up may yet move it down again.
            const std::lock_guard guard(thieves_);
            seen_head_ = head_.load(std::memory_order_relaxed);  // relaxed: ordered by the lock
            if (tail - seen_head_ >= room()) {
                return false;
            }
        }
        ring_.store(index(tail), value);
        tail_.store(tail + 1, std::memory_order_release);  // [pushed]: the slot, and what the item means
        return true;
    }

    bool try_pop(T& out) {
        // relaxed: only the owner writes it
        const std::int64_t tail = tail_.load(std::memory_order_relaxed) - 1;
        tail_.store(tail, std::memory_order_release);  // [pushed]: the items below it, for whoever sees this
        thread_fence(std::memory_order_seq_cst);       // [met]
        // relaxed: ordered by the fence
        if (head_.load(std::memory_order_relaxed) > tail && !still_there(tail)) [[unlikely]] {
            return false;
        }
        out = ring_.load(index(tail));
        return true;
    }

    steal_result try_steal(T& out) {
        // relaxed, both: a guess, so that who finds nothing keeps nobody waiting
        if (head_.load(std::memory_order_relaxed) >= tail_.load(std::memory_order_relaxed)) {
            return steal_result::empty;
        }
        const std::lock_guard guard(thieves_);
        const std::int64_t head = head_.load(std::memory_order_relaxed);  // relaxed: ordered by the lock
        head_.store(head + 1, std::memory_order_relaxed);                 // relaxed: the fence orders it
        thread_fence(std::memory_order_seq_cst);                          // [met]
        if (head + 1 > tail_.load(std::memory_order_acquire)) {           // [pushed]: the items below it
            head_.store(head, std::memory_order_relaxed);  // relaxed: who relies on it looks under the lock
            return steal_result::empty;
        }
        out = ring_.load(index(head));
        return steal_result::stolen;
    }

    /// How many items thieves could take just now; a guess.
    std::size_t stealable() const noexcept {
        // relaxed, both: a guess
        const std::int64_t left = tail_.load(std::memory_order_relaxed) - head_.load(std::memory_order_relaxed);
        return static_cast<std::size_t>(std::max<std::int64_t>(left, 0));
    }

private:
    // [met]: the owner moves tail_ down and then looks at head_; a thief moves head_ up and then looks at
    // tail_. One of the two fences comes first, so that of an owner and a thief at one item at least one sees
    // the other. The thief then gives way, and the owner asks again under the lock, when no thief is in
    // between.

    static std::uint64_t index(std::int64_t i) noexcept { return static_cast<std::uint64_t>(i); }
    std::int64_t room() const noexcept { return static_cast<std::int64_t>(ring_.capacity()); }

    /// Whether the owner has the item at `tail`, having met a thief there; if not, tail_ is back where it was.
    [[gnu::noinline]] bool still_there(std::int64_t tail) noexcept {
        const std::lock_guard guard(thieves_);
        if (head_.load(std::memory_order_relaxed) <= tail) {  // relaxed: ordered by the lock
            return true;
        }
        tail_.store(tail + 1, std::memory_order_release);  // [pushed]: as in a pop
        return false;
    }

    // The owner's: next to be pushed; and a head_ that it has seen under the lock.
    alignas(detail::cache_line) atomic<std::int64_t> tail_{0};
    std::int64_t seen_head_ = 0;
    // The thieves': next to be stolen, written under the lock.
    alignas(detail::cache_line) atomic<std::int64_t> head_{0};
    mutex thieves_;
    alignas(detail::cache_line) detail::word_ring<T> ring_;  // where it is; read by all
};

}  // namespace handoff::impls
