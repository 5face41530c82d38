// What the gate says: its result file, the lines of its log, and the file of its self-test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "environment.hpp"
#include "foreign_rows.hpp"
#include "journal_lines.hpp"
#include "listing.hpp"

namespace handoff::harness {

/// What the gate says of a point.
enum class finding {
    regressed,     ///< slower, seen in the screening and again, with controlled error, in fresh pairs
    improved,      ///< the mirror image
    unchanged,     ///< proven: the median slowdown lies below max_slowdown
    no_evidence,   ///< the screening saw nothing; no proof of anything
    inconclusive,  ///< neither
    failed,        ///< the candidate's trial was invalid, crashed or hung
    broken,        ///< the base's was: there is nothing to compare with
    missing,       ///< the candidate does not have the point
    added,         ///< the base does not have it
};
const char* word(finding f);

/// One of the two builds.
struct gate_side {
    std::string folder;
    std::optional<std::string> ref;     ///< of the base: the git ref that was built; empty: a folder was named
    std::optional<stated_build> build;  ///< none: it does not say

    bool operator==(const gate_side&) const = default;
};

/// The rules of a run, as files state them.
struct stated_rules {
    double change_error = 0;
    double proof_error = 0;
    std::size_t least_screening = 0;
    std::size_t most_screening = 0;
    std::size_t most_confirming = 0;
    std::size_t most_pairs = 0;
    double reported_share = 0;
    bool require_proof = false;
    bool allow_missing = false;
    bool fail_on_undecided = false;     ///< that all points are inconclusive shuts the gate
    bool fail_on_inconclusive = false;  ///< that any point is
    std::string relink;                 ///< which pairs are of fresh links: `confirming`, `all` or `none`
    std::optional<double> budget_seconds;
    double min_time_seconds = 0;
    double most_disturbance = 0;
    double most_probe_change = 0;

    bool operator==(const stated_rules&) const = default;
};

/// What is known before the first pair.
struct gate_setup {
    std::string date;
    environment context;
    gate_side base;
    gate_side candidate;
    std::vector<std::string> differences;  ///< between the two builds, in words; empty: comparable
    std::string sweep_name;
    std::string sweep_file;
    std::uint64_t seed = 0;
    stated_rules rules;
};

/// The first line of the gate's log; the others are pairs.
struct gate_log_header {
    gate_setup setup;
};

/// How many pairs of a point there were.
struct gate_pair_counts {
    std::size_t screening = 0;
    std::size_t confirming = 0;
    std::size_t proving = 0;
    std::map<std::string, std::size_t> replaced;  ///< reason -> pairs

    bool operator==(const gate_pair_counts&) const = default;
};

/// Ratios candidate / base, 1.05 is 5% slower. A ratio that has no finite value is none.
struct gate_slowdown {
    std::optional<double> median;
    std::optional<double> low;  ///< 95% interval of the median
    std::optional<double> high;
    std::optional<double> at_most;    ///< upper 95% bound of the median of all pairs
    std::optional<double> could_see;  ///< the smallest slowdown that would have been found 4 times in 5

    bool operator==(const gate_slowdown&) const = default;
};

/// What the pairs of a point come to.
struct gate_standing {
    bool suspect = false;
    gate_pair_counts pairs;
    gate_slowdown slowdown;
    std::optional<double> p;
    std::optional<double> base_median;  ///< none: no pair counts, or half of the trials were saturated
    std::optional<double> candidate_median;
    double seconds = 0;
    std::optional<std::uint64_t> rate;  ///< of a paced point: what both sides were offered

    bool operator==(const gate_standing&) const = default;
};

struct gate_point {
    std::string name;
    std::string family;
    double max_slowdown = 1;
    std::string measure;
    std::string unit;
    finding found = finding::inconclusive;
    std::string reason;                     ///< in words; may be empty
    std::optional<gate_standing> standing;  ///< none: only one side has the point

    bool operator==(const gate_point&) const = default;
};

/// One trial of one side.
struct gate_trial {
    trial_status status = trial_status::ok;
    std::string reason;           ///< why it is not ok
    std::optional<double> value;  ///< of the point's measure; none: saturated
    std::uint64_t items = 0;
    std::vector<std::string> flags;
    std::optional<double> probe_ns;
    double wall_seconds = 0;
    double cpu_seconds = 0;
    double foreign_seconds = 0;
    double steal_seconds = 0;
    std::uint64_t throttled_periods =
        0;  ///< in which its control group was held back: the CPU quota was used up

    bool ok() const { return status == trial_status::ok; }
    bool operator==(const gate_trial&) const = default;
};

struct gate_pair {
    std::string point;
    bool base_first = true;
    std::uint64_t seed = 0;
    gate_trial base;
    gate_trial candidate;
    std::optional<double> d;  ///< ln(candidate / base) of a pair that counts; none where it is not finite
    std::string replaced;     ///< why the pair does not count; empty: it does
    std::optional<std::uint64_t> link =
        std::nullopt;  ///< of both sides' fresh links; none: the builds' own binaries

    bool operator==(const gate_pair&) const = default;
};

/// A trial that was not ok, and the command that runs it again.
struct gate_failure {
    std::string point;
    std::string side;  ///< `base` or `candidate`
    trial_status status = trial_status::invalid;
    std::string reason;
    std::string command;

    bool operator==(const gate_failure&) const = default;
};

/// results/gate.schema.json
struct gate_result {
    gate_setup setup;
    bool complete = false;
    double wall_seconds = 0;
    std::vector<gate_point> points;
    std::vector<gate_pair> pairs;  ///< in the order of measurement
    std::vector<gate_failure> failures;
    int exit_code = 0;
};

/// A share of suites, with its 95% interval.
struct share_of_suites {
    std::size_t count = 0;
    std::size_t of = 0;
    double low = 0;
    double high = 0;

    bool operator==(const share_of_suites&) const = default;
};

struct self_tested_point {
    std::string name;
    std::size_t suites = 0;
    share_of_suites regressed;
    share_of_suites improved;
    std::size_t unchanged = 0;
    std::size_t inconclusive = 0;
    std::optional<double> could_see;

    bool operator==(const self_tested_point&) const = default;
};

/// results/gate_self_test.schema.json
struct self_test_result {
    gate_setup setup;
    bool complete = false;
    share_of_suites regressed;
    share_of_suites improved;
    double seconds_per_suite = 0;  ///< median
    std::vector<self_tested_point> points;
};

/// What a build says of itself under that key, in words; `null` where it does not say it.
std::string words_of(const stated_build& build, const std::string& key);

/// A gate's file as it was read.
struct gate_file {
    gate_result result;  ///< without its context
    stated_context context;
    std::vector<std::string> notes;  ///< what reading it overlooked, in words
};

/// Whether a text is a gate's file. Throws no_json.
bool is_gate_file(std::string_view text);
/// Throws no_json and malformed.
gate_file read_gate_file(std::string_view text);

}  // namespace handoff::harness
