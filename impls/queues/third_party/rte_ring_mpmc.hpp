// Adapted: DPDK's rte_ring, for many producers and many consumers: each side claims places,
//          copies, and publishes in the order of the claims.
//
// Source: The Data Plane Development Kit, dpdk.org; after Macy's bufring of FreeBSD.
//
// Progress: blocking: an operation that stops between its claim and its end holds up all later ones of its
//           side, which spin in it, and in the end the other side.
// Order:    FIFO.
// Capacity: exact (`RING_F_EXACT_SZ`). Allocated once, on plain memory. Values must be trivially copyable, of a
//           size that 4 divides: they are copied as words.
// Cost:     1 RMW (CAS) per operation or batch, and the wait for the operations before it.
#pragma once

#include <string_view>
#include <type_traits>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/rte_ring.hpp"

namespace handoff::impls {

template <class T>
    requires(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0)
class rte_ring_mpmc : public detail::rte_ring_of<T, 0> {
public:
    using detail::rte_ring_of<T, 0>::rte_ring_of;
    static constexpr std::string_view name = "rte_ring_mpmc";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto full_is = refusal_rule::held_up;
    static constexpr bool pushes_spin_for_pushes = true;
    static constexpr bool pops_spin_for_pops = true;
    static constexpr provenance adapted{
        .library = "DPDK rte_ring", .source = "github.com/DPDK/dpdk", .version = "22.11.11"};
};

}  // namespace handoff::impls
