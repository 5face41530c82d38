// For families whose workloads do outside of their measured loops all that does not depend on a type: they are
// given these loops as function pointers.
#pragma once

#include <array>
#include <cstddef>

#include "shared/workloads.hpp"

namespace handoff::benchmarks {

/// Calls `run` of the workload of that number, with its `loops`, which `loops` points to.
template <class... W>
harness::measurement run_loops(workloads<W...>, std::size_t workload, const harness::trial& t,
                               const void* loops) {
    using run_function = harness::measurement (*)(const harness::trial&, const void*);
    constexpr std::array<run_function, sizeof...(W)> all{[](const harness::trial& of, const void* those) {
        return W::run(of, *static_cast<const typename W::loops*>(those));
    }...};
    return all[workload](t, loops);
}

}  // namespace handoff::benchmarks
