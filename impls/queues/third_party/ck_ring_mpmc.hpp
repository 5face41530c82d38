// Adapted: ConcurrencyKit's ck_ring, for many producers and many consumers.
//
// Source: Al Bahra, Concurrency Kit, concurrencykit.org.
//
// Progress: blocking: producers publish in the order of their claims, so one that stops between the two holds
//           up all others, which spin in their pushes, and in the end the consumers. These claim an item after
//           they have copied it, and hold up nobody.
// Order:    FIFO.
// Capacity: at least what was asked: a ring of the next larger power of two (4 or more) holds one item less.
//           Allocated once. Values must be trivially copyable: they are copied as bytes.
// Cost:     1 RMW (CAS) per operation, and per push the wait for the producers before it.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/ck_ring.hpp"

namespace handoff::impls {

template <class T>
    requires std::is_trivially_copyable_v<T>
class ck_ring_mpmc {
public:
    using value_type = T;
    static constexpr std::string_view name = "ck_ring_mpmc";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::at_least;
    static constexpr bool pushes_spin_for_pushes = true;
    static constexpr std::size_t largest_capacity = detail::ck_ring_of<T>::largest_capacity;
    static constexpr provenance adapted{
        .library = "Concurrency Kit", .source = "libck-dev", .version = "0.7.1"};

    explicit ck_ring_mpmc(std::size_t capacity) : ring_(capacity) {}

    std::size_t capacity() const noexcept { return ring_.capacity(); }
    bool try_push(T&& value) { return ring_.enqueue_mpmc(value); }
    bool try_pop(T& out) { return ring_.dequeue_mpmc(out); }

private:
    detail::ck_ring_of<T> ring_;
};

}  // namespace handoff::impls
