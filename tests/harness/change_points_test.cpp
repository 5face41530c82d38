#include "change_points.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <tuple>

namespace handoff::harness {
namespace {

using indices = std::vector<std::size_t>;

indices found(const std::vector<double>& series, change_point_options options = {}) {
    indices all;
    for (const change_point& c : change_points(series, options)) {
        all.push_back(c.index);
    }
    return all;
}

/// Lognormal noise around levels: skewed, as ratios of times are.
std::vector<double> noisy(std::initializer_list<std::pair<std::size_t, double>> stretches, double spread,
                          std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::lognormal_distribution<double> noise(0, spread);
    std::vector<double> series;
    for (const auto& [length, level] : stretches) {
        for (std::size_t i = 0; i < length; ++i) {
            series.push_back(level * noise(random));
        }
    }
    return series;
}

/// The definition, term by term (Matteson and James 2014, equations 3 to 6, exponent 1).
double energy_statistic(const std::vector<double>& x, const std::vector<double>& y) {
    const auto n = static_cast<double>(x.size());
    const auto m = static_cast<double>(y.size());
    double between = 0;
    double within_x = 0;
    double within_y = 0;
    for (const double a : x) {
        for (const double b : y) {
            between += std::abs(a - b);
        }
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t k = i + 1; k < x.size(); ++k) {
            within_x += std::abs(x[i] - x[k]);
        }
    }
    for (std::size_t i = 0; i < y.size(); ++i) {
        for (std::size_t k = i + 1; k < y.size(); ++k) {
            within_y += std::abs(y[i] - y[k]);
        }
    }
    const double energy = 2 * between / (n * m) - within_x / (n * (n - 1) / 2) - within_y / (m * (m - 1) / 2);
    return n * m / (n + m) * energy;
}

TEST(ChangePoints, TheStatisticIsTheDefinitions) {
    const std::vector<double> series = noisy({{9, 1.0}, {12, 1.3}, {7, 0.9}}, 0.04, 11);
    double largest = -1;
    for (std::size_t t = 4; t + 4 <= series.size(); ++t) {
        for (std::size_t k = t + 4; k <= series.size(); ++k) {
            const auto at = [&](std::size_t i) { return series.begin() + static_cast<std::ptrdiff_t>(i); };
            largest = std::max(largest, energy_statistic({at(0), at(t)}, {at(t), at(k)}));
        }
    }
    const std::vector<change_point> changes = change_points(series, {});
    EXPECT_TRUE(std::ranges::any_of(changes, [&](const change_point& c) {
        return std::abs(c.statistic - largest) < 1e-9;
    })) << largest;
    EXPECT_EQ(found(series), (indices{9, 21}));
}

TEST(ChangePoints, NothingInWhatCannotHaveAny) {
    EXPECT_EQ(found({}), indices{});
    EXPECT_EQ(found({1}), indices{});
    EXPECT_EQ(found({1, 1, 1, 2, 2, 2}), indices{}) << "shorter than two stretches";
    EXPECT_EQ(found(std::vector<double>(50, 1.25)), indices{}) << "all alike";
    std::vector<double> outlier(40, 1.0);
    outlier[20] = 1e12;
    EXPECT_EQ(found(outlier), indices{}) << "one outlier is no level";
    std::vector<double> turns;
    for (int i = 0; i < 40; ++i) {
        turns.push_back(i % 2 == 0 ? 1.0 : 2.0);
    }
    EXPECT_EQ(found(turns), indices{}) << "two modes in turns are one level";
}

TEST(ChangePoints, TiesDoNotHideAStep) {
    std::vector<double> series(20, 1.0);
    series.resize(40, 1.0 + 1e-9);
    EXPECT_EQ(found(series), indices{20});
}

TEST(ChangePoints, RefusesNonsense) {
    EXPECT_THROW(found({1, std::numeric_limits<double>::infinity()}), std::invalid_argument);
    EXPECT_THROW(found({1, std::nan("")}), std::invalid_argument);
    EXPECT_THROW(found({1, 2}, {0, 4, 1}), std::invalid_argument);
    EXPECT_THROW(found({1, 2}, {1, 4, 1}), std::invalid_argument);
    EXPECT_THROW(found({1, 2}, {0.05, 1, 1}), std::invalid_argument);
}

TEST(ChangePoints, TheSameSeedGivesTheSameAnswer) {
    const std::vector<double> series = noisy({{15, 1.0}, {15, 1.06}}, 0.05, 3);
    EXPECT_EQ(change_points(series, {0.05, 4, 9}), change_points(series, {0.05, 4, 9}));
}

TEST(ChangePoints, UpAndDownAgainAreTwo) {
    EXPECT_EQ(found(noisy({{20, 1.0}, {12, 1.2}, {20, 1.0}}, 0.02, 5)), (indices{20, 32}));
}

TEST(ChangePoints, FalseAlarmsAreAsFewAsStated) {
    // 1000 series without a change: 5% of them alarm, with a standard deviation of 0.7%. The margin is four of
    // these.
    int alarms = 0;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        alarms += found(noisy({{30, 1.0}}, 0.1, seed), {0.05, 4, seed + 7}).empty() ? 0 : 1;
    }
    EXPECT_LE(alarms, 78);
    EXPECT_GE(alarms, 22) << "far fewer than stated: then changes are missed too";
}

TEST(ChangePoints, FalseAlarmsOverManySeriesAreThoseOfOne) {
    // 100 looks at 20 unchanged series each, tested at 0.05 / 20: some 5 looks with an alarm. 15 or more come
    // about once in ten thousand times.
    int looks = 0;
    for (std::uint64_t look = 0; look < 100; ++look) {
        bool alarm = false;
        for (std::uint64_t s = 0; s < 20; ++s) {
            alarm = alarm || !found(noisy({{24, 1.0}}, 0.1, 1000 + look * 20 + s), {0.05 / 20, 4, s}).empty();
        }
        looks += alarm ? 1 : 0;
    }
    EXPECT_LT(looks, 15);
}

TEST(ChangePoints, AClearStepIsFoundWhereItIs) {
    // 10% in noise of 3%, even at the level of one of 40 series.
    int hits = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const indices at = found(noisy({{15, 1.0}, {15, 1.1}}, 0.03, seed), {0.05 / 40, 4, seed});
        hits += !at.empty() && at[0] >= 14 && at[0] <= 16 ? 1 : 0;
    }
    EXPECT_GE(hits, 90);
}

TEST(ChangePoints, LeastValuesAreWhatTheLevelTakes) {
    // A quarter of the level: 2 of C(10, 5) = 252 orders are as clear, 0.008; 2 of C(16, 8) = 12870, 0.00016.
    EXPECT_EQ(least_values(0.05, 4), 10U);
    EXPECT_EQ(least_values(0.001, 4), 16U);
    for (const auto& [half, level, hits_at_least, hits_at_most] :
         {std::tuple{5, 0.05, 18, 20}, {8, 0.001, 15, 20}, {4, 0.001, 0, 0}}) {
        std::vector<double> step(static_cast<std::size_t>(half), 1.0);
        step.resize(static_cast<std::size_t>(2 * half), 2.0);
        int hits = 0;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            hits += found(step, {level, 4, seed}).empty() ? 0 : 1;
        }
        EXPECT_GE(hits, hits_at_least) << half;
        EXPECT_LE(hits, hits_at_most) << half;
    }
}

}  // namespace
}  // namespace handoff::harness
