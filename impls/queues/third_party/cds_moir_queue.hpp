// Adapted: libcds' MoirQueue: Michael and Scott's linked queue, whose pops look at the tail only when they pass
// it.
//
// Source: Khizhinsky, libcds; after Doherty, Groves, Luchangco and Moir, "Formal Verification of a Practical
//         Lock-Free Queue Algorithm", FORTE 2004.
//
// Progress: lock-free (as far as the allocator is).
// Order:    FIFO.
// Capacity: unbounded; allocates one node per item, and frees it when no hazard pointer guards it.
// Cost:     2 RMW (CAS) per push, 1 per pop; malloc and free; 2 hazard pointers, with a fence for each node
//           that is visited.
#pragma once

#include <cds/container/moir_queue.h>
#include <cds/gc/hp.h>

#include <string_view>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/boxed.hpp"
#include "../detail/libcds.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class cds_moir_queue
    : public detail::libcds_queue<cds::container::MoirQueue<cds::gc::HP, detail::boxed<T>>, T> {
public:
    using value_type = T;
    static constexpr std::string_view name = "cds_moir_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{.library = "libcds", .source = "libcds-dev", .version = "2.3.3"};
};

}  // namespace handoff::impls
