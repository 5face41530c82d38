// Adapted: libcds' VyukovMPMCCycleQueue: Vyukov's ring, whose operations wait for a thread that is in the
// middle of one before they say that the queue is full or empty.
//
// Source: Khizhinsky, libcds; after Vyukov, "Bounded MPMC queue", 1024cores.net, 2010.
//
// Progress: blocking: as vyukov_ring; try_push and try_pop spin for the thread that holds up.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     1 RMW (CAS) per operation, on an index shared by the operation's side only.
#pragma once

#include <cds/container/vyukov_mpmc_cycle_queue.h>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires std::default_initializable<T>
class cds_vyukov_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "cds_vyukov_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::power_of_two;
    static constexpr provenance adapted{.library = "libcds", .source = "libcds-dev", .version = "2.3.3"};

    explicit cds_vyukov_queue(std::size_t capacity) : queue_(capacity) {}

    std::size_t capacity() const noexcept { return queue_.capacity(); }
    bool try_push(T&& value) { return queue_.enqueue(std::move(value)); }
    bool try_pop(T& out) { return queue_.dequeue(out); }

private:
    cds::container::VyukovMPMCCycleQueue<T> queue_;
};

}  // namespace handoff::impls
