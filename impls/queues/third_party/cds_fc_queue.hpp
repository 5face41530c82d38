// Adapted: libcds' FCQueue: a std::queue behind flat combining: threads publish what they want, and the one
// that has the lock does it for all.
//
// Source: Khizhinsky, libcds; after Hendler, Incze, Shavit and Tzafrir, "Flat Combining and the
//         Synchronization-Parallelism Tradeoff", SPAA 2010.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: unbounded; a std::deque's blocks. Values must be copyable: it is able to copy.
// Cost:     1 RMW (the lock) per round of combining, and what others see of each other's requests; a look-up of
//           the thread's record (boost::thread_specific_ptr) per operation.
#pragma once

#include <cds/container/fcqueue.h>

#include <concepts>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires std::copyable<T>
class cds_fc_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "cds_fc_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    /// A thread's record that cannot be allocated is taken for one that is there.
    static constexpr bool dies_without_memory = true;
    static constexpr provenance adapted{.library = "libcds", .source = "libcds-dev", .version = "2.3.3"};

    void push(T&& value) { queue_.enqueue(std::move(value)); }
    bool try_pop(T& out) { return queue_.dequeue(out); }

private:
    cds::container::FCQueue<T> queue_;
};

}  // namespace handoff::impls
