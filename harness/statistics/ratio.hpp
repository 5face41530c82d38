// The ratio of the medians of two samples that know nothing of each other.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace handoff::harness {

struct ratio_interval {
    double low;
    double high;
    double confidence;  ///< at least what was asked
};

/// An interval for (median of the candidate) / (median of the base), whatever the two distributions: an
/// interval between two values of each sample (the inverse of the sign test), the greatest and the least ratio
/// that these leave. Both hold with the product of their confidences, so it is wider than it had to be: it errs
/// more seldom than it says. Nothing where the samples are too small for the confidence; 0.95 takes 7 values of
/// each. All values are above 0.
std::optional<ratio_interval> interval_of_ratio(std::vector<double> base, std::vector<double> candidate,
                                                double confidence);

/// The least number of values on both sides for which there is an interval.
std::size_t least_repetitions(double confidence);

}  // namespace handoff::harness
