// What is wrong with trials that passed their checks, and which machine states a run met: what decides whether
// a trial counts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "journal_lines.hpp"
#include "result_file.hpp"

namespace handoff::harness {

/// The limits by which a trial is flagged. They stand in every result file.
struct flag_limits {
    static constexpr double least_overlap = 0.8;       ///< below: `low_overlap`
    static constexpr double most_probe_change = 0.15;  ///< relative; above: `contaminated`
    static constexpr double most_run_delay = 0.1;      ///< of the window, by one thread; above: `preempted`
    static constexpr double most_steal = 0.1;          ///< of the trial's life, machine-wide; above: `stolen`
    static constexpr double least_cpu_share = 0.9;     ///< of a lap that never sleeps; below: `off_cpu`
    static constexpr double most_sleeps_per_ms = 1;    ///< of a lap; above, `off_cpu` is not asked of it
    static constexpr double least_window = 0.5;        ///< of what was asked for; below: `short_window`
    static constexpr double state_gap = 1.35;          ///< ratio of neighbouring probes that parts two states

    /// All of them by name.
    static std::map<std::string, double> by_name();
};

/// The flags of a measurement that passed its checks. Oversubscribed trials are not flagged as preempted or off
/// their CPUs: there it is the rule.
std::vector<std::string> flags_of(const measured_trial& m);

/// The flags of a trial that is ok: its measurement's, and `stolen`.
std::vector<std::string> flags_of_trial(const trial_line& trial);

/// Whether the two probes around something are of one machine state. True without a probe.
bool steady(const std::optional<transfer_probe>& probe);

/// Parts probes wherever neighbours in size differ by more than the gap. One state is called `steady`; two are
/// `near` and `far`; more are numbered.
std::vector<machine_state> states_of(std::vector<double> probes);

}  // namespace handoff::harness
