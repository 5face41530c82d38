#include "merged_latency.hpp"

#include <algorithm>
#include <string>

namespace handoff::harness {

namespace {

struct percentile {
    const char* name;
    double share;
    double latency_summary::* value;
};

constexpr percentile percentiles[] = {{"p50", 0.5, &latency_summary::p50},
                                      {"p90", 0.9, &latency_summary::p90},
                                      {"p99", 0.99, &latency_summary::p99},
                                      {"p99.9", 0.999, &latency_summary::p999},
                                      {"p99.99", 0.9999, &latency_summary::p9999}};

}  // namespace

std::map<double, std::uint64_t> all_samples(const std::vector<const result_row*>& rows) {
    std::map<double, std::uint64_t> samples;
    for (const result_row* row : rows) {
        if (const auto& latency = row->measured().latency) {
            // All histograms have the same buckets, so that equal values come from one bucket.
            for (const auto& [index, count] : latency->samples.buckets) {
                samples[latency->samples.ns(index)] += count;
            }
        }
    }
    return samples;
}

std::optional<merged_latency> merge_latencies(const std::vector<const result_row*>& rows) {
    std::optional<merged_latency> merged;
    for (const result_row* row : rows) {
        if (const auto& one = row->measured().latency) {
            if (!merged) {
                merged.emplace();
                merged->what = one->what;
                merged->relative_error = one->relative_error;
                merged->min = one->min;
            }
            ++merged->trials;
            merged->count += one->count;
            merged->min = std::min(merged->min, one->min);
            merged->max = std::max(merged->max, one->max);
        }
    }
    if (!merged) {
        return merged;
    }
    const auto samples = all_samples(rows);
    const double count = static_cast<double>(merged->count);
    for (const percentile& p : percentiles) {
        std::uint64_t below = 0;
        for (const auto& [ns, many] : samples) {
            below += many;
            if (static_cast<double>(below) >= p.share * count) {
                *merged.*p.value = std::clamp(ns, merged->min, merged->max);
                break;
            }
        }
        // The tolerance: 1 - share is not exact in binary.
        if ((1 - p.share) * count >= least_samples_beyond - 1e-6) {
            merged->backed.emplace_back(p.name);
        }
    }
    return merged;
}

}  // namespace handoff::harness
