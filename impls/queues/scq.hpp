// Multi-producer multi-consumer ring that stays lock-free and needs no wide compare-and-swap: values lie in an
// array, and two rings pass the indices of its places round, one those that are free, one those that are
// filled.
//
// Source: Nikolaev, "A Scalable, Portable, and Memory-Efficient Lock-Free FIFO Queue", DISC 2019 (SCQ).
//
// Progress: lock-free. A push or a pop that has stopped keeps its place: until it goes on, one value less fits.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once. Tickets do not wrap: they do for 2^63 operations, centuries.
// Cost:     4 RMW per operation without contention: a fetch-add and a CAS (or OR) in each of the two rings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/first_index.hpp"
#include "../detail/slots.hpp"

namespace handoff::impls {

namespace detail {

/// A FIFO queue of at most n indices below n, n a power of two, in 2n entries. Putting in needs no check for
/// room: there are no more than n indices.
///
/// An entry holds the lap ("cycle") that it was last used in, whether a put may still use it ("safe"), and an
/// index, or none. A put or take draws a ticket by fetch-add, which names an entry and a lap. `threshold_`
/// bounds how many tickets takes may draw in vain before they may say "empty": 3n - 1, from when a put was done
/// last.
///
/// All operations on shared words are seq_cst: the paper argues over one order of them (a take's ticket before
/// its look at the entry against a put's look at the head; a put's entry before its reset of the threshold
/// against a take that counts it down). On x86-64 that costs nothing beside the RMWs, but for the reset, which
/// is rare.
class index_ring {
public:
    /// `full`: it begins with all indices inside. `first`: its first ticket, a multiple of 2n.
    index_ring(std::size_t n, bool full, std::uint64_t first)
        : n_(n),
          order_(order_of(2 * n)),
          tail_(first + 2 * n),
          head_(first + 2 * n),
          entries_(2 * computable(n)) {
        for (std::size_t i = 0; i < 2 * n; ++i) {
            entries_.construct(i, entry_of(lap_of(first), true, none()));
        }
        if (full) {
            for (std::size_t i = 0; i < n; ++i) {
                put(i);
            }
        }
    }
    ~index_ring() = default;
    index_ring(const index_ring&) = delete;
    index_ring& operator=(const index_ring&) = delete;

    void put(std::uint64_t index) noexcept {
        for (;;) {
            const std::uint64_t ticket = tail_.fetch_add(1);
            atomic<std::uint64_t>& place = entries_[place_of(ticket)];
            std::uint64_t seen = place.load();
            // The place is of an older lap and empty, and no take of a later lap relies on its staying so.
            while (lap_in(seen) < lap_of(ticket) && index_in(seen) == none() &&
                   (is_safe(seen) || head_.load() <= ticket)) {
                if (place.compare_exchange_weak(seen, entry_of(lap_of(ticket), true, index))) {  // [put]
                    if (threshold_.load() != most_vain()) {
                        threshold_.store(most_vain());
                    }
                    return;
                }
            }
        }
    }

    /// False: empty.
    bool take(std::uint64_t& index) noexcept {
        if (threshold_.load() < 0) {
            return false;
        }
        for (;;) {
            const std::uint64_t ticket = head_.fetch_add(1);
            atomic<std::uint64_t>& place = entries_[place_of(ticket)];
            std::uint64_t seen = place.load();
            for (;;) {
                if (lap_in(seen) == lap_of(ticket)) {
                    // [put]: ours alone. All bits of the index set: none.
                    index = index_in(place.fetch_or(none()));
                    return true;
                }
                if (lap_in(seen) > lap_of(ticket)) {
                    break;
                }
                // The put of this ticket comes later: it must not use the place any more. What an older lap has
                // left inside stays for its take, and is marked.
                const std::uint64_t barred = index_in(seen) == none()
                                                 ? entry_of(lap_of(ticket), is_safe(seen), none())
                                                 : entry_of(lap_in(seen), false, index_in(seen));
                if (place.compare_exchange_weak(seen, barred)) {
                    break;
                }
            }
            const std::uint64_t tail = tail_.load();
            if (tail <= ticket + 1) {
                catch_up(tail, ticket + 1);
                threshold_.fetch_sub(1);
                return false;
            }
            if (threshold_.fetch_sub(1) <= 0) {
                return false;
            }
        }
    }

private:
    static unsigned order_of(std::size_t power_of_two) {  // 0 where it has overflown
        unsigned order = 0;
        while ((std::size_t{1} << order) < power_of_two) {
            ++order;
        }
        return order;
    }

