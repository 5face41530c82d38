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

/// The split [0, t) | [t, k) with the largest energy statistic. What lies from k on is left out of the
/// comparison: a second change in the segment would otherwise dilute the first.
///
/// With T(t, k) the sum of distances of the first t values to the first k, all sums that a split needs are T(t,
/// k), T(t, t) and T(k, k). Row t + 1 of T is row t plus the distances of value t summed along k. Inner loops
/// run along k without divisions, so that compilers make vectors of them: a look at a history does this some
/// 100,000 times.
class splitter {
public:
    splitter(std::size_t most, std::size_t shortest) : shortest_(shortest) {
        const std::size_t size = most + 1;
        for (std::vector<double>* one : {&inverse_, &inverse_pairs_, &own_, &row_, &statistic_}) {
            one->resize(size);
        }
        along_.resize(together * size);
        for (std::size_t m = 1; m < size; ++m) {
            const auto n = static_cast<double>(m);
            inverse_[m] = 1 / n;
            inverse_pairs_[m] = m > 1 ? 1 / (n * (n - 1)) : 0;
        }
    }

    split best(const double* values, std::size_t size) {
        split found;
        if (size < 2 * shortest_) {
            return found;
        }
        sum_own(values, size);
        std::fill(row_.begin(), row_.end(), 0.0);
        const std::size_t last = size - shortest_;
        for (std::size_t first = 0; first < last; first += together) {
            const std::size_t rows = std::min(together, last - first);
            sum_along(values, size, first, rows);
            for (std::size_t r = 0; r < rows; ++r) {
                const double* const more = along_.data() + r * (size + 1);
                for (std::size_t k = 0; k <= size; ++k) {
                    row_[k] += more[k];
                }
                if (const std::size_t t = first + r + 1; t >= shortest_) {
                    look_at(t, size, found);
                }
            }
        }
        return found;
    }

private:
    static constexpr std::size_t together = 4;  // rows: sums along k wait for each other, those of rows do not

    /// T(k, k) of each k.
    void sum_own(const double* values, std::size_t size) {
        std::fill(own_.begin(), own_.end(), 0.0);
        for (std::size_t j = 0; j < size; ++j) {
            for (std::size_t k = j + 1; k < size; ++k) {
                own_[k + 1] += std::abs(values[k] - values[j]);
            }
        }
        for (std::size_t k = 1; k <= size; ++k) {
            own_[k] = own_[k - 1] + 2 * own_[k];
        }
    }

    /// Of `rows` values from `first` on: the distances to the first k values, for each k.
    void sum_along(const double* values, std::size_t size, std::size_t first, std::size_t rows) {
        double from[together] = {};
        double sums[together] = {};
        for (std::size_t r = 0; r < rows; ++r) {
            from[r] = values[first + r];
            along_[r * (size + 1)] = 0;
        }
        for (std::size_t k = 0; k < size; ++k) {
            for (std::size_t r = 0; r < together; ++r) {
                sums[r] += std::abs(from[r] - values[k]);
                along_[r * (size + 1) + k + 1] = sums[r];
            }
        }
    }

    void look_at(std::size_t t, std::size_t size, split& found) {
        const double before = own_[t];
        const double within_before = before * inverse_pairs_[t];
        const double twice_per_value = 2 * inverse_[t];
        const auto n = static_cast<double>(t);
        for (std::size_t k = t + shortest_; k <= size; ++k) {
            const std::size_t m = k - t;
            const double energy = twice_per_value * (row_[k] - before) * inverse_[m] - within_before -
                                  (own_[k] - 2 * row_[k] + before) * inverse_pairs_[m];
            statistic_[k] = n * (static_cast<double>(k) - n) * inverse_[k] * energy;
        }
        for (std::size_t k = t + shortest_; k <= size; ++k) {
            if (statistic_[k] > found.statistic || found.index == 0) {
                found = {t, statistic_[k]};
            }
        }
    }

    std::size_t shortest_;
    std::vector<double> inverse_;        // 1 / m
    std::vector<double> inverse_pairs_;  // 1 / (m (m - 1))
    std::vector<double> own_;            // T(k, k)
    std::vector<double> row_;            // T(t, k)
    std::vector<double> statistic_;      // of [0, t) | [t, k)
    std::vector<double> along_;          // the rows that are added next
};

/// The best split of all segments, and which segment it parts.
std::pair<std::size_t, split> best_of(const std::vector<double>& values, const std::vector<segment>& segments,
                                      splitter& splits) {
    std::pair<std::size_t, split> best{segments.size(), {}};
    for (std::size_t s = 0; s < segments.size(); ++s) {
        const auto [begin, end] = segments[s];
        const split here = splits.best(values.data() + begin, end - begin);
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
               const change_point_options& options, splitter& splits, std::mt19937_64& random) {
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
        as_large += best_of(values, segments, splits).second.statistic >= bar ? 1 : 0;
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
    splitter splits(series.size(), options.shortest);
    std::vector<segment> segments{{0, series.size()}};
    std::vector<change_point> found;
    for (;;) {
        const auto [which, best] = best_of(series, segments, splits);
        if (best.index == 0 || best.statistic <= 0) {
            break;
        }
        const double p = p_value(series, segments, best.statistic, options, splits, random);
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
