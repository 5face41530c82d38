#include "compare/humps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "compare/statistics.hpp"

namespace handoff::harness {

namespace {

constexpr std::size_t least_values = 8;
constexpr std::size_t most_values = 100;
constexpr double least_ratio = 1.5;  ///< of the humps' medians
constexpr double rounding = 1e-12;

/// A sample's distribution function: at `at[k]` it jumps to `up_to[k]`.
struct steps {
    std::vector<double> at;
    std::vector<double> up_to;

    std::size_t size() const { return at.size(); }
    double before(std::size_t k) const { return k == 0 ? 0 : up_to[k - 1]; }
};

steps steps_of(const std::vector<double>& sorted) {
    steps f;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (i + 1 == sorted.size() || sorted[i + 1] != sorted[i]) {
            f.at.push_back(sorted[i]);
            f.up_to.push_back(static_cast<double>(i + 1) / static_cast<double>(sorted.size()));
        }
    }
    return f;
}

steps mirrored(const steps& f) {
    steps g;
    for (std::size_t k = f.size(); k-- > 0;) {
        g.at.push_back(-f.at[k]);
        g.up_to.push_back(1 - f.before(k));
    }
    return g;
}

// A distribution with one hump has a distribution function G that is convex up to its mode and concave after it, and may
// jump there. |G - F| <= d means for a step at x that is not the mode: F(x) - d <= G(x) <= F(x-) + d, call the two L(x)
// and U(x); between steps G stays within because it does not fall. The mode may be taken to lie at a step. So the
// question is whether there is a step m to which convex values between L and U lead from the left, and concave ones
// from the right, such that the one ends no higher than the other begins.
//
// A convex function through [L(i), U(i)] at i and [L(j), U(j)] at j > i has beyond j at least the slope of the line from
// U(i) to L(j), and so at k at least what this line, drawn from L(j), has there. It exists exactly when none of
// these bounds exceeds U(k), and then the greatest of them is what it can be at k at the least.

/// For each step as the mode: how low G's limit from the left can be there; infinite where there is no such G.
std::vector<double> lowest_from_the_left(const steps& f, double d) {
    constexpr double none = std::numeric_limits<double>::infinity();
    std::vector<double> lowest(f.size(), none);
    std::vector<double> slope(f.size(), 0);  // the least possible one behind each step
    for (std::size_t k = 0; k < f.size(); ++k) {
        const double most = f.before(k) + d;
        double least = 0;
        for (std::size_t j = 0; j < k; ++j) {
            least = std::max(least, f.up_to[j] - d + slope[j] * (f.at[k] - f.at[j]));
        }
        if (least > most + rounding) {
            break;  // neither here nor behind
        }
        lowest[k] = least;
        if (f.up_to[k] - d > most + rounding) {
            break;  // the mode may be here, but not behind
        }
        for (std::size_t i = 0; i < k; ++i) {
            slope[k] = std::max(slope[k], (f.up_to[k] - d - (f.before(i) + d)) / (f.at[k] - f.at[i]));
        }
    }
    return lowest;
}

/// Whether some distribution with one hump is within `d` of the sample's.
bool one_hump_within(const steps& f, double d) {
    const std::vector<double> left = lowest_from_the_left(f, d);
    const std::vector<double> right = lowest_from_the_left(mirrored(f), d);
    for (std::size_t m = 0; m < f.size(); ++m) {
        if (left[m] + right[f.size() - 1 - m] <= 1 + rounding) {
            return true;
        }
    }
    return false;
}

/// The first index of the upper of two groups of at least two, with the least squares within the groups.
std::size_t best_split(const std::vector<double>& sorted) {
    std::vector<double> sums(sorted.size() + 1, 0);
    std::partial_sum(sorted.begin(), sorted.end(), sums.begin() + 1);
    std::size_t best = 2;
    double most = -1;
    for (std::size_t k = 2; k + 2 <= sorted.size(); ++k) {
        // Least within is most between: (difference of means)^2 x sizes.
        const auto below = static_cast<double>(k);
        const auto above = static_cast<double>(sorted.size() - k);
        const double apart = sums[k] / below - (sums.back() - sums[k]) / above;
        if (const double between = apart * apart * below * above; between > most) {
            most = between;
            best = k;
        }
    }
    return best;
}

hump hump_of(const std::vector<double>& sorted, std::size_t begin, std::size_t end) {
    const std::vector<double> own(sorted.begin() + static_cast<std::ptrdiff_t>(begin),
                                  sorted.begin() + static_cast<std::ptrdiff_t>(end));
    return {median(own), own.front(), own.back(), own.size()};
}

}  // namespace

double dip(std::vector<double> sample) {
    if (sample.empty()) {
        throw std::invalid_argument("the dip of nothing");
    }
    std::ranges::sort(sample);
    const steps f = steps_of(sample);
    double no = 0;
    double yes = 0.5;
    for (int halving = 0; halving < 40; ++halving) {
        const double middle = (no + yes) / 2;
        (one_hump_within(f, middle) ? yes : no) = middle;
    }
    return yes;
}

