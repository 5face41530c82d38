#include "summary.hpp"

#include <string>
#include <vector>

#include "statistics.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

double median_of(const std::vector<const json*>& rows, const char* key) {
    std::vector<double> values;
    for (const json* row : rows) {
        values.push_back(row->at(key));
    }
    return median(std::move(values));
}

json row_of(const json& listed, const std::vector<const json*>& counted, std::size_t index) {
    std::uint64_t iterations = 0;
    for (const json* row : counted) {
        iterations += row->at("iterations").get<std::uint64_t>();
    }
    const double real_time = median_of(counted, "real_time");
    json row{{"name", listed.at("name")},
             {"family_index", index},
             {"per_family_instance_index", 0},
             {"run_name", listed.at("name")},
             {"run_type", "iteration"},
             {"repetitions", 1},
             {"repetition_index", 0},
             {"threads", counted.front()->at("threads")},
             {"iterations", iterations},
             {"real_time", real_time},
             {"cpu_time", median_of(counted, "cpu_time")},
             {"time_unit", "ns"},
             {"items_per_second", 1e9 / real_time},
             {"trials_counted", counted.size()}};
    for (const char* share : {"p50", "p90", "p99", "p99.9"}) {
        std::vector<double> values;
        for (const json* one : counted) {
            if (one->contains("latency")) {  // a saturated trial has none
                values.push_back(one->at("latency").at(share));
            }
        }
        if (!values.empty()) {
            row["latency_" + std::string(share)] = median(std::move(values));
        }
    }
    return row;
}

}  // namespace

json summary_of(const json& results) {
    std::map<std::string, std::vector<const json*>> counted;
    for (const json& row : results.at("benchmarks")) {
        if (row.at("counted") == true) {
            counted[row.at("name")].push_back(&row);
        }
    }
    json rows = json::array();
    json without = json::array();
    for (const json& listed : results.at("run").at("points")) {
        const auto found = counted.find(listed.at("name"));
        if (found == counted.end()) {
            without.push_back(listed.at("name"));
        } else {
            rows.push_back(row_of(listed, found->second, rows.size()));
        }
    }
    return {{"context", results.at("context")}, {"benchmarks", rows}, {"without_a_counted_trial", without}};
}

}  // namespace handoff::harness
