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

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cpu_relax.hpp"
#include "detail/cell_ring.hpp"
#include "detail/ring_list.hpp"
#include "detail/words.hpp"

namespace handoff::impls {

namespace detail {

template <class T>
struct lprq_cell {
    atomic<std::uint64_t> state{cell_state::of(0, true)};
    atomic<typename words<T>::word> value{words<T>::nothing};
};

/// The push of an epoch fills a cell that is of an older one and free: it puts its placeholder there, advances
/// the epoch, and replaces the placeholder by its word. A pop that comes too early advances the epoch itself,
/// after it has taken away whichever placeholder is there: the push of that ticket then fails in one of its
/// steps. What an older epoch has left inside stays for its pop, and the cell is marked unsafe: the next push
/// must see that its pop has not begun.
///
/// Operations on a cell are seq_cst, as those of its ring, but where they say otherwise.
template <class T>
class lprq_ring : public cell_ring<lprq_ring<T>, T, lprq_cell<T>> {
    using base = cell_ring<lprq_ring, T, lprq_cell<T>>;
    friend base;
    using of = words<T>;
    using word = typename of::word;
    using cell = lprq_cell<T>;

public:
    lprq_ring() = default;
    /// With a first word inside.
    explicit lprq_ring(word first) : base(1) {
        cell& c = this->first_cell();
        c.value.store(first, std::memory_order_relaxed);  // relaxed, both: nobody knows the ring yet
        c.state.store(cell_state::of(1, true), std::memory_order_relaxed);
    }

    /// When no threads are left: ends the lives of the values inside. (A retired ring has none.)
    void discard_all() noexcept {
        for (cell& c : this->cells()) {
            of::discard(c.value.load(std::memory_order_relaxed));  // relaxed: no threads are left
        }
    }

private:
    bool fill(cell& c, std::uint64_t ticket, word item, word own_placeholder) noexcept {
        std::uint64_t state = c.state.load();
        word seen = c.value.load();
        if (!of::is_free(seen) || cell_state::epoch(state) >= base::epoch_of(ticket) ||
            !(cell_state::is_safe(state) || this->is_ahead_of_pops(ticket)) ||
            !c.value.compare_exchange_strong(seen, own_placeholder)) {
            return false;
        }
        word mine = own_placeholder;
        if (!c.state.compare_exchange_strong(state, cell_state::of(base::epoch_of(ticket), true))) {
            // relaxed on failure: somebody else has taken it away
            c.value.compare_exchange_strong(mine, of::nothing, std::memory_order_seq_cst,
                                            std::memory_order_relaxed);
            return false;
        }
        return c.value.compare_exchange_strong(mine, item);  // [put]: the value is inside
    }

    bool empty(cell& c, std::uint64_t ticket, word& item) noexcept {
        const std::uint64_t epoch = base::epoch_of(ticket);
        for (int looks = 0;; ++looks) {
            std::uint64_t state = c.state.load();
            word seen = c.value.load();  // [put]
            if (c.state.load() != state) {
                continue;
            }
            if (cell_state::epoch(state) > epoch) {
                return false;
            }
            if (!of::is_free(seen)) {
                if (cell_state::epoch(state) == epoch) {
                    // [taken]: release, not more: whoever still sees the word goes elsewhere. Nobody else
                    // replaces it.
                    c.value.store(of::nothing, std::memory_order_release);
                    item = seen;
                    return true;
                }
                if (c.state.compare_exchange_strong(state, cell_state::of(cell_state::epoch(state), false))) {
                    return false;
                }
                continue;
            }
            if (looks < base::patience && this->is_drawn(ticket)) {
                cpu_relax();
                continue;
            }
            if (seen != of::nothing && !c.value.compare_exchange_strong(seen, of::nothing)) {
                continue;
            }
            if (c.state.compare_exchange_strong(state, cell_state::of(epoch, cell_state::is_safe(state)))) {
                return false;
            }
        }
    }
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
