// What is asked for: axis values from flags or from a sweep file, through one parser.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "point.hpp"
#include "requested_value.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

/// A product of axis values. An empty list means "all that is offered" for workloads and implementations, and
/// the candidate's own default for an axis that is absent.
struct block {
    std::string place;
    std::vector<requested_value> families;
    std::vector<requested_value> workloads;
    std::vector<requested_value> impls;
    std::map<std::string, std::vector<requested_value>> axes;
    /// What the gate allows its points: 1.05 is 5% slower.
    std::optional<double> max_slowdown = std::nullopt;
    /// What the gate compares of its points instead of their own measure; empty: that.
    std::string measure = {};
    /// False: points with more threads than CPUs are left out, so that one file serves machines of every size.
    /// True: not even those are left out whose trials then stall (`candidate::stalls_crowded`).
    std::optional<bool> oversubscribed = std::nullopt;
};

/// A ratio that a sweep states and the runner reports: of real times, within each repetition.
struct ratio_request {
    std::string label;
    std::string numerator;  ///< point names
    std::string denominator;
    std::optional<double> at_most;  ///< exceeded only when the whole interval of the median lies above
};

struct sweep {
    std::string name;
    std::string file;
    unsigned repetitions = 1;
    double min_time_seconds = 0.05;      ///< of a trial's measured window, at least
    double timeout_seconds = 30;         ///< of a trial, all in all
    unsigned retry_contaminated = 0;     ///< at most so many more trials of a point, in place of flagged ones
    unsigned retry_budget_percent = 10;  ///< and of the whole run, of its planned trials
    std::vector<block> blocks;
    std::vector<ratio_request> ratios;
};

/// Reads a sweep file. Throws usage_error.
sweep read_sweep(const std::string& path);

/// Where a sweep file can be read once more, and by children: what comes through a pipe (`<(...)`) is kept in
/// memory. Of a regular file its own path.
std::string readable_again(const std::string& path);

/// A block of a sweep file as the text of a sweep file of its own, without what only the gate reads: a binary
/// that is older than one of these keys refuses it.
struct block_file {
    std::string text;
    std::vector<std::string> by_impl;  ///< the same for each implementation of a block that lists several
};

/// All blocks, in their order, of a file that `read_sweep` accepts.
std::vector<block_file> files_of_blocks(const std::string& path);

/// Adds one flag's comma-separated values to a block: name without dashes. False: not an axis, `workload` or
/// `impl`.
bool add_flag(block& into, std::string_view name, std::string_view values);

}  // namespace handoff::harness
