// A result file: Google Benchmark's context and rows, and `run`, which says what was planned and what was seen.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "calibration.hpp"
#include "journal_lines.hpp"
#include "measures.hpp"

namespace handoff::harness {

/// The schema of the files that this version writes (results/schema.json). Schema 1 is read, too.
inline constexpr int result_schema = 2;

/// One trial that passed its check.
struct result_row {
    trial_line trial;  ///< with its measurement
    std::size_t point_index = 0;
    unsigned repetitions = 1;
    bool counted = false;
    std::vector<std::string> flags;
    std::string state;
    std::optional<std::string> level;          ///< of a bounded queue: near_empty, near_full, balanced
    std::optional<double> items_per_transfer;  ///< of a stream from CPU to CPU
    std::optional<double> limit_ns;
    std::optional<double> limit_share;
    std::string limit_by;  ///< the kernel that binds

    const measured_trial& measured() const { return *trial.measurement; }
    const std::string& name() const { return measured().listed.name; }
    double items_per_second() const { return 1e9 / measured().real_time_ns; }
};

/// One of the two groups into which the counted trials of a bimodal point fall, by their cost.
struct trial_mode {
    double median = 0;
    double low = 0;
    double high = 0;
    std::size_t trials = 0;
};

/// One of the two modes of a point's latencies, in nanoseconds.
struct latency_mode {
    double median = 0;
    double low = 0;
    double high = 0;
    double share = 0;  ///< of all samples
};

/// The values of some trials of a point, in what it is ranked by. Infinite where trials were saturated.
struct ranked_spread {
    double median = 0;
    double lowest = 0;
    double highest = 0;
    std::size_t trials = 0;
};

/// The trials of a point that failed, of all that ended.
struct failed_trials {
    std::size_t trials = 0;
    std::size_t invalid = 0;
    std::size_t timeout = 0;
    std::size_t crashed = 0;
    std::string reason;  ///< of the first that shows a fault; else of the first
};

/// A point of the sweep, with or without rows.
struct result_point {
    listed_point listed;
    std::size_t trials_ok = 0;
    std::size_t trials_counted = 0;
    /// Some trial of it showed a fault: none of its trials counts, whatever the others said.
    bool caught = false;
    std::optional<failed_trials> failed;
    std::size_t saturated = 0;  ///< of the trials that count
    std::optional<ranked_spread> ranked;
    /// The same with the flagged trials of the machine state that counts; only where there are some.
    std::optional<ranked_spread> ranked_with_flagged;
    std::string full_check;  ///< `passed`, `failed` or `pending`; empty where its trials have one kind of check
    std::optional<merged_latency> latency;
    std::vector<trial_mode> humps;            ///< two or none
    std::vector<latency_mode> latency_humps;  ///< two or none
};

/// A machine state: trials whose line-transfer probes lie together.
struct machine_state {
    std::string label;
    double least_ns = 0;
    double greatest_ns = 0;
    std::size_t trials = 0;
};

struct state_seen {
    machine_state state;
    bool counted = false;
    std::optional<std::pair<int, int>> cpus;  ///< where several pairs of CPUs were probed
};

struct ratio_result {
    ratio_request asked;
    std::vector<double> pairs;
    std::string verdict;
    std::optional<double> median;
    std::optional<double> low;
    std::optional<double> high;
    std::optional<double> confidence;
};

/// A value with its interval; an infinite `high` means no upper limit.
struct estimate {
    double value = 0;
    double low = 0;
    double high = 0;
};

struct curve_point {
    double threads = 0;
    estimate rate;
    bool prediction = false;  ///< beyond what was measured
};

/// The fitted law of a series.
struct scaling_law {
    estimate lambda;
    estimate sigma;
    estimate kappa;
    double confidence = 0;
    double relative_rms = 0;
    std::size_t thread_counts = 0;
    std::size_t trials = 0;
    double most_threads = 0;
    std::vector<curve_point> curve;
    std::optional<estimate> peak;
    bool peak_is_prediction = false;
};

/// Points that differ in the number of threads only.
struct scaling_series {
    std::string name;
    std::string axis;                                         ///< `threads`, `workers` or `producers+consumers`
    harness::point shared;                                    ///< the axes that all of them have alike
    std::vector<std::pair<std::size_t, std::string>> points;  ///< threads, name
    std::string verdict;
    std::string reason;
    std::optional<double> relative_rms;
    std::optional<scaling_law> fit;
};

/// A kernel over the calibrations of one machine state.
struct state_kernel {
    double median = 0;
    double low = 0;
    double high = 0;
    double least = 0;
    std::size_t calibrations = 0;
};

/// A calibration, and whether its kernels are used.
struct used_calibration {
    calibration_line line;
    std::string state;
    bool used = false;
};

struct limits_seen {
    std::string note;  ///< why there is no calibration
    double above_at = 0;
    std::map<std::string, std::map<std::string, state_kernel>> kernels;  ///< state -> kernel
    std::vector<used_calibration> calibrations;
};

/// A point whose counted trials beat its limit: a bug in one of the two.
struct above_limit_point {
    std::string name;
    double time_ns = 0;
    std::size_t trials = 0;
    double limit_ns = 0;
    double least_limit_ns = 0;
    std::string limit_by;
    double share = 0;
    double least_share = 0;
};

/// An implementation of which some trial showed a fault: its other numbers stand under that mark.
struct caught_implementation {
    std::string family;
    std::string impl;
    std::vector<std::string> points;
    std::string reason;  ///< how many trials of the first of them failed, and how
};

struct retry_counts {
    std::size_t budget = 0;
    std::size_t made = 0;
    std::size_t cured = 0;
};

struct run_record {
    std::string id;
    bool complete = false;
    sweep_settings sweep;
    std::uint64_t seed = 0;
    std::size_t trials_planned = 0;
    std::size_t trials_done = 0;
    retry_counts retries;
    std::map<std::string, double> flag_limits;
    std::vector<state_seen> states;
    std::vector<std::string> implementations;
    std::vector<result_point> points;
    std::vector<trial_line> failed;
    std::vector<caught_implementation> caught;
    std::vector<harness::left_out> left_out;
    std::vector<not_built_impl> not_built;
    std::vector<adapted_impl> adapted;  ///< of the implementations of the points
    std::vector<tested_impl> tested;    ///< the implementations of the points; empty: it was not said
    std::vector<ratio_result> ratios;
    std::vector<scaling_series> scaling;
    double measured_seconds = 0;
    double wall_seconds = 0;
    std::optional<limits_seen> limits;
    std::vector<above_limit_point> above_limit;
};

struct result_file {
    environment context;
    std::vector<result_row> rows;  ///< by point and repetition
    run_record run;

    /// The rows whose trials count, by point.
    std::map<std::string, std::vector<const result_row*>> counted_rows() const;
};

/// One row per point, for trackers of benchmark histories.
struct summary_row {
    std::string name;
    std::size_t threads = 0;
    std::uint64_t iterations = 0;
    double real_time = 0;
    double cpu_time = 0;
    std::size_t trials_counted = 0;
    std::size_t saturated = 0;              ///< of these
    std::map<std::string, double> latency;  ///< `p50` ... -> ns; what is infinite is not in it
    std::string caught;                     ///< where its implementation showed a fault elsewhere: how
};

struct summary_file {
    environment context;
    std::vector<summary_row> rows;
    std::vector<std::string> without_a_counted_trial;
    std::map<std::string, std::string> caught;  ///< points with a trial that showed a fault -> how
};

}  // namespace handoff::harness
