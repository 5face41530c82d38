// What the kernel counts for a thread and for the process, without asking for permission.
#pragma once

#include <cstdint>
#include <optional>

namespace handoff::harness {

/// What a thread has cost. The kernel tells user from system time by where its tick (1 to 10 ms) finds the
/// thread, and scales both to the exact sum: over a short trial the parts are rough, the sum is not.
struct thread_costs {
    double user_seconds = 0;
    double system_seconds = 0;
    std::uint64_t minor_faults = 0;           ///< pages that were given or mapped without waiting
    std::uint64_t major_faults = 0;           ///< pages that were read from a file
    std::optional<std::uint64_t> migrations;  ///< from CPU to CPU; nothing in kernels that do not say
};

/// What the kernel has counted for the calling thread so far.
struct thread_usage {
    double cpu_seconds = 0;
    double run_delay_seconds = 0;  ///< 0 in kernels without schedstats
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;
    thread_costs costs;

    /// Fills in what costs a fraction of a microsecond: times, switches, faults.
    void read_counts();
    /// Fills in what is read from files, tens of microseconds: run delay and migrations. Allocates nothing.
    void read_files();
};

/// What the kernel has counted for the process so far.
struct process_usage {
    double user_seconds = 0;
    double system_seconds = 0;
    std::uint64_t minor_faults = 0;
    std::uint64_t major_faults = 0;

    static process_usage now();
};

/// Memory of the process that is in RAM, in bytes. The kernel keeps it by CPU: right to some 100 KB.
struct resident_memory {
    std::uint64_t now = 0;
    std::uint64_t peak = 0;  ///< since the process began, or since the peak was forgotten

    /// Nothing where /proc does not say.
    static std::optional<resident_memory> read();
    /// Makes the peak what there is now. False where the kernel does not let us.
    static bool forget_peak();
};

}  // namespace handoff::harness
