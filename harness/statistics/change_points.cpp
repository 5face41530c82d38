#include "change_points.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <utility>

namespace handoff::harness {

namespace {

/// A run of values between two change points.
struct segment {
    std::size_t begin;
    std::size_t end;
};

struct split {
    std::size_t index = 0;  // 0: none
    double statistic = -1;
};

/// Sums of distances between stretches of one segment, each in constant time.
class distances {
public:
    explicit distances(const double* values, std::size_t size) : row_(size + 1), sums_(row_ * row_, 0.0) {
        for (std::size_t i = 0; i < size; ++i) {
            double along = 0;
            for (std::size_t j = 0; j < size; ++j) {
                along += std::abs(values[i] - values[j]);
                sums_[(i + 1) * row_ + j + 1] = sums_[i * row_ + j + 1] + along;
            }
        }
    }
    /// Of each value of [a, b) to each of [c, d).
    double between(std::size_t a, std::size_t b, std::size_t c, std::size_t d) const {
        return at(b, d) - at(a, d) - at(b, c) + at(a, c);
    }

private:
    double at(std::size_t i, std::size_t j) const { return sums_[i * row_ + j]; }

    std::size_t row_;
    std::vector<double> sums_;  // [i, j]: of the first i to the first j values
};

/// The split [0, t) | [t, k) with the largest energy statistic. What lies from k on is left out of the
/// comparison: a second change in the segment would otherwise dilute the first.
split best_split(const double* values, std::size_t size, std::size_t shortest) {
    split best;
    if (size < 2 * shortest) {
        return best;
    }
    const distances sum(values, size);
    for (std::size_t t = shortest; t + shortest <= size; ++t) {
        const auto n = static_cast<double>(t);
        const double within_before = sum.between(0, t, 0, t) / (n * (n - 1));
        for (std::size_t k = t + shortest; k <= size; ++k) {
            const auto m = static_cast<double>(k - t);
            const double energy =
                2 * sum.between(0, t, t, k) / (n * m) - within_before - sum.between(t, k, t, k) / (m * (m - 1));
            if (const double statistic = n * m / (n + m) * energy;
                statistic > best.statistic || best.index == 0) {
                best = {t, statistic};
            }
        }
    }
    return best;
}

/// The best split of all segments, and which segment it parts.
std::pair<std::size_t, split> best_of(const std::vector<double>& values, const std::vector<segment>& segments,
                                      std::size_t shortest) {
    std::pair<std::size_t, split> best{segments.size(), {}};
    for (std::size_t s = 0; s < segments.size(); ++s) {
        const auto [begin, end] = segments[s];
        const split here = best_split(values.data() + begin, end - begin, shortest);
        if (here.index != 0 && (best.second.index == 0 || here.statistic > best.second.statistic)) {
            best = {s, here};
        }
    }
    return best;
}

/// Fisher and Yates's shuffle. The standard library's may differ from one implementation to the next.
void shuffle(double* first, std::size_t size, std::mt19937_64& random) {
    for (std::size_t i = size; i > 1; --i) {
        const std::uint64_t most = random.max() - random.max() % i;  // below: no remainder is favoured
        std::uint64_t drawn = random();
        while (drawn >= most) {
            drawn = random();
        }
        std::swap(first[i - 1], first[drawn % i]);
    }
}

/// 1 where it cannot be as small as the level any more.
double p_value(const std::vector<double>& series, const std::vector<segment>& segments, double statistic,
               const change_point_options& options, std::mt19937_64& random) {
    const std::size_t permutations = permutations_of(options.level);
    const double all = static_cast<double>(permutations) + 1;
    std::vector<double> values = series;
    double as_large = 1;
    // Sums of the same distances in another order differ in their last digits: that is no smaller statistic.
    const double bar = statistic - 1e-9 * std::abs(statistic);
    for (std::size_t i = 0; i < permutations; ++i) {
        for (const auto& [begin, end] : segments) {
            shuffle(values.data() + begin, end - begin, random);
        }
        as_large += best_of(values, segments, options.shortest).second.statistic >= bar ? 1 : 0;
        if (as_large / all > options.level) {
            return 1;
        }
    }
    return as_large / all;
}

}  // namespace

std::size_t permutations_of(double level) {
    // Twice as many as could reach the level at all, so that one accident does not hide a change.
    return static_cast<std::size_t>(std::ceil(std::max(200.0, 2 / level))) - 1;
}

std::size_t least_values(double level, std::size_t shortest) {
    // A clear change in the middle of n values is as clear in those orders that put the same values on one
    // side, on either side, and in no others: 2 of n over n/2.
    std::size_t size = 2 * shortest;
    for (;; ++size) {
        const auto n = static_cast<double>(size);
        const double half = std::floor(n / 2);
        const double log_orders = std::lgamma(n + 1) - std::lgamma(half + 1) - std::lgamma(n - half + 1);
        if (std::log(2.0) - log_orders <= std::log(level / 4)) {
            return size;
        }
    }
}

std::vector<change_point> change_points(const std::vector<double>& series,
                                        const change_point_options& options) {
    if (!(options.level > 0 && options.level < 1) || options.shortest < 2) {
        throw std::invalid_argument(
            "change points: a level is between 0 and 1, the shortest stretch 2 or more");
    }
    if (!std::ranges::all_of(series, [](double value) { return std::isfinite(value); })) {
        throw std::invalid_argument("change points: a value is not finite");
    }
    std::mt19937_64 random(options.seed);
    std::vector<segment> segments{{0, series.size()}};
    std::vector<change_point> found;
    for (;;) {
        const auto [which, best] = best_of(series, segments, options.shortest);
        if (best.index == 0 || best.statistic <= 0) {
            break;
        }
        const double p = p_value(series, segments, best.statistic, options, random);
        if (p > options.level) {
            break;
        }
        const segment whole = segments[which];
        const std::size_t at = whole.begin + best.index;
        found.push_back({at, best.statistic, p});
        segments[which] = {whole.begin, at};
        segments.insert(segments.begin() + static_cast<std::ptrdiff_t>(which) + 1, {at, whole.end});
    }
    std::ranges::sort(found, {}, &change_point::index);
    return found;
}

}  // namespace handoff::harness
