// Adapted: libcds' BasketQueue: a linked queue in which pushes that lost a race for the tail go into the
// winner's basket, in any order, instead of trying again at the end.
//
// Source: Khizhinsky, libcds; after Hoffman, Shalev and Shavit, "The Baskets Queue", OPODIS 2007.
//
// Progress: lock-free (as far as the allocator is).
// Order:    FIFO: pushes into one basket overlap in time.
// Capacity: unbounded; allocates one node per item, and frees it when no hazard pointer guards it.
// Cost:     2 RMW (CAS) per push, 1 per pop and some to free several nodes at once; malloc and free; 6 hazard
//           pointers, with a fence for each node that is visited.
#pragma once

#include <cds/container/basket_queue.h>
#include <cds/gc/hp.h>

#include <string_view>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/boxed.hpp"
#include "../detail/libcds.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class cds_basket_queue
    : public detail::libcds_queue<cds::container::BasketQueue<cds::gc::HP, detail::boxed<T>>, T> {
public:
    using value_type = T;
    static constexpr std::string_view name = "cds_basket_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{.library = "libcds", .source = "libcds-dev", .version = "2.3.3"};
};

}  // namespace handoff::impls
