// Adapted: moodycamel::BlockingConcurrentQueue with tokens: the lock-free queue under a semaphore that spins
// a while before it sleeps.
//
// Source: Desrochers, "A Fast General Purpose Lock-Free Queue for C++", moodycamel.com, 2014.
//
// Progress: blocking pops; pushes as the lock-free queue's. A pop that finds nothing promises nothing: "likely
//           but not guaranteed to be empty".
// Order:    per-producer FIFO.
// Capacity: unbounded; allocates blocks of 32 items by malloc and reuses them; an item for which there is no
//           memory is lost.
// Cost:     the lock-free queue's, and 1 RMW per operation on the semaphore.
#pragma once

#include <concurrentqueue/blockingconcurrentqueue.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../../detail/futex.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class moodycamel_blocking_queue {
    using library_type = moodycamel::BlockingConcurrentQueue<T>;

public:
    using value_type = T;
    static constexpr std::string_view name = "moodycamel_blocking_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr auto empty_is = refusal_rule::unstated;
    static constexpr provenance adapted{.library = "moodycamel::BlockingConcurrentQueue",
                                        .source = "libconcurrentqueue-dev",
                                        .version = "1.0.3"};

    class producer_handle {
    public:
        explicit producer_handle(library_type& queue) : queue_(&queue), token_(queue) {}
        void push(T&& value) { queue_->enqueue(token_, std::move(value)); }

    private:
        library_type* queue_;
        moodycamel::ProducerToken token_;
    };

    class consumer_handle {
    public:
        explicit consumer_handle(library_type& queue) : queue_(&queue), token_(queue) {}
        bool try_pop(T& out) { return queue_->try_dequeue(token_, out); }

        /// The library cannot be woken without an item, so a wait ends by itself after `patience`. Each wait
        /// begins with the library's spinning: the longer the patience, the less an idle consumer burns for it,
        /// and the longer it takes to notice that the queue was closed.
        bool wait_pop(T& out, detail::deadline until = detail::no_deadline) {
            const auto left = until == detail::no_deadline
                                  ? patience
                                  : std::min<std::chrono::steady_clock::duration>(
                                        patience, until - std::chrono::steady_clock::now());
            if (left <= left.zero()) {
                return try_pop(out);
            }
            return queue_->wait_dequeue_timed(token_, out, left);
        }

    private:
        static constexpr std::chrono::steady_clock::duration patience = std::chrono::milliseconds(100);

        library_type* queue_;
        moodycamel::ConsumerToken token_;
    };

    producer_handle producer() { return producer_handle(queue_); }
    consumer_handle consumer() { return consumer_handle(queue_); }

    /// Waiters return by themselves.
    void interrupt() noexcept {}

    std::size_t size_approx() const { return queue_.size_approx(); }

private:
    library_type queue_;
};

}  // namespace handoff::impls
