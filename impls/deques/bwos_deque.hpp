// Work stealing by blocks: the owner fills and empties one block, thieves take from the ones before it, and
// they meet only where a block changes hands.
//
// Source: Wang et al., "BWoS: Formally Verified Block-based Work Stealing for Parallel Processing", OSDI 2023.
//         Two things differ: a position counts how often its block was handed over, so that thieves read before
//         they claim and need not report that they have read; and the owner hands over a block that is not full
//         when thieves ask, without which they would never see the items of a short deque.
//
// Progress: lock-free for thieves: one of them loses because another has taken an item, or the owner has taken
//           the block back. Thieves depend on the owner for its own block: they see an item after the owner's
//           next call after one of them asked. Wait-free for the owner but for taking a block back: that can be
//           put off as often as the block has items.
// Order:    the owner's end LIFO, the thieves' FIFO.
// Capacity: at least what is asked for, in whole blocks of 128 and a further one, since the oldest may be there
//           for one item's sake; allocated once.
// Cost:     the owner's: no RMW, no fence and no line that thieves write, inside a block and while nobody asks;
//           a store to hand a block over and 1 RMW to take it back. A theft: 1 RMW, on a line of the block's
//           own.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/deques.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/word_ring.hpp"

namespace handoff::impls {

template <class T>
class bwos_deque {
public:
    using value_type = T;
    static constexpr std::string_view name = "bwos_deque";
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::at_least;
    static constexpr bool publishes_on_demand = true;

    explicit bwos_deque(std::size_t capacity = 511 * block_size)
        : blocks_(std::bit_ceil((capacity + block_size - 1) / block_size + 1)),
          items_(blocks_.size() * block_size) {
        blocks_.front().store(owned, std::memory_order_relaxed);  // relaxed: nobody else is here yet
    }
    bwos_deque(const bwos_deque&) = delete;
    bwos_deque& operator=(const bwos_deque&) = delete;

    std::size_t capacity() const noexcept { return items_.capacity() - block_size; }

    bool try_push(T value) {
        if (back_ == block_size && !hand_over()) [[unlikely]] {
            return false;
        }
        items_.store(slot(own_, back_++), value);
        answer();
        return true;
    }

    bool try_pop(T& out) {
        if (back_ == front_ && !take_back()) [[unlikely]] {
            return false;
        }
        out = items_.load(slot(own_, --back_));
        answer();
        return true;
    }

    steal_result try_steal(T& out) {
        for (;;) {
            // [next]: the position of its block is at least as new.
            std::uint64_t stealing = stealing_.load(std::memory_order_acquire);
            atomic<std::uint64_t>& position = position_of(stealing);
            // [handed over]: the items from `first` to `end`. [lap]: below.
            std::uint64_t seen = position.load(std::memory_order_acquire);
            // relaxed: ordered by the acquire before. If the block is in use for another lap, we see that we
            // are late.
            if (stealing_.load(std::memory_order_relaxed) != stealing) {
                continue;
            }
            if (is_owned(seen)) {
                // relaxed, both: a request, no data. Asked already, it stays in everybody's cache.
                if (!wanted_.load(std::memory_order_relaxed)) {
                    wanted_.store(true, std::memory_order_relaxed);
                }
                return steal_result::empty;
            }
            if (first_of(seen) == end_of(seen)) {
                // [next]; release suffices, as what it replaces was acquired above. Whether we or another:
                // relaxed on failure, it is looked at again.
                stealing_.compare_exchange_strong(stealing, stealing + 1, std::memory_order_release,
                                                  std::memory_order_relaxed);
                continue;
            }
            const T found = items_.load(slot(stealing, first_of(seen)));
            // [claimed]: the slot has been read. relaxed on failure: nothing was taken.
            if (!position.compare_exchange_strong(seen, seen + 1, std::memory_order_release,
                                                  std::memory_order_relaxed)) {
                return steal_result::lost;
            }
            out = found;
            return steal_result::stolen;
        }
    }

    /// How many items thieves could take just now; a guess.
    std::size_t stealable() noexcept {
        // relaxed, both: a guess
        const std::uint64_t seen =
            position_of(stealing_.load(std::memory_order_relaxed)).load(std::memory_order_relaxed);
        return has_items(seen) ? end_of(seen) - first_of(seen) : 0;
    }

private:
    // Blocks are numbered upwards for ever and found modulo their count. The owner's is `own_`; those from
    // `stealing_` to the one before `own_` have been handed over to the thieves, or are empty. A block's
    // position says which of its items are there for thieves, [first, end), and how often it has been handed
    // over: equal positions mean that nothing has happened in between (unless it was handed over 2^32 times),
    // so a thief may read first and claim afterwards.
    //
    // The owner takes back what is not empty only, and thieves pass by what is empty and not owned only: so
    // `stealing_` never passes the owner, and a block that the owner finds empty has none but empty ones before
    // it. The owner enters a block only when it is empty, or was left behind by itself on its way down.

