// Locks and a barrier that break what they promise, once in a while or always.
#pragma once

#include <atomic>
#include <chrono>
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

/// Writers exclude each other; readers just read.
struct reads_unlocked : ttas_lock {
    static constexpr std::string_view name = "reads_unlocked";
    void lock_shared() noexcept {}
    void unlock_shared() noexcept {}
};

/// Says that it lets in who came first, and lets in the thread that was the first of all for as long as it
/// asks.
struct starves : ttas_lock {
    static constexpr std::string_view name = "starves";
    static constexpr auto admits = admission::fifo;
    void lock() noexcept {
        static thread_local const char self = 0;
        const char* nobody = nullptr;
        favourite.compare_exchange_strong(nobody, &self);
        if (favourite.load() != &self) {
            constexpr auto patience = std::chrono::milliseconds(50);
            auto seen = turns.load();
            for (auto since = std::chrono::steady_clock::now();
                 std::chrono::steady_clock::now() - since < patience;) {
                if (const auto now = turns.load(); now != seen) {
                    seen = now;
                    since = std::chrono::steady_clock::now();
                }
            }
        }
        ttas_lock::lock();
        turns.fetch_add(1);
    }
    std::atomic<const char*> favourite{nullptr};
    std::atomic<std::uint64_t> turns{0};
};

/// The same, and promises nothing of it.
struct starves_by_right : starves {
    static constexpr std::string_view name = "starves_by_right";
    static constexpr auto admits = admission::any;
};

/// Nobody waits for anybody.
struct stays_open {
    static constexpr std::string_view name = "stays_open";
    static constexpr waiting waits = waiting::spins;
    explicit stays_open(std::ptrdiff_t) {}
    void arrive_and_wait() noexcept {}
};

}  // namespace handoff::impls
