// Where the gate's pairs come from: what is compared, and how one side of a pair is measured. The gate and its
// engine know nothing else of builds, programs and commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "gate_record.hpp"
#include "machine_use.hpp"

namespace handoff::harness {

/// One trial of one side, and the command that runs it again.
struct side_trial {
    gate_trial seen;
    std::string command;
    std::size_t cpus = 2;  ///< that it sat on

    bool ok() const { return seen.ok(); }
    /// A saturated trial is worse than any number: infinite.
    double value() const { return seen.value.value_or(std::numeric_limits<double>::infinity()); }
    surroundings around() const {
        return {seen.wall_seconds, seen.foreign_seconds, seen.steal_seconds, cpus, seen.throttled_periods > 0};
    }
};

/// "crashed: signal 11 (Segmentation fault)"
std::string what_became_of(const side_trial& t);

/// A point that is asked for, and which sides have it.
struct gated_point {
    std::string name;
    std::string family;
    double max_slowdown = 1;
    std::string measure;
    std::string unit;
    bool in_base = false;
    bool in_candidate = false;
    bool has_one_thread = false;  ///< it does not depend on how long a line takes from core to core
};

/// Why there are no pairs of a point.
struct no_pairs {
    finding as = finding::broken;  ///< `failed`, `broken`; or `inconclusive`: the user interrupted
    std::string reason;
    std::optional<gate_failure> failure;

    bool is_interrupt() const { return as == finding::inconclusive; }
};

class pair_source {
public:
    pair_source() = default;
    virtual ~pair_source() = default;
    pair_source(const pair_source&) = delete;
    pair_source& operator=(const pair_source&) = delete;

    virtual const std::vector<gated_point>& points() const = 0;
    /// Fills in what is compared and how.
    virtual void describe(gate_setup& setup) const = 0;
    /// From here on nothing that was measured before is known.
    virtual void begin_suite(std::uint64_t seed) = 0;
    /// Before the first pair of a point: what both sides need. If something is returned, no pair follows.
    virtual std::optional<no_pairs> prepare(std::size_t /*point*/) { return std::nullopt; }
    /// Before each pair. The answer: from which seed both sides were linked again for it; none: they were not.
    virtual std::optional<std::uint64_t> begin_pair(std::size_t /*point*/, bool /*is_confirming*/) {
        return std::nullopt;
    }
    /// One trial of one side.
    virtual side_trial measure(std::size_t point, bool is_base, std::uint64_t seed) = 0;
    /// What both sides were offered, if anything.
    virtual std::optional<std::uint64_t> rate(std::size_t /*point*/) const { return std::nullopt; }
    /// Whether confirming pairs are of binaries that are linked again.
    virtual bool is_linked_again(std::size_t /*point*/) const { return false; }
    /// What a regression of this point may be instead, in words; empty: nothing that is known.
    virtual std::string doubt(std::size_t /*point*/) const { return ""; }
};

/// Which points are asked for: those that match a filter, if there is one, and no exception.
class point_choice {
public:
    /// Throws usage_error for what is no regular expression.
    point_choice(const std::vector<std::string>& filters, const std::vector<std::string>& exceptions);

    bool takes(const std::string& name) const;
    /// Throws usage_error if points were offered and none was taken. `where_they_are`: how the user finds
    /// names.
    void check_any(std::size_t offered, std::size_t taken, const std::string& where_they_are) const;

private:
    std::vector<std::regex> filters_;
    std::vector<std::regex> exceptions_;
    std::string first_;  ///< as the user wrote it, with its flag
};

}  // namespace handoff::harness
