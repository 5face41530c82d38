// Files that a report is made of, read as a whole.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foreign_rows.hpp"
#include "gate_record.hpp"
#include "history_record.hpp"
#include "json.hpp"
#include "result_file.hpp"

namespace handoff::harness {

/// JSON that passes through unread, in its own keys: an object's text.
struct kept_json {
    std::string text = "{}";
};

/// A result file. Its rows have no team, no histogram, and of their point the name only; every row belongs to a
/// point of the run.
struct result_source {
    result_file results;
    std::map<std::string, std::map<double, std::uint64_t>>
        samples;            ///< point -> nanoseconds -> how many, over the counted rows
    kept_json environment;  ///< its `context`
    kept_json run;          ///< its `run` without points and failed trials
};

/// A gate's file.
struct gate_source {
    gate_result result;  ///< without its context
    kept_json whole;
};

/// What `handoff history show --json` wrote.
struct history_source {
    history_view view;
    kept_json whole;
};

/// What a Google Benchmark program wrote.
struct plain_source {
    foreign_file file;
    kept_json environment;
};

struct report_source {
    std::variant<result_source, gate_source, history_source, plain_source> is;
    std::vector<std::string> notes;  ///< what was overlooked, in words
};

/// Reads as `read_foreign_file` does. A result's rows are read one by one, and what no report shows is never
/// kept: some 2 KB a row. Throws no_json, no_benchmarks and malformed.
report_source read_report_source(std::string_view text);

}  // namespace handoff::harness
