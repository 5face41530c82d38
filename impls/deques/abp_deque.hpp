// The first non-blocking work-stealing deque: an array filled from its beginning, and a top with a tag.
//
// Source: Arora, Blumofe, Plaxton, "Thread Scheduling for Multiprogrammed Multiprocessors", SPAA 1998.
//
// Progress: lock-free for thieves: one of them loses only because another, or the owner, has taken an item.
//           Wait-free for the owner.
// Order:    the owner's end LIFO, the thieves' FIFO.
// Capacity: exact, below 2^32, allocated once; counted from the array's beginning: the places of stolen items
//           are free again only when the owner has found the deque empty.
// Cost:     a push: no RMW and no fence. An owner's pop: 1 full fence, and 1 RMW for the last item. A theft: 1
//           full fence and 1 RMW.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/deques.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/word_ring.hpp"

namespace handoff::impls {

template <class T>
class abp_deque {
public:
    using value_type = T;
    static constexpr std::string_view name = "abp_deque";
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::exact;

    explicit abp_deque(std::size_t capacity = 1 << 16)
        : capacity_(static_cast<std::uint32_t>(capacity)), items_(std::bit_ceil(capacity)) {}
    abp_deque(const abp_deque&) = delete;
    abp_deque& operator=(const abp_deque&) = delete;

    std::size_t capacity() const noexcept { return capacity_; }

    bool try_push(T value) {
        // relaxed: only the owner writes it
        const std::uint32_t bottom = bottom_.load(std::memory_order_relaxed);
        if (bottom == capacity_) [[unlikely]] {
            return false;
        }
        items_.store(bottom, value);
        bottom_.store(bottom + 1, std::memory_order_release);  // [pushed]: the slot, and what the item means
        return true;
    }

    bool try_pop(T& out) {
        std::uint32_t bottom = bottom_.load(std::memory_order_relaxed);  // relaxed: only the owner writes it
        if (bottom == 0) {
            return false;
        }
        --bottom;
        bottom_.store(bottom, std::memory_order_release);  // [pushed]: the items below it, for who sees this
        thread_fence(std::memory_order_seq_cst);           // [last]
        // [claimed]: the slots below top have been read.
        std::uint64_t age = age_.load(std::memory_order_acquire);
        if (bottom > top_of(age)) {
            out = items_.load(bottom);
            return true;  // a thief that comes now sees our bottom and leaves this one
        }
        // The last one, for which thieves may be on their way, or none. Either way the array is filled from its
        // beginning again, with a new tag: a thief that has read the old one claims nothing with it.
        const bool last = bottom == top_of(age);
        bottom_.store(0, std::memory_order_relaxed);  // relaxed: nothing is pushed; [begun] orders it
        const std::uint64_t begun = (tag_of(age) + 1) << 32;
        // [begun]: who sees the new tag sees a bottom_ that belongs to it. [claimed], if thieves were faster:
        // as above.
        if (last &&
            age_.compare_exchange_strong(age, begun, std::memory_order_release, std::memory_order_acquire)) {
            out = items_.load(bottom);
            return true;
        }
        age_.store(begun, std::memory_order_release);  // [begun]; nobody claims while bottom_ is 0
        return false;
    }

    steal_result try_steal(T& out) {
        std::uint64_t age = age_.load(std::memory_order_acquire);  // [begun]: bottom_ is as new as that
        thread_fence(std::memory_order_seq_cst);                   // [last]
        const std::uint32_t bottom = bottom_.load(std::memory_order_acquire);  // [pushed]: the items below it
        if (bottom <= top_of(age)) {
            return steal_result::empty;
        }
        const T found = items_.load(top_of(age));
        // [claimed]: the slot has been read. relaxed on failure: nothing was taken.
        if (!age_.compare_exchange_strong(age, age + 1, std::memory_order_release, std::memory_order_relaxed)) {
            return steal_result::lost;
        }
        out = found;
        return steal_result::stolen;
    }

    /// How many items thieves could take just now; a guess.
    std::size_t stealable() const noexcept {
        // relaxed, both: a guess
        const std::uint32_t bottom = bottom_.load(std::memory_order_relaxed);
        const std::uint32_t top = top_of(age_.load(std::memory_order_relaxed));
        return bottom > top ? bottom - top : 0;
    }

private:
    // [last]: the owner announces which item it takes and then looks at the top; a thief looks at the top and
    // then at the announcement. One of the two fences comes first, so that of the owner and a thief who both
    // want one item at least one knows of the other. The thief always claims with an RMW, the owner does if it
    // knows of a thief.
    //
    // A thief that is stopped between reading and claiming while the owner empties the deque exactly 2^32 times
    // takes an item that is gone.

    static std::uint32_t top_of(std::uint64_t age) noexcept { return static_cast<std::uint32_t>(age); }
    static std::uint64_t tag_of(std::uint64_t age) noexcept { return age >> 32; }

    alignas(detail::cache_line) atomic<std::uint32_t> bottom_{0};  // next to be pushed
    alignas(detail::cache_line) atomic<std::uint64_t> age_{0};     // tag, and next to be stolen
    alignas(detail::cache_line) const std::uint32_t capacity_;     // from here on read only
    detail::word_ring<T> items_;
};

}  // namespace handoff::impls
