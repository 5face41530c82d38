// Records from JSON that says only what a test is about, and results as the JSON that users read.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "json.hpp"
#include "result.hpp"

namespace handoff::harness {

template <class Record>
std::vector<Record> records_of(const std::vector<nlohmann::json>& values) {
    std::vector<Record> all;
    for (const nlohmann::json& value : values) {
        all.push_back(from_json<Record>(value));
    }
    return all;
}

inline result_file results_of(const nlohmann::json& header, const std::vector<nlohmann::json>& trials,
                              const std::vector<nlohmann::json>& calibrations = {}) {
    return make_results(from_json<run_header>(header), records_of<trial_line>(trials),
                        records_of<calibration_line>(calibrations));
}

}  // namespace handoff::harness
