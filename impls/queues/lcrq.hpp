// Unbounded multi-producer multi-consumer queue: a list of rings whose places are drawn by fetch-add, and are
// used again for as long as pushes find room.
//
// Source: Morrison and Afek, "Fast Concurrent Queues for x86 Processors", PPoPP 2013 (LCRQ).
//
// Progress: lock-free (as far as the allocator is). (Where processors have no compare-and-swap of 16 bytes:
//           blocking.)
// Order:    FIFO.
// Capacity: unbounded; allocates a ring of 1024 cells when the last one is closed, and frees it. A value of 8
//           bytes or fewer that is trivially copyable lies in its cell; any other is allocated by itself.
// Cost:     2 RMW per operation: a fetch-add, and a CAS of 16 bytes in the cell.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/wide_word.hpp"
#include "detail/ring_list.hpp"
#include "detail/words.hpp"

namespace handoff::impls {

namespace detail {

/// A queue of at most `size` words that pushes close for good when they find it full.
///
/// A push or pop draws a ticket, which names a cell and an epoch. A cell holds the epoch that it was last used
/// in, whether a push may still use it ("safe"), and a word, or nothing; both change at once. The push of an
/// epoch fills a cell that is of an older one and empty. A pop that comes too early advances the epoch, so that
/// the push of its ticket fails. What an older epoch has left inside stays for its pop, and the cell is marked
/// unsafe: the next push must see that its pop has not begun.
///
/// (The paper's cells hold the ticket that they wait for, not the epoch that they have had: one is the other
/// plus the size of the ring.)
///
/// All operations on shared words are seq_cst: the paper argues over one order of them. On x86-64 that costs
/// nothing beside the RMWs.
template <class T>
class lcrq_ring {
    using of = words<T>;
    using word = typename of::word;

public:
    lcrq_ring() = default;
    /// With a first word inside.
    explicit lcrq_ring(word first) : tail_(size + 1) {
        cell& c = cells_[place_of(size)];
        c.compare_exchange({state_of(0, true), of::nothing}, {state_of(1, true), first});
    }
    lcrq_ring(const lcrq_ring&) = delete;
    lcrq_ring& operator=(const lcrq_ring&) = delete;

    /// False: the ring is closed.
    bool push(word item, word) noexcept {
        for (int tries = 0;; ++tries) {
            const std::uint64_t ticket = tail_.fetch_add(1);
            if ((ticket & closed) != 0) {
                return false;
            }
            if (fill(cells_[place_of(ticket)], ticket, item)) {
                return true;
            }
            if (ticket >= head_.load() + size || tries == most_tries) {
                tail_.fetch_or(closed);
                return false;
            }
        }
    }

    /// False: empty.
    bool pop(word& item) noexcept {
        for (;;) {
            // In this order: with no push's ticket beyond the pops', all that was pushed is taken. The paper's
            // pops do not look before they draw, and leave pushes a cell less each time that they find nothing.
            if (head_.load() >= (tail_.load() & ~closed)) {
                return false;
            }
            const std::uint64_t ticket = head_.fetch_add(1);
            if (empty(cells_[place_of(ticket)], ticket, item)) {
                return true;
            }
            const std::uint64_t tail = tail_.load();
            if ((tail & ~closed) <= ticket + 1) {
                catch_up(tail);
                return false;
            }
        }
    }

    /// When no threads are left: ends the lives of the values inside. (A retired ring has none.)
    void discard_all() noexcept {
        for (cell& c : cells_) {
            of::discard(c.load_second());
        }
    }

    alignas(cache_line) atomic<lcrq_ring*> next{nullptr};

private:
    static constexpr std::uint64_t size = in_model ? 2 : 1024;
    static constexpr std::uint64_t closed = std::uint64_t{1} << 63;
    /// After so many tickets in vain a push closes the ring, since pops may be ahead of it for ever.
    static constexpr int most_tries = in_model ? 2 : 64;
    /// So often does a pop look for the word of a push that has drawn its ticket, before it takes the cell away
    /// from it.
    static constexpr int patience = in_model ? 0 : 64;

    /// First the state: the epoch, and whether the cell is safe. Then the word.
    class cell : public wide_word<of::reserved> {
    public:
        cell() : wide_word<of::reserved>(state_of(0, true), of::nothing) {}
    };

    static constexpr std::uint64_t state_of(std::uint64_t epoch, bool safe) noexcept {
        return epoch << 1 | (safe ? 1 : 0);
    }
    static std::uint64_t epoch_in(std::uint64_t state) noexcept { return state >> 1; }
    static bool is_safe(std::uint64_t state) noexcept { return (state & 1) != 0; }
    static std::uint64_t epoch_of(std::uint64_t ticket) noexcept { return ticket / size; }
    /// Neighbouring tickets lie a line apart, so that threads that follow each other do not meet in one.
    static std::size_t place_of(std::uint64_t ticket) noexcept {
        constexpr std::uint64_t in_a_line = cache_line / sizeof(cell);
        constexpr std::uint64_t lines = size < in_a_line ? 1 : size / in_a_line;
        const std::uint64_t at = ticket % size;
        return at % lines * in_a_line + at / lines;
    }

    bool fill(cell& c, std::uint64_t ticket, word item) noexcept {
        const typename cell::pair seen = c.load();
        return of::is_free(seen.second) && epoch_in(seen.first) < epoch_of(ticket) &&
               (is_safe(seen.first) || head_.load() <= ticket) &&
               c.compare_exchange(seen,
                                  {state_of(epoch_of(ticket), true), item});  // [put]: the value is inside
    }

    bool empty(cell& c, std::uint64_t ticket, word& item) noexcept {
        const std::uint64_t epoch = epoch_of(ticket);
        for (int looks = 0;; ++looks) {
            const typename cell::pair seen = c.load();  // [put]
            const std::uint64_t state = seen.first;
            if (epoch_in(state) > epoch) {
                return false;
            }
            if (!of::is_free(seen.second)) {
                if (epoch_in(state) == epoch) {
                    if (c.compare_exchange(seen, {state, of::nothing})) {
                        item = seen.second;
                        return true;
                    }
                } else if (c.compare_exchange(seen, {state_of(epoch_in(state), false), seen.second})) {
                    return false;
                }
            } else if (looks < patience && (tail_.load() & ~closed) > ticket) {
                cpu_relax();
            } else if (c.compare_exchange(seen, {state_of(epoch, is_safe(state)), of::nothing})) {
                return false;
            }
        }
    }

    /// Pops have drawn more tickets than pushes: the pushes begin behind them, or they would try each in vain.
    void catch_up(std::uint64_t tail) noexcept {
        for (std::uint64_t head = head_.load(); (tail & closed) == 0 && tail < head; head = head_.load()) {
            if (tail_.compare_exchange_weak(tail, head)) {
                return;
            }
        }
    }

    // From the second epoch on: all cells are of epoch 0.
    alignas(cache_line) atomic<std::uint64_t> tail_{size};
    alignas(cache_line) atomic<std::uint64_t> head_{size};
    alignas(cache_line) std::array<cell, size> cells_;
};

}  // namespace detail

template <nothrow_movable T>
class lcrq : public detail::ring_list<T, detail::lcrq_ring<T>> {
public:
    using value_type = T;
    static constexpr std::string_view name = "lcrq";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress =
        detail::wide_word<>::is_lock_free ? progress_guarantee::lock_free : progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
};

}  // namespace handoff::impls
