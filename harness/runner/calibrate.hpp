// The machine's limits within a run: when bench_limits is called, and what the journal says of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "calibration.hpp"

namespace handoff::harness {

/// Most calibrations of a run, resumed or not, those that went wrong among them: those planned, and those that
/// are made when the run is over because the state that counts lacks kernels.
inline constexpr std::size_t most_planned_calibrations = 12;
inline constexpr std::size_t most_calibrations = 20;

struct calibration_plan {
    double seconds;                  ///< of each, all kernels together
    double budget;                   ///< seconds of all of them, and once more of what the end of the run adds
    std::vector<unsigned> before;    ///< rounds, ascending from 0
    bool due(unsigned round) const;  ///< before its first trial
};

/// A twentieth of the time that the run is expected to take, in calibrations of a quarter of a second to one,
/// evenly over the rounds: at least the one that it begins with. Many short ones rather than few long ones:
/// each of their kernels belongs to the machine state that it met.
calibration_plan plan_calibrations(double run_seconds, unsigned rounds);

/// Calls bench_limits. The line says how it ended: `calibration` is what it measured, or null beside a
/// `reason`. Nothing where the user interrupted it.
std::optional<calibration_line> calibrate(const std::string& binary, double seconds, std::size_t before_trial);

/// What a futex wake takes by the calibration that the run began with, in nanoseconds: one value for all its
/// trials, so that equal spin budgets are equal. Nothing where that went wrong, whatever came later.
std::optional<std::uint64_t> wake_ns(const std::vector<calibration_line>& calibrations);

}  // namespace handoff::harness
