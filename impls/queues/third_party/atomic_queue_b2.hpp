// Adapted: atomic_queue::AtomicQueueB2: a ring whose slots have a byte of state each, apart from the items;
// neighbours in the ring are on different cache lines.
//
// Source: Egorushkin, github.com/max0x7ba/atomic_queue. AtomicQueueB2 takes any item, and its capacity at run
//         time; AtomicQueueB keeps items in atomics, and one value of them means "empty".
//
// Progress: blocking: a thread that stops between claiming a slot and its end holds up the next that claims
//           this slot. It spins, also in try_push and try_pop.
// Order:    none. Threads claim numbers in FIFO order, but a slot's state does not say whose lap it is: while a
//           push and a pop of one slot stand still behind their claims, those of the next lap can take their
//           places, and an item comes out a lap early.
// Capacity: the next power of two, 4096 at least; allocated once, with items made in all slots.
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
    requires std::default_initializable<T> && (alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__)
class atomic_queue_b2 {
public:
    using value_type = T;
    static constexpr std::string_view name = "atomic_queue_b2";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::none;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::at_least;
    /// Its constructor allocates states, then items, and frees no states where there is no memory for items.
    static constexpr bool leaks_without_memory = true;
    static constexpr std::size_t largest_capacity = std::size_t{1} << 30;  // it counts in 32 bits
    static constexpr provenance adapted{.library = "atomic_queue",
                                        .source = "github.com/max0x7ba/atomic_queue",
                                        .version = "0.0+git20220518 and v1.9.2-12-g1377723"};

    explicit atomic_queue_b2(std::size_t capacity) : queue_(static_cast<unsigned>(capacity)) {}

    std::size_t capacity() const noexcept { return queue_.capacity(); }
    bool try_push(T&& value) { return queue_.try_push(std::move(value)); }
    bool try_pop(T& out) { return queue_.try_pop(out); }

private:
    atomic_queue::AtomicQueueB2<T> queue_;
};

}  // namespace handoff::impls
