// What one trial measured, as it passes from its process to the runner and into journals and results.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "course.hpp"
#include "latency.hpp"
#include "listing.hpp"

namespace handoff::harness {

/// The one-way line transfer just before and just after something, between two CPUs.
struct transfer_probe {
    double before_ns = 0;
    double after_ns = 0;
    std::pair<int, int> cpus{0, 0};

    double middle_ns() const { return (before_ns + after_ns) / 2; }
    bool operator==(const transfer_probe&) const = default;
};

/// What one thread did in a trial.
struct measured_thread {
    std::string role;
    std::optional<int> cpu;  ///< pinned to
    std::uint64_t items = 0;
    double start_seconds = 0;
    double end_seconds = 0;
    double cpu_seconds = 0;
    double run_delay_seconds = 0;
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;
    // Of threads of the team only.
    std::optional<double> cpu_user_seconds;
    std::optional<double> cpu_system_seconds;
    std::optional<std::uint64_t> minor_faults;
    std::optional<std::uint64_t> major_faults;
    std::optional<std::uint64_t> migrations;
};

/// The process's costs in the trial's window. What the machine cannot tell is absent.
struct trial_costs {
    std::optional<double> cpu_user_ns;  ///< per item, as the next
    std::optional<double> cpu_system_ns;
    std::optional<std::uint64_t> minor_faults;
    std::optional<std::uint64_t> major_faults;
    std::optional<std::uint64_t> migrations;
    std::optional<double> allocations_per_item;
    std::optional<double> allocated_bytes_per_item;
    std::optional<std::uint64_t> peak_memory_bytes;
    std::optional<std::uint64_t> memory_growth_bytes;
    std::optional<double> system_calls_per_item;
    std::optional<std::map<std::string, double>> counters;  ///< hardware events per item
};

/// One trial's measurement. A trial that failed its check has `reason` and carries no number; a number that the
/// trial did not state is NaN.
struct measured_trial {
    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

    listed_point listed;
    std::uint64_t seed = 0;
    std::string status;  ///< `ok` or `invalid`
    std::string reason;
    std::string check;           ///< `light` or `full`; empty where the workload has one kind only
    std::optional<double> rate;  ///< that a paced point was offered, items per second
    std::uint64_t items = 0;
    double real_time_ns = unknown;    ///< wall time per item
    double cpu_time_ns = unknown;     ///< of the process, per item
    double thread_time_ns = unknown;  ///< of one thread, per item
    double window_seconds = unknown;
    std::optional<double> asked_seconds;  ///< that the window was to fill; none where a number was asked for
    double overlap = 1;
    std::optional<transfer_probe> probe;  ///< none on a machine with one CPU
    double run_delay_seconds = 0;
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;
    std::vector<measured_thread> team;
    std::map<std::string, double> fairness;  ///< role -> Jain's index
    std::map<std::string, double> metrics;   ///< what else the workload observed
    std::optional<std::uint64_t> actual_capacity;
    std::optional<harness::latency> latency;
    harness::course course;  ///< of workloads that go on for long, or change on the way
    trial_costs costs;
};

}  // namespace handoff::harness
