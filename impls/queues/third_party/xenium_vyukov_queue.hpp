// Adapted: xenium::vyukov_bounded_queue: Vyukov's ring, whose operations wait for a thread that is in the
// middle of one before they say that the queue is full or empty (the strong versions, its default).
//
// Source: Poeter, xenium; after Vyukov, "Bounded MPMC queue", 1024cores.net, 2010.
//
// Progress: blocking: as vyukov_ring; try_push and try_pop spin for the thread that holds up.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     1 RMW (CAS) per operation, on an index shared by the operation's side only.
#pragma once

#include <xenium/vyukov_bounded_queue.hpp>

#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class xenium_vyukov_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "xenium_vyukov_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::power_of_two;
    static constexpr provenance adapted{
        .library = "xenium", .source = "github.com/mpoeter/xenium", .version = "0.0.2 and v0.0.2-73-g3f08cea"};

    explicit xenium_vyukov_queue(std::size_t capacity) : capacity_(capacity), queue_(capacity) {}

    std::size_t capacity() const noexcept { return capacity_; }
    bool try_push(T&& value) { return queue_.try_push(std::move(value)); }
    bool try_pop(T& out) { return queue_.try_pop(out); }

private:
    const std::size_t capacity_;
    xenium::vyukov_bounded_queue<T> queue_;
};

}  // namespace handoff::impls
