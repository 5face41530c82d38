// Who else used the machine while a trial ran.
#pragma once

namespace handoff::harness {

/// Processor seconds since boot, machine-wide, in the kernel's ticks (10 ms as a rule).
struct machine_use {
    double busy_seconds = 0;    ///< of anybody
    double steal_seconds = 0;   ///< that the hypervisor gave to others
    static machine_use read();  ///< /proc/stat; zeros where it cannot be read
    static double tick_seconds();
};

/// Processor seconds of this process so far: its own work is nobody's disturbance.
double own_cpu_seconds();

/// What the machine did around one trial.
struct surroundings {
    double wall_seconds = 0;
    double foreign_seconds = 0;  ///< busy, and neither the trial nor this command; below 0 where ticks hide it
    double steal_seconds = 0;
};

/// Whether others used more than `limit` of the wall time of a pair's two trials. Ticks are coarse against a
/// trial of some 30 ms: two of them (one at each end) are granted before anything is called a disturbance.
bool disturbed(const surroundings& one, const surroundings& other, double limit);

}  // namespace handoff::harness
