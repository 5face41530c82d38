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

/// The confidence whose interval leaves out 1 where two contenders' places differ (places.hpp: 1% on either
/// side).
inline constexpr double confidence_of_places = 0.98;

/// How many times the base's values the candidate's are: the median of the ratios of all pairs, and where the
/// samples are large enough an interval for it.
struct pairwise_ratio {
    double ratio;
    std::optional<ratio_interval> interval;  ///< 5 values of each have one at 0.98
};

/// The interval lies between two of the pairs' ratios: those that the rank-sum test cannot tell from the truth,
/// where the two distributions differ by a factor alone. Exact up to 60 values without ties, by the normal
/// distribution above that. Values are from 0 on and may be infinite: infinite over infinite, and 0 over 0,
/// is 1. No sample is empty. Source: Hodges and Lehmann, "Estimates of Location Based on Rank Tests", 1963.
pairwise_ratio ratio_of_all_pairs(std::vector<double> base, std::vector<double> candidate,
                                  double confidence = confidence_of_places);

/// The least number of values on both sides for which there is an interval.
std::size_t least_repetitions(double confidence);

}  // namespace handoff::harness
