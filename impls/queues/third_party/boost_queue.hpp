// Adapted: boost::lockfree::queue with a fixed node pool: Michael and Scott's linked queue, whose nodes are
// addressed by 16-bit indices with tags.
//
// Source: Blechmann, Boost.Lockfree, 2011; after Michael and Scott, PODC 1996.
//
// Progress: lock-free. A push or a pop that has stopped keeps a node: until it goes on, one value less fits.
// Order:    FIFO.
// Capacity: exact, at most 65534; allocated once. Values must be trivially copyable.
// Cost:     3 RMW per push, 2 per pop (queue and free list).
#pragma once

#include <boost/lockfree/policies.hpp>
#include <boost/lockfree/queue.hpp>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <class T>
    requires std::is_trivially_copyable_v<T>
class boost_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "boost_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::exact;
    static constexpr auto full_is = refusal_rule::held_up;
    static constexpr std::size_t largest_capacity = 65534;
    static constexpr provenance adapted{
        .library = "Boost.Lockfree", .source = "libboost-dev", .version = "1.74.0"};

    explicit boost_queue(std::size_t capacity) : capacity_(capacity), queue_(capacity) {}

    std::size_t capacity() const noexcept { return capacity_; }
    bool try_push(T&& value) { return queue_.bounded_push(value); }
    bool try_pop(T& out) { return queue_.pop(out); }

private:
    const std::size_t capacity_;
    boost::lockfree::queue<T, boost::lockfree::fixed_sized<true>> queue_;
};

}  // namespace handoff::impls
