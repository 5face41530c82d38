// Adapted: DPDK's rte_ring, for one producer and one consumer: each side reads the other's index
//          for every operation.
//
// Source: The Data Plane Development Kit, dpdk.org.
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: exact (`RING_F_EXACT_SZ`). Allocated once, on plain memory. Values must be trivially copyable, of a
//           size that 4 divides: they are copied as words.
// Cost:     no RMW.
#pragma once

#include <string_view>
#include <type_traits>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/rte_ring.hpp"

namespace handoff::impls {

template <class T>
    requires(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0)
class rte_ring_spsc : public detail::rte_ring_of<T, RING_F_SP_ENQ | RING_F_SC_DEQ> {
public:
    using detail::rte_ring_of<T, RING_F_SP_ENQ | RING_F_SC_DEQ>::rte_ring_of;
    static constexpr std::string_view name = "rte_ring_spsc";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr provenance adapted{
        .library = "DPDK rte_ring", .source = "github.com/DPDK/dpdk", .version = "22.11.11"};
};

}  // namespace handoff::impls
