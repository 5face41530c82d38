// Two result files side by side: what `handoff compare` says (results/compare.schema.json).
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ratio.hpp"

namespace handoff::harness {

/// The values of one point in one file.
struct compared_sample {
    std::optional<double> median;
    std::vector<double> values;  ///< of the repetitions that count, in their order

    bool operator==(const compared_sample&) const = default;
};

/// One point of both files.
struct point_comparison {
    std::string name;
    std::string measure;
    std::string unit;
    std::string verdict;  ///< slower, faster (of metrics: worse, better), no difference seen, no verdict
    std::string why_not;  ///< why there is no verdict on this point, where its neighbours may have one
    compared_sample base;
    compared_sample candidate;
    std::optional<double> ratio;  ///< of the medians, candidate / base; above 1 is worse
    std::optional<ratio_interval> interval;
};

/// What is said of one of the two files.
struct compared_side {
    std::string path;
    bool handoff = false;  ///< else a plain Google Benchmark file
    std::string id;        ///< of the run; empty in plain files
    std::string date;
    std::string commit;  ///< with "(dirty)"; empty where the file does not say
    std::size_t aggregates = 0;
    std::vector<std::pair<std::string, std::string>> errors;  ///< name, what the row says
    std::map<std::string, std::string> environment;
    std::map<std::string, std::string> libraries;

    bool operator==(const compared_side&) const = default;
};

struct file_comparison {
    static constexpr double confidence = 0.95;  ///< of each interval

    compared_side base;
    compared_side candidate;
    std::vector<std::string> refusals;     ///< why no point of these files gets a verdict; empty: points may
    std::vector<std::string> remarks;      ///< what else a reader should know
    std::vector<point_comparison> points;  ///< worst first; those without a ratio last
    std::vector<std::string> only_in_base;
    std::vector<std::string> only_in_candidate;
};

}  // namespace handoff::harness
