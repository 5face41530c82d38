#include "statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace handoff::harness {

namespace {

void sort(std::vector<double>& sample) {
    if (std::ranges::any_of(sample, [](double value) { return std::isnan(value); })) {
        throw std::invalid_argument("a sample with a NaN in it has no order");
    }
    std::ranges::sort(sample);
}

/// The chance at which `tail` (falling or rising in it) crosses `wanted`.
template <class Tail>
double chance_where(Tail&& tail, double wanted, bool rising) {
    double low = 0;
    double high = 1;
    for (int step = 0; step < 60; ++step) {
        const double middle = (low + high) / 2;
        ((tail(middle) < wanted) == rising ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace

double median(std::vector<double> sample) {
    return quantile(std::move(sample), 0.5);
}

double quantile(std::vector<double> sample, double share) {
    if (sample.empty()) {
        throw std::invalid_argument("a quantile of nothing");
    }
    sort(sample);
    const double position = share * static_cast<double>(sample.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const auto above = std::min(below + 1, sample.size() - 1);
    const double part = position - static_cast<double>(below);
    if (part == 0 || sample[below] == sample[above]) {
        return sample[below];  // also where the difference of two infinities would be none
    }
    if (std::isinf(sample[below]) && std::isinf(sample[above])) {
        return 0;  // half-way between what is infinitely less and infinitely more
    }
    return sample[below] + part * (sample[above] - sample[below]);
}

std::optional<median_interval> interval_of_median(std::vector<double> sample, double confidence) {
    // The number of values below the median is binomial(n, 1/2). [x_k, x_(n+1-k)] misses the median when fewer
    // than k values lie on one side of it: with probability 2 P(X <= k - 1).
    sort(sample);
    const std::size_t n = sample.size();
    std::optional<median_interval> best;
    for (std::size_t k = 1; k <= n / 2; ++k) {
        const double covered = 1 - 2 * binomial_upper_tail(n + 1 - k, n);
        if (covered < confidence) {
            break;
        }
        best = {sample[k - 1], sample[n - k], covered};
    }
    return best;
}

std::optional<double> upper_bound_of_median(std::vector<double> sample, double confidence) {
    sort(sample);
    const std::size_t n = sample.size();
    std::optional<double> best;
    for (std::size_t k = 1; k <= n && 1 - binomial_upper_tail(n + 1 - k, n) >= confidence; ++k) {
        best = sample[n - k];
    }
    return best;
}

double binomial_upper_tail(std::size_t successes, std::size_t trials, double chance) {
    if (successes == 0) {
        return 1;
    }
    if (successes > trials || chance <= 0) {
        return 0;
    }
    if (chance >= 1) {
        return 1;
    }
    const auto n = static_cast<double>(trials);
    double tail = 0;
    for (std::size_t i = trials + 1; i-- > successes;) {  // small terms first
        const auto k = static_cast<double>(i);
        tail += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                         k * std::log(chance) + (n - k) * std::log1p(-chance));
    }
    return std::min(1.0, tail);
}

sign_test signs_of(const std::vector<double>& sample) {
    sign_test result;
    for (const double value : sample) {
        if (std::isnan(value)) {
            throw std::invalid_argument("a NaN has no sign");
        }
        ++(value > 0 ? result.above : value < 0 ? result.below : result.ties);
    }
    result.p_above = binomial_upper_tail(result.above, sample.size());
    result.p_below = binomial_upper_tail(result.below, sample.size());
    return result;
}

chance_interval clopper_pearson(std::size_t successes, std::size_t trials, double confidence) {
    const double outside = (1 - confidence) / 2;
    chance_interval result{0, 1};
    if (successes > 0) {
        result.low =
            chance_where([&](double p) { return binomial_upper_tail(successes, trials, p); }, outside, true);
    }
    if (successes < trials) {
        // P(X <= successes) as the upper tail of the failures
        result.high = chance_where(
            [&](double p) { return binomial_upper_tail(trials - successes, trials, 1 - p); }, outside, false);
    }
    return result;
}

double student_t_limit(double confidence, unsigned degrees_of_freedom) {
    // P(|T| <= t) as finite sums of powers of cos(angle), t = sqrt(degrees of freedom) tan(angle)
    const bool odd = degrees_of_freedom % 2 == 1;
    const auto within = [&](double angle) {
        const double cosine = std::cos(angle);
        double term = odd ? cosine : 1;
        double sum = degrees_of_freedom == 1 ? 0 : term;
        for (unsigned power = odd ? 3 : 2; power + 2 <= degrees_of_freedom; power += 2) {
            term *= cosine * cosine * (power - 1) / power;
            sum += term;
        }
        sum *= std::sin(angle);
        return odd ? (angle + sum) * 2 / std::numbers::pi : sum;
    };
    double low = 0;
    double high = std::numbers::pi / 2;
    for (int step = 0; step < 60; ++step) {
        const double middle = (low + high) / 2;
        (within(middle) < confidence ? low : high) = middle;
    }
    return std::sqrt(degrees_of_freedom) * std::tan((low + high) / 2);
}

}  // namespace handoff::harness
