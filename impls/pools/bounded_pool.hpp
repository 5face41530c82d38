// The textbook pool with a limit to what waits, and every answer to a task that comes when the limit is
// reached.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: exact, any from 1: tasks that are accepted and have not started. Allocates as locked_pool.
// Cost:     as locked_pool's.
#pragma once

#include <cstddef>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "../concepts/pools.hpp"
#include "../detail/mutex.hpp"
#include "../detail/task.hpp"
#include "detail/one_lock.hpp"
#include "detail/running.hpp"
#include "locked_pool.hpp"

namespace handoff::impls {

namespace detail {

/// Tasks in order, and those who wait until there are fewer.
class tasks_with_room : public tasks_in_order {
public:
    task pop() {
        if (waiting_ != 0) {
            room_.notify_one();
        }
        return tasks_in_order::pop();
    }
    void closed() noexcept { room_.notify_all(); }

    template <class Done>
    void wait_until(std::unique_lock<mutex>& lock, Done&& done) {
        ++waiting_;
        room_.wait(lock, done);
        --waiting_;
    }

private:
    unsigned waiting_ = 0;
    condition_variable room_;
};

}  // namespace detail

/// A task that submits to its own pool while that is full and `block`s runs what it submits itself: if all
/// workers waited for room, nobody would make any.
class bounded_pool : detail::one_lock<detail::tasks_with_room> {
    using base = detail::one_lock<detail::tasks_with_room>;

public:
    static constexpr std::string_view name = "bounded_pool";
    static constexpr auto starts = start_order::fifo;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = true;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;
    static constexpr bool has_wait = false;

    bounded_pool(unsigned workers, const pool_options& options) : base(name, workers, checked(options)) {}

    template <class F>
    submission submit(F&& f) {
        detail::task made(std::forward<F>(f));
        detail::task displaced;  // ends its life outside the lock
        {
            std::unique_lock lock(mutex_);
            if (full() && !closed_) {
                switch (options_.when_full) {
                    case rejection::block:
                        if (within()) {
                            return run_here(std::move(made), lock);
                        }
                        store_.wait_until(lock, [this] { return !full() || closed_; });
                        break;
                    case rejection::abort:
                        ++counts_.rejected;
                        return submission::rejected;
                    case rejection::discard:
                        ++counts_.discarded;
                        return submission::discarded;
                    case rejection::discard_oldest:
                        displaced = store_.pop();
                        ++counts_.discarded;
                        break;
                    case rejection::caller_runs:
                        return run_here(std::move(made), lock);
                }
            }
            if (closed_) {
                ++counts_.rejected;
                return submission::rejected;
            }
            store_.push(std::move(made));
        }
        work_.notify_one();
        return submission::accepted;
    }

    using base::counts;
    using base::shutdown;
    using base::size;
    using base::wait_idle;

private:
    static const pool_options& checked(const pool_options& options) {
        if (options.capacity == 0) {
            throw std::invalid_argument(std::string(name) + ": capacity 0: needs at least 1");
        }
        return options;
    }

    bool full() const noexcept { return store_.size() >= options_.capacity; }
};

}  // namespace handoff::impls
