// The lines of a run's journal: its header, and a line for each trial. (Calibrations have lines of their own.)
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "environment.hpp"
#include "listing.hpp"
#include "measured_trial.hpp"
#include "sweep.hpp"

namespace handoff::harness {

/// The journals that this version writes and reads. Others are refused.
inline constexpr int journal_version = 2;

/// What a run keeps of its sweep file, after the flags that change it.
struct sweep_settings {
    std::string name;
    std::string file;
    unsigned repetitions = 1;
    double min_time_seconds = 0.05;
    double timeout_seconds = 30;
    unsigned retry_contaminated = 0;    ///< most retries of a point
    unsigned retry_budget_percent = 0;  ///< most retries of the run, of its planned trials
};

/// Where a run's limits come from.
struct limits_source {
    std::string binary;  ///< bench_limits; empty: there is none
    std::string absent;  ///< why
};

/// Tests of an implementation that all passed, in one kind of build.
struct passed_tests {
    std::string build;  ///< `release`, `asan-ubsan` or `tsan`
    std::size_t tests = 0;
    std::string commit;
    std::string date;
};

/// The tests that an implementation, as its source is now, has passed. None: nobody vouches for it.
struct tested_impl {
    std::string impl;
    std::vector<passed_tests> passed;
};

/// What `./check` leaves behind (cmake/tested.py), for the runs after it.
struct tests_file {
    std::vector<tested_impl> tested;
};

/// The first line: what the run will do, and with what.
struct run_header {
    int version = journal_version;
    std::string id;
    environment context;
    sweep_settings sweep;
    std::uint64_t seed = 0;
    std::size_t trials = 0;  ///< planned
    std::vector<listed_point> points;
    std::vector<harness::left_out> left_out;
    std::vector<not_built_impl> not_built;
    std::vector<adapted_impl> adapted;  ///< of the implementations of the points
    std::vector<tested_impl> tested;    ///< empty: it was not said
    std::vector<std::string> implementations;
    std::vector<ratio_request> ratios;
    std::optional<limits_source> limits;
    std::map<std::string, std::string> binaries;  ///< file -> fingerprint
};

/// How a trial's process ended.
enum class trial_status { ok, invalid, timeout, crashed, interrupted };
const char* word(trial_status s);

/// One trial.
struct trial_line {
    std::string point;
    unsigned repetition = 0;
    std::uint64_t seed = 0;
    std::string command;               ///< that runs it again
    std::optional<unsigned> retry_of;  ///< the repetition that was flagged
    std::string check;                 ///< `light` or `full`; empty where the workload has one kind only
    double trial_wall_seconds = 0;     ///< life of the process
    std::uint64_t steal_ticks = 0;     ///< in it, of the whole machine
    /// In it, of the CPU that lost most among those that the trial sat on; journals from before that have none.
    std::optional<double> seat_steal_seconds;
    /// In it, how often its control group was held back because the CPU quota was used up; none: nobody counts.
    std::optional<std::uint64_t> throttled_periods;
    trial_status status = trial_status::ok;
    unsigned starved =
        0;               ///< so often was it run before, and nothing was done in its time: others had the CPUs
    std::string reason;  ///< why it is not ok
    std::optional<std::uint64_t> rate;          ///< that a paced point was offered
    std::optional<measured_trial> measurement;  ///< of a trial that is ok

    bool ok() const { return status == trial_status::ok && measurement.has_value(); }
    /// It is no repetition: it vouches for those that check lightly.
    bool vouches() const { return check == word(check_kind::full); }
    double steal_seconds() const;  ///< the same in seconds
};

}  // namespace handoff::harness
