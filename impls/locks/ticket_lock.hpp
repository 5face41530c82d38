// Ticket lock: take a number, wait until it is called.
//
// Source: Reed and Kanodia, "Synchronization with Eventcounts and Sequencers", CACM 1979; as a spin lock in
//         Mellor-Crummey and Scott, "Algorithms for Scalable Synchronization on Shared-Memory Multiprocessors",
//         ACM TOCS 1991.
//
// Progress: blocking.
// Order:    FIFO.
// Cost:     1 RMW to take, a store to leave; all who wait watch one line, and each call goes to all of them.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

class ticket_lock {
public:
    static constexpr std::string_view name = "ticket_lock";
    static constexpr auto admits = admission::fifo;
    static constexpr auto waits = waiting::spins;

    ticket_lock() = default;
    ticket_lock(const ticket_lock&) = delete;
    ticket_lock& operator=(const ticket_lock&) = delete;

    void lock() noexcept {
        // relaxed: a ticket carries no data; its being called does
        const std::uint64_t mine = next_.fetch_add(1, std::memory_order_relaxed);
        // [called]: everything done under the lock before is visible here.
        while (called_.load(std::memory_order_acquire) != mine) {
            detail::cpu_relax();
        }
    }

    bool try_lock() noexcept {
        // [called]: as in lock.
        std::uint64_t called = called_.load(std::memory_order_acquire);
        // The ticket that is called is still to be had: nobody holds the lock. 64 bits never come round.
        // relaxed: as in lock
        return next_.compare_exchange_strong(called, called + 1, std::memory_order_relaxed);
    }

    void unlock() noexcept {
        // relaxed: only the holder writes called_
        called_.store(called_.load(std::memory_order_relaxed) + 1, std::memory_order_release);  // [called]
    }

private:
    // Apart, so that newcomers do not take away the line on which the others wait.
    alignas(detail::cache_line) atomic<std::uint64_t> next_{0};
    alignas(detail::cache_line) atomic<std::uint64_t> called_{0};
};

}  // namespace handoff::impls
