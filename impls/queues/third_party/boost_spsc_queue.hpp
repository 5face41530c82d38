// Adapted: boost::lockfree::spsc_queue, a ring in which each side reads the other's index for every item.
//
// Source: Blechmann, Boost.Lockfree, 2011.
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: exact, any; allocated once. Values must be copyable.
// Cost:     no RMW.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires std::copy_constructible<T>
class boost_spsc_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "boost_spsc_queue";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::exact;
    static constexpr provenance adapted{
        .library = "Boost.Lockfree", .source = "libboost-dev", .version = "1.74.0"};

    explicit boost_spsc_queue(std::size_t capacity)
        : capacity_(capacity), queue_(detail::computable(capacity)) {}

    std::size_t capacity() const noexcept { return capacity_; }
    bool try_push(T&& value) { return queue_.push(value); }
    bool try_pop(T& out) { return queue_.pop(out); }
    std::size_t try_push_bulk(T* first, std::size_t count) { return queue_.push(first, count); }
    std::size_t try_pop_bulk(T* out, std::size_t count) { return queue_.pop(out, count); }

private:
    const std::size_t capacity_;
    boost::lockfree::spsc_queue<T> queue_;
};

}  // namespace handoff::impls
