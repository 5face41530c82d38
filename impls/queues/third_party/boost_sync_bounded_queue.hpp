// Adapted: boost::concurrent::sync_bounded_queue: a ring, a mutex and two condition variables, of which it
// notifies those that somebody waits on.
//
// Source: Botet Escriba, Boost.Thread, 2013; after Gustafsson and Crowl, WG21's N3533.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: exact, any; allocated once, with items made in all slots.
// Cost:     one lock and one unlock per operation, and a notification when the other side sleeps.
#pragma once

#include <boost/thread/concurrent_queues/sync_bounded_queue.hpp>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires std::default_initializable<T>
class boost_sync_bounded_queue {
    using status = boost::concurrent::queue_op_status;

public:
    using value_type = T;
    static constexpr std::string_view name = "boost_sync_bounded_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::exact;
    static constexpr provenance adapted{
        .library = "Boost.Thread", .source = "libboost-thread-dev", .version = "1.74.0"};

    explicit boost_sync_bounded_queue(std::size_t capacity)
        : capacity_(capacity), queue_(detail::computable(capacity)) {}

    std::size_t capacity() const noexcept { return capacity_; }
    bool try_push(T&& value) { return queue_.try_push_back(std::move(value)) == status::success; }
    bool try_pop(T& out) { return queue_.try_pull_front(out) == status::success; }

    /// False when interrupted. Closed during the wait, the library throws, and does not touch the value.
    bool wait_push(T&& value) {
        try {
            return queue_.wait_push_back(std::move(value)) == status::success;
        } catch (const boost::concurrent::sync_queue_is_closed&) {
            return false;
        }
    }

    /// False when interrupted with the queue still empty.
    bool wait_pop(T& out) { return queue_.wait_pull_front(out) == status::success; }

    /// The library wakes those who wait only by closing the queue: nothing can be pushed from then on.
    void interrupt() { queue_.close(); }

private:
    const std::size_t capacity_;
    boost::concurrent::sync_bounded_queue<T> queue_;
};

}  // namespace handoff::impls
