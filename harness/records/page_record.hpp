// What a report's page reads (results/page.schema.json).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "report_source.hpp"
#include "result_file.hpp"

namespace handoff::harness {

/// One number for each trial; none where there is no finite one.
using trial_numbers = std::vector<std::optional<double>>;

/// The trials of a point, counted or not, failed ones among them: columns of equal length. A column that holds
/// nothing is empty.
struct trial_columns {
    std::vector<unsigned> repetition;
    std::vector<int> counted;         ///< 0 or 1
    std::vector<std::string> status;  ///< as trial_status has them
    std::vector<std::string> why;     ///< its flags, or why it failed
    std::vector<std::string> state;
    std::vector<std::string> check;
    std::vector<std::string> level;
    trial_numbers cost;  ///< by the point's measure; none: saturated, or no number
    trial_numbers time_ns;
    trial_numbers cpu_ns;
    trial_numbers limit_share;
    trial_numbers p50;
    trial_numbers p99;
    trial_numbers p999;
    trial_numbers fairness;  ///< the lowest of its roles
    trial_numbers memory_bytes;
    trial_numbers allocations;  ///< per item
    trial_numbers probe_ns;     ///< the line transfer around it
    std::map<std::string, trial_numbers> metrics;
};

struct page_point {
    result_point of;
    std::vector<std::pair<double, double>> curve;  ///< quantile, ns
    std::optional<double> limit_ns;                ///< the median over counted trials
    std::string limit_by;
    std::string command;  ///< that runs it again
    std::string reason;   ///< one sentence from what explains its numbers; may be empty
    trial_columns trials;
};

struct page_result {
    kept_json environment;
    kept_json run;
    std::vector<page_point> points;
};

struct page_gate {
    kept_json whole;
};

struct page_history {
    kept_json whole;
};

/// Of a plain Google Benchmark file.
struct page_foreign {
    kept_json environment;
    std::vector<page_point> points;
};

struct page_file {
    std::string file;   ///< its name without folders
    std::string label;  ///< no other of the page has it
    std::string date;
    std::variant<page_result, page_gate, page_history, page_foreign> is;
};

struct page_data {
    std::string version;
    std::string commit;
    std::vector<page_file> files;
};

/// Its JSON on one line; numbers have six significant digits.
std::string page_text(const page_data& data);

}  // namespace handoff::harness
