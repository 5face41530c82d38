// From a run's calibrations and its points' formulas to limits: no clock, no process, only what the journal
// holds.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "result_file.hpp"

namespace handoff::harness {

/// A result is called above its limit when it beats even the fastest batch of the kernel by this factor. The
/// fastest batch, and not the median, because a kernel may have met a slow moment and the trial a fast one:
/// clock frequency and what neighbours do to a shared core move both by some ten percent.
inline constexpr double above_limit = 1.1;

/// A limit in nanoseconds.
struct resolved_limit {
    double ns;           ///< by the kernels' medians
    double least_ns;     ///< by their fastest batches
    std::string kernel;  ///< of the term that binds
};

/// The CPUs between which calibrations were probed; nothing where there is no pair.
std::optional<std::pair<int, int>> calibrated_pair(const std::vector<calibration_line>& calibrations);

class limits_of_run {
public:
    /// `states`: those of the run's trials between the CPUs of `calibrated_pair`.
    limits_of_run(const std::vector<calibration_line>& calibrations, const std::vector<machine_state>& states);

    /// The largest of the terms, by the kernels that were measured in that machine state. Nothing where there
    /// are no terms, or a kernel has no value in that state.
    std::optional<resolved_limit> resolve(const std::vector<limit_term>& terms, const std::string& state) const;

    /// Sets the limit of a row, and its share of what was measured. A row that was probed between other CPUs
    /// than the calibrations gets none: what those can do is not known.
    void put_beside(result_row& row, const listed_point& listed) const;

    /// Points whose counted trials are above their limit, in the median.
    std::vector<above_limit_point> above(const result_file& results) const;

    /// run.limits. `note`: why there is no calibration, empty where there was no reason for that.
    limits_seen seen(const std::string& note) const;

private:
    std::optional<std::pair<int, int>> pair_;
    std::vector<used_calibration> calibrations_;
    std::map<std::string, std::map<std::string, state_kernel>> kernels_;  ///< state, kernel
};

/// The machine state whose trials count, where some of these have no limit because no calibration met that
/// state with a kernel that they need: it takes another calibration. Nothing where none can help.
std::optional<machine_state> state_without_limits(const result_file& results);

/// What the limits said, for the terminal: which states have none, and every result that is above its own.
std::string limit_report(const result_file& results);

/// What bench_limits measured, for people: one calibration without what a run adds to it.
std::string calibration_table(const calibration& made);

/// `31% of limit`, `0.4% of limit`.
std::string share_text(double share);

}  // namespace handoff::harness
