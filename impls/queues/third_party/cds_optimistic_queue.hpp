// Adapted: libcds' OptimisticQueue: a doubly linked queue; a push is one compare-and-swap of the tail, and pops
// mend backward links that a push has not stored yet.
//
// Source: Khizhinsky, libcds; after Ladan-Mozes and Shavit, "An Optimistic Approach to Lock-Free FIFO Queues",
//         DISC 2004.
//
// Progress: lock-free (as far as the allocator is).
// Order:    FIFO.
// Capacity: unbounded; allocates one node per item, and frees it when no hazard pointer guards it.
// Cost:     1 RMW (CAS) per operation; malloc and free; 5 hazard pointers, with a fence for each node that is
//           visited.
#pragma once

#include <cds/container/optimistic_queue.h>
#include <cds/gc/hp.h>

#include <string_view>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/boxed.hpp"
#include "../detail/libcds.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class cds_optimistic_queue
    : public detail::libcds_queue<cds::container::OptimisticQueue<cds::gc::HP, detail::boxed<T>>, T> {
public:
    using value_type = T;
    static constexpr std::string_view name = "cds_optimistic_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{.library = "libcds", .source = "libcds-dev", .version = "2.3.3"};
};

}  // namespace handoff::impls