    static constexpr std::uint32_t block_size = in_model ? 2 : 128;

    // A position: times handed over (32 bits), end (16), first (16).
    static constexpr std::uint64_t owned = 0xffff;  // as `first`
    static std::uint32_t first_of(std::uint64_t position) noexcept { return position & 0xffff; }
    static std::uint32_t end_of(std::uint64_t position) noexcept { return position >> 16 & 0xffff; }
    static bool is_owned(std::uint64_t position) noexcept { return first_of(position) == owned; }
    /// For thieves.
    static bool has_items(std::uint64_t position) noexcept {
        return !is_owned(position) && first_of(position) != end_of(position);
    }
    static std::uint64_t handed_over_again(std::uint64_t position, std::uint32_t first,
                                           std::uint32_t end) noexcept {
        return ((position >> 32) + 1) << 32 | end << 16 | first;
    }

    atomic<std::uint64_t>& position_of(std::uint64_t block) noexcept {
        return blocks_[block & (blocks_.size() - 1)];
    }
    static std::uint64_t slot(std::uint64_t block, std::uint32_t at) noexcept {
        return block * block_size + at;
    }

    /// Gives thieves that asked what the owner's block has, if they have no other: so only the oldest block
    /// that is not empty can be there for less than its size.
    void answer() noexcept {
        if (wanted_.load(std::memory_order_relaxed)) [[unlikely]] {  // relaxed: a request, no data
            // relaxed: if this is not the latest, the request stands and we look again
            if (front_ != back_ &&
                (own_ == 0 || !has_items(position_of(own_ - 1).load(std::memory_order_relaxed)))) {
                hand_over();
            }
        }
    }

    /// Hands the owner's block over and enters the next, if that is free.
    [[gnu::noinline]] bool hand_over() noexcept {
        atomic<std::uint64_t>& mine = position_of(own_);
        atomic<std::uint64_t>& next = position_of(own_ + 1);
        // [claimed]: the slots have been read, if thieves emptied it.
        const std::uint64_t left = next.load(std::memory_order_acquire);
        if (has_items(left)) {
            return false;
        }
        // Thieves that emptied it a lap ago may not have passed by it yet: nobody shall wait there for this
        // lap's owner.
        if (std::uint64_t lap_ago = own_ + 1 - blocks_.size(); own_ + 1 >= blocks_.size()) {
            // [next]: the owner reads nothing behind it. relaxed on failure: they have passed by it.
            stealing_.compare_exchange_strong(lap_ago, lap_ago + 1, std::memory_order_release,
                                              std::memory_order_relaxed);
        }
        next.store(left | owned, std::memory_order_release);  // [lap]: `stealing_` is past the block before it
        // Before the block changes hands, so that who asks too late for this one has asked for the next.
        // relaxed: ordered by the release.
        wanted_.store(false, std::memory_order_relaxed);
        // relaxed load: nobody writes the position of an owned block
        mine.store(handed_over_again(mine.load(std::memory_order_relaxed), front_, back_),
                   std::memory_order_release);  // [handed over]
        ++own_;
        front_ = 0;
        back_ = 0;
        return true;
    }

    /// With nothing left in its own block, the owner takes back the one before, with all that thieves have
    /// left.
    [[gnu::noinline]] bool take_back() noexcept {
        front_ = 0;  // all of the block may be used again
        back_ = 0;
        if (own_ == 0) {
            return false;
        }
        atomic<std::uint64_t>& before = position_of(own_ - 1);
        std::uint64_t seen = before.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        do {
            // Or owned: left behind in the lap above, before which this one was empty.
            if (!has_items(seen)) {
                return false;
            }
            // [claimed]: the slots below `first` have been read. relaxed on failure: nothing was taken.
        } while (!before.compare_exchange_weak(seen, seen | owned, std::memory_order_acquire,
                                               std::memory_order_relaxed));
        --own_;
        front_ = first_of(seen);
        back_ = end_of(seen);
        return true;
    }

    struct alignas(detail::cache_line) block_position : atomic<std::uint64_t> {};

    std::vector<block_position> blocks_;  // empty at first: position 0
    detail::word_ring<T> items_;
    // The owner's.
    alignas(detail::cache_line) std::uint64_t own_ = 0;              // number of its block
    std::uint32_t front_ = 0;                                        // of its items there
    std::uint32_t back_ = 0;                                         // next to be pushed
    alignas(detail::cache_line) atomic<std::uint64_t> stealing_{0};  // number of the thieves' block
    alignas(detail::cache_line) atomic<bool> wanted_{false};         // thieves found nothing
};

}  // namespace handoff::impls
