// Unbounded queue for many producers and one consumer, in which nobody waits for anybody: a push draws a place
// by fetch-add, and a pop that meets a place which is drawn and not filled takes the first item behind it.
//
// Source: Adas and Friedman, "A Fast Wait-Free Multi-Producers Single-Consumer Queue" (Jiffy), ICDCN 2022
// (arXiv 2010.14189, 2020). Ours are: when a buffer is freed (as published a consumer may free one at which
// a late producer is about to append), how far a pop looks, and what becomes of a place whose buffer finds no
// memory.
//
// Progress: wait-free (as far as the allocator is).
// Order:    FIFO.
// Capacity: unbounded; allocates a buffer of 1024 places for each 1024 items, and frees it when all are out,
//           also from the middle; its links, some 64 bytes, stay while a stopped push may come to them.
// Cost:     1 RMW (fetch-add) and three stores to a line of its own per push, none per pop. Behind a place that
//           stays unfilled each pop passes over what was taken before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/first_index.hpp"

namespace handoff::impls {

/// Places are numbered from the beginning of time, and buffers by their first place. The consumer is at the
/// head; producers find the buffer of their place from the last one, forwards or backwards.
///
/// A buffer is freed in two steps. Its slots go when all have been taken: a push touches none but its own, and
/// that one not after it has filled it. Its links go when no push can come to them any more:
///
/// - Where a push has not filled its place yet, the head is not behind that place's buffer, and what is at the
///   head or behind it is not freed. So a push may go back from the last buffer to its own.
/// - In front of its place, and when it has filled it, a push goes to the buffer that it found to be the last,
///   and on from there. Each producer says, while it pushes, from which one on that may be (`reaches`). Between
///   that and its look at the last buffer stands its fetch-add of the tail, and between the consumer's move of
///   the last buffer and its look at what producers reach stands another one. Of the two one is first: either
///   the consumer sees what the producer reaches, or the producer sees a last buffer behind those that the
///   consumer is about to free.
///
/// The last buffer has moved on from one before anything in the next is filled, so no late move brings it back
/// to one that has been left.
template <nothrow_movable T>
class jiffy {
    static constexpr std::uint64_t in_a_buffer = in_model ? 2 : 1024;

    enum class state : unsigned char { empty, full, taken };
    struct slot {
        atomic<state> is{state::empty};
        union {
            T value;
        };
        slot() {}
        ~slot() {}  // values begin their lives in push and end them in try_pop or in the queue's destructor
    };

    using places = std::array<slot, in_a_buffer>;
    struct buffer {
        buffer(std::uint64_t from, buffer* behind, std::unique_ptr<places> own)
            : first(from), prev(behind), slots(std::move(own)) {}

        const std::uint64_t first;  ///< the number of its first place
        atomic<buffer*> next{nullptr};
        atomic<buffer*> prev;  ///< meaningless in the head
        std::unique_ptr<places> slots;
        buffer* left = nullptr;  ///< the consumer's: the next one of those that it has left

        slot& at(std::uint64_t place) { return (*slots)[place % in_a_buffer]; }
        std::uint64_t end() const noexcept { return first + in_a_buffer; }
    };

    /// What is to happen where there is no memory.
    enum class without_memory { throws, gives_up };
    static constexpr auto throws = without_memory::throws;
    static constexpr auto gives_up = without_memory::gives_up;

    static constexpr std::uint64_t nowhere = 1;  ///< the number of no buffer

    /// What a producer shows to the consumer; outlives it and is given to a later one.
    struct alignas(detail::cache_line) record {
        explicit record(std::uint64_t from) : seen(from) {}

        /// While it pushes: no buffer before this one, but on its way to that of its own place.
        atomic<std::uint64_t> reaches{nowhere};
        // The owner's:
        std::uint64_t seen;      ///< the last buffer was this one or a later one
        bool owes = false;       ///< there was no memory for the buffer of
        std::uint64_t owed = 0;  ///< this place, which it has drawn
        atomic<bool> owned{true};
        record* next = nullptr;  ///< written before it is listed
    };

public:
    using value_type = T;
    static constexpr std::string_view name = "jiffy";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;

