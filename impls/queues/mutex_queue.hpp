// The textbook bounded queue: a ring buffer, a mutex and two condition variables.
//
// Source: Hoare, "Monitors: An Operating System Structuring Concept", CACM 17(10), 1974 (its bounded buffer).
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: exact, any; allocated once.
// Cost:     one lock and one unlock per operation, and a notification to the other side.
#pragma once

#include <cstddef>
#include <mutex>
#include <string_view>
#include <utility>

#include "../concepts/queues.hpp"
#include "../detail/futex.hpp"
#include "../detail/mutex.hpp"
#include "../detail/plain_ring.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class mutex_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "mutex_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::exact;

    explicit mutex_queue(std::size_t capacity) : ring_(capacity) {}

    std::size_t capacity() const noexcept { return ring_.capacity(); }

    bool try_push(T&& value) {
        {
            const std::lock_guard guard(mutex_);
            if (ring_.full()) {
                return false;
            }
            ring_.push(std::move(value));
        }
        not_empty_.notify_one();
        return true;
    }

    bool try_pop(T& out) {
        {
            const std::lock_guard guard(mutex_);
            if (ring_.empty()) {
                return false;
            }
            ring_.pop(out);
        }
        not_full_.notify_one();
        return true;
    }

    /// False when interrupted, or when the deadline has passed, with the queue still full.
    bool wait_push(T&& value, detail::deadline until = detail::no_deadline) {
        {
            std::unique_lock lock(mutex_);
            sleep_while(lock, not_full_, until, [&] { return ring_.full(); });
            if (ring_.full()) {
                return false;
            }
            ring_.push(std::move(value));
        }
        not_empty_.notify_one();
        return true;
    }

    /// False when interrupted, or when the deadline has passed, with the queue still empty.
    bool wait_pop(T& out, detail::deadline until = detail::no_deadline) {
        {
            std::unique_lock lock(mutex_);
            sleep_while(lock, not_empty_, until, [&] { return ring_.empty(); });
            if (ring_.empty()) {
                return false;
            }
            ring_.pop(out);
        }
        not_full_.notify_one();
        return true;
    }

    /// Wakes all who wait now.
    void interrupt() {
        {
            const std::lock_guard guard(mutex_);
            ++interrupts_;
        }
        not_full_.notify_all();
        not_empty_.notify_all();
    }

private:
    template <class Condition>
    void sleep_while(std::unique_lock<mutex>& lock, condition_variable& changed, detail::deadline until,
                     Condition&& unfit) {
        if (!unfit()) {
            return;
        }
        const auto seen = interrupts_;
        const auto done = [&] { return !unfit() || interrupts_ != seen; };
        if (until == detail::no_deadline) {
            changed.wait(lock, done);
        } else {
            changed.wait_until(lock, until, done);
        }
    }

    mutex mutex_;
    condition_variable not_full_;
    condition_variable not_empty_;
    std::size_t interrupts_ = 0;
    detail::plain_ring<T> ring_;
};

}  // namespace handoff::impls
