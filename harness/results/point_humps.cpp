#include "point_humps.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "humps.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

/// Nothing where a trial has none: one that was offered more than it can carry has no latency.
std::optional<double> ranked_value(const json& row, const std::string& measure) {
    if (measure == "latency" && !row.contains("latency")) {
        return std::nullopt;
    }
    return measure == "items_per_second" ? row.at("real_time").get<double>()
           : measure == "latency"        ? row.at("latency").at("p50").get<double>()
                                         : row.at("metrics").at(measure).get<double>();
}

}  // namespace

void add_humps(json& point, const std::vector<const json*>& counted_rows) {
    const std::string measure = point.at("measure");
    std::vector<double> values;
    std::map<double, std::uint64_t> latencies;
    for (const json* row : counted_rows) {
        if (const auto value = ranked_value(*row, measure)) {
            values.push_back(*value);
        }
        if (row->contains("latency")) {
            for (const json& bucket : row->at("latency").at("histogram")) {
                latencies[bucket.at(0).get<double>()] += bucket.at(1).get<std::uint64_t>();
            }
        }
    }
    if (const auto humps = two_humps(std::move(values))) {
        for (const hump& one : *humps) {
            point["humps"].push_back(
                {{"median", one.median}, {"low", one.low}, {"high", one.high}, {"trials", one.count}});
        }
    }
    if (const auto humps = two_humps_of({latencies.begin(), latencies.end()})) {
        for (const histogram_hump& one : *humps) {
            point["latency_humps"].push_back(
                {{"median", one.median}, {"low", one.low}, {"high", one.high}, {"share", one.share}});
        }
    }
}

}  // namespace handoff::harness
