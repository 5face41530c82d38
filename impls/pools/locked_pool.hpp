// The textbook pool: one queue, one mutex, one condition variable.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: unbounded; allocates a chunk for every eight tasks, and one more for a callable above 48 bytes.
// Cost:     one lock to submit, and a system call when a worker sleeps; one lock to end a task and take the
//           next.
#pragma once

#include <deque>
#include <string_view>
#include <utility>

#include "../concepts/pools.hpp"
#include "../detail/task.hpp"
#include "detail/one_lock.hpp"

namespace handoff::impls {

namespace detail {

/// Tasks in the order in which they came.
class tasks_in_order {
public:
    bool empty() const noexcept { return tasks_.empty(); }
    std::size_t size() const noexcept { return tasks_.size(); }
    void push(task&& t) { tasks_.push_back(std::move(t)); }
    task pop() {
        task first = std::move(tasks_.front());
        tasks_.pop_front();
        return first;
    }
    void closed() noexcept {}

private:
    std::deque<task> tasks_;
};

}  // namespace detail

class locked_pool : detail::one_lock<detail::tasks_in_order> {
    using base = detail::one_lock<detail::tasks_in_order>;

public:
    static constexpr std::string_view name = "locked_pool";
    static constexpr auto starts = start_order::fifo;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;
    static constexpr bool has_wait = false;

    locked_pool(unsigned workers, const pool_options& options) : base(name, workers, options) {}

    template <class F>
    submission submit(F&& f) {
        detail::task made(std::forward<F>(f));
        return enqueue([&](auto& store) { store.push(std::move(made)); });
    }

    using base::counts;
    using base::shutdown;
    using base::size;
    using base::wait_idle;
};

}  // namespace handoff::impls
