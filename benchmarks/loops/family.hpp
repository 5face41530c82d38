// What the harness may ask of an event loop, and the workloads that it is measured in.
//
// A workload of loops has, beside `declare`:
//
//   struct loops                          what it needs of a loop's type: function pointers
//   template <class L> static constexpr loops loops_of
//   static harness::measurement run(const harness::trial&, const loops&)
#pragma once

#include <cstddef>

#include "concepts/loops.hpp"
#include "loops/traits.hpp"
#include "loops/workloads/blocked.hpp"
#include "loops/workloads/fire.hpp"
#include "loops/workloads/many.hpp"
#include "loops/workloads/order.hpp"
#include "loops/workloads/post.hpp"
#include "loops/workloads/timers.hpp"
#include "loops/workloads/wake.hpp"
#include "shared/adapted.hpp"
#include "shared/workloads.hpp"

namespace handoff::benchmarks {

/// A line for each workload of loops.
using loop_workloads = workloads<  //
    post,                          //
    wake,                          //
    timers,                        //
    fire,                          //
    order,                         //
    blocked,                       //
    many>;

/// Adds the candidate of a loop in the workload of that number. `loops`: the workload's.
void enrol_loop_in(int rank, const loop_traits& loop, std::size_t workload, const void* loops);

template <impls::event_loop L>
inline constexpr loop_traits loop_declares = traits_of_loop<L>();

/// One loop in all workloads.
template <impls::event_loop L>
bool enrol_loop(int rank) {
    note_provenance<L>("loops");
    for_each_workload(loop_workloads(), [rank]<class W>(std::size_t number) {
        enrol_loop_in(rank, loop_declares<L>, number, &W::template loops_of<L>);
    });
    return true;
}

}  // namespace handoff::benchmarks
