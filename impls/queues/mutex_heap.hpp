// Priority queue: a binary heap behind one lock.
//
// Source: the heap is Williams', "Algorithm 232: Heapsort", Communications of the ACM 1964, as the standard
//         library has it.
//
// Progress: blocking.
// Order:    priority: the least item leaves first.
// Capacity: unbounded; an array that doubles.
// Cost:     one lock per operation, and log2(n) comparisons and moves inside.
#pragma once

#include <cstddef>
#include <mutex>
#include <string_view>
#include <utility>

#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/heap.hpp"
#include "../detail/mutex.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires has_priority<T>
class mutex_heap {
public:
    using value_type = T;
    static constexpr std::string_view name = "mutex_heap";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::priority;
    static constexpr std::size_t relaxation = 0;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;

    void push(T&& value) {
        const std::lock_guard guard(mutex_);
        heap_.push(std::move(value));
    }

    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        if (heap_.empty()) {
            return false;
        }
        heap_.pop(out);
        return true;
    }

private:
    alignas(detail::cache_line) mutex mutex_;
    detail::heap<T> heap_;
};

}  // namespace handoff::impls
