// Computation of a known length: what a thread does between two operations or inside a critical section.
#pragma once

#include <cstdint>

namespace handoff::harness {

/// The steps of `spend` that take `nanoseconds` here. Measured once per process: the fastest of several
/// batches, so that an interruption does not make all work shorter.
std::uint64_t steps_for(double nanoseconds);

/// Touches no memory and makes no system call. 0 steps cost nothing but a comparison.
inline void spend(std::uint64_t steps) noexcept {
    for (std::uint64_t i = 0; i < steps; ++i) {
        asm volatile("" : "+r"(i));  // each step waits for the one before and none is left out
    }
}

}  // namespace handoff::harness
