// Adapted: DPDK's rte_ring, in its head/tail sync mode (HTS): one operation of each side at a time,
//          which the others wait for before they claim.
//
// Source: The Data Plane Development Kit, dpdk.org.
//
// Progress: blocking: as with a spinlock for each side.
// Order:    FIFO.
// Capacity: exact (`RING_F_EXACT_SZ`). Allocated once, on plain memory. Values must be trivially copyable, of a
//           size that 4 divides: they are copied as words.
// Cost:     1 RMW (CAS of 8 bytes) per operation or batch, and the wait for the one under way.
#pragma once

#include <string_view>
#include <type_traits>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/rte_ring.hpp"

namespace handoff::impls {

template <class T>
    requires(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0)
class rte_ring_hts : public detail::rte_ring_of<T, RING_F_MP_HTS_ENQ | RING_F_MC_HTS_DEQ> {
public:
    using detail::rte_ring_of<T, RING_F_MP_HTS_ENQ | RING_F_MC_HTS_DEQ>::rte_ring_of;
    static constexpr std::string_view name = "rte_ring_hts";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto full_is = refusal_rule::held_up;
    static constexpr provenance adapted{
        .library = "DPDK rte_ring", .source = "github.com/DPDK/dpdk", .version = "22.11.11"};
};

}  // namespace handoff::impls
