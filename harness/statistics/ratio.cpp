#include "ratio.hpp"

#include <algorithm>
#include <cmath>

namespace handoff::harness {

namespace {

/// What [k-th smallest, k-th largest] of n values covers the median with, for k = 1, 2, ...
std::vector<double> coverages(std::size_t n) {
    std::vector<double> all;
    double log_binomial = 0;  // of n over i
    double tail = 0;          // P(fewer than k of n values lie on one side)
    for (std::size_t k = 1; k <= n / 2; ++k) {
        const auto i = static_cast<double>(k - 1);
        if (k > 1) {
            log_binomial += std::log((static_cast<double>(n) - i + 1) / i);
        }
        tail += std::exp(log_binomial - static_cast<double>(n) * std::log(2.0));
        all.push_back(1 - 2 * tail);
    }
    return all;
}

/// Which order statistics of either sample bound the interval (k from the ends), and what they cover. The
/// choice looks at the sizes only: one that looked at the values would err more often than it says.
struct choice {
    std::size_t base = 0;  // 0: there is none
    std::size_t candidate = 0;
    double confidence = 0;
};
choice choose(std::size_t base_size, std::size_t candidate_size, double confidence) {
    const std::vector<double> base = coverages(base_size);
    const std::vector<double> candidate = coverages(candidate_size);
    choice best;
    double narrowest = 0;
    // The further in from one side's ends, the less far from the other's: `c` only falls.
    std::size_t candidates = candidate.size();
    for (std::size_t b = 0; b < base.size(); ++b) {
        while (candidates > 0 && base[b] * candidate[candidates - 1] < confidence) {
            --candidates;
        }
        if (candidates == 0) {
            break;
        }
        const std::size_t c = candidates - 1;
        const double left_out = static_cast<double>(b) / static_cast<double>(base_size) +
                                static_cast<double>(c) / static_cast<double>(candidate_size);
        if (best.base == 0 || left_out > narrowest) {
            best = {b + 1, c + 1, base[b] * candidate[c]};
            narrowest = left_out;
        }
    }
    return best;
}

}  // namespace

std::optional<ratio_interval> interval_of_ratio(std::vector<double> base, std::vector<double> candidate,
                                                double confidence) {
    const choice k = choose(base.size(), candidate.size(), confidence);
    if (k.base == 0) {
        return std::nullopt;
    }
    std::ranges::sort(base);
    std::ranges::sort(candidate);
    return ratio_interval{candidate[k.candidate - 1] / base[base.size() - k.base],
                          candidate[candidate.size() - k.candidate] / base[k.base - 1], k.confidence};
}

std::size_t least_repetitions(double confidence) {
    std::size_t n = 2;
    while (choose(n, n, confidence).base == 0) {
        ++n;
    }
    return n;
}

}  // namespace handoff::harness
