// How a family lists its workloads.
//
// A workload is a type that says everything about itself, in one header:
//
//   static void declare(const auto& impl, auto& c)
//       `impl` is what an implementation declares (the family's traits), `c` a harness::candidate; completes
//       the candidate that the family has begun: its name, its axes with the values that a sweep takes by
//       default, its threads, what it is ranked by, its limit and so on. `impl` lives as long as the program.
//   its loops, as templates over the implementation; the family's header says of which form
//   static constexpr bool suits(const Traits& impl)
//       optional: whether it is offered to that implementation at all
//
// Only the loops are compiled with every implementation. What takes `auto` is compiled where it is called:
// once, in the family's .cpp.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "registry.hpp"

namespace handoff::benchmarks {

/// A list of workloads, in the order in which a binary offers them.
template <class... W>
struct workloads {
    static constexpr std::size_t size = sizeof...(W);
};

template <class W, class Traits>
constexpr bool suits(const Traits& impl) {
    if constexpr (requires { W::suits(impl); }) {
        return W::suits(impl);
    } else {
        return true;
    }
}

/// Calls `see.operator()<W>(i)` for each workload W of the list, whose number is i.
template <class... W, class See>
constexpr void for_each_workload(workloads<W...>, See&& see) {
    std::size_t number = 0;
    (see.template operator()<W>(number++), ...);
}

/// Calls `declare` of the workload of that number.
template <class... W, class Traits>
void complete(workloads<W...>, std::size_t workload, const Traits& impl, harness::candidate& c) {
    using declare_function = void (*)(const Traits&, harness::candidate&);
    static constexpr std::array<declare_function, sizeof...(W)> all{
        [](const Traits& of, harness::candidate& that) { W::declare(of, that); }...};
    all[workload](impl, c);
}

/// The form that a trial has in most families.
using run_function = harness::measurement (*)(const harness::trial&);

/// Adds a candidate to the registry behind those of the implementation's earlier workloads. `rank` is the
/// place of the implementation's line in the catalog.
inline void enrol(int rank, std::size_t workload, harness::candidate c) {
    constexpr int most_workloads = 64;
    const harness::enrolment added(rank * most_workloads + static_cast<int>(workload), {std::move(c)});
}

}  // namespace handoff::benchmarks
