// Who else used the machine while a trial ran.
#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

namespace handoff::harness {

/// Seconds of a CPU since boot, in the kernel's ticks (10 ms as a rule).
struct cpu_use {
    double busy_seconds = 0;   ///< of anybody
    double steal_seconds = 0;  ///< that the hypervisor gave to others
};

/// The same of all CPUs together, and of each.
struct machine_use : cpu_use {
    std::map<int, cpu_use> cpus;

    static machine_use read();  ///< /proc/stat; zeros where it cannot be read
    /// What /proc/stat says, `tick` seconds at a time. A line that is none is passed over.
    static machine_use parse(std::string_view stat, double tick);
    static double tick_seconds();
};

/// What was used from one reading to a later one.
machine_use between(const machine_use& before, const machine_use& after);

/// All that some of the CPUs did. CPUs of which nothing is known did nothing.
cpu_use sum_of(const machine_use& use, const std::vector<int>& cpus);

/// The most that the hypervisor took from a thread of a team, where it could have been on any of these CPUs:
/// pinned threads have one each, and the one that lost most decides. `roaming`: so many threads may have been
/// on any of them, and those CPUs that lost most are taken for theirs: their mean.
double most_stolen(const machine_use& use, const std::vector<int>& cpus, std::size_t roaming);

/// Processor seconds of this process so far: its own work is nobody's disturbance.
double own_cpu_seconds();

/// What happened around one trial on the CPUs that it sat on.
struct surroundings {
    double wall_seconds = 0;
    double foreign_seconds = 0;  ///< busy, and neither the trial nor this command; below 0 where ticks hide it
    double steal_seconds = 0;
    std::size_t cpus = 2;    ///< that it sat on
    bool throttled = false;  ///< its control group had used up its CPU quota
};

/// Whether others used more than `limit` of the wall time of a pair's two trials; of more than two CPUs, so
/// much of every two. Ticks are coarse against a trial of some 30 ms: two of them (one at each end) are granted
/// before anything is called a disturbance. A trial that was throttled is always disturbed.
bool disturbed(const surroundings& one, const surroundings& other, double limit);

}  // namespace handoff::harness
