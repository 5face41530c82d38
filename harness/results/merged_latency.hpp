// The latencies of several trials of a point as one distribution.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

namespace handoff::harness {

/// A percentile is backed by samples when so many of them are expected beyond it.
inline constexpr double least_samples_beyond = 10;

/// Merges the histograms of `latencies` (the `latency` of measurements, results/schema.json): its percentiles
/// are those of one histogram that saw all samples. Says in `backed` which of them have enough samples. The
/// list is not empty.
nlohmann::json merged_latency(const std::vector<nlohmann::json>& latencies);

}  // namespace handoff::harness