double critical_dip(std::size_t n) {
    // n, and what sqrt(n) x the dip exceeds in 1 of 100 samples of n values from the worst of these distributions; 40,000
    // samples each, from n = 30 on 10,000, of 100 values 4,000
    static constexpr std::array table{std::pair(8.0, 0.530),  std::pair(9.0, 0.552),  std::pair(10.0, 0.575),
                                      std::pair(12.0, 0.577), std::pair(15.0, 0.612), std::pair(20.0, 0.643),
                                      std::pair(30.0, 0.661), std::pair(50.0, 0.711), std::pair(100.0, 0.729)};
    const double at = std::clamp(static_cast<double>(n), table.front().first, table.back().first);
    std::size_t above = 1;
    while (table[above].first < at) {
        ++above;
    }
    const auto [n0, scaled0] = table[above - 1];
    const auto [n1, scaled1] = table[above];
    return (scaled0 + (scaled1 - scaled0) * (at - n0) / (n1 - n0)) / std::sqrt(at);
}

std::optional<std::array<hump, 2>> two_humps(std::vector<double> values) {
    if (values.size() < least_values ||
        std::ranges::any_of(values, [](double v) { return !(v > 0) || !std::isfinite(v); })) {
        return std::nullopt;
    }
    std::ranges::sort(values);
    std::vector<double> logs;
    for (const double value : values) {
        logs.push_back(std::log(value));
    }
    const std::size_t split = best_split(logs);
    const std::array found{hump_of(values, 0, split), hump_of(values, split, values.size())};
    if (found[1].median < least_ratio * found[0].median) {
        return std::nullopt;
    }
    if (logs.size() > most_values) {
        std::vector<double> some;
        for (std::size_t i = 0; i < most_values; ++i) {
            some.push_back(logs[i * (logs.size() - 1) / (most_values - 1)]);
        }
        logs = std::move(some);
    }
    if (one_hump_within(steps_of(logs), critical_dip(logs.size()))) {
        return std::nullopt;
    }
    return found;
}

// ------------------------------------------------------------------------------------------------ histograms

namespace {

constexpr std::uint64_t least_samples = 1000;
constexpr double least_share = 0.1;
constexpr double deepest = 0.5;  ///< of the lower peak
constexpr double bins_per_octave = 4;

using buckets_type = std::vector<std::pair<double, std::uint64_t>>;

std::size_t bin_of(double value) {
    return static_cast<std::size_t>(bins_per_octave * std::log2(std::max(1.0, value)));
}

/// The value that `share` of the samples of these buckets do not exceed.
double quantile_of(const buckets_type& buckets, std::uint64_t count, double share) {
    std::uint64_t below = 0;
    for (const auto& [value, samples] : buckets) {
        below += samples;
        if (static_cast<double>(below) >= share * static_cast<double>(count)) {
            return value;
        }
    }
    return buckets.back().first;
}

histogram_hump histogram_hump_of(const buckets_type& own, std::uint64_t of_all) {
    std::uint64_t count = 0;
    for (const auto& [value, samples] : own) {
        count += samples;
    }
    return {quantile_of(own, count, 0.5), quantile_of(own, count, 0.05), quantile_of(own, count, 0.95),
            static_cast<double>(count) / static_cast<double>(of_all)};
}

}  // namespace

std::optional<std::array<histogram_hump, 2>> two_humps_of(const buckets_type& buckets) {
    std::uint64_t count = 0;
    for (const auto& [value, samples] : buckets) {
        count += samples;
    }
    if (count < least_samples) {
        return std::nullopt;
    }
    constexpr std::array kernel{1.0, 2.0, 3.0, 2.0, 1.0};
    constexpr std::size_t reach = kernel.size() / 2;
    std::vector<double> raw(bin_of(buckets.back().first) + 1, 0);
    for (const auto& [value, samples] : buckets) {
        raw[bin_of(value)] += static_cast<double>(samples);
    }
    std::vector<double> height(raw.size() + 2 * reach, 0);  // bin b is height[b + reach]
    for (std::size_t b = 0; b < raw.size(); ++b) {
        for (std::size_t i = 0; i < kernel.size(); ++i) {
            height[b + i] += kernel[i] * raw[b];
        }
    }
    std::vector<double> peak_from(height.size() + 1, 0);  // the highest of this and all behind
    for (std::size_t b = height.size(); b-- > 0;) {
        peak_from[b] = std::max(height[b], peak_from[b + 1]);
    }
    double peak_before = 0;
    double below = 0;
    double best = deepest;
    std::optional<std::size_t> valley;
    for (std::size_t b = 0; b < raw.size(); ++b) {
        below += raw[b];
        const double here = height[b + reach];
        const double lower_peak = std::min(peak_before, peak_from[b + reach + 1]);
        const double smaller_side = std::min(below, static_cast<double>(count) - below);
        if (smaller_side >= least_share * static_cast<double>(count) && here <= best * lower_peak) {
            best = here / lower_peak;
            valley = b;
        }
        peak_before = std::max(peak_before, here);
    }
    if (!valley) {
        return std::nullopt;
    }
    const auto first_above =
        std::ranges::find_if(buckets, [&](const auto& bucket) { return bin_of(bucket.first) > *valley; });
    return std::array{histogram_hump_of(buckets_type(buckets.begin(), first_above), count),
                      histogram_hump_of(buckets_type(first_above, buckets.end()), count)};
}

}  // namespace handoff::harness
