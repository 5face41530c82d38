// A clock that is cheap enough for a measured loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "clock.hpp"

namespace handoff::harness {

/// Nanoseconds since some moment of this process, from the processor's time stamp counter where that can be
/// trusted, else from the steady clock. A reading of the counter needs no call, and
/// nothing of the kernel's.
///
/// The counter is trusted where the processor says that it always runs at one rate (CPUID: invariant), where
/// the kernel itself keeps time by it, where its rate against the steady clock is the same twice in a row, and
/// where the two clocks tell the same time on each of the CPUs asked about.
///
/// A copy of it is a local of the loop, and its numbers are in registers.
///
/// The compiler's builtins are what <x86intrin.h> calls: with the instructions of a newer processor that header
/// takes as long to read as the standard library's, in each unit of a queue.
class tick_clock {
public:
    /// The clock for threads on these CPUs; -1: wherever they are.
    static tick_clock for_cpus(std::span<const int> cpus);

    std::int64_t now() const noexcept {
#if defined(__x86_64__)
        if (is_counter_) {
            // After all loads before it: a reading that overtakes the load of an item is too early by a line's
            // way from CPU to CPU.
            __builtin_ia32_lfence();
            return ns_of(__builtin_ia32_rdtsc());
        }
#endif
        return std::chrono::nanoseconds(clock::now().time_since_epoch()).count();
    }

    /// As `now`, without the wait for the loads before it: some instructions early, at a part of the cost. For
    /// loops that only wait for a time to come.
    std::int64_t about_now() const noexcept {
#if defined(__x86_64__)
        if (is_counter_) {
            return ns_of(__builtin_ia32_rdtsc());
        }
#endif
        return std::chrono::nanoseconds(clock::now().time_since_epoch()).count();
    }

    bool is_counter() const noexcept { return is_counter_; }
    /// Whether it still tells the steady clock's time, by what the rate may be wrong.
    bool holds() const noexcept;
    /// What one reading costs, in nanoseconds: the median of batches.
    double cost_ns() const noexcept;

private:
    /// The counter and the steady clock at the same time.
    struct sighting {
        std::uint64_t ticks;
        std::int64_t ns;
        std::int64_t within_ns;  ///< of each other
    };
    static sighting sight() noexcept;
    static tick_clock calibrated();

    std::int64_t ns_of(std::uint64_t ticks) const noexcept {
        __extension__ typedef __int128 wide;  // NOLINT(modernize-use-using): no alias may be an extension
        const auto since = static_cast<wide>(static_cast<std::int64_t>(ticks - base_));
        return static_cast<std::int64_t>(since * static_cast<std::int64_t>(ns_per_tick_) >> 32) + base_ns_;
    }
    bool agrees(const sighting& s) const noexcept;

    bool is_counter_ = false;
    std::uint64_t base_ = 0;
    std::int64_t base_ns_ = 0;       ///< at `base_`, on the steady clock
    std::uint64_t ns_per_tick_ = 0;  ///< times 2^32
};

}  // namespace handoff::harness
