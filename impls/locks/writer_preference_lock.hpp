// Reader-writer spin lock in one word; a writer that waits lets no new reader in.
//
// Source: the rule is Courtois, Heymans, Parnas, "Concurrent Control with 'Readers' and 'Writers'", CACM 1971,
//         second problem; the single word is the usual form for spinning.
//
// Progress: blocking.
// Order:    writers before readers, who starve while writers keep coming; among writers, none.
// Cost:     1 RMW each to take and to leave when free, shared or not; 2 RMW for a writer that has had to wait.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

/// At most 32767 writers and 65535 readers at a time.
class writer_preference_lock {
public:
    static constexpr std::string_view name = "writer_preference_lock";
    static constexpr auto admits = admission::writers;
    static constexpr auto waits = waiting::spins;

    writer_preference_lock() = default;
    writer_preference_lock(const writer_preference_lock&) = delete;
    writer_preference_lock& operator=(const writer_preference_lock&) = delete;

    void lock() noexcept {
        if (try_lock()) {
            return;
        }
        // relaxed: announces, takes nothing
        std::uint32_t seen = state_.fetch_add(waiting_writer, std::memory_order_relaxed) + waiting_writer;
        for (;;) {
            // [left]: as in try_lock. relaxed on failure: nothing was taken, `seen` is the new guess
            if ((seen & inside) == 0) {
                if (state_.compare_exchange_weak(seen, seen - waiting_writer + writer,
                                                 std::memory_order_acquire, std::memory_order_relaxed)) {
                    return;
                }
            } else {
                detail::cpu_relax();
                seen = state_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
            }
        }
    }

    bool try_lock() noexcept {
        std::uint32_t seen = state_.load(std::memory_order_relaxed);  // relaxed: as in lock
        while ((seen & inside) == 0) {
            // [left]: what those before did under the lock is visible here. (The state changes by RMW only, so
            // every release reaches across the changes after it.) relaxed on failure: as in lock
            if (state_.compare_exchange_weak(seen, seen + writer, std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }

    void unlock() noexcept {
        state_.fetch_sub(writer, std::memory_order_release);  // [left]
    }

    void lock_shared() noexcept {
        std::uint32_t seen = state_.load(std::memory_order_relaxed);  // relaxed: as in lock
        for (;;) {
            // [left]: as in try_lock; relaxed on failure: as in lock
            if ((seen & any_writer) == 0) {
                if (state_.compare_exchange_weak(seen, seen + reader, std::memory_order_acquire,
                                                 std::memory_order_relaxed)) {
                    return;
                }
            } else {
                detail::cpu_relax();
                seen = state_.load(std::memory_order_relaxed);  // relaxed: as in lock
            }
        }
    }

    void unlock_shared() noexcept {
        state_.fetch_sub(reader, std::memory_order_release);  // [left]: our reads are over
    }

private:
    //   bit  0      writer   one is inside
    //   bits 1..15  waiting  writers that have announced themselves
    //   bits 16..31 readers  inside
    static constexpr std::uint32_t writer = 1;
    static constexpr std::uint32_t waiting_writer = 1U << 1;
    static constexpr std::uint32_t reader = 1U << 16;
    static constexpr std::uint32_t any_writer = reader - 1;
    static constexpr std::uint32_t inside = ~(any_writer ^ writer);

    alignas(detail::cache_line) atomic<std::uint32_t> state_{0};
};

}  // namespace handoff::impls
