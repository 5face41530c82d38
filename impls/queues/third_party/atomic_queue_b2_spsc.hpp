// Adapted: atomic_queue::AtomicQueueB2 with SPSC = true: the ring of atomic_queue_b2 for one producer and one
// consumer.
//
// Source: Egorushkin, github.com/max0x7ba/atomic_queue.
//
// Progress: blocking: an index is published before its item is there, so a consumer spins for a producer that
//           stops between the two, and a producer likewise.
// Order:    FIFO.
// Capacity: the next power of two, 4096 at least; allocated once, with items made in all slots.
// Cost:     no RMW.
#pragma once

#include <atomic_queue/atomic_queue.h>

#include <concepts>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires std::default_initializable<T> && (alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__)
class atomic_queue_b2_spsc {
public:
    using value_type = T;
    static constexpr std::string_view name = "atomic_queue_b2_spsc";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::at_least;
    /// Its constructor allocates states, then items, and frees no states where there is no memory for items.
    static constexpr bool leaks_without_memory = true;
    static constexpr std::size_t largest_capacity = std::size_t{1} << 30;  // it counts in 32 bits
    static constexpr provenance adapted{.library = "atomic_queue",
                                        .source = "github.com/max0x7ba/atomic_queue",
                                        .version = "0.0+git20220518 and v1.9.2-12-g1377723"};

    explicit atomic_queue_b2_spsc(std::size_t capacity) : queue_(static_cast<unsigned>(capacity)) {}

    std::size_t capacity() const noexcept { return queue_.capacity(); }
    bool try_push(T&& value) { return queue_.try_push(std::move(value)); }
    bool try_pop(T& out) { return queue_.try_pop(out); }

private:
    static constexpr bool maximize_throughput = true;  // its default
    static constexpr bool total_order = false;         // its default
    static constexpr bool spsc = true;

    atomic_queue::AtomicQueueB2<T, std::allocator<T>, maximize_throughput, total_order, spsc> queue_;
};

}  // namespace handoff::impls
