// How sure a failure rate is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace handoff::races {

/// Two probabilities between which the true one lies, with the confidence that was asked for.
struct interval {
    double low;
    double high;
};

/// The 95% score interval of a proportion: the rates p for which `failures` lies within 1.96 standard
/// deviations of `rounds` * p, the deviation being that under p itself. Other than the textbook's rate +- error
/// it is sensible at the ends: 0 failures of n give [0, 3.84 / (n + 3.84)].
///
/// Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927);
/// recommended over others by Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion",
/// Statistical Science 16 (2001).
///
/// It takes rounds to be independent; rounds of one process that follow each other closely are so only roughly.
/// Throws std::invalid_argument for 0 rounds and for more failures than rounds.
inline interval wilson(std::uint64_t failures, std::uint64_t rounds) {
    if (rounds == 0 || failures > rounds) {
        throw std::invalid_argument("wilson: " + std::to_string(failures) + " failures of " +
                                    std::to_string(rounds) + " rounds");
    }
    constexpr double z = 1.959963984540054;  // the normal distribution's 97.5% quantile
    const auto n = static_cast<double>(rounds);
    const double rate = static_cast<double>(failures) / n;
    const double centre = rate + z * z / (2 * n);
    const double reach = z * std::sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
    const double scale = 1 + z * z / n;
    // The ends are exact where there is nothing to estimate, whatever the rounding.
    return {failures == 0 ? 0 : std::max(0.0, (centre - reach) / scale),
            failures == rounds ? 1 : std::min(1.0, (centre + reach) / scale)};
}

}  // namespace handoff::races
