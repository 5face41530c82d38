// The latencies that a trial sampled, as they are stored and read back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace handoff::harness {

/// The samples of a histogram (statistics/histogram.hpp) without its empty buckets.
struct stored_samples {
    double scale = 1;                                              ///< nanoseconds of one unit of the histogram
    std::vector<std::pair<std::uint32_t, std::uint64_t>> buckets;  ///< index, samples; indices ascend

    /// The value in the middle of a bucket, in nanoseconds.
    double ns(std::uint32_t index) const;

    bool operator==(const stored_samples&) const = default;
};

/// What every distribution of times states of itself. All times are nanoseconds.
struct latency_summary {
    std::string what;  ///< one sample, in words: "half of a round trip"
    double relative_error = 0;
    std::uint64_t count = 0;
    double min = 0;
    double p50 = 0;
    double p90 = 0;
    double p99 = 0;
    double p999 = 0;
    double p9999 = 0;
    double max = 0;

    bool operator==(const latency_summary&) const = default;
};

/// The latencies of one trial.
struct latency : latency_summary {
    stored_samples samples;

    bool operator==(const latency&) const = default;
};

/// The latencies of all counted trials of a point as one distribution.
struct merged_latency : latency_summary {
    std::size_t trials = 0;
    std::vector<std::string> backed;  ///< the percentiles beyond which enough samples lie

    bool operator==(const merged_latency&) const = default;
};

}  // namespace handoff::harness
