// What the harness may ask of locks and barriers, and the workloads that they are measured in.
//
// A workload has `declare` and `template <class Lock> static harness::measurement run(const harness::trial&)`,
// or the same for a barrier.
#pragma once

#include "concepts/locks.hpp"
#include "locks/traits.hpp"
#include "locks/workloads/barrier_episode.hpp"
#include "locks/workloads/critical_section.hpp"
#include "locks/workloads/reader_writer.hpp"
#include "shared/adapted.hpp"
#include "shared/workloads.hpp"

namespace handoff::benchmarks {

/// A line for each workload of locks.
using lock_workloads = workloads<  //
    critical_section,              //
    reader_writer>;

/// A line for each workload of barriers.
using barrier_workloads = workloads<  //
    barrier_episode>;

/// Adds the candidate of a lock or barrier in the workload of that number.
void enrol_lock(int rank, const lock_traits& lock, std::size_t workload, run_function run);
void enrol_barrier(int rank, const barrier_traits& barrier, std::size_t workload, run_function run);

template <impls::lock Lock>
inline constexpr lock_traits lock_declares = traits_of_lock<Lock>();

template <impls::lock Lock>
bool enrol_lock(int rank) {
    note_provenance<Lock>("locks");
    for_each_workload(lock_workloads(), [rank]<class W>(std::size_t number) {
        enrol_lock(rank, lock_declares<Lock>, number, &W::template run<Lock>);
    });
    return true;
}

template <impls::barrier Barrier>
inline constexpr barrier_traits barrier_declares = traits_of_barrier<Barrier>();

template <impls::barrier Barrier>
bool enrol_barrier(int rank) {
    note_provenance<Barrier>("locks");
    for_each_workload(barrier_workloads(), [rank]<class W>(std::size_t number) {
        enrol_barrier(rank, barrier_declares<Barrier>, number, &W::template run<Barrier>);
    });
    return true;
}

}  // namespace handoff::benchmarks
