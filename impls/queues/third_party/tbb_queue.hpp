// Adapted: oneTBB concurrent_queue: eight interleaved micro-queues under two ticket counters.
//
// Source: oneTBB, uxlfoundation/oneTBB; ordering as its documentation promises.
//
// Progress: blocking: a push that stops half-way holds up the micro-queue's later ones.
// Order:    per-producer FIFO as documented.
// Capacity: unbounded; allocates pages of items and frees them.
// Cost:     1 RMW per operation on a shared ticket, and the micro-queue's hand-over.
#pragma once

#include <oneapi/tbb/concurrent_queue.h>

#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class tbb_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "tbb_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};
    /// Whose memory it takes, where that is not the C library's.
    static constexpr std::string_view allocator = "oneTBB's own allocator's";

    void push(T&& value) { queue_.push(std::move(value)); }
    bool try_pop(T& out) { return queue_.try_pop(out); }

private:
    oneapi::tbb::concurrent_queue<T> queue_;
};

}  // namespace handoff::impls
