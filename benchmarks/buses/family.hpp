// What the harness may ask of a bus, and the workloads that it is measured in.
//
// A workload of buses has, beside `declare`, `static harness::measurement run(const harness::trial&, const
// bus_loops&)`. Of a bus's type only `bus_of` and `publish_lap` are compiled, once for all workloads.
#pragma once

#include "buses/publishing.hpp"
#include "buses/traits.hpp"
#include "buses/workloads/isolation.hpp"
#include "buses/workloads/publish.hpp"
#include "buses/workloads/subscribe.hpp"
#include "buses/workloads/throws.hpp"
#include "concepts/buses.hpp"
#include "shared/adapted.hpp"
#include "shared/workloads.hpp"

namespace handoff::benchmarks {

/// A line for each workload of buses.
using bus_workloads = workloads<  //
    publish,                      //
    isolation,                    //
    subscribe,                    //
    throws>;

/// Adds the candidate of a bus in the workload of that number.
void enrol_bus(int rank, std::size_t workload, const bus_loops& loops);

/// One bus in all workloads.
template <template <class> class Bus>
bool enrol_bus_in_all(int rank) {
    using bus = Bus<bus_event>;
    static_assert(impls::event_bus<bus>);
    note_provenance<bus>("buses");
    for_each_workload(bus_workloads(), [rank]<class W>(std::size_t number) {
        if constexpr (suits<W>(declared_by<bus>)) {
            enrol_bus(rank, number, loops_of_bus<bus>);
        }
    });
    return true;
}

}  // namespace handoff::benchmarks
