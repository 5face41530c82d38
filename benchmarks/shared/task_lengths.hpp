// Lengths of tasks that differ.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string_view>
#include <vector>

namespace handoff::benchmarks {

/// Numbers drawn from a seed, the same on every machine. Source: SplitMix64, from Steele, Lea, Flood, "Fast
/// Splittable Pseudorandom Number Generators", OOPSLA 2014.
class drawing {
public:
    explicit drawing(std::uint64_t seed) noexcept : state_(seed) {}

    /// From 0, excluded, to 1, included.
    double next() noexcept {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        z ^= z >> 31;
        return static_cast<double>((z >> 11) + 1) * 0x1p-53;
    }

private:
    std::uint64_t state_;
};

inline constexpr double long_share = 0.1;      // of bimodal lengths: so many are
inline constexpr double long_over_short = 10;  // times as long
inline constexpr double pareto_alpha = 1.5;    // finite mean, infinite variance
inline constexpr double pareto_longest = 100;  // times the shortest: where the tail is cut

/// `count` lengths whose mean is `mean`, drawn from `seed`. `bimodal`: nine in ten are short, one is ten times
/// as long. `pareto`: of the Pareto distribution with exponent 1.5, cut at a hundred times the shortest. What
/// was drawn is scaled to the mean, so that trials with other seeds have as much to do.
inline std::vector<double> draw_lengths(std::string_view which, std::size_t count, double mean,
                                        std::uint64_t seed) {
    drawing draw(seed);
    std::vector<double> lengths(count);
    for (double& length : lengths) {
        const double x = draw.next();
        length = which == "bimodal" ? (x <= long_share ? long_over_short : 1.0)
                                    : std::min(std::pow(x, -1 / pareto_alpha), pareto_longest);
    }
    const double sum = std::accumulate(lengths.begin(), lengths.end(), 0.0);
    for (double& length : lengths) {
        length *= mean * static_cast<double>(count) / sum;
    }
    return lengths;
}

/// No schedule of these tasks on `workers` is shorter: all of the work has to be shared, the longest task stays
/// whole, and of the longest `workers` + 1 two meet on one worker. Source of the last: Graham, "Bounds on
/// Multiprocessing Timing Anomalies", SIAM J. Applied Mathematics 1969.
inline double shortest_makespan(std::vector<double> lengths, std::size_t workers) {
    const double sum = std::accumulate(lengths.begin(), lengths.end(), 0.0);
    const std::size_t most = std::min(lengths.size(), workers + 1);
    std::partial_sort(lengths.begin(), lengths.begin() + static_cast<std::ptrdiff_t>(most), lengths.end(),
                      std::greater<>());
    double bound = sum / static_cast<double>(workers);
    if (!lengths.empty()) {
        bound = std::max(bound, lengths.front());
    }
    if (lengths.size() > workers) {
        bound = std::max(bound, lengths[workers - 1] + lengths[workers]);
    }
    return bound;
}

}  // namespace handoff::benchmarks
