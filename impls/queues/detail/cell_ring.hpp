// What the rings of `lprq` and `lcrq` have in common: tickets, which name a cell and an epoch, and the end of a
// ring that pushes find full.
//
// Source: Morrison and Afek, "Fast Concurrent Queues for x86 Processors", PPoPP 2013 (CRQ).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "../../atomic.hpp"
#include "../../detail/cache_line.hpp"
#include "words.hpp"

namespace handoff::impls::detail {

/// What a cell says beside its word: the epoch that it was last used in, and whether a push may still use it
/// ("safe").
struct cell_state {
    static constexpr std::uint64_t of(std::uint64_t epoch, bool safe) noexcept {
        return epoch << 1 | (safe ? 1 : 0);
    }
    static std::uint64_t epoch(std::uint64_t state) noexcept { return state >> 1; }
    static bool is_safe(std::uint64_t state) noexcept { return (state & 1) != 0; }
};

/// A queue of at most `size` words that pushes close for good when they find it full.
///
/// A Ring says what is done with a cell: `fill(Cell&, ticket, word, mark)`, false when the push of the ticket
/// has not filled it, and never will; `empty(Cell&, ticket, word&)`, false when the pop of the ticket has found
/// nothing there, and no push will come. A Cell is made empty, of epoch 0, and safe.
///
/// All operations on shared words are seq_cst: the papers argue over one order of them. On x86-64 that costs
/// nothing beside the RMWs.
template <class Ring, class T, class Cell>
class cell_ring {
    using word = typename words<T>::word;

public:
    cell_ring() = default;
    cell_ring(const cell_ring&) = delete;
    cell_ring& operator=(const cell_ring&) = delete;

    /// False: the ring is closed.
    bool push(word item, word mark) noexcept {
        for (int tries = 0;; ++tries) {
            const std::uint64_t ticket = tail_.fetch_add(1);
            if ((ticket & closed) != 0) {
                return false;
            }
            if (self().fill(cells_[place_of(ticket)], ticket, item, mark)) {
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
            if (self().empty(cells_[place_of(ticket)], ticket, item)) {
                return true;
            }
            const std::uint64_t tail = tail_.load();
            if ((tail & ~closed) <= ticket + 1) {
                catch_up(tail);
                return false;
            }
        }
    }

    alignas(cache_line) atomic<Ring*> next{nullptr};

protected:
    /// With the first `inside` tickets of pushes drawn.
    explicit cell_ring(std::uint64_t inside) : tail_(size + inside) {}

    static constexpr std::uint64_t size = in_model ? 2 : 1024;
    /// So often does a pop look for the word of a push that has drawn its ticket, before it takes the cell away
    /// from it.
    static constexpr int patience = in_model ? 0 : 64;

    static std::uint64_t epoch_of(std::uint64_t ticket) noexcept { return ticket / size; }

    /// The push of the ticket has drawn it.
    bool is_drawn(std::uint64_t ticket) const noexcept { return (tail_.load() & ~closed) > ticket; }
    /// The pop of the ticket has not.
    bool is_ahead_of_pops(std::uint64_t ticket) const noexcept { return head_.load() <= ticket; }

    std::array<Cell, size>& cells() noexcept { return cells_; }
    /// Of the first ticket.
    Cell& first_cell() noexcept { return cells_[place_of(size)]; }

private:
    static constexpr std::uint64_t closed = std::uint64_t{1} << 63;
    /// After so many tickets in vain a push closes the ring, since pops may be ahead of it for ever.
    static constexpr int most_tries = in_model ? 2 : 64;

    Ring& self() noexcept { return static_cast<Ring&>(*this); }

    /// Neighbouring tickets lie a line apart, so that threads that follow each other do not meet in one.
    static std::size_t place_of(std::uint64_t ticket) noexcept {
        constexpr std::uint64_t in_a_line = cache_line / sizeof(Cell);
        constexpr std::uint64_t lines = size < in_a_line ? 1 : size / in_a_line;
        const std::uint64_t at = ticket % size;
        return at % lines * in_a_line + at / lines;
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
    alignas(cache_line) std::array<Cell, size> cells_;
};

}  // namespace handoff::impls::detail
