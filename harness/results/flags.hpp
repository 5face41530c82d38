// What is wrong with trials that passed their checks, and which machine states a run met: what decides whether
// a trial counts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "journal_lines.hpp"
#include "machine_use.hpp"
#include "result_file.hpp"

namespace handoff::harness {

/// The limits by which a trial is flagged. They stand in every result file.
struct flag_limits {
    static constexpr double least_overlap = 0.8;       ///< below: `low_overlap`
    static constexpr double most_probe_change = 0.15;  ///< relative; above: `contaminated`
    static constexpr double most_run_delay = 0.1;      ///< of the window, by one thread; above: `preempted`
    static constexpr double most_steal = 0.1;  ///< of the trial's life, of one of its CPUs; above: `stolen`
    static constexpr double least_cpu_share = 0.9;   ///< of a lap that never sleeps; below: `off_cpu`
    static constexpr double most_sleeps_per_ms = 1;  ///< of a lap; above, `off_cpu` is not asked of it
    static constexpr double least_window = 0.5;      ///< of what was asked for; below: `short_window`
    static constexpr double state_gap = 1.35;        ///< ratio of neighbouring probes that parts two states
    static constexpr double state_width = 1.6;       ///< most ratio of two probes of one state

    /// All of them by name.
    static std::map<std::string, double> by_name();
};

/// The flags of a measurement that passed its checks. Oversubscribed trials are not flagged as preempted or off
/// their CPUs: there it is the rule.
std::vector<std::string> flags_of(const measured_trial& m);

/// The flags of a trial that is ok: its measurement's, and `stolen`, `throttled`, `starved`.
std::vector<std::string> flags_of_trial(const trial_line& trial);

/// The CPUs that a trial's threads sat on; all that this process may use where one was not pinned.
std::vector<int> cpus_of(const measured_trial& m);

/// What the hypervisor took from a trial, of what was used while it lived (`most_stolen` says of whom).
double stolen_from(const measured_trial& m, const machine_use& use);

/// Whether a trial that failed shows a fault of what it measured: it broke a promise, crashed or hung. Not
/// where nothing was measured: no thread came to run, no rate could be found, the clock was not sound, no
/// thread could be made.
bool shows_fault(const trial_line& failed);

/// Whether the two probes around something are of one machine state. True without a probe.
bool steady(const std::optional<transfer_probe>& probe);

/// Parts probes wherever neighbours in size differ by more than the gap. What is then still wider than a state
/// may be, since a series without gaps leads from one to the other, is parted further: the range of that width
/// with most probes is a state, and what lies below and above it is parted likewise. A state is named by its
/// median: `31 ns`.
std::vector<machine_state> states_of(std::vector<double> probes);

}  // namespace handoff::harness
