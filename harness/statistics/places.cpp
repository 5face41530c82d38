#include "places.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace handoff::harness {

namespace {

constexpr std::size_t most_exact = 60;

/// Twice the rank of each value: of equal values their middle one. Those of `a` come first.
std::vector<std::size_t> doubled_ranks(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<std::pair<double, std::size_t>> all;
    for (const std::vector<double>* sample : {&a, &b}) {
        for (const double value : *sample) {
            if (std::isnan(value)) {
                throw std::invalid_argument("a rank of NaN");
            }
            all.emplace_back(value, all.size());
        }
    }
    std::ranges::sort(all);
    std::vector<std::size_t> ranks(all.size());
    for (std::size_t first = 0; first < all.size();) {
        std::size_t end = first;
        while (end < all.size() && all[end].first == all[first].first) {
            ++end;
        }
        for (std::size_t i = first; i < end; ++i) {
            ranks[all[i].second] = first + 1 + end;  // twice the mean of first + 1 ... end
        }
        first = end;
    }
    return ranks;
}

/// Of all choices of `count` ranks, the share whose sum is at most `sum`.
double share_of_choices(const std::vector<std::size_t>& ranks, std::size_t count, std::size_t sum) {
    // choices[n][s]: of n ranks with the sum s; doubles count them exactly up to 2^53
    std::vector<std::vector<double>> choices(count + 1, std::vector<double>(sum + 1, 0));
    std::vector<double> all(count + 1, 0);
    choices[0][0] = 1;
    all[0] = 1;
    for (const std::size_t rank : ranks) {
        for (std::size_t n = count; n > 0; --n) {
            all[n] += all[n - 1];
            for (std::size_t s = sum; s >= rank; --s) {
                choices[n][s] += choices[n - 1][s - rank];
            }
        }
    }
    double low = 0;
    for (const double some : choices[count]) {
        low += some;
    }
    return low / all[count];
}

/// By the normal distribution with the variance of these ranks, ties among them, and a correction for steps.
double normal_share(const std::vector<std::size_t>& ranks, std::size_t count, std::size_t sum) {
    const double n = static_cast<double>(ranks.size());
    double mean = 0;
    for (const std::size_t rank : ranks) {
        mean += static_cast<double>(rank) / n;
    }
    double spread = 0;
    for (const std::size_t rank : ranks) {
        spread += (static_cast<double>(rank) - mean) * (static_cast<double>(rank) - mean);
    }
    const double of_a = static_cast<double>(count);
    const double variance = of_a * (n - of_a) / (n * (n - 1)) * spread;
    if (variance <= 0) {
        return 1;
    }
    return 0.5 * std::erfc(-(static_cast<double>(sum) + 1 - of_a * mean) / std::sqrt(2 * variance));
}

}  // namespace

double chance_of_ranks_as_low(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.empty() || b.empty()) {
        return 1;
    }
    const std::vector<std::size_t> ranks = doubled_ranks(a, b);
    std::size_t sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += ranks[i];
    }
    return ranks.size() <= most_exact ? share_of_choices(ranks, a.size(), sum)
                                      : normal_share(ranks, a.size(), sum);
}

std::vector<place_range> places_of(const std::vector<std::vector<double>>& costs) {
    std::vector<place_range> places(costs.size(), {1, costs.size()});
    for (std::size_t i = 0; i < costs.size(); ++i) {
        for (std::size_t j = 0; j < costs.size(); ++j) {
            if (i != j && chance_of_ranks_as_low(costs[i], costs[j]) <= clearly_lower_level) {
                --places[i].worst;
                ++places[j].best;
            }
        }
    }
    return places;
}

}  // namespace handoff::harness
