// Bounded ring of segments of 64 slots. A push may take any free slot of the last segment and a pop any item
// of the first, so that threads look for slots of their own instead of meeting at one index.
//
// Source: Kirsch, Lippautz, Payer, "Fast and Scalable, Lock-Free k-FIFO Queues", PaCT 2013; here slots are
//         claimed before they are filled, so that items of any type need no allocation.
//
// Progress: blocking: a thread that stops between claiming a slot and leaving it holds up whoever needs the
//           segment emptied, and in the end all. Until then pops may find nothing, though later segments have
//           items.
// Order:    relaxed(63): a pop takes one of the 64 oldest items.
// Capacity: at least what was asked for, in whole segments, and one segment more, which is partly used up at
//           either end; allocated once.
// Cost:     1 RMW (CAS) per operation, on a slot that few others look at; one look at each of the 64 slots of
//           a segment when it is used up, and two when the queue is empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/first_index.hpp"
#include "../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class k_fifo {
    static constexpr std::size_t in_a_segment = in_model ? 2 : 64;

public:
    using value_type = T;
    static constexpr std::string_view name = "k_fifo";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::relaxed;
    static constexpr std::size_t relaxation = in_a_segment - 1;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::at_least;
    static constexpr auto empty_is = refusal_rule::held_up;
    static constexpr auto full_is = refusal_rule::held_up;
    static constexpr std::uint64_t largest_index = UINT64_MAX / 4;  ///< of a segment: its stages do not wrap

    explicit k_fifo(std::size_t capacity)
        : segments_((detail::computable(capacity) + in_a_segment - 1) / in_a_segment + 1),
          slots_(segments_ * in_a_segment) {
        for (std::size_t i = 0; i < this->capacity(); ++i) {  // more than was asked for
            slots_.construct(i, stage_of(detail::first_index<T> + i / in_a_segment, free));
        }
    }
    ~k_fifo() {
        for (std::size_t i = 0; i < capacity(); ++i) {
            // relaxed: no threads are left
            if (slots_[i].stage.load(std::memory_order_relaxed) % stages == full) {
                std::destroy_at(&slots_[i].value);
            }
        }
    }
    k_fifo(const k_fifo&) = delete;
    k_fifo& operator=(const k_fifo&) = delete;

    std::size_t capacity() const noexcept { return segments_ * in_a_segment; }

    /// Where in a segment a thread begins to look: behind the slot that it had last.
    class producer_handle {
    public:
        explicit producer_handle(k_fifo& queue) : queue_(&queue), at_(queue.next_place()) {}
        bool try_push(T&& value) { return queue_->try_push(std::move(value), at_); }

    private:
        k_fifo* queue_;
        std::size_t at_;
    };
    class consumer_handle {
    public:
        explicit consumer_handle(k_fifo& queue) : queue_(&queue), at_(queue.next_place()) {}
        bool try_pop(T& out) { return queue_->try_pop(out, at_); }

    private:
        k_fifo* queue_;
        std::size_t at_;
    };
    producer_handle producer() { return producer_handle(*this); }
    consumer_handle consumer() { return consumer_handle(*this); }

