// What calibration kernels are made of: batches, pinned threads, pauses.
#pragma once

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "topology.hpp"

namespace handoff::limits {

using harness::clock;
using harness::seconds_between;

/// Fewest and most batches of a kernel, whatever its time, unless `enough` says otherwise.
constexpr std::size_t least_batches = 5;
constexpr std::size_t most_batches = 4096;

/// Whether a kernel has what it needs. One whose CPUs others use gives up after a while: each of its yields may
/// then take a whole slice of theirs.
inline bool enough(std::size_t batches, double passed, double seconds) {
    if (passed > 1 + 5 * seconds) {
        return batches > 0;
    }
    return batches >= most_batches || (batches >= least_batches && passed >= seconds);
}

/// Calls `some(each)`, which does `each` operations, again and again for `seconds`; nanoseconds per operation
/// of every call but the first, which warms up.
template <class Some>
std::vector<double> batches_of(double seconds, int each, Some&& some) {
    std::vector<double> found;
    found.reserve(most_batches);
    some(each);
    const auto begin = clock::now();
    auto last = begin;
    while (!enough(found.size(), seconds_between(begin, last), seconds)) {
        some(each);
        const auto now = clock::now();
        found.push_back(seconds_between(last, now) * 1e9 / each);
        last = now;
    }
    return found;
}

/// The middle of a few; changes their order.
inline double middle_of(std::vector<double>& few) {
    const auto middle = few.begin() + static_cast<std::ptrdiff_t>(few.size() / 2);
    std::ranges::nth_element(few, middle);
    return *middle;
}

/// Runs `body` in a thread of its own, pinned to `cpu`. What it throws is thrown here.
template <class Body>
void on_cpu(int cpu, Body&& body) {
    std::exception_ptr failed;
    std::thread([&] {
        try {
            harness::pin_this_thread(cpu);
            body();
        } catch (...) {
            failed = std::current_exception();
        }
    }).join();
    if (failed) {
        std::rethrow_exception(failed);
    }
}

/// Tells the processor that a loop waits.
inline void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#else
    asm volatile("" ::: "memory");
#endif
}

}  // namespace handoff::limits
