// What the harness may ask of an event processor, and the workloads that it is measured in.
//
// A workload of processors has, beside `declare`:
//
//   struct loops                                  what it needs of a processor's type: function pointers
//   template <class Processor> static constexpr loops loops_of
//   static harness::measurement run(const harness::trial&, const loops&)
//
// A processor is a Processor<event, measured_handler, chosen_wait<all strategies>>: what handlers do and which
// strategy, the point says at run time, so that a processor is compiled once.
#pragma once

#include <cstddef>

#include "concepts/processors.hpp"
#include "processors/handling.hpp"
#include "processors/traits.hpp"
#include "processors/workloads/events.hpp"
#include "processors/workloads/latency.hpp"
#include "processors/workloads/stop.hpp"
#include "processors/workloads/topology.hpp"
#include "shared/adapted.hpp"
#include "shared/workloads.hpp"
#include "wait/chosen_wait.hpp"

namespace handoff::benchmarks {

/// A line for each workload of processors.
using processor_workloads = workloads<  //
    events,                             //
    latency,                            //
    stop_processor,                     //
    topology>;

/// Adds the candidate of a processor in the workload of that number. `loops`: the workload's.
void enrol_processor(int rank, const processor_traits& processor, std::size_t workload, const void* loops);

/// One processor in all workloads.
template <template <class, class, class> class Processor, class... Waits>
class processor_family {
    using processor = Processor<event, measured_handler, impls::chosen_wait<Waits...>>;
    static_assert(impls::processor<processor>);
    static constexpr processor_traits declared = traits_of_processor<processor, Waits...>();

public:
    static bool enrol(int rank) {
        note_provenance<processor>("processors");
        for_each_workload(processor_workloads(), [rank]<class W>(std::size_t number) {
            if constexpr (suits<W>(declared)) {
                enrol_processor(rank, declared, number, &W::template loops_of<processor>);
            }
        });
        return true;
    }
};

}  // namespace handoff::benchmarks