private:
    // Segments are numbered through all laps; number g lies at g modulo their count. Of each slot a number says
    // how far it has come, and only ever grows: free in segment g, then being filled, full, being emptied, then
    // free in the segment that lies there a lap later. A slot is filled once in a segment, and the last segment
    // moves on only when none of its slots is free, so nobody can push into a segment that is not the last one
    // any more. Whatever is in a segment was therefore claimed before anything in later ones: a pop from the
    // first segment passes over nothing but what else is in it.
    using stage_number = std::uint64_t;
    static constexpr stage_number free = 0, filling = 1, full = 2, emptying = 3, stages = 4;
    static constexpr stage_number stage_of(std::uint64_t segment, stage_number how_far) noexcept {
        return segment * stages + how_far;
    }

    struct slot {
        atomic<stage_number> stage;
        union {
            T value;
        };
        explicit slot(stage_number first) : stage(first) {}
        ~slot() {}  // values begin their lives in try_push and end them in try_pop or in the queue's destructor
    };

    slot& slot_of(std::uint64_t segment, std::size_t i) {
        return slots_[segment % segments_ * in_a_segment + i % in_a_segment];
    }

    bool try_push(T&& value, std::size_t& at) {
        for (;;) {
            // relaxed: a guess that the slots' stages confirm or refute
            std::uint64_t last = tail_.load(std::memory_order_relaxed);
            const stage_number mine = stage_of(last, free);
            bool has_free_ones_to_come = false;
            for (std::size_t looks = 0; looks < in_a_segment; ++looks, ++at) {
                slot& here = slot_of(last, at);
                stage_number seen = here.stage.load(std::memory_order_relaxed);  // relaxed: the claim acquires
                // [freed]: the consumer of the lap before has moved its value out. relaxed on failure: no value
                if (seen == mine &&
                    here.stage.compare_exchange_strong(seen, mine + filling, std::memory_order_acquire,
                                                       std::memory_order_relaxed)) {
                    std::construct_at(&here.value, std::move(value));
                    here.stage.store(mine + full, std::memory_order_release);  // [published]
                    ++at;
                    return true;
                }
                has_free_ones_to_come = has_free_ones_to_come || seen < mine;
            }
            if (has_free_ones_to_come) {
                return false;  // a consumer of the lap before has not left the segment yet
            }
            // relaxed: one that is out of date holds the tail up, no more
            const std::uint64_t first = head_.load(std::memory_order_relaxed);
            if (static_cast<std::int64_t>(last + 1 - first) >= static_cast<std::int64_t>(segments_)) {
                if (!is_used_up(first)) {
                    return false;
                }
                advance(head_, first);
            } else {
                advance(tail_, last);
            }
        }
    }

    bool try_pop(T& out, std::size_t& at) {
        for (;;) {
            // relaxed: a guess that the slots' stages confirm or refute
            const std::uint64_t first = head_.load(std::memory_order_relaxed);
            const stage_number there = stage_of(first, full);
            stage_number seen_in_all = 0;
            bool used_up = true;
            for (std::size_t looks = 0; looks < in_a_segment; ++looks, ++at) {
                slot& here = slot_of(first, at);
                // acquire: the looks at the tail and at all slots again come after this one
                stage_number seen = here.stage.load(std::memory_order_acquire);
                // [published]: the slot holds the value. relaxed on failure: somebody else has it
                if (seen == there &&
                    here.stage.compare_exchange_strong(seen, there + 1, std::memory_order_acquire,
                                                       std::memory_order_relaxed)) {
                    out = std::move(here.value);
                    std::destroy_at(&here.value);
                    here.stage.store(stage_of(first + segments_, free), std::memory_order_release);  // [freed]
                    ++at;
                    return true;
                }
                seen_in_all += seen;
                used_up = used_up && seen > there;
            }
            // acquire: the looks at all slots again come after this one
            if (used_up && tail_.load(std::memory_order_acquire) > first) {
                advance(head_, first);
            } else if (is_still_without_items(first, seen_in_all)) {
                return false;
            }
        }
    }

    /// Nothing is left in a segment, and nothing comes into it any more.
    bool is_used_up(std::uint64_t segment) {
        for (std::size_t i = 0; i < in_a_segment; ++i) {
            // relaxed: stages only grow, and whoever uses the slot claims it
            if (slot_of(segment, i).stage.load(std::memory_order_relaxed) <= stage_of(segment, full)) {
                return false;
            }
        }
        return true;
    }

    /// Slots only go on, so that all of them are where they were, and were all there at one moment, if their
    /// sum is the same. An item of a later segment does not count: it may not pass one that is on its way into
    /// this one.
    bool is_still_without_items(std::uint64_t segment, stage_number sum) {
        for (std::size_t i = 0; i < in_a_segment; ++i) {
            // relaxed: after those looks; the values are not touched
            const stage_number seen = slot_of(segment, i).stage.load(std::memory_order_relaxed);
            if (seen == stage_of(segment, full)) {
                return false;
            }
            sum -= seen;
        }
        return sum == 0;
    }

    /// By one, unless somebody else was faster.
    static void advance(atomic<std::uint64_t>& segment, std::uint64_t from) noexcept {
        // relaxed: the number carries no data; the slots' stages do
        segment.compare_exchange_strong(from, from + 1, std::memory_order_relaxed);
    }

    /// Neighbouring handles begin far from each other.
    std::size_t next_place() noexcept {
        return handles_.fetch_add(23, std::memory_order_relaxed);  // relaxed: any number will do
    }

    alignas(detail::cache_line) atomic<std::uint64_t> tail_{detail::first_index<T>};  ///< the last segment
    alignas(detail::cache_line) atomic<std::uint64_t> head_{detail::first_index<T>};  ///< the first
    alignas(detail::cache_line) atomic<std::size_t> handles_{0};
    alignas(detail::cache_line) const std::size_t segments_;
    detail::slots<slot> slots_;
};

}  // namespace handoff::impls
