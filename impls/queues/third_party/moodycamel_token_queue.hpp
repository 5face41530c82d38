// Adapted: moodycamel::ConcurrentQueue with a token per producer and per consumer, as its author advises.
//
// Source: Desrochers, "A Fast General Purpose Lock-Free Queue for C++", moodycamel.com, 2014.
//
// Progress: lock-free. A pop that finds nothing promises nothing: "likely but not guaranteed to be empty".
// Order:    per-producer FIFO; consumers rotate among the producers' sub-queues.
// Capacity: unbounded; allocates blocks of 32 items by malloc and reuses them; an item for which there is no
//           memory is lost.
// Cost:     no RMW per push, about 2 per pop.
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
class moodycamel_token_queue {
    using library_type = moodycamel::ConcurrentQueue<T>;

public:
    using value_type = T;
    static constexpr std::string_view name = "moodycamel_token_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr auto empty_is = refusal_rule::unstated;
    static constexpr provenance adapted{
        .library = "moodycamel::ConcurrentQueue", .source = "libconcurrentqueue-dev", .version = "1.0.3"};

    class producer_handle {
    public:
        explicit producer_handle(library_type& queue) : queue_(&queue), token_(queue) {}
        void push(T&& value) { queue_->enqueue(token_, std::move(value)); }
        void push_bulk(T* first, std::size_t count) {
            queue_->enqueue_bulk(token_, std::make_move_iterator(first), count);
        }

    private:
        library_type* queue_;
        moodycamel::ProducerToken token_;
    };

    class consumer_handle {
    public:
        explicit consumer_handle(library_type& queue) : queue_(&queue), token_(queue) {}
        bool try_pop(T& out) { return queue_->try_dequeue(token_, out); }
        std::size_t try_pop_bulk(T* out, std::size_t count) {
            return queue_->try_dequeue_bulk(token_, out, count);
        }

    private:
        library_type* queue_;
        moodycamel::ConsumerToken token_;
    };

    producer_handle producer() { return producer_handle(queue_); }
    consumer_handle consumer() { return consumer_handle(queue_); }

    std::size_t size_approx() const { return queue_.size_approx(); }

private:
    library_type queue_;
};

}  // namespace handoff::impls
