// `handoff gate`: measures two builds, programs or commands in turns, one process for each sample, until the
// engine has its verdicts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gate_record.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

/// What shuts the gate beside regressions, failures and missing points.
enum class fails_on {
    regression,    ///< nothing else
    undecided,     ///< that nothing was decided: every point is inconclusive
    inconclusive,  ///< that any point is
};

/// Which pairs are of binaries that are linked again for them, in another order.
enum class relinks {
    none,
    confirming,  ///< those that decide whether a point has changed
    all,
};

/// What is compared.
enum class gate_sides {
    builds,           ///< of Handoff's benchmark binaries
    programs,         ///< of Google Benchmark
    commands,         ///< that take a time, or print a number
    implementations,  ///< in one build: a duel
    ranking,          ///< the same, of more than two
};

struct gate_options {
    gate_sides sides = gate_sides::builds;
    std::string base;                      ///< a build folder, a program, a command or an implementation
    std::string base_ref;                  ///< or a git ref that is built
    std::string candidate;                 ///< empty: the base against itself
    std::vector<std::string> arguments;    ///< of programs
    std::string binaries;                  ///< of a duel: the folder of binaries; empty: the command's own
    std::string family;                    ///< likewise; empty: the one that has both
    std::vector<std::string> point_flags;  ///< likewise: which points, as the binary takes it
    std::string sweep_file = "sweeps/ci.json";
    std::vector<std::string> filters;     ///< regular expressions; a point that matches one is taken
    std::vector<std::string> exceptions;  ///< and one that matches one of these is not
    std::string measure;                  ///< of all points; empty: each has its own
    std::string measure_regex;            ///< finds the number in what a command prints; empty: its time counts
    std::optional<bool> higher_is_better;  ///< of a counter or a printed number; none: as its name says
    double max_slowdown = 1.05;            ///< of blocks that do not say
    std::optional<double> min_time_seconds;
    std::optional<double> timeout_seconds;
    std::optional<double> budget_seconds;
    double most_disturbance = 0.1;  ///< share of a pair's wall time that others may use
    bool require_proof = false;
    bool allow_missing = false;
    fails_on shuts = fails_on::undecided;
    relinks relink = relinks::confirming;
    bool self_test = false;
    std::optional<double> drill;  ///< the candidate against itself, its values times this
    unsigned suites = 20;         ///< of a self-test
    std::uint64_t seed = 1;
    bool quiet = false;
    std::string json_file;
    std::string markdown_file;
    std::string junit_file;
    bool annotations = false;

    bool tests_itself() const { return candidate.empty(); }
};

/// Runs it and returns the exit code: 0 fine, 1 a point regressed, failed or is missing, 2 nothing to compare
/// with, 3 nothing was decided, or not all where that fails, 130 interrupted. Throws usage_error.
int run_gate(const gate_options& options);

/// Whether points were measured and none of them came to anything: all are inconclusive.
bool nothing_decided(const std::vector<gate_point>& points);
/// Whether a point that is inconclusive stops the merge.
bool inconclusive_fails(const gate_result& result);

/// The parts of a gate's result file (results/gate.schema.json) as people and CI systems read them, worst
/// first.
std::string gate_table(const gate_result& result);
std::string points_table(const gate_result& result);  ///< its rows alone
std::string gate_markdown(const gate_result& result);
/// GitHub's workflow commands: ::error, ::warning, ::notice.
std::string gate_annotations(const gate_result& result);
/// JUnit XML: regressed, failed and missing points fail, broken ones are errors, inconclusive ones are skipped,
/// or errors where they shut the gate.
std::string gate_junit(const gate_result& result);
/// One line: the verdict and how many points have which finding.
std::string gate_summary(const gate_result& result);
/// "1.31x [1.27 .. 1.36]"; `inverted`: as the other side sees it. There is a median.
std::string times_text(const gate_slowdown& s, bool inverted);
/// Whether less of a measure is faster: a time per item, or a latency.
bool is_speed(const std::string& measure);
/// Of each point, which of the two implementations is faster, and by how much; and the same in one line.
std::string duel_table(const gate_result& result);
std::string duel_summary(const gate_result& result);
/// 0: decided, at one point at least; 1: a trial failed; 3: nothing was decided; 130: interrupted.
int duel_exit_code(const gate_result& result);
/// One line: of how many points the gate found that they were made slower by that ratio, and of which not.
std::string drill_summary(const gate_result& result, double ratio);
/// 0: of all; 1: of some it did not; 2: nothing to measure; 3: nothing was decided; 130: interrupted.
int drill_exit_code(const gate_result& result);

}  // namespace handoff::harness
