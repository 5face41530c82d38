// What the kernel has counted for a thread, as another thread of the process asks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace handoff::harness {

/// Of a thread since it began.
struct thread_account {
    double cpu_seconds = 0;
    double run_delay_seconds = 0;  ///< runnable and not running; 0 in kernels without schedstats
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;

    /// Of the thread that the kernel knows by this number; nothing when it has ended. Some tens of
    /// microseconds.
    static std::optional<thread_account> of(pid_t thread);
};

}  // namespace handoff::harness
