// Sequence lock: writers count up, readers look at the count before and after and take nothing.
//
// Source: Lameter, "Effective Synchronization on Linux/NUMA Systems", Gelato 2005 (the kernel's seqlock); the
//         fences are those of Boehm, "Can Seqlocks Get Along with Programming Language Memory Models?", MSPC
//         2012.
//
// Progress: blocking: writers exclude each other, and readers wait for one that has stopped inside. A writer
//           never waits for readers.
// Order:    none; readers have to begin again as long as writers keep coming.
// Cost:     1 RMW and a store to write; two loads of a shared line to read, which stays where it is.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

/// What it protects is atomic, since readers look while writers write; relaxed is enough on both sides.
class seqlock {
public:
    static constexpr std::string_view name = "seqlock";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins;

    seqlock() = default;
    seqlock(const seqlock&) = delete;
    seqlock& operator=(const seqlock&) = delete;

    void lock() noexcept {
        while (!try_lock()) {
            detail::cpu_relax();
        }
    }

    bool try_lock() noexcept {
        std::uint64_t seen = sequence_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        // [written]: everything the writers before did is visible here. relaxed on failure: nothing was taken.
        if (written_over(seen) || !sequence_.compare_exchange_strong(seen, seen + 1, std::memory_order_acquire,
                                                                     std::memory_order_relaxed)) {
            return false;
        }
        // [torn]: who reads any store that follows, and then passes its own fence, sees the odd count.
        thread_fence(std::memory_order_release);
        return true;
    }

    void unlock() noexcept {
        // relaxed: only the writer inside writes sequence_
        sequence_.store(sequence_.load(std::memory_order_relaxed) + 1, std::memory_order_release);  // [written]
    }

    /// Waits while a writer is inside.
    std::uint64_t begin_read() const noexcept {
        for (;;) {
            // [written]: what the reader reads is at least what this writer left.
            const std::uint64_t seen = sequence_.load(std::memory_order_acquire);
            if (!written_over(seen)) {
                return seen;
            }
            detail::cpu_relax();
        }
    }

    /// Whether all that was read since `begun` was there at the same time.
    bool still_valid(std::uint64_t begun) const noexcept {
        // [torn]: if one of the reads saw a later writer's store, the load below sees that writer's count.
        thread_fence(std::memory_order_acquire);
        return sequence_.load(std::memory_order_relaxed) == begun;  // relaxed: ordered by the fence
    }

private:
    /// Odd while a writer is inside.
    static constexpr bool written_over(std::uint64_t sequence) { return sequence % 2 != 0; }

    alignas(detail::cache_line) atomic<std::uint64_t> sequence_{0};
};

}  // namespace handoff::impls
