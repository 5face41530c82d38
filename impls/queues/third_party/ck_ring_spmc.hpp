// Adapted: ConcurrencyKit's ck_ring, for one producer and many consumers, which claim an item after they have
// copied it.
//
// Source: Al Bahra, Concurrency Kit, concurrencykit.org.
//
// Progress: lock-free; pushes are wait-free.
// Order:    FIFO.
// Capacity: at least what was asked: a ring of the next larger power of two (4 or more) holds one item less.
//           Allocated once. Values must be trivially copyable: they are copied as bytes.
// Cost:     no RMW per push, 1 (CAS) per pop.
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
class ck_ring_spmc {
public:
    using value_type = T;
    static constexpr std::string_view name = "ck_ring_spmc";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::at_least;
    static constexpr std::size_t largest_capacity = detail::ck_ring_of<T>::largest_capacity;
    static constexpr provenance adapted{
        .library = "Concurrency Kit", .source = "libck-dev", .version = "0.7.1"};

    explicit ck_ring_spmc(std::size_t capacity) : ring_(capacity) {}

    std::size_t capacity() const noexcept { return ring_.capacity(); }
    bool try_push(T&& value) { return ring_.enqueue_spmc(value); }
    bool try_pop(T& out) { return ring_.dequeue_spmc(out); }

private:
    detail::ck_ring_of<T> ring_;
};

}  // namespace handoff::impls
