// Locks and a barrier that break what they promise, once in a while or always.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "concepts/locks.hpp"
#include "locks/ttas_lock.hpp"

namespace handoff::impls {

/// One acquisition in 1000 does not wait for the lock.
struct lets_two_in : ttas_lock {
    static constexpr std::string_view name = "lets_two_in";
    void lock() noexcept {
        if (++calls % 1000 != 0) {
            ttas_lock::lock();
        }
    }
    std::atomic<std::uint64_t> calls{0};
};

/// One acquisition in 10^5 does not.
struct lets_two_in_seldom : ttas_lock {
    static constexpr std::string_view name = "lets_two_in_seldom";
    void lock() noexcept {
        if (++calls % 100'000 != 0) {
            ttas_lock::lock();
        }
    }
    std::atomic<std::uint64_t> calls{0};
};

/// Writers exclude each other; readers just read.
struct reads_unlocked : ttas_lock {
    static constexpr std::string_view name = "reads_unlocked";
    void lock_shared() noexcept {}
    void unlock_shared() noexcept {}
};

/// Nobody waits for anybody.
struct stays_open {
    static constexpr std::string_view name = "stays_open";
    static constexpr waiting waits = waiting::spins;
    explicit stays_open(std::ptrdiff_t) {}
    void arrive_and_wait() noexcept {}
};

}  // namespace handoff::impls
