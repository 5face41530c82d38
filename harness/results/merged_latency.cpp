#include "merged_latency.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace handoff::harness {

namespace {

using nlohmann::json;

constexpr std::pair<const char*, double> percentiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}};

}  // namespace

json merged_latency(const std::vector<json>& latencies) {
    // All histograms have the same buckets, so that what is equal is one bucket's.
    std::map<double, std::uint64_t> buckets;
    std::uint64_t count = 0;
    double least = latencies.front().at("min");
    double greatest = latencies.front().at("max");
    for (const json& latency : latencies) {
        for (const json& bucket : latency.at("histogram")) {
            buckets[bucket.at(0)] += bucket.at(1).get<std::uint64_t>();
        }
        count += latency.at("count").get<std::uint64_t>();
        least = std::min(least, latency.at("min").get<double>());
        greatest = std::max(greatest, latency.at("max").get<double>());
    }
    json merged{{"what", latencies.front().at("what")},
                {"unit", latencies.front().at("unit")},
                {"relative_error", latencies.front().at("relative_error")},
                {"trials", latencies.size()},
                {"count", count},
                {"min", least},
                {"max", greatest},
                {"backed", json::array()}};
    for (const auto& [name, share] : percentiles) {
        const double wanted = share * static_cast<double>(count);
        std::uint64_t below = 0;
        for (const auto& [ns, samples] : buckets) {
            below += samples;
            if (static_cast<double>(below) >= wanted) {
                merged[name] = std::clamp(ns, least, greatest);
                break;
            }
        }
        // The tolerance: 1 - share is not what it says, in binary.
        if ((1 - share) * static_cast<double>(count) >= least_samples_beyond - 1e-6) {
            merged["backed"].push_back(name);
        }
    }
    return merged;
}

}  // namespace handoff::harness
