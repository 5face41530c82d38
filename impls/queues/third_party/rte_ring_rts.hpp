// Adapted: DPDK's rte_ring, in its relaxed tail sync mode (RTS): operations do not wait for each
//          other's end, but who ends last publishes for all.
//
// Source: The Data Plane Development Kit, dpdk.org.
//
// Progress: blocking: an operation that stops between its claim and its end hides what later ones of its side
//           have done; once these are an eighth of the capacity ahead, they spin before their claim.
// Order:    FIFO.
// Capacity: exact (`RING_F_EXACT_SZ`). Allocated once, on plain memory. Values must be trivially copyable, of a
//           size that 4 divides: they are copied as words.
// Cost:     2 RMW (CAS of 8 bytes) per operation or batch.
#pragma once

#include <string_view>
#include <type_traits>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/rte_ring.hpp"

namespace handoff::impls {

template <class T>
    requires(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0)
class rte_ring_rts : public detail::rte_ring_of<T, RING_F_MP_RTS_ENQ | RING_F_MC_RTS_DEQ> {
public:
    using detail::rte_ring_of<T, RING_F_MP_RTS_ENQ | RING_F_MC_RTS_DEQ>::rte_ring_of;
    static constexpr std::string_view name = "rte_ring_rts";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto empty_is = refusal_rule::held_up;
    static constexpr auto full_is = refusal_rule::held_up;
    static constexpr provenance adapted{
        .library = "DPDK rte_ring", .source = "github.com/DPDK/dpdk", .version = "22.11.11"};
};

}  // namespace handoff::impls