    jiffy() : head_(made(throws, at_, nullptr).release()), last_(head_) {}
    ~jiffy() {
        // relaxed: no threads are left
        while (head_ != nullptr) {
            for (; at_ != head_->end(); ++at_) {
                if (slot& one = head_->at(at_); one.is.load(std::memory_order_relaxed) == state::full) {
                    std::destroy_at(&one.value);
                }
            }
            delete std::exchange(head_, head_->next.load(std::memory_order_relaxed));
            if (head_ != nullptr) {
                at_ = head_->first;
            }
        }
        while (left_ != nullptr) {
            delete std::exchange(left_, left_->left);
        }
        for (record* one = records_.load(std::memory_order_relaxed); one != nullptr;) {
            delete std::exchange(one, one->next);
        }
    }
    jiffy(const jiffy&) = delete;
    jiffy& operator=(const jiffy&) = delete;

    class producer_handle {
    public:
        explicit producer_handle(jiffy& queue) : queue_(&queue), mine_(queue.take_record()) {}
        ~producer_handle() {
            if (mine_->owes) {
                pay(gives_up);  // the next owner will
            }
            mine_->owned.store(false, std::memory_order_release);  // [inherited]
        }
        producer_handle(const producer_handle&) = delete;
        producer_handle& operator=(const producer_handle&) = delete;

        void push(T&& value) {
            if (mine_->owes) {
                pay(throws);
            }
            const pass here(*queue_, *mine_, 1);
            buffer* const last = here.last;
            buffer* mine = last;
            if (here.place - last->first >= in_a_buffer) {
                mine_->owed = here.place;
                mine_->owes = true;  // and stays so if there is no memory
                mine = queue_->buffer_of(throws, here.place, last);
                mine_->owes = false;
            }
            slot& filled = mine->at(here.place);
            std::construct_at(&filled.value, std::move(value));
            // From here on the buffer may be freed, unless it is among those that we reach.
            const bool is_reached = !is_before(here.place, last->first);
            filled.is.store(state::full, std::memory_order_release);  // [published]
            if (is_reached && here.place % in_a_buffer == 1) {
                // The second place's push gets the next buffer before it is needed. Without memory whoever
                // needs it will be told so.
                queue_->behind(gives_up, mine);
            }
        }

    private:
        /// What a producer reaches, from here to its end.
        struct pass {
            pass(jiffy& queue, record& of, std::uint64_t draws) : mine(of) {
                // release: [passed], of the pushes before, for who sees this and not their ends
                mine.reaches.store(mine.seen, std::memory_order_release);
                // acq_rel: [reached]; and who finds one place filled, finds those filled that the producers of
                // all places before it had drawn earlier ones of (see `try_pop_behind`).
                place = queue.tail_.fetch_add(draws, std::memory_order_acq_rel);
                last = queue.last_.load(std::memory_order_acquire);  // [linked]
                mine.seen = last->first;
            }
            ~pass() { mine.reaches.store(nowhere, std::memory_order_release); }  // [passed]
            pass(const pass&) = delete;
            pass& operator=(const pass&) = delete;

            record& mine;
            std::uint64_t place;
            buffer* last;
        };

        /// Marks the place that no push of ours will fill any more.
        void pay(without_memory how) {
            const pass here(*queue_, *mine_, 0);
            if (buffer* const owing = queue_->buffer_of(how, mine_->owed, here.last); owing != nullptr) {
                owing->at(mine_->owed).is.store(state::taken, std::memory_order_release);  // [published]
                mine_->owes = false;
            }
        }

        jiffy* queue_;
        record* mine_;
    };

    class consumer_handle {
    public:
        explicit consumer_handle(jiffy& queue) : queue_(&queue) {}
        bool try_pop(T& out) { return queue_->try_pop(out); }

