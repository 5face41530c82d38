// From finished trials to the result file: flags, states, what counts.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace handoff::harness {

/// The limits by which a trial is flagged. They stand in every result file.
struct flag_limits {
    static constexpr double least_overlap = 0.8;       ///< below: `low_overlap`
    static constexpr double most_probe_change = 0.15;  ///< relative; above: `contaminated`
    static constexpr double most_run_delay = 0.1;      ///< of the window, by one thread; above: `preempted`
    static constexpr double most_steal = 0.1;          ///< of the trial's life, machine-wide; above: `stolen`
    static constexpr double least_cpu_share =
        0.9;  ///< of a thread's lap, where it never sleeps; below: `off_cpu`
    static constexpr double most_sleeps_per_ms = 1;  ///< of a thread's lap; above, `off_cpu` is not asked of it
    static constexpr double state_gap = 1.35;        ///< ratio of neighbouring probes that parts two states
};

/// What is wrong with a measurement that passed its checks: words from flag_limits (`stolen` is added from the
/// trial). Oversubscribed trials are not flagged as preempted or off their CPUs: there it is the rule.
std::vector<std::string> flags_of(const nlohmann::json& measurement);

/// What is wrong with a trial of the journal that is ok: its measurement's flags, and `stolen`.
std::vector<std::string> flags_of_trial(const nlohmann::json& trial);

/// A machine state: trials whose line-transfer probes lie together.
struct machine_state {
    std::string label;
    double least_ns;
    double greatest_ns;
    std::size_t trials;
};

/// Parts probes wherever neighbours in size differ by more than the gap. One state is called `steady`; two are
/// `near` and `far`; more are numbered.
std::vector<machine_state> states_of(std::vector<double> probes);

/// The result file (results/schema.json). `header` is the journal's, `trials` and `calibrations` its lines.
/// Rows are ordered by point and repetition; failed trials stand under run.failed and nowhere else. Whatever a
/// finished run can say of an unfinished one is said: run.complete is false.
nlohmann::json make_results(const nlohmann::json& header, const std::vector<nlohmann::json>& trials,
                            const std::vector<nlohmann::json>& calibrations = {});

/// A short ranking for the terminal: per workload and shape, equals among equals, best choices of each.
std::string ranking(const nlohmann::json& results);

/// The sweep's ratios as lines for the terminal; empty where it asked for none.
std::string ratio_report(const nlohmann::json& results);

}  // namespace handoff::harness
