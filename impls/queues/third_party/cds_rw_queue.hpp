// Adapted: libcds' RWQueue: Michael and Scott's linked queue with one spin lock for each end.
//
// Source: Khizhinsky, libcds; after Michael and Scott, PODC 1996.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: unbounded; allocates one node per item and frees it.
// Cost:     one spin lock per operation, malloc or free.
#pragma once

#include <cds/container/rwqueue.h>

#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/boxed.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class cds_rw_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "cds_rw_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{.library = "libcds", .source = "libcds-dev", .version = "2.3.3"};

    void push(T&& value) {
        detail::push_boxed(value, [this](auto&& item) { queue_.enqueue(std::forward<decltype(item)>(item)); });
    }
    bool try_pop(T& out) {
        return detail::pop_boxed(out, [this](auto& first) { return queue_.dequeue(first); });
    }

private:
    cds::container::RWQueue<detail::boxed<T>> queue_;
};

}  // namespace handoff::impls