    private:
        jiffy* queue_;
    };

    producer_handle producer() { return producer_handle(*this); }
    consumer_handle consumer() { return consumer_handle(*this); }

private:
    /// By difference: numbers wrap with the integer.
    static bool is_before(std::uint64_t one, std::uint64_t other) noexcept {
        return static_cast<std::int64_t>(one - other) < 0;
    }

    record* take_record() {
        // [listed]: records are complete
        for (record* one = records_.load(std::memory_order_acquire); one != nullptr; one = one->next) {
            // [inherited]: what the last owner wrote to it. The look before it keeps the line where it is.
            if (!one->owned.load(std::memory_order_relaxed) &&
                !one->owned.exchange(true, std::memory_order_acquire)) {
                return one;
            }
        }
        auto mine = std::make_unique<record>(begin());
        // relaxed: the fetch-add of its first push publishes it
        count_.fetch_add(1, std::memory_order_relaxed);
        record* first = records_.load(std::memory_order_relaxed);  // relaxed: the exchange decides
        do {
            mine->next = first;
        } while (!records_.compare_exchange_weak(first, mine.get(), std::memory_order_release,  // [listed]
                                                 std::memory_order_relaxed));
        return mine.release();
    }

    static std::unique_ptr<buffer> made(without_memory how, std::uint64_t first, buffer* behind) {
        if (how == throws) {
            return std::make_unique<buffer>(first, behind, std::make_unique<places>());
        }
        std::unique_ptr<places> own(new (std::nothrow) places);
        return std::unique_ptr<buffer>(
            own == nullptr ? nullptr : new (std::nothrow) buffer(first, behind, std::move(own)));
    }

    /// The buffer of a place that a push has drawn, from one which that push reaches. None: there is no memory.
    buffer* buffer_of(without_memory how, std::uint64_t place, buffer* from) {
        while (is_before(place, from->first)) {
            from = from->prev.load(std::memory_order_acquire);  // [linked]
        }
        while (from != nullptr && !is_before(place, from->end())) {
            from = behind(how, from);
        }
        return from;
    }

    /// The next buffer, made if need be; the last one is then not before it. None: there is no memory.
    buffer* behind(without_memory how, buffer* before) {
        buffer* next = before->next.load(std::memory_order_acquire);  // [linked]
        if (next == nullptr) {
            auto mine = made(how, before->end(), before);
            if (mine == nullptr) {
                return nullptr;
            }
            // [linked]: the buffer is complete before it can be reached
            if (before->next.compare_exchange_strong(next, mine.get(), std::memory_order_release,
                                                     std::memory_order_acquire)) {
                next = mine.release();
            }
        }
        move_last(before, next);
        return next;
    }

    void move_last(buffer* from, buffer* to) noexcept {
        // [linked]. relaxed on failure: somebody else has moved it, and who needs it reads it again
        last_.compare_exchange_strong(from, to, std::memory_order_release, std::memory_order_relaxed);
    }

    bool try_pop(T& out) {
        for (;; ++at_) {
            if (at_ == head_->end() && !leave_head()) {
                return false;
            }
            slot& next = head_->at(at_);
            switch (next.is.load(std::memory_order_acquire)) {  // [published]
                case state::full:
                    out = std::move(next.value);
                    std::destroy_at(&next.value);
                    ++at_;
                    return true;
                case state::empty:
                    return try_pop_behind(out);
                case state::taken:
                    break;
            }
        }
    }

    struct found {
        buffer* in;
        std::uint64_t place;
    };

