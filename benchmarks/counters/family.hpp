// What the harness may ask of a counter, and the workloads that it is measured in.
//
// A workload of counters has `declare` and `template <class Counter> static harness::measurement run(const
// harness::trial&)`.
#pragma once

#include "concepts/counters.hpp"
#include "counters/traits.hpp"
#include "counters/workloads/contended_add.hpp"
#include "counters/workloads/lost_updates.hpp"
#include "counters/workloads/read_mix.hpp"
#include "shared/adapted.hpp"
#include "shared/workloads.hpp"

namespace handoff::benchmarks {

/// A line for each workload of counters.
using counter_workloads = workloads<  //
    contended_add,                    //
    read_mix,                         //
    lost_updates>;

/// Adds the candidate of a counter in the workload of that number.
void enrol_counter(int rank, const counter_traits& counter, std::size_t workload, run_function run);

template <impls::counter Counter>
inline constexpr counter_traits counter_declares = traits_of_counter<Counter>();

template <impls::counter Counter>
bool enrol_counter(int rank) {
    note_provenance<Counter>("counters");
    for_each_workload(counter_workloads(), [rank]<class W>(std::size_t number) {
        if constexpr (suits<W>(counter_declares<Counter>)) {
            enrol_counter(rank, counter_declares<Counter>, number, &W::template run<Counter>);
        }
    });
    return true;
}

}  // namespace handoff::benchmarks
