// Unbounded multi-producer multi-consumer queue: a list of rings whose places are drawn by fetch-add, and are
// used again for as long as pushes find room.
//
// Source: Romanov and Koval, "The State-of-the-Art LCRQ Concurrent Queue Algorithm Does NOT Require CAS2",
//         PPoPP 2023 (LPRQ): LCRQ (Morrison and Afek, PPoPP 2013) in which a push first locks a cell's value
//         by a placeholder of its own, where LCRQ changes both words of a cell at once.
//
// Progress: lock-free (as far as the allocator is).
// Order:    FIFO.
// Capacity: unbounded; allocates a ring of 1024 cells when the last one is closed, and frees it. A value of 8
//           bytes or fewer that is trivially copyable lies in its cell; any other is allocated by itself.
// Cost:     push: 4 RMW (a fetch-add, three CAS in the cell); pop: 1 RMW and a store.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "detail/ring_list.hpp"
#include "detail/words.hpp"

namespace handoff::impls {

namespace detail {

/// A queue of at most `size` words that pushes close for good when they find it full.
///
/// A push or pop draws a ticket, which names a cell and an epoch. The push of an epoch fills a cell that is
/// of an older one and free: it puts its placeholder there, advances the epoch, and replaces the
/// placeholder by its word. A pop that comes too early advances the epoch itself, after it has taken away
/// whichever placeholder is there: the push of that ticket then fails in one of its steps. What an older
/// epoch has left inside stays for its pop, and the cell is marked unsafe: the next push must see that its
/// pop has not begun.
///
/// All operations on shared words are seq_cst, but where they say otherwise: the paper argues over one
/// order of them. On x86-64 that costs nothing beside the RMWs.
template <class T>
class lprq_ring {
    using of = words<T>;
    using word = typename of::word;

public:
    lprq_ring() = default;
    /// With a first word inside.
    explicit lprq_ring(word first) : tail_(size + 1) {
        cell& c = cells_[place_of(size)];
        c.value.store(first, std::memory_order_relaxed);  // relaxed, both: nobody knows the ring yet
        c.state.store(state_of(1, true), std::memory_order_relaxed);
    }
    lprq_ring(const lprq_ring&) = delete;
    lprq_ring& operator=(const lprq_ring&) = delete;

    /// False: the ring is closed.
    bool push(word item, word own_placeholder) noexcept {
        for (int tries = 0;; ++tries) {
            const std::uint64_t ticket = tail_.fetch_add(1);
            if ((ticket & closed) != 0) {
                return false;
            }
            if (fill(cells_[place_of(ticket)], ticket, item, own_placeholder)) {
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
            // In this order: with no push's ticket beyond the pops', all that was pushed is taken.
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
            of::discard(c.value.load(std::memory_order_relaxed));  // relaxed: no threads are left
        }
    }

    alignas(cache_line) atomic<lprq_ring*> next{nullptr};

private:
    static constexpr std::uint64_t size = in_model ? 2 : 1024;
    static constexpr std::uint64_t closed = std::uint64_t{1} << 63;
    /// After so many tickets in vain a push closes the ring, since pops may be ahead of it for ever.
    static constexpr int most_tries = in_model ? 2 : 64;
    /// So often does a pop look for the word of a push that has drawn its ticket, before it takes the place
    /// away from it.
    static constexpr int patience = in_model ? 0 : 64;

    struct cell {
        atomic<std::uint64_t> state{state_of(0, true)};  ///< epoch, and whether it is safe
        atomic<word> value{of::nothing};
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

    bool fill(cell& c, std::uint64_t ticket, word item, word own_placeholder) noexcept {
        std::uint64_t state = c.state.load();
        word seen = c.value.load();
        if (!of::is_free(seen) || epoch_in(state) >= epoch_of(ticket) ||
            !(is_safe(state) || head_.load() <= ticket) ||
            !c.value.compare_exchange_strong(seen, own_placeholder)) {
            return false;
        }
        word mine = own_placeholder;
        if (!c.state.compare_exchange_strong(state, state_of(epoch_of(ticket), true))) {
            // relaxed on failure: somebody else has taken it away
            c.value.compare_exchange_strong(mine, of::nothing, std::memory_order_seq_cst,
                                            std::memory_order_relaxed);
            return false;
        }
        return c.value.compare_exchange_strong(mine, item);  // [put]: the value is inside
    }

    bool empty(cell& c, std::uint64_t ticket, word& item) noexcept {
        const std::uint64_t epoch = epoch_of(ticket);
        for (int looks = 0;; ++looks) {
            std::uint64_t state = c.state.load();
            word seen = c.value.load();  // [put]
            if (c.state.load() != state) {
                continue;
            }
            if (epoch_in(state) > epoch) {
                return false;
            }
            if (!of::is_free(seen)) {
                if (epoch_in(state) == epoch) {
                    // [taken]: release, not more: whoever still sees the word goes elsewhere. Nobody else
                    // replaces it.
                    c.value.store(of::nothing, std::memory_order_release);
                    item = seen;
                    return true;
                }
                if (c.state.compare_exchange_strong(state, state_of(epoch_in(state), false))) {
                    return false;
                }
                continue;
            }
            if (looks < patience && (tail_.load() & ~closed) > ticket) {
                cpu_relax();
                continue;
            }
            if (seen != of::nothing && !c.value.compare_exchange_strong(seen, of::nothing)) {
                continue;
            }
            if (c.state.compare_exchange_strong(state, state_of(epoch, is_safe(state)))) {
                return false;
            }
        }
    }

    /// Pops have drawn more tickets than pushes: the pushes begin behind them, or they would try each in
    /// vain.
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
class lprq : public detail::ring_list<T, detail::lprq_ring<T>> {
public:
    using value_type = T;
    static constexpr std::string_view name = "lprq";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
};

}  // namespace handoff::impls
