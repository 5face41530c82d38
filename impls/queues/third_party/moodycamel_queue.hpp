// Adapted: moodycamel::ConcurrentQueue without tokens (a producer is found by its thread id per operation).
//
// Source: Desrochers, "A Fast General Purpose Lock-Free Queue for C++", moodycamel.com, 2014.
//
// Progress: lock-free. A pop that finds nothing promises nothing: "likely but not guaranteed to be empty".
// Order:    per-producer FIFO; consumers search among the producers' sub-queues.
// Capacity: unbounded; allocates blocks of 32 items by malloc and reuses them; an item for which there is no
//           memory is lost.
// Cost:     about 1 RMW per push, 3 per pop, and a hash look-up per push.
#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class moodycamel_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "moodycamel_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr auto empty_is = refusal_rule::unstated;
    static constexpr provenance adapted{
        .library = "moodycamel::ConcurrentQueue", .source = "libconcurrentqueue-dev", .version = "1.0.3"};

    void push(T&& value) { queue_.enqueue(std::move(value)); }
    bool try_pop(T& out) { return queue_.try_dequeue(out); }
    void push_bulk(T* first, std::size_t count) { queue_.enqueue_bulk(std::make_move_iterator(first), count); }
    std::size_t try_pop_bulk(T* out, std::size_t count) { return queue_.try_dequeue_bulk(out, count); }

    std::size_t size_approx() const { return queue_.size_approx(); }

private:
    moodycamel::ConcurrentQueue<T> queue_;
};

}  // namespace handoff::impls
