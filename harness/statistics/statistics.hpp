// Statistics of few, skewed, sometimes two-humped samples: order statistics and signs, no assumed distribution.
// Values may be infinite (a ratio to zero); NaN is refused with std::invalid_argument.
#pragma once

#include <cstddef>
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

/// The smallest value of the sample that lies above the population's median with at least the asked confidence;
/// nothing where the sample is too small: 0.95 takes 5 values.
std::optional<double> upper_bound_of_median(std::vector<double> sample, double confidence);

/// P(X >= successes) for X binomial(trials, chance), summed exactly. 1 for successes == 0.
double binomial_upper_tail(std::size_t successes, std::size_t trials, double chance = 0.5);

/// The exact sign test against a median of 0. A tie (a value of 0) speaks for neither side and stays in the
/// count, so that each side's p-value holds against "the median is on the other side, or 0" however many ties
/// there are.
struct sign_test {
    std::size_t above = 0;
    std::size_t below = 0;
    std::size_t ties = 0;
    double p_above = 1;  ///< of so many values above 0, or more, where the median is 0 or below
    double p_below = 1;  ///< mirrored
};
sign_test signs_of(const std::vector<double>& sample);

/// An interval for the chance behind `successes` of `trials` (Clopper and Pearson, "The Use of Confidence or
/// Fiducial Limits Illustrated in the Case of the Binomial", 1934). Of no trials: 0 to 1.
struct chance_interval {
    double low;
    double high;
};
chance_interval clopper_pearson(std::size_t successes, std::size_t trials, double confidence);

/// How far from 0 a value of Student's t distribution lies at most with the given confidence (0 to 1, neither);
/// from 1 degree of freedom on. Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.3 and
/// 26.7.4.
double student_t_limit(double confidence, unsigned degrees_of_freedom);

}  // namespace handoff::harness
