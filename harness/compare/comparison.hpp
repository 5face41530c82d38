// Two result files side by side: ratios, and a verdict where one can be had.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "measured_file.hpp"
#include "ratio.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

/// One point of both files.
struct point_comparison {
    std::string name;
    std::string measure;
    std::string unit;
    std::string verdict;  ///< slower, faster (of metrics: worse, better), no difference seen, no verdict
    std::string why_not;  ///< why there is no verdict on this point, where its neighbours may have one
    std::vector<double> base;
    std::vector<double> candidate;
    std::optional<double> base_median;
    std::optional<double> candidate_median;
    std::optional<double> ratio;  ///< of the medians, candidate / base; above 1 is worse
    std::optional<ratio_interval> interval;
};

struct file_comparison {
    static constexpr double confidence = 0.95;  ///< of each interval

    measured_file base;
    measured_file candidate;
    std::vector<std::string> refusals;     ///< why no point of these files gets a verdict; empty: points may
    std::vector<std::string> remarks;      ///< what else a reader should know
    std::vector<point_comparison> points;  ///< worst first; those without a ratio last
    std::vector<std::string> only_in_base;
    std::vector<std::string> only_in_candidate;
};

/// What differs between the environments of two files, in words. `same_machine`: the user says that two host
/// names are one machine.
std::vector<std::string> differences(const measured_file& base, const measured_file& candidate,
                                     bool same_machine);

/// Throws usage_error where no point is in both files.
file_comparison compare_files(measured_file base, measured_file candidate, bool same_machine);

/// results/compare.schema.json
nlohmann::json json_of(const file_comparison& compared);
/// For the terminal.
std::string text_of(const file_comparison& compared);
/// For a job summary.
std::string markdown_of(const file_comparison& compared);

}  // namespace handoff::harness
