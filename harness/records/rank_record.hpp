// What `handoff rank` says: its result file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gate_record.hpp"

namespace handoff::harness {

/// How an implementation stands to one that is placed above it. Ratios are its cost over the other's: 1.25 is
/// 25% slower, or 25% more of the measure.
struct rank_standing {
    std::string impl;     ///< the other
    std::string verdict;  ///< `slower`, `tie` or `not decided`
    std::string reason;   ///< why it is not decided
    std::optional<double> median;
    std::optional<double> low;  ///< 95% interval of the median
    std::optional<double> high;
    std::size_t pairs = 0;  ///< that count

    bool operator==(const rank_standing&) const = default;
};

struct ranked_impl {
    std::string impl;
    std::string point;  ///< its own name of the point
    std::size_t rank = 1;
    bool decided = true;         ///< its rank follows from verdicts
    std::optional<double> cost;  ///< median of its trials; none: there are none, or half were saturated
    std::optional<rank_standing> to_above;  ///< none: it is the first
    std::optional<rank_standing>
        to_leader;  ///< to the first of the rank above, where it ties with its neighbour

    bool operator==(const ranked_impl&) const = default;
};

struct failed_impl {
    std::string impl;
    std::string reason;
    std::string command;  ///< that runs its trial again

    bool operator==(const failed_impl&) const = default;
};

struct ranked_point {
    std::string name;
    std::string family;
    std::string measure;
    std::string unit;
    double tie = 1;                   ///< the ratio below which two tie
    std::vector<ranked_impl> places;  ///< fastest first
    std::vector<failed_impl> failed;

    bool operator==(const ranked_point&) const = default;
};

/// The best of ours against the best of the others at one point, compared with each other. The ratio is the
/// other's cost over ours: above 1 is in our favour.
struct best_of_ours {
    std::string point;
    std::string ours;
    std::string other;
    std::optional<double> median;
    std::optional<double> low;  ///< so wide that all points' intervals hold together with 95%
    std::optional<double> high;

    bool operator==(const best_of_ours&) const = default;
};

struct ours_against_others {
    std::vector<std::string> ours;
    std::vector<best_of_ours> points;
    std::optional<double> geometric_mean;  ///< of the points' medians; none: a point has none
    std::optional<double> low;             ///< 95%, or more
    std::optional<double> high;

    bool operator==(const ours_against_others&) const = default;
};

/// A comparison of which there are pairs; `base` stands where a gate's file has its base.
struct rank_comparison {
    std::string base;
    std::string candidate;
    gate_point compared;

    bool operator==(const rank_comparison&) const = default;
};

/// results/rank.schema.json
struct rank_result {
    std::string date;
    environment context;
    std::optional<stated_build> build;
    std::uint64_t seed = 0;
    stated_rules rules;
    bool complete = false;
    double wall_seconds = 0;
    std::vector<ranked_point> points;
    std::optional<ours_against_others> against;
    std::vector<rank_comparison> comparisons;
    std::vector<gate_pair> pairs;
    int exit_code = 0;
};

}  // namespace handoff::harness
