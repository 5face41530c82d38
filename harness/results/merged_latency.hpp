// The latencies of several trials of a point as one distribution.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "result_file.hpp"

namespace handoff::harness {

/// A percentile is backed by samples when so many of them are expected beyond it.
inline constexpr double least_samples_beyond = 10;

/// All samples of the rows that have a latency: nanoseconds -> how many.
std::map<double, std::uint64_t> all_samples(const std::vector<const result_row*>& rows);

/// Merges their histograms: the percentiles are those of one histogram that saw all samples. Says in `backed`
/// which of them have enough samples. Nothing where no row has a latency.
std::optional<merged_latency> merge_latencies(const std::vector<const result_row*>& rows);

}  // namespace handoff::harness
