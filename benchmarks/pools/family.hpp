// What the harness may ask of a pool, and the workloads that it is measured in.
//
// A workload of pools has `declare` and
// `template <class P> static harness::measurement run(const harness::trial&, impls::make_any_wait)`: workers
// wait by any of the strategies, chosen when the pool is made, so that no workload is compiled for each.
#pragma once

#include "concepts/pools.hpp"
#include "pools/traits.hpp"
#include "pools/workloads/blocking_mix.hpp"
#include "pools/workloads/fan_out_fan_in.hpp"
#include "pools/workloads/idle.hpp"
#include "pools/workloads/overload.hpp"
#include "pools/workloads/submit_empty.hpp"
#include "pools/workloads/submit_work.hpp"
#include "pools/workloads/uneven.hpp"
#include "pools/workloads/wakeup.hpp"
#include "shared/adapted.hpp"
#include "shared/workloads.hpp"

namespace handoff::benchmarks {

/// A line for each workload of pools.
using pool_workloads = workloads<  //
    submit_empty,                  //
    submit_work,                   //
    uneven,                        //
    fan_out_fan_in,                //
    wakeup,                        //
    overload,                      //
    blocking_mix,                  //
    idle_pool>;

/// Adds the candidate of a pool in the workload of that number.
void enrol_pool(int rank, const pool_traits& pool, std::size_t workload,
                harness::measurement (*run)(const harness::trial&, impls::make_any_wait));

template <impls::thread_pool P, class... Waits>
inline constexpr pool_traits pool_declares = traits_of_pool<P, Waits...>();

template <impls::thread_pool P, class... Waits>
bool enrol_pool(int rank) {
    note_provenance<P>("pools");
    for_each_workload(pool_workloads(), [rank]<class W>(std::size_t number) {
        enrol_pool(rank, pool_declares<P, Waits...>, number, &W::template run<P>);
    });
    return true;
}

}  // namespace handoff::benchmarks