    /// The place at the front is not filled. Looks for the first one that is.
    [[gnu::noinline]] bool try_pop_behind(T& out) {
        // Each place that is drawn and not filled is another producer's: with as many in a row nothing that is
        // filled lies behind them. relaxed: who knows of a push knows of its producer; and the look at the
        // front, an acquire, comes before it.
        found first = first_filled(count_.load(std::memory_order_relaxed), at_ - 1);
        if (first.in == nullptr) {
            return false;
        }
        // What was filled before this one, by a push that had ended when the other began, is seen now.
        for (found earlier = first; earlier.in != nullptr; earlier = first_filled(UINT64_MAX, first.place)) {
            first = earlier;
        }
        slot& one = first.in->at(first.place);
        out = std::move(one.value);
        std::destroy_at(&one.value);
        one.is.store(state::taken, std::memory_order_relaxed);  // relaxed: for the consumer alone
        return true;
    }

    /// From the front on, before the place `end`, until so many places have been seen that are not filled. No
    /// buffer: none.
    found first_filled(std::uint64_t most_unfilled, std::uint64_t end) {
        for (buffer* in = head_; in != nullptr;) {
            bool is_of_use = in == head_;
            for (std::uint64_t place = in == head_ ? at_ : in->first; place != in->end(); ++place) {
                if (place == end) {
                    return {nullptr, 0};
                }
                const state is = in->at(place).is.load(std::memory_order_acquire);  // [published]
                if (is == state::full) {
                    return {in, place};
                }
                if (is == state::empty) {
                    if (most_unfilled-- <= 1) {
                        return {nullptr, 0};
                    }
                    is_of_use = true;
                }
            }
            buffer* const next = in->next.load(std::memory_order_acquire);  // [linked]
            if (!is_of_use && next != nullptr) {
                leave_out(in, next);
            }
            in = next;
        }
        return {nullptr, 0};
    }

    /// All of the head has been taken. False: there is nothing behind it.
    bool leave_head() {
        buffer* const next = head_->next.load(std::memory_order_acquire);  // [linked]
        if (next == nullptr) {
            return false;
        }
        leave(std::exchange(head_, next), next);
        at_ = next->first;  // further on where buffers in between have been left
        free_what_nobody_reaches();
        return true;
    }

    /// All of a buffer behind the head has been taken.
    void leave_out(buffer* whole, buffer* next) {
        // relaxed: only the consumer writes it
        buffer* const before = whole->prev.load(std::memory_order_relaxed);
        next->prev.store(before, std::memory_order_release);  // [linked]
        before->next.store(next, std::memory_order_release);  // [linked]
        leave(whole, next);
    }

    void leave(buffer* whole, buffer* next) {
        move_last(whole, next);
        whole->slots.reset();
        whole->left = std::exchange(left_, whole);
    }

    void free_what_nobody_reaches() {
        tail_.fetch_add(0, std::memory_order_acq_rel);  // [reached]
        std::uint64_t reached = head_->first;           // a push on its way back to its place goes no further
        // [listed]. The record of a producer that we do not see has not drawn a place yet.
        for (record* one = records_.load(std::memory_order_acquire); one != nullptr; one = one->next) {
            const std::uint64_t from = one->reaches.load(std::memory_order_acquire);  // [passed]
            if (from != nowhere && is_before(from, reached)) {
                reached = from;
            }
        }
        for (buffer** link = &left_; *link != nullptr;) {
            if (is_before((*link)->first, reached)) {
                delete std::exchange(*link, (*link)->left);
            } else {
                link = &(*link)->left;
            }
        }
    }

    /// The first place's number, at which a buffer begins.
    static constexpr std::uint64_t begin() noexcept {
        return detail::first_index<T> / in_a_buffer * in_a_buffer;
    }

    // The consumer's.
    std::uint64_t at_ = begin();  ///< all places before it have been taken
    buffer* head_;                ///< whose place that is
    buffer* left_ = nullptr;      ///< without slots, and perhaps reached by a push
    // Producers'.
    alignas(detail::cache_line) atomic<std::uint64_t> tail_{begin()};
    alignas(detail::cache_line) atomic<buffer*> last_;  ///< or one shortly before it
    alignas(detail::cache_line) atomic<record*> records_{nullptr};
    atomic<std::uint64_t> count_{0};  ///< of records
};

}  // namespace handoff::impls
