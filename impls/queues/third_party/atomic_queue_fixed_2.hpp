// Adapted: atomic_queue::AtomicQueue2: `atomic_queue_b2` with a capacity that the program fixes, and its
//          slots inside of it; neighbours in the ring are on different cache lines.
//
// Source: Egorushkin, github.com/max0x7ba/atomic_queue.
//
// Progress: blocking: a thread that stops between claiming a slot and its end holds up the next that claims
//           this slot. It spins, also in try_push and try_pop.
// Order:    none: as atomic_queue_b2. Threads claim numbers in FIFO order, but a slot's state does not say
//           whose lap it is: while a push and a pop of one slot stand still behind their claims, those of
//           the next lap can take their places, and an item comes out a lap early.
// Capacity: 1024, whatever is asked for: it is a number of the type. Items are made in all slots.
// Cost:     2 RMW (CAS) per operation, one of them on an index shared by the operation's side only.
#pragma once

#include <atomic_queue/atomic_queue.h>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires std::default_initializable<T>
class atomic_queue_fixed_2 {
public:
    using value_type = T;
    static constexpr std::string_view name = "atomic_queue_fixed_2";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::none;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::at_least;
    static constexpr std::size_t largest_capacity = 1024;
    static constexpr provenance adapted{
        .library = "atomic_queue", .source = "github.com/max0x7ba/atomic_queue", .version = "0.0+git20220518"};

    explicit atomic_queue_fixed_2(std::size_t) {}

    std::size_t capacity() const noexcept { return queue_.capacity(); }
    bool try_push(T&& value) { return queue_.try_push(std::move(value)); }
    bool try_pop(T& out) { return queue_.try_pop(out); }

private:
    atomic_queue::AtomicQueue2<T, largest_capacity> queue_;
};

}  // namespace handoff::impls
