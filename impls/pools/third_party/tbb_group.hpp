// What the pools over oneTBB have in common.
#pragma once

#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <cstddef>
#include <thread>

namespace handoff::impls::detail {

/// As many threads as a pool asks for, also more than there are CPUs; others have pools, too.
inline unsigned tbb_at_least(unsigned workers) {
    return std::max(workers, std::thread::hardware_concurrency());
}

template <class Body>
void tbb_run_all(std::size_t n, Body& body) {
    oneapi::tbb::task_group all;
    for (std::size_t i = 0; i < n; ++i) {
        all.run([&body, i] { body(i); });
    }
    all.wait();
}

}  // namespace handoff::impls::detail