    // lap | safe | index: the index has as many bits as count the entries.
    std::uint64_t none() const noexcept { return 2 * n_ - 1; }
    std::uint64_t entry_of(std::uint64_t lap, bool safe, std::uint64_t index) const noexcept {
        return (lap << (order_ + 1)) | (std::uint64_t{safe} << order_) | index;
    }
    std::uint64_t lap_in(std::uint64_t entry) const noexcept { return entry >> (order_ + 1); }
    bool is_safe(std::uint64_t entry) const noexcept { return ((entry >> order_) & 1) != 0; }
    std::uint64_t index_in(std::uint64_t entry) const noexcept { return entry & none(); }

    std::uint64_t lap_of(std::uint64_t ticket) const noexcept { return ticket >> order_; }
    /// Neighbouring tickets lie a line apart, so that threads that follow each other do not meet in one.
    std::size_t place_of(std::uint64_t ticket) const noexcept {
        constexpr unsigned in_a_line = 4;  // log2 of the entries in a line
        static_assert((std::size_t{8} << in_a_line) == cache_line);
        const std::size_t at = ticket & none();
        return order_ <= in_a_line ? at : ((at << in_a_line) | (at >> (order_ - in_a_line))) & none();
    }

    std::int64_t most_vain() const noexcept { return static_cast<std::int64_t>(3 * n_) - 1; }

    /// Takes have drawn more tickets than puts: the puts begin behind them, or they would try each in vain.
    void catch_up(std::uint64_t tail, std::uint64_t head) noexcept {
        while (!tail_.compare_exchange_weak(tail, head)) {
            head = head_.load();
            tail = tail_.load();
            if (tail >= head) {
                break;
            }
        }
    }

    const std::size_t n_;
    const unsigned order_;
    // From the second lap on: all entries are of the first.
    alignas(cache_line) atomic<std::uint64_t> tail_;
    alignas(cache_line) atomic<std::uint64_t> head_;
    alignas(cache_line) atomic<std::int64_t> threshold_{-1};
    alignas(cache_line) slots<atomic<std::uint64_t>> entries_;
};

}  // namespace detail

template <nothrow_movable T>
class scq {
public:
    using value_type = T;
    static constexpr std::string_view name = "scq";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::power_of_two;
    static constexpr auto full_is = refusal_rule::held_up;
    static constexpr std::uint64_t largest_index =
        UINT64_MAX >> 1;  ///< of a ticket, which has one bit as an entry

    explicit scq(std::size_t capacity)
        : capacity_(capacity),
          free_(capacity, true, detail::first_index<T>),
          filled_(capacity, false, detail::first_index<T>),
          values_(capacity) {}
    ~scq() {
        for (std::uint64_t place = 0; filled_.take(place);) {
            values_.destroy(place);
        }
    }
    scq(const scq&) = delete;
    scq& operator=(const scq&) = delete;

    std::size_t capacity() const noexcept { return capacity_; }

    bool try_push(T&& value) {
        std::uint64_t place = 0;
        if (!free_.take(place)) {
            return false;
        }
        values_.construct(place, std::move(value));
        filled_.put(place);  // [put]: the value is inside
        return true;
    }

    bool try_pop(T& out) {
        std::uint64_t place = 0;
        if (!filled_.take(place)) {
            return false;
        }
        values_.take(place, out);
        free_.put(place);  // [put]: the value has been moved out
        return true;
    }

private:
    const std::size_t capacity_;
    detail::index_ring free_;
    detail::index_ring filled_;
    detail::slots<T> values_;
};

}  // namespace handoff::impls
