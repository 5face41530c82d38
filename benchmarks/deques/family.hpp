// What the harness may ask of a work-stealing deque, and the workloads that it is measured in.
//
// A workload of deques has `declare` and `template <class Deque> static harness::measurement run(const
// harness::trial&)`.
#pragma once

#include <cstdint>

#include "concepts/deques.hpp"
#include "deques/traits.hpp"
#include "deques/workloads/owner_and_thieves.hpp"
#include "shared/adapted.hpp"
#include "shared/workloads.hpp"

namespace handoff::benchmarks {

/// A line for each workload of deques.
using deque_workloads = workloads<  //
    owner_and_thieves>;

/// Adds the candidate of a deque in the workload of that number.
void enrol_deque(int rank, const deque_traits& deque, std::size_t workload, run_function run);

template <impls::work_stealing_deque Deque>
inline constexpr deque_traits deque_declares = traits_of_deque<Deque>();

template <template <class> class Deque>
bool enrol_deque(int rank) {
    using deque = Deque<std::uint64_t>;
    note_provenance<deque>("deques");
    for_each_workload(deque_workloads(), [rank]<class W>(std::size_t number) {
        enrol_deque(rank, deque_declares<deque>, number, &W::template run<deque>);
    });
    return true;
}

}  // namespace handoff::benchmarks
