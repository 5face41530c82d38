#include "statistics.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace handoff::harness {

double median(std::vector<double> sample) {
    return quantile(std::move(sample), 0.5);
}

double quantile(std::vector<double> sample, double share) {
    if (sample.empty()) {
        throw std::invalid_argument("a quantile of nothing");
    }
    std::ranges::sort(sample);
    const double position = share * static_cast<double>(sample.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const auto above = std::min(below + 1, sample.size() - 1);
    return sample[below] + (position - static_cast<double>(below)) * (sample[above] - sample[below]);
}

std::optional<median_interval> interval_of_median(std::vector<double> sample, double confidence) {
    // The number of values below the median is binomial(n, 1/2). [x_k, x_(n+1-k)] misses the median when fewer
    // than k values lie on one side of it: with probability 2 P(X <= k - 1).
    std::ranges::sort(sample);
    const std::size_t n = sample.size();
    double tail = 0;  // P(X <= k - 1)
    std::optional<median_interval> best;
    double log_binomial = 0;  // of n over i
    for (std::size_t k = 1; k <= n / 2; ++k) {
        const auto i = static_cast<double>(k - 1);
        if (k > 1) {
            log_binomial += std::log((static_cast<double>(n) - i + 1) / i);
        }
        tail += std::exp(log_binomial - static_cast<double>(n) * std::log(2.0));
        if (1 - 2 * tail < confidence) {
            break;
        }
        best = {sample[k - 1], sample[n - k], 1 - 2 * tail};
    }
    return best;
}

}  // namespace handoff::harness
