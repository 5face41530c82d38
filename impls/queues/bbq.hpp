// Ring of blocks for any number of threads: operations draw places inside of one block by fetch-add, and meet
// the other side's indices only where a block begins.
//
// Source: Wang, Behrens, Fu, Oberhauser, Oberhauser, Lei, Chen, Haertig, Chen, "BBQ: A Block-based Bounded
// Queue for Exchanging Data and Profiling", USENIX ATC 2022, in its mode that refuses what does not fit
// (retry-new).
//
// Progress: blocking: a push that stops before it commits hides its block from consumers, and a pop that stops
//           before it has taken its value keeps producers out of that block's next round: a try_pop then finds
//           nothing, and a try_push no room.
// Order:    FIFO.
// Capacity: at least; one block more than is asked for, since no push enters a block before it is all empty.
//           Allocated once.
// Cost:     2 RMW per push (fetch-add), 2 per pop (a CAS and a fetch-add), on the lines of one block.
#pragma once

#include <algorithm>
#include <bit>
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

/// A block has four cursors, each a round and a number of places in it: those that pushes have drawn
/// (`allocated`) and filled (`committed`), those that pops have drawn (`reserved`) and emptied (`consumed`). A
/// block is of use for pops when all that is drawn is filled, and for the next round of pushes when all of it
/// is emptied. A cursor only ever grows, so a thread that is late with moving it on changes nothing.
template <nothrow_movable T>
class bbq {
public:
    using value_type = T;
    static constexpr std::string_view name = "bbq";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::at_least;
    static constexpr auto empty_is = refusal_rule::held_up;
    static constexpr auto full_is = refusal_rule::held_up;

    explicit bbq(std::size_t capacity)
        : in_a_block_(std::clamp<std::size_t>(std::bit_floor(capacity / 8), 1, 128)),
          count_((detail::computable(capacity) + in_a_block_ - 1) / in_a_block_ + 1),
          blocks_(std::make_unique<block[]>(count_ <= most_blocks ? count_ : SIZE_MAX)),  // which throws
          slots_(count_ * in_a_block_) {
        // The first block is open for its first round, the others are as if a round before it had ended.
        for (std::size_t i = 0; i < count_; ++i) {
            for (cursor* one :
                 {&blocks_[i].allocated, &blocks_[i].committed, &blocks_[i].reserved, &blocks_[i].consumed}) {
                // relaxed: no other thread knows the queue yet
                one->store(
                    i == 0 ? place(detail::first_index<T> + 1, 0) : place(detail::first_index<T>, in_a_block_),
                    std::memory_order_relaxed);
            }
        }
    }
    ~bbq() {
        // relaxed: no threads are left
        for (std::size_t i = 0; i < count_; ++i) {
            const std::uint64_t filled = blocks_[i].committed.load(std::memory_order_relaxed);
            const std::uint64_t taken = blocks_[i].reserved.load(std::memory_order_relaxed);
            // A block that pops have not come to yet is still in the round before.
            const std::size_t first = round_of(taken) == round_of(filled) ? offset_of(taken) : 0;
            for (std::size_t at = first; at < offset_of(filled); ++at) {
                slots_.destroy(i * in_a_block_ + at);
            }
        }
    }
    bbq(const bbq&) = delete;
    bbq& operator=(const bbq&) = delete;

    std::size_t capacity() const noexcept { return count_ * in_a_block_; }

    bool try_push(T&& value) {
        for (;;) {
            const std::uint64_t head = push_block_.load(std::memory_order_acquire);  // [opened]
            block& here = blocks_[offset_of(head)];
            // relaxed: a hint that keeps late pushes from counting a full block further up
            if (offset_of(here.allocated.load(std::memory_order_relaxed)) < in_a_block_) {
                // [opened]: the block's last round is all taken out
                const std::size_t at = offset_of(here.allocated.fetch_add(1, std::memory_order_acquire));
                if (at < in_a_block_) {
                    slots_.construct(offset_of(head) * in_a_block_ + at, std::move(value));
                    here.committed.fetch_add(1, std::memory_order_release);  // [published]
                    return true;
                }
            }
            if (!open_for_pushes(head)) {
                return false;
            }
        }
    }

