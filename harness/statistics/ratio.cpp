#include "ratio.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

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

/// Of all orders of m and n values, the share in which at most u pairs have the first value behind the second,
/// for u = 0, 1, ... up to half of the pairs.
std::vector<double> rank_sum_shares(std::size_t m, std::size_t n) {
    const std::size_t most = m * n / 2;
    // ways[k][u]: of choices of k ranks for the first sample, among those looked at, that put u values of the
    // second before theirs. Numbers of ways above 2^53 are rounded, and stand for shares all the same.
    std::vector<std::vector<double>> ways(m + 1, std::vector<double>(most + 1, 0));
    ways[0][0] = 1;
    double all = 1;
    for (std::size_t rank = 0; rank < m + n; ++rank) {
        for (std::size_t k = std::min(m, rank + 1); k > 0; --k) {
            const std::size_t before = rank - (k - 1);  // values of the second sample before this rank
            for (std::size_t u = most + 1; u-- > before;) {
                ways[k][u] += ways[k - 1][u - before];
            }
        }
    }
    for (std::size_t i = 1; i <= m; ++i) {
        all *= static_cast<double>(n + i) / static_cast<double>(i);
    }
    std::vector<double> shares;
    double sum = 0;
    for (const double some : ways[m]) {
        sum += some;
        shares.push_back(sum / all);
    }
    return shares;
}

/// How many of the sorted ratios of all pairs lie outside of the interval on either side, and what it covers;
/// none: 0.
struct outside {
    std::size_t pairs = 0;
    double confidence = 0;
};
outside outside_of(std::size_t m, std::size_t n, double confidence) {
    constexpr std::size_t most_exact = 60;
    const double level = (1 - confidence) / 2 * (1 + 1e-12);  // 1 - 0.98 is not exact in binary
    outside found;
    if (m + n <= most_exact) {
        const std::vector<double> shares = rank_sum_shares(m, n);
        while (found.pairs < shares.size() && shares[found.pairs] <= level) {
            found.confidence = 1 - 2 * shares[found.pairs++];
        }
        return found;
    }
    const double pairs = static_cast<double>(m) * static_cast<double>(n);
    const double spread = std::sqrt(pairs * static_cast<double>(m + n + 1) / 12);
    const auto share = [&](double u) {
        return 0.5 * std::erfc(-(u + 0.5 - pairs / 2) / (spread * std::sqrt(2.0)));
    };
    std::size_t above = m * n / 2 + 1;  // more than can lie outside
    while (found.pairs + 1 < above) {
        const std::size_t middle = found.pairs + (above - found.pairs) / 2;
        (share(static_cast<double>(middle - 1)) <= level ? found.pairs : above) = middle;
    }
    if (found.pairs > 0) {
        found.confidence = 1 - 2 * share(static_cast<double>(found.pairs - 1));
    }
    return found;
}

double ratio_of(double candidate, double base) {
    return candidate == base ? 1 : candidate / base;  // infinite over infinite, 0 over 0
}

/// The rank-th smallest (from 1) of the ratios of all pairs, without a list of them. Both samples are sorted.
double ratio_at(const std::vector<double>& base, const std::vector<double>& candidate, std::size_t rank) {
    const auto at_most = [&](double limit) {
        std::size_t count = 0;
        std::size_t first = 0;  // of the base: with the candidate's value it makes a ratio within the limit
        for (const double value : candidate) {
            while (first < base.size() && !(ratio_of(value, base[first]) <= limit)) {
                ++first;
            }
            count += base.size() - first;
        }
        return count;
    };
    // Numbers from 0 to infinity are ordered as their bits are.
    std::uint64_t low = 0;
    std::uint64_t high = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::infinity());
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (at_most(std::bit_cast<double>(middle)) >= rank) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return std::bit_cast<double>(low);
}

}  // namespace

pairwise_ratio ratio_of_all_pairs(std::vector<double> base, std::vector<double> candidate, double confidence) {
    std::ranges::sort(base);
    std::ranges::sort(candidate);
    const std::size_t pairs = base.size() * candidate.size();
    const double lower_middle = ratio_at(base, candidate, (pairs + 1) / 2);
    const double upper_middle = pairs % 2 == 1 ? lower_middle : ratio_at(base, candidate, pairs / 2 + 1);
    pairwise_ratio found{std::midpoint(lower_middle, upper_middle), std::nullopt};
    if (const outside k = outside_of(base.size(), candidate.size(), confidence); k.pairs > 0) {
        found.interval = ratio_interval{ratio_at(base, candidate, k.pairs),
                                        ratio_at(base, candidate, pairs + 1 - k.pairs), k.confidence};
    }
    return found;
}

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
