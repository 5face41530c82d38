// Statistics of few, skewed, sometimes two-humped samples: order statistics, no assumed distribution.
#pragma once

#include <optional>
#include <vector>

namespace handoff::harness {

/// The middle value, or the mean of the two middle ones. The sample is not empty.
double median(std::vector<double> sample);

/// The value below which `share` (0 to 1) of the sample lies, interpolated between neighbours (type 7 of
/// Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996). The sample is not empty.
double quantile(std::vector<double> sample, double share);

/// An interval between two values of the sample that covers the population's median with at least the asked
/// confidence, whatever the distribution: the inverse of the sign test.
struct median_interval {
    double low;
    double high;
    double confidence;  ///< what it really covers, at least what was asked
};
/// Nothing where the sample is too small for the confidence: 0.95 takes 6 values.
std::optional<median_interval> interval_of_median(std::vector<double> sample, double confidence);

}  // namespace handoff::harness
