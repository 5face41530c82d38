// Unbounded multi-producer multi-consumer queue: a list of rings whose places are drawn by fetch-add, and are
// used again for as long as pushes find room.
//
// Source: Romanov and Koval, "The State-of-the-Art LCRQ Concurrent Queue Algorithm Does NOT Require CAS2",
// PPoPP 2023 (LPRQ): LCRQ (Morrison and Afek, PPoPP 2013) in which a push first locks a cell's value by a
// placeholder of its own, where LCRQ changes both words of a cell at once.
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
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../reclaim/hazard_pointers.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class lprq {
    // ---------------------------------------------------------------------------------------------- words
    //
    // What a cell holds is one word: a value, a pointer to one, a placeholder, or nothing. Words whose upper 16
    // bits are all set are not values: their lowest bits say what they are. A value that looks like one of them
    // is allocated, too. (Linux gives addresses of more than 48 bits only to those who ask for them.)

    using word = std::uint64_t;
    static constexpr word reserved = word{0xffff} << 48;
    static constexpr word kinds = 7;
    static constexpr word nothing = reserved | 1;
    static constexpr word placeholder = reserved | 2;  ///< of the handle whose number stands above the kind

    static constexpr bool fits =
        std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T> && sizeof(T) <= sizeof(word);

    static bool is_reserved(word w) noexcept { return (w & reserved) == reserved; }
    /// Nothing, or a placeholder.
    static bool is_free(word w) noexcept { return is_reserved(w) && (w & kinds) != 0; }

    static word wrap(T&& value) {
        if constexpr (fits) {
            word w = 0;
            std::memcpy(&w, static_cast<const void*>(&value), sizeof(T));
            if (!is_reserved(w)) {
                return w;
            }
        }
        return reserved | reinterpret_cast<word>(new boxed{std::move(value)});
    }
    static void unwrap(word w, T& out) {
        if constexpr (fits) {
            if (!is_reserved(w)) {
                std::memcpy(static_cast<void*>(&out), &w, sizeof(T));
                return;
            }
        }
        const std::unique_ptr<boxed> box(box_in(w));
        out = std::move(box->value);
    }
    static void discard(word w) noexcept {
        if (is_reserved(w) && !is_free(w)) {
            delete box_in(w);
        }
    }
    /// A word that nobody else knows yet: should there be no memory for a ring, its owner has the value back.
    class unshared {
    public:
        explicit unshared(T& value) : owner_(value), word_(wrap(std::move(value))) {}
        ~unshared() {
            if (word_ != nothing) {
                unwrap(word_, owner_);
            }
        }
        unshared(const unshared&) = delete;
        unshared& operator=(const unshared&) = delete;
        word get() const noexcept { return word_; }
        void is_shared() noexcept { word_ = nothing; }

    private:
        T& owner_;
        word word_;
    };

    struct alignas(kinds + 1) boxed {
        T value;
    };
    static boxed* box_in(word w) noexcept { return reinterpret_cast<boxed*>(w & ~reserved); }

    // ---------------------------------------------------------------------------------------------- rings

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
    class ring {
    public:
        ring() = default;
        /// With a first word inside.
        explicit ring(word first) : tail_(size + 1) {
            cell& c = cells_[place_of(size)];
            c.value.store(first, std::memory_order_relaxed);  // relaxed, both: nobody knows the ring yet
            c.state.store(state_of(1, true), std::memory_order_relaxed);
        }
        ring(const ring&) = delete;
        ring& operator=(const ring&) = delete;

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
                discard(c.value.load(std::memory_order_relaxed));  // relaxed: no threads are left
            }
        }

        alignas(detail::cache_line) atomic<ring*> next{nullptr};

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
            atomic<word> value{nothing};
        };

        static constexpr std::uint64_t state_of(std::uint64_t epoch, bool safe) noexcept {
            return epoch << 1 | (safe ? 1 : 0);
        }
        static std::uint64_t epoch_in(std::uint64_t state) noexcept { return state >> 1; }
        static bool is_safe(std::uint64_t state) noexcept { return (state & 1) != 0; }
        static std::uint64_t epoch_of(std::uint64_t ticket) noexcept { return ticket / size; }
        /// Neighbouring tickets lie a line apart, so that threads that follow each other do not meet in one.
        static std::size_t place_of(std::uint64_t ticket) noexcept {
            constexpr std::uint64_t in_a_line = detail::cache_line / sizeof(cell);
            constexpr std::uint64_t lines = size < in_a_line ? 1 : size / in_a_line;
            const std::uint64_t at = ticket % size;
            return at % lines * in_a_line + at / lines;
        }

        bool fill(cell& c, std::uint64_t ticket, word item, word own_placeholder) noexcept {
            std::uint64_t state = c.state.load();
            word seen = c.value.load();
            if (!is_free(seen) || epoch_in(state) >= epoch_of(ticket) ||
                !(is_safe(state) || head_.load() <= ticket) ||
                !c.value.compare_exchange_strong(seen, own_placeholder)) {
                return false;
            }
            word mine = own_placeholder;
            if (!c.state.compare_exchange_strong(state, state_of(epoch_of(ticket), true))) {
                // relaxed on failure: somebody else has taken it away
                c.value.compare_exchange_strong(mine, nothing, std::memory_order_seq_cst,
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
                if (!is_free(seen)) {
                    if (epoch_in(state) == epoch) {
                        // [taken]: release, not more: whoever still sees the word goes elsewhere. Nobody else
                        // replaces it.
                        c.value.store(nothing, std::memory_order_release);
                        item = seen;
                        return true;
                    }
                    if (c.state.compare_exchange_strong(state, state_of(epoch_in(state), false))) {
                        return false;
                    }
                    continue;
                }
                if (looks < patience && (tail_.load() & ~closed) > ticket) {
                    detail::cpu_relax();
                    continue;
                }
                if (seen != nothing && !c.value.compare_exchange_strong(seen, nothing)) {
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
        alignas(detail::cache_line) atomic<std::uint64_t> tail_{size};
        alignas(detail::cache_line) atomic<std::uint64_t> head_{size};
        alignas(detail::cache_line) std::array<cell, size> cells_;
    };

    // A ring is retired once in 1024 items or more.
    using domain = hazard_domain<ring, 1, fences::on_freeing>;

public:
    using value_type = T;
    static constexpr std::string_view name = "lprq";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;

    lprq() {
        auto* first = new ring;
        head_.store(first, std::memory_order_relaxed);  // relaxed: no other thread knows the queue yet
        tail_.store(first, std::memory_order_relaxed);
    }
    ~lprq() {
        // relaxed: no threads are left
        for (ring* r = head_.load(std::memory_order_relaxed); r != nullptr;) {
            r->discard_all();
            delete std::exchange(r, r->next.load(std::memory_order_relaxed));
        }
    }
    lprq(const lprq&) = delete;
    lprq& operator=(const lprq&) = delete;

    /// A thread's end of the queue: its hazard pointer, the rings that it will free, and its placeholder.
    class handle {
    public:
        explicit handle(lprq& queue)
            : queue_(&queue),
              guard_(queue.domain_),
              // relaxed: a number that no other handle has
              placeholder_(placeholder | queue.handles_.fetch_add(1, std::memory_order_relaxed) << 3) {}

        void push(T&& value) {
            unshared item(value);
            for (;;) {
                ring* last = guard_.protect(0, queue_->tail_);
                ring* next = last->next.load(std::memory_order_acquire);  // [linked]
                if (next == nullptr) {
                    if (last->push(item.get(), placeholder_)) {
                        break;
                    }
                    auto mine = std::make_unique<ring>(item.get());
                    // [linked]: the ring is complete before it can be reached
                    if (last->next.compare_exchange_strong(next, mine.get(), std::memory_order_release,
                                                           std::memory_order_acquire)) {
                        queue_->advance_tail(last, mine.release());
                        break;
                    }
                }
                queue_->advance_tail(last, next);
            }
            item.is_shared();
            guard_.release();
        }

        bool try_pop(T& out) {
            word item = 0;
            for (;;) {
                ring* first = guard_.protect(0, queue_->head_);
                if (first->pop(item)) {
                    break;
                }
                ring* next = first->next.load(std::memory_order_acquire);  // [linked]
                if (next == nullptr) {
                    guard_.release();
                    return false;
                }
                // The ring was closed before it had a next one: nothing comes to it after a second look.
                if (first->pop(item)) {
                    break;
                }
                // The tail must not fall behind the head, or it would point to a retired ring.
                // seq_cst: see advance_tail.
                if (first == queue_->tail_.load(std::memory_order_seq_cst)) {
                    queue_->advance_tail(first, next);
                }
                // [hazard]: seq_cst unlinks `first` before anyone looks whether it is protected.
                ring* unlinked = first;
                if (queue_->head_.compare_exchange_strong(unlinked, next, std::memory_order_seq_cst,
                                                          std::memory_order_relaxed)) {
                    guard_.release();
                    guard_.retire(first);
                }
            }
            guard_.release();
            unwrap(item, out);
            return true;
        }

    private:
        lprq* queue_;
        typename domain::guard guard_;
        word placeholder_;
    };

    handle producer() { return handle(*this); }
    handle consumer() { return handle(*this); }

private:
    /// Moves the tail from `last` to `next`, unless somebody else has.
    void advance_tail(ring* last, ring* next) noexcept {
        // [linked]: whoever reads the tail finds the ring complete. seq_cst, also where somebody else was
        // faster: who unlinks `last` has seen the tail leave it, in the one order that [hazard] relies on.
        tail_.compare_exchange_strong(last, next, std::memory_order_seq_cst, std::memory_order_seq_cst);
    }

    domain domain_;
    alignas(detail::cache_line) atomic<ring*> head_;
    alignas(detail::cache_line) atomic<ring*> tail_;
    alignas(detail::cache_line) atomic<word> handles_{0};
};

}  // namespace handoff::impls
