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

#include <cstdint>
#include <string_view>

#include "../concepts/queues.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/wide_word.hpp"
#include "detail/cell_ring.hpp"
#include "detail/ring_list.hpp"
#include "detail/words.hpp"

namespace handoff::impls {

namespace detail {

/// First its state, then its word: both change at once.
template <class T>
class lcrq_cell : public wide_word<words<T>::reserved> {
public:
    lcrq_cell() : wide_word<words<T>::reserved>(cell_state::of(0, true), words<T>::nothing) {}
};

/// The push of an epoch fills a cell that is of an older one and empty. A pop that comes too early advances the
/// epoch, so that the push of its ticket fails. What an older epoch has left inside stays for its pop, and the
/// cell is marked unsafe: the next push must see that its pop has not begun.
///
/// (The paper's cells hold the ticket that they wait for, not the epoch that they have had: one is the other
/// plus the size of the ring.)
template <class T>
class lcrq_ring : public cell_ring<lcrq_ring<T>, T, lcrq_cell<T>> {
    using base = cell_ring<lcrq_ring, T, lcrq_cell<T>>;
    friend base;
    using of = words<T>;
    using word = typename of::word;
    using cell = lcrq_cell<T>;

public:
    lcrq_ring() = default;
    /// With a first word inside.
    explicit lcrq_ring(word first) : base(1) {
        this->first_cell().compare_exchange({cell_state::of(0, true), of::nothing},
                                            {cell_state::of(1, true), first});
    }

    /// When no threads are left: ends the lives of the values inside. (A retired ring has none.)
    void discard_all() noexcept {
        for (cell& c : this->cells()) {
            of::discard(c.load_second());
        }
    }

private:
    bool fill(cell& c, std::uint64_t ticket, word item, word) noexcept {
        const typename cell::pair seen = c.load();
        const std::uint64_t epoch = base::epoch_of(ticket);
        return of::is_free(seen.second) && cell_state::epoch(seen.first) < epoch &&
               (cell_state::is_safe(seen.first) || this->is_ahead_of_pops(ticket)) &&
               c.compare_exchange(seen, {cell_state::of(epoch, true), item});  // [put]: the value is inside
    }

    bool empty(cell& c, std::uint64_t ticket, word& item) noexcept {
        const std::uint64_t epoch = base::epoch_of(ticket);
        for (int looks = 0;; ++looks) {
            const typename cell::pair seen = c.load();  // [put]
            const std::uint64_t filled = cell_state::epoch(seen.first);
            if (filled > epoch) {
                return false;
            }
            if (!of::is_free(seen.second)) {
                if (filled == epoch) {
                    if (c.compare_exchange(seen, {seen.first, of::nothing})) {
                        item = seen.second;
                        return true;
                    }
                } else if (c.compare_exchange(seen, {cell_state::of(filled, false), seen.second})) {
                    return false;
                }
            } else if (looks < base::patience && this->is_drawn(ticket)) {
                cpu_relax();
            } else if (c.compare_exchange(
                           seen, {cell_state::of(epoch, cell_state::is_safe(seen.first)), of::nothing})) {
                return false;
            }
        }
    }
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
