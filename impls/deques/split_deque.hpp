// Work-stealing deque in two parts: the newer items are the owner's alone, the older ones are shared, and the
// split between them moves when a thief asks for more.
//
// Source: van Dijk, van de Pol, "Lace: Non-blocking Split Deque for Work-Stealing", Euro-Par 2014 workshops;
//         the split itself from Dinan et al., "Scalable Work Stealing", SC 2009. Here the ring grows, items are
//         copied out when they are stolen, and the split moves by an RMW.
//
// Progress: lock-free for thieves: one of them loses, or tries again, because another has taken an item or the
//           owner has moved the split. Thieves depend on the owner for more: they see an item after the owner's
//           next call after one of them asked. Lock-free for the owner, but for the allocation when the ring
//           grows.
// Order:    the owner's end LIFO, the thieves' FIFO.
// Capacity: unbounded; the ring doubles and never shrinks. Outgrown rings stay until the deque is destroyed;
//           together they are smaller than the ring in use. At most 2^31 items (std::length_error).
// Cost:     the owner's: no RMW, no fence and no line that thieves write, while nobody asks; 1 RMW when it
//           moves the split. A theft: 1 RMW.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/deques.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/word_ring.hpp"

namespace handoff::impls {

template <class T>
class split_deque {
public:
    using value_type = T;
    static constexpr std::string_view name = "split_deque";
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr bool publishes_on_demand = true;

    split_deque() = default;
    split_deque(const split_deque&) = delete;
    split_deque& operator=(const split_deque&) = delete;

    void push(T value) {
        if (head_ == limit_) [[unlikely]] {
            make_room();
        }
        mine_->store(head_++, value);
        if (wanted_.load(std::memory_order_relaxed)) [[unlikely]] {  // relaxed: a request, no data
            share();
        }
    }

    bool try_pop(T& out) {
        if (head_ == split_) [[unlikely]] {
            return take_back(out);
        }
        out = mine_->load(--head_);
        if (wanted_.load(std::memory_order_relaxed)) [[unlikely]] {  // relaxed: as above
            share();
        }
        return true;
    }

    steal_result try_steal(T& out) {
        // [shared]: the items below the split, and the ring that they are in.
        std::uint64_t seen = shared_.load(std::memory_order_acquire);
        const std::uint32_t tail = tail_of(seen);
        if (tail == split_of(seen)) {
            // relaxed, both: as above. Asked already, it stays in everybody's cache.
            if (!wanted_.load(std::memory_order_relaxed)) {
                wanted_.store(true, std::memory_order_relaxed);
            }
            return steal_result::empty;
        }
        const T found = ring_.seen().load(tail);
        // [claimed]: the slot has been read. relaxed on failure: nothing was taken.
        while (!shared_.compare_exchange_weak(seen, packed(tail + 1, split_of(seen)), std::memory_order_release,
                                              std::memory_order_relaxed)) {
            if (tail_of(seen) != tail) {
                return steal_result::lost;
            }  // else the owner has moved the split, but not below this one
        }
        out = found;
        return steal_result::stolen;
    }

    /// How many items thieves could take just now; a guess.
    std::size_t stealable() const noexcept {
        const std::uint64_t seen = shared_.load(std::memory_order_relaxed);  // relaxed: a guess
        return static_cast<std::uint32_t>(split_of(seen) - tail_of(seen));
    }

private:
    // Items from `tail` up to `split` are shared, those from `split` up to `head_` are the owner's. Only the
    // owner moves the split; thieves move the tail up, and the owner does when it takes the last shared item:
    // the tail never goes back. While the tail stands, the item there stays what it is, in whichever ring it is
    // read, because the owner takes it back in no other way. So a thief may read first and claim afterwards,
    // and needs no look at the split to know that what it has read was there. (Unless it is stopped between the
    // two while exactly 2^32 items are taken from the shared part.)
    //
    // All who change `shared_` do so by RMWs, so whoever reads it sees what the owner released when it last
    // shared.

    static constexpr std::uint32_t first_capacity = in_model ? 2 : 1024;
    static constexpr std::size_t largest = std::size_t{1} << 31;

    static std::uint32_t tail_of(std::uint64_t both) noexcept { return static_cast<std::uint32_t>(both); }
    static std::uint32_t split_of(std::uint64_t both) noexcept {
        return static_cast<std::uint32_t>(both >> 32);
    }
    static std::uint64_t packed(std::uint32_t tail, std::uint32_t split) noexcept {
        return std::uint64_t{split} << 32 | tail;
    }

    /// Moves the split up: half of the owner's items, and at least one, are shared.
    [[gnu::noinline]] void share() noexcept {
        const std::uint32_t more = (head_ - split_ + 1) / 2;
        if (more == 0) {
            return;  // the request stands
        }
        // Before the split moves, so that who asks too late for this one has asked for the next. relaxed:
        // ordered by the release.
        wanted_.store(false, std::memory_order_relaxed);
        split_ += more;
        shared_.fetch_add(packed(0, more), std::memory_order_release);  // [shared]
        some_shared_ = true;
    }

    /// With nothing left of its own, the owner moves the split down: half of the shared items are its own
    /// again. Of one alone, it takes that from the thieves' end, as a thief does.
    [[gnu::noinline]] bool take_back(T& out) noexcept {
        if (!some_shared_) {
            return false;  // the thieves had all when we last looked
        }
        std::uint64_t seen = shared_.load(std::memory_order_relaxed);  // relaxed: the owner's own items
        std::uint32_t tail;
        std::uint32_t kept;
        std::uint64_t left;
        do {
            tail = tail_of(seen);
            if (tail == split_) {
                some_shared_ = false;
                return false;
            }
            kept = (split_ - tail) / 2;
            left = kept == 0 ? packed(split_, split_) : packed(tail, tail + kept);
            // relaxed: nothing new is shared, and what is left of the shared part was released before
        } while (!shared_.compare_exchange_weak(seen, left, std::memory_order_relaxed));
        if (kept == 0) {
            some_shared_ = false;
            out = mine_->load(tail);
        } else {
            split_ = tail + kept;
            out = mine_->load(--head_);
        }
        return true;
    }

    [[gnu::noinline]] void make_room() {
        // [claimed]: the slots below the tail have been read.
        const std::uint32_t tail = tail_of(shared_.load(std::memory_order_acquire));
        if (head_ - tail == mine_->capacity()) {
            if (mine_->capacity() == largest) {
                throw std::length_error("split_deque: more than 2^31 items");
            }
            // Indices of 32 bits do for rings: a lap is a power of two.
            mine_ = &ring_.grow(tail, std::uint64_t{tail} + (head_ - tail));
        }
        limit_ = tail + static_cast<std::uint32_t>(mine_->capacity());
    }

    // Read by all, written when it grows.
    alignas(detail::cache_line) detail::growing_ring<T> ring_{first_capacity};
    // The owner's.
    alignas(detail::cache_line) std::uint32_t head_ = 0;  // next to be pushed
    std::uint32_t split_ = 0;                             // as in `shared_`
    std::uint32_t limit_ = first_capacity;  // head_ where the ring was full when we last looked at the tail
    bool some_shared_ = false;              // maybe; if not, tail and split are equal
    detail::word_ring<T>* mine_ = &ring_.mine();
    alignas(detail::cache_line) atomic<std::uint64_t> shared_{0};  // tail, split
    alignas(detail::cache_line) atomic<bool> wanted_{false};       // thieves found nothing
};

}  // namespace handoff::impls