    bool try_pop(T& out) {
        for (;;) {
            const std::uint64_t head = pop_block_.load(std::memory_order_acquire);  // [entered]
            block& here = blocks_[offset_of(head)];
            std::uint64_t reserved = here.reserved.load(std::memory_order_acquire);  // [entered]
            if (offset_of(reserved) >= in_a_block_) {
                if (!open_for_pops(head)) {
                    return false;
                }
                continue;
            }
            // [published]: the values of all places that are committed are inside. Before the look at
            // `allocated`: what was committed then is all that is drawn now.
            const std::uint64_t committed = here.committed.load(std::memory_order_acquire);
            if (round_of(committed) != round_of(reserved)) {
                continue;  // others have emptied the block meanwhile
            }
            if (committed == reserved) {
                return false;
            }
            // relaxed: compared only, and read behind `committed` as that is an acquire
            if (offset_of(committed) != in_a_block_ &&
                here.allocated.load(std::memory_order_relaxed) != committed) {
                return false;  // some push here is not ready, and which one is not known
            }
            // relaxed: the claim carries no data; `committed` did
            if (here.reserved.compare_exchange_weak(reserved, reserved + 1, std::memory_order_relaxed)) {
                slots_.take(offset_of(head) * in_a_block_ + offset_of(reserved), out);
                here.consumed.fetch_add(1, std::memory_order_release);  // [freed]
                return true;
            }
        }
    }

private:
    using cursor = atomic<std::uint64_t>;
    struct block {
        alignas(detail::cache_line) cursor allocated;
        alignas(detail::cache_line) cursor committed;
        alignas(detail::cache_line) cursor reserved;
        alignas(detail::cache_line) cursor consumed;
    };

    // A cursor: the round in its upper bits, below it an offset, which late pushes may count past the block's
    // end. The blocks that the two sides are at are written alike: the lap, and which block.
    static constexpr unsigned offset_bits = 24;
    static constexpr std::size_t most_blocks = std::size_t{1} << offset_bits;
    static constexpr std::uint64_t place(std::uint64_t round, std::uint64_t offset) noexcept {
        return round << offset_bits | offset;
    }
    static constexpr std::size_t offset_of(std::uint64_t cursor) noexcept {
        return cursor & ((std::uint64_t{1} << offset_bits) - 1);
    }
    static constexpr std::uint64_t round_of(std::uint64_t cursor) noexcept { return cursor >> offset_bits; }

    std::uint64_t behind(std::uint64_t head) const noexcept {
        return offset_of(head) + 1 < count_ ? head + 1 : place(round_of(head) + 1, 0);
    }

    /// By difference: rounds wrap after 2^40, which a ring of a few items comes to within hours.
    static bool is_before(std::uint64_t one, std::uint64_t other) noexcept {
        return static_cast<std::int64_t>(other - one) > 0;
    }

    static void raise(cursor& one, std::uint64_t to, std::memory_order released) noexcept {
        std::uint64_t seen = one.load(std::memory_order_relaxed);  // relaxed: the exchange decides
        while (is_before(seen, to) &&
               !one.compare_exchange_weak(seen, to, released, std::memory_order_relaxed)) {
        }
    }

    /// Opens the block behind `head` for the pushes of its next round. False: it is not empty.
    bool open_for_pushes(std::uint64_t head) noexcept {
        const std::uint64_t next = behind(head);
        const std::uint64_t round = round_of(next) + 1;
        block& there = blocks_[offset_of(next)];
        // [freed]: all values of the last round are out.
        if (is_before(there.consumed.load(std::memory_order_acquire), place(round - 1, in_a_block_))) {
            return false;
        }
        // relaxed: [opened] orders it before the pushes that count on from there
        raise(there.committed, place(round, 0), std::memory_order_relaxed);
        raise(there.allocated, place(round, 0), std::memory_order_release);  // [opened]
        raise(push_block_, next, std::memory_order_release);                 // [opened]
        return true;
    }

    /// Opens the block behind `head` for pops. False: pushes have not come to it.
    bool open_for_pops(std::uint64_t head) noexcept {
        const std::uint64_t next = behind(head);
        const std::uint64_t round = round_of(next) + 1;
        block& there = blocks_[offset_of(next)];
        // relaxed: whether there is something to look for; a pop reads it again for what is inside
        if (is_before(there.committed.load(std::memory_order_relaxed), place(round, 0))) {
            return false;
        }
        // relaxed: it follows the pops of the last round, and so continues what [freed] published
        raise(there.consumed, place(round, 0), std::memory_order_relaxed);
        raise(there.reserved, place(round, 0), std::memory_order_release);  // [entered]: after `consumed`
        raise(pop_block_, next, std::memory_order_release);                 // [entered]
        return true;
    }

    alignas(detail::cache_line) cursor push_block_{place(detail::first_index<T>, 0)};
    alignas(detail::cache_line) cursor pop_block_{place(detail::first_index<T>, 0)};
    alignas(detail::cache_line) const std::size_t in_a_block_;
    const std::size_t count_;
    const std::unique_ptr<block[]> blocks_;
    detail::slots<T> slots_;
};

}  // namespace handoff::impls
