// Ticket lock whose waiters look the more rarely the farther their number is from being called.
//
// Source: Mellor-Crummey and Scott, "Algorithms for Scalable Synchronization on Shared-Memory Multiprocessors",
//         ACM TOCS 1991 (the ticket lock with proportional backoff).
//
// Progress: blocking.
// Order:    FIFO.
// Cost:     1 RMW to take, a store to leave; about as many looks at the shared line as there are threads ahead.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

class ticket_backoff_lock {
public:
    static constexpr std::string_view name = "ticket_backoff_lock";
    static constexpr auto admits = admission::fifo;
    static constexpr auto waits = waiting::spins;

    ticket_backoff_lock() = default;
    ticket_backoff_lock(const ticket_backoff_lock&) = delete;
    ticket_backoff_lock& operator=(const ticket_backoff_lock&) = delete;

    void lock() noexcept {
        // relaxed: a ticket carries no data; its being called does
        const std::uint64_t mine = next_.fetch_add(1, std::memory_order_relaxed);
        for (;;) {
            // [called]: everything done under the lock before is visible here.
            const std::uint64_t ahead = mine - called_.load(std::memory_order_acquire);
            if (ahead == 0) {
                return;
            }
            for (std::uint64_t i = 0; i < ahead * pauses_per_holder; ++i) {
                detail::cpu_relax();
            }
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
    /// The guess at how long each holder ahead keeps the lock: a short critical section. Too long a pause
    /// leaves a free lock idle, since only the called one may take it.
    static constexpr std::uint64_t pauses_per_holder = 4;

    // Apart, so that newcomers do not take away the line on which the others wait.
    alignas(detail::cache_line) atomic<std::uint64_t> next_{0};
    alignas(detail::cache_line) atomic<std::uint64_t> called_{0};
};

}  // namespace handoff::impls
