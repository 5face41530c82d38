#include "humps.hpp"

#include <algorithm>
#include <cmath>

#include "statistics.hpp"

namespace handoff::harness {

namespace {

constexpr std::size_t least_in_group = 3;
constexpr double least_ratio = 1.5;   ///< of the humps' medians
constexpr double most_chance = 0.01;  ///< that one hump is taken for two

/// The chance at most that `count` values lie within a range beyond a gap, if the hump is before the gap.
double chance_beyond(double gap, double range, std::size_t count) {
    return std::pow(range / (gap + range), static_cast<double>(count - 1));
}

hump hump_of(const std::vector<double>& sorted, std::size_t begin, std::size_t end) {
    const std::vector<double> own(sorted.begin() + static_cast<std::ptrdiff_t>(begin),
                                  sorted.begin() + static_cast<std::ptrdiff_t>(end));
    return {median(own), own.front(), own.back(), own.size()};
}

}  // namespace

std::optional<std::array<hump, 2>> two_humps(std::vector<double> values) {
    const std::size_t n = values.size();
    if (n < 2 * least_in_group ||
        std::ranges::any_of(values, [](double v) { return !(v > 0) || !std::isfinite(v); })) {
        return std::nullopt;
    }
    std::ranges::sort(values);
    const auto between = [&](std::size_t i, std::size_t j) { return std::log(values[j] / values[i]); };
    double least = 1;
    std::size_t split = 0;  // the first of the upper group
    for (std::size_t k = least_in_group; k + least_in_group <= n; ++k) {
        const double gap = between(k - 1, k);
        if (gap > 0) {
            const double chance = std::max(chance_beyond(gap, between(0, k - 1), k),
                                           chance_beyond(gap, between(k, n - 1), n - k));
            if (chance < least) {
                least = chance;
                split = k;
            }
        }
    }
    const auto gaps = static_cast<double>(n - 2 * least_in_group + 1);
    if (split == 0 || gaps * least > most_chance) {
        return std::nullopt;
    }
    const std::array found{hump_of(values, 0, split), hump_of(values, split, n)};
    return found[1].median >= least_ratio * found[0].median ? std::optional(found) : std::nullopt;
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
