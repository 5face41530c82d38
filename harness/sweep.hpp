// What is asked for: axis values from flags or from a sweep file, through one parser, and the legal points
// that they make.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "point.hpp"
#include "registry.hpp"

namespace handoff::harness {

/// Something the user wrote makes no sense. One line: the value, the place, what is legal. Exit code 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Every point that was asked for is one that this machine lacks a place for. Of a block of a sweep that has
/// others it is no refusal.
struct nothing_here : usage_error {
    nothing_here(const std::string& what, std::map<std::string, std::size_t> reasons)
        : usage_error(what), left_out(std::move(reasons)) {}
    std::map<std::string, std::size_t> left_out;  ///< reason, count
};

/// A value as it was written, and where.
struct requested_value {
    std::string text;
    std::string place;  ///< `--capacity` or `sweeps/quick.json: blocks[0].capacity[1]`
};

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
    /// False: points with more threads than CPUs are left out, so that one file serves machines of every size.
    bool oversubscribed = true;
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

/// Adds one flag's comma-separated values to a block: name without dashes. False: not an axis, `workload` or
/// `impl`.
bool add_flag(block& into, std::string_view name, std::string_view values);

/// The block that makes exactly the named point. Throws usage_error.
block block_of_point(std::string_view point_name);

/// A whole number in [least, most] written in digits. Throws usage_error naming `what` and the place.
unsigned long parse_count(std::string_view what, const requested_value& value, unsigned long least,
                          unsigned long most);
/// A positive number of seconds. Throws usage_error.
double parse_seconds(std::string_view what, const requested_value& value);

/// The points of a block and why others of its product are not among them.
struct expansion {
    std::vector<point> points;
    std::map<std::string, std::size_t> left_out;  ///< reason, count
};

/// The legal product, in the order of the registry. Throws usage_error for values that make no sense and for
/// values and implementations that were asked for and make no point at all; a value that only this machine
/// lacks a place for (SMT siblings, CPUs for all threads) is left out while other points are left, and else
/// nothing_here.
expansion expand(const block& asked);

/// The candidate that a point of `expand` belongs to.
const candidate& candidate_of(const point& p);

}  // namespace handoff::harness
