// One queue by urgency, one mutex, one condition variable.
//
// Source: Williams, "Algorithm 232: Heapsort", CACM 1964, for the heap.
//
// Progress: blocking.
// Order:    the most urgent first; among equals in the order of their submission.
// Capacity: unbounded; its memory grows with the most tasks that waited at once and stays. Callables above 48
//           bytes are allocated one by one.
// Cost:     as locked_pool's, and a number of steps under the lock that grows with the logarithm of the tasks
//           there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "../concepts/pools.hpp"
#include "../detail/task.hpp"
#include "detail/one_lock.hpp"

namespace handoff::impls {

namespace detail {

/// A heap of small entries; the tasks themselves stay where they are.
class tasks_by_urgency {
public:
    bool empty() const noexcept { return heap_.empty(); }
    std::size_t size() const noexcept { return heap_.size(); }

    void push(int urgency, task&& t) {
        if (heap_.size() == heap_.capacity()) {
            heap_.reserve(2 * heap_.capacity() + 1);
        }
        free_.reserve(heap_.capacity());  // so that nothing fails halfway, and pop() never
        std::size_t at = tasks_.size();
        if (free_.empty()) {
            tasks_.push_back(std::move(t));
        } else {
            at = free_.back();
            free_.pop_back();
            tasks_[at] = std::move(t);
        }
        heap_.push_back({urgency, next_++, at});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }
    task pop() {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        const std::size_t at = heap_.back().at;
        heap_.pop_back();
        free_.push_back(at);
        return std::move(tasks_[at]);
    }
    void closed() noexcept {}

private:
    struct entry {
        int urgency;
        std::uint64_t number;
        std::size_t at;
    };
    static bool later(const entry& a, const entry& b) noexcept {
        return a.urgency != b.urgency ? a.urgency < b.urgency : a.number > b.number;
    }

    std::vector<entry> heap_;
    std::deque<task> tasks_;
    std::vector<std::size_t> free_;  // of tasks_
    std::uint64_t next_ = 0;
};

}  // namespace detail

class priority_pool : detail::one_lock<detail::tasks_by_urgency> {
    using base = detail::one_lock<detail::tasks_by_urgency>;

public:
    static constexpr std::string_view name = "priority_pool";
    static constexpr auto starts = start_order::by_priority;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;
    static constexpr bool has_wait = false;

    priority_pool(unsigned workers, const pool_options& options) : base(name, workers, options) {}

    template <class F>
    submission submit_urgent(int urgency, F&& f) {
        detail::task made(std::forward<F>(f));
        return enqueue([&](auto& store) { store.push(urgency, std::move(made)); });
    }
    /// Urgency 0.
    template <class F>
    submission submit(F&& f) {
        return submit_urgent(0, std::forward<F>(f));
    }

    using base::counts;
    using base::shutdown;
    using base::size;
    using base::wait_idle;
};

}  // namespace handoff::impls
