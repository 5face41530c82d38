// Adapted: oneTBB concurrent_priority_queue: a binary heap that one thread works on for all that wait.
//
// Source: oneTBB, uxlfoundation/oneTBB.
//
// Progress: blocking: whoever does the work for the others may stop.
// Order:    priority: the least item leaves first.
// Capacity: unbounded; an array that grows.
// Cost:     1 RMW per operation to enter it, and log2(n) comparisons and moves by whoever works.
#pragma once

#include <oneapi/tbb/concurrent_priority_queue.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires has_priority<T>
class tbb_priority_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "tbb_priority_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::priority;
    static constexpr std::size_t relaxation = 0;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};
    /// Whose memory it takes, where that is not the C library's.
    static constexpr std::string_view allocator = "oneTBB's own allocator's";

    void push(T&& value) { queue_.push(std::move(value)); }
    bool try_pop(T& out) { return queue_.try_pop(out); }

private:
    /// Its first item is the greatest.
    struct leaves_later {
        bool operator()(const T& a, const T& b) const { return b < a; }
    };

    oneapi::tbb::concurrent_priority_queue<T, leaves_later> queue_;
};

}  // namespace handoff::impls
