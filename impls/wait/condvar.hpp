// Waits asleep on a mutex and a condition variable: what most code does.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "../atomic.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/mutex.hpp"

namespace handoff::impls {

/// The condition itself is lock-free, so the mutex protects only the moment between a waiter's last look
/// and its sleep. `notify` takes the mutex only when somebody waits.
class condvar {
public:
    static constexpr std::string_view name = "condvar";

    template <class Predicate>
    void wait_until(Predicate&& done) {
        if (done()) {
            return;
        }
        std::unique_lock lock(mutex_);
        const presence here(waiters_);
        bool slept = false;
        while (!done()) {
            count(slept);
            changed_.wait(lock);
        }
    }

    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point deadline) {
        if (done()) {
            return true;
        }
        std::unique_lock lock(mutex_);
        const presence here(waiters_);
        bool slept = false;
        while (!done()) {
            count(slept);
            if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
                return done();
            }
        }
        return true;
    }

    void notify() noexcept {
        if (somebody_waits()) {
            changed_.notify_one();
        }
    }
    void notify_all() noexcept {
        if (somebody_waits()) {
            changed_.notify_all();
        }
    }

    /// Waits that slept on the condition variable.
    std::uint64_t sleeps() const noexcept { return sleeps_.load(std::memory_order_relaxed); }

private:
    /// Before a sleep; counts the first of a wait.
    void count(bool& slept) noexcept {
        if (!slept) {
            slept = true;
            sleeps_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
        }
    }

    /// Counts one waiter while it lives; constructed and destroyed under the mutex.
    struct presence {
        explicit presence(atomic<unsigned>& waiters) : waiters(waiters) {
            waiters.fetch_add(1, std::memory_order_relaxed);  // relaxed: the fence orders it
            // [present]: a notifier whose fence comes later sees the count; if it comes earlier, the look
            // at the condition that follows sees what the notifier had stored.
            thread_fence(std::memory_order_seq_cst);
        }
        ~presence() { waiters.fetch_sub(1, std::memory_order_relaxed); }  // relaxed: carries no data
        presence(const presence&) = delete;
        presence& operator=(const presence&) = delete;

        atomic<unsigned>& waiters;
    };

    bool somebody_waits() noexcept {
        thread_fence(std::memory_order_seq_cst);              // [present]
        if (waiters_.load(std::memory_order_relaxed) == 0) {  // relaxed: ordered by the fence
            return false;
        }
        // A waiter counted but not yet asleep holds the mutex: pass through it once, so that the
        // notification cannot fall between its look and its sleep.
        const std::lock_guard pass(mutex_);
        return true;
    }

    alignas(detail::cache_line) atomic<unsigned> waiters_{0};
    mutex mutex_;
    condition_variable changed_;
    atomic<std::uint64_t> sleeps_{0};
};

}  // namespace handoff::impls
