#include "ratio.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "places.hpp"
#include "statistics.hpp"

namespace handoff::harness {
namespace {

TEST(Ratio, SmallSamplesHaveNoInterval) {
    // six of each: (1 - 2/64)^2 = 0.938; seven: (1 - 2/128)^2 = 0.969
    EXPECT_EQ(least_repetitions(0.95), 7U);
    EXPECT_FALSE(interval_of_ratio({}, {}, 0.95));
    EXPECT_FALSE(interval_of_ratio({1}, {1}, 0.95));
    const std::vector<double> six{1, 2, 3, 4, 5, 6};
    EXPECT_FALSE(interval_of_ratio(six, six, 0.95));
    // six and nine: (1 - 2/64)(1 - 2/512) = 0.965
    const std::vector<double> nine{1, 2, 3, 4, 5, 6, 7, 8, 9};
    EXPECT_NEAR(interval_of_ratio(six, nine, 0.95)->confidence, (1 - 2.0 / 64) * (1 - 2.0 / 512), 1e-12);
}

TEST(Ratio, SevenOfEachTakeTheExtremes) {
    const auto i = interval_of_ratio({7, 1, 2, 3, 4, 5, 6}, {10, 20, 30, 40, 50, 60, 70}, 0.95);
    ASSERT_TRUE(i);
    EXPECT_DOUBLE_EQ(i->low, 10.0 / 7);
    EXPECT_DOUBLE_EQ(i->high, 70.0 / 1);
    EXPECT_NEAR(i->confidence, std::pow(1 - 2.0 / 128, 2), 1e-12);
}

TEST(Ratio, LargerSamplesTakeInnerValues) {
    std::vector<double> hundred;
    for (int n = 1; n <= 100; ++n) {
        hundred.push_back(n);
    }
    const auto i = interval_of_ratio(hundred, hundred, 0.95);
    ASSERT_TRUE(i);
    EXPECT_GE(i->confidence, 0.95);
    // 39 from each end cover 98.2%, 40 cover 96.5% (tables of the sign test); their product passes 0.95 one way
    // round
    EXPECT_GT(i->low, 39.0 / 63);
    EXPECT_LT(i->high, 63.0 / 39);
}

TEST(Ratio, TiesAreNoTrouble) {
    const std::vector<double> alike(9, 3.0);
    const auto i = interval_of_ratio(alike, alike, 0.95);
    ASSERT_TRUE(i);
    EXPECT_DOUBLE_EQ(i->low, 1);
    EXPECT_DOUBLE_EQ(i->high, 1);
}

TEST(Ratio, CoversTheTruthAtLeastAsOftenAsItSays) {
    // 2000 pairs of skewed samples, of two modes on one side: at most 5% may miss. The margin: three standard
    // deviations of the binomial are 1.5%.
    std::mt19937_64 random(4);
    std::lognormal_distribution<double> base(0, 0.3);  // median 1
    std::lognormal_distribution<double> narrow(0, 0.05);
    std::bernoulli_distribution far(0.3);  // median of the mixture: the near mode's 0.5 / 0.7 quantile
    const double true_ratio = std::exp(0.05 * 0.5659488);  // normal quantile of 5/7
    int missed = 0;
    for (int trial = 0; trial < 2000; ++trial) {
        std::vector<double> b;
        std::vector<double> c;
        for (int i = 0; i < 12; ++i) {
            b.push_back(base(random));
            c.push_back(narrow(random) * (far(random) ? 4 : 1));
        }
        const auto interval = interval_of_ratio(b, c, 0.95);
        missed += interval->low > true_ratio || interval->high < true_ratio ? 1 : 0;
    }
    EXPECT_LE(missed, 130);
}

// ------------------------------------------------------------------------------------------------- of all
// pairs

constexpr double endless = std::numeric_limits<double>::infinity();

std::vector<double> all_ratios(const std::vector<double>& base, const std::vector<double>& candidate) {
    std::vector<double> all;
    for (const double b : base) {
        for (const double c : candidate) {
            all.push_back(b == c ? 1 : c / b);
        }
    }
    std::ranges::sort(all);
    return all;
}

/// By every order of the values: how many of the pairs' ratios lie outside of the interval on either side.
std::size_t outside_by_every_order(std::size_t m, std::size_t n, double confidence) {
    std::vector<int> order(m + n, 0);
    std::fill(order.begin() + static_cast<std::ptrdiff_t>(n), order.end(), 1);
    std::map<std::size_t, double> ways;
    double all = 0;
    do {
        std::size_t before = 0;
        std::size_t u = 0;
        for (const int first : order) {
            u += first == 1 ? before : 0;
            before += first == 1 ? 0 : 1;
        }
        ++ways[u];
        ++all;
    } while (std::ranges::next_permutation(order).found);
    std::size_t outside = 0;
    double sum = 0;
    while ((sum += ways[outside]) / all <= (1 - confidence) / 2 + 1e-12) {
        ++outside;
    }
    return outside;
}

TEST(RatioOfAllPairs, IsTheMedianOfThemAndLiesInItsInterval) {
    const std::vector<double> base{1, 2, 3, 4, 5};
    const std::vector<double> candidate{20, 40, 60, 80, 100};
    const pairwise_ratio r = ratio_of_all_pairs(base, candidate);
    EXPECT_DOUBLE_EQ(r.ratio, median(all_ratios(base, candidate)));
    ASSERT_TRUE(r.interval);
    // of 252 orders, 1 has u = 0 and 1 has u = 1: 2 / 252 <= 1%, and 2 more with u = 2 are too many
    EXPECT_DOUBLE_EQ(r.interval->low, all_ratios(base, candidate)[1]);
    EXPECT_DOUBLE_EQ(r.interval->high, all_ratios(base, candidate)[23]);
    EXPECT_NEAR(r.interval->confidence, 1 - 2 * 2.0 / 252, 1e-12);
}

TEST(RatioOfAllPairs, OfOneFactorIsThatFactor) {
    EXPECT_DOUBLE_EQ(ratio_of_all_pairs({3, 3, 3}, {6, 6}).ratio, 2);
    EXPECT_DOUBLE_EQ(ratio_of_all_pairs({8}, {2}).ratio, 0.25);
    EXPECT_DOUBLE_EQ(ratio_of_all_pairs({1, 3}, {2}).ratio, (2.0 + 2.0 / 3) / 2);
}

TEST(RatioOfAllPairs, SmallSamplesHaveARatioAndNoInterval) {
    const std::vector<double> four{1, 2, 3, 4};
    const std::vector<double> five{1, 2, 3, 4, 5};
    EXPECT_FALSE(ratio_of_all_pairs(four, four).interval);
    EXPECT_TRUE(ratio_of_all_pairs(five, five).interval);
    EXPECT_FALSE(ratio_of_all_pairs({1}, five).interval);
    EXPECT_EQ(ratio_of_all_pairs(four, four).ratio, 1);
}

TEST(RatioOfAllPairs, IsWhatEveryOrderAndEveryPairSay) {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> draw(0, 0.3);
    for (const auto& [m, n] :
         {std::pair(3UL, 4UL), {4UL, 6UL}, {5UL, 5UL}, {5UL, 9UL}, {8UL, 6UL}, {9UL, 9UL}}) {
        std::vector<double> base(m);
        std::vector<double> candidate(n);
        std::ranges::generate(base, [&] { return draw(random); });
        std::ranges::generate(candidate, [&] { return 1.5 * draw(random); });
        const std::vector<double> sorted = all_ratios(base, candidate);
        for (const double confidence : {0.9, 0.98}) {
            const std::size_t k = outside_by_every_order(m, n, confidence);
            const pairwise_ratio r = ratio_of_all_pairs(base, candidate, confidence);
            EXPECT_DOUBLE_EQ(r.ratio, median(sorted));
            ASSERT_EQ(r.interval.has_value(), k > 0) << m << " " << n;
            if (k > 0) {
                EXPECT_EQ(r.interval->low, sorted[k - 1]);
                EXPECT_EQ(r.interval->high, sorted[sorted.size() - k]);
                EXPECT_GE(r.interval->confidence, confidence - 1e-12);
            }
        }
    }
}

TEST(RatioOfAllPairs, LeavesOut1WherePlacesDiffer) {
    std::mt19937_64 random(11);
    std::lognormal_distribution<double> draw(0, 0.2);
    int differ = 0;
    for (int i = 0; i < 300; ++i) {
        std::vector<double> base(static_cast<std::size_t>(5 + i % 4));
        std::vector<double> candidate(7);
        std::ranges::generate(base, [&] { return draw(random); });
        std::ranges::generate(candidate, [&] { return 1.4 * draw(random); });
        const auto interval = ratio_of_all_pairs(base, candidate).interval;
        const bool behind = places_of({base, candidate})[1].best == 2;
        EXPECT_EQ(interval->low > 1, behind);
        differ += behind ? 1 : 0;
    }
    EXPECT_GT(differ, 30);
    EXPECT_LT(differ, 270);
}

TEST(RatioOfAllPairs, ManyValuesAndTheNormalDistribution) {
    std::vector<double> base;
    std::vector<double> candidate;
    for (int i = 1; i <= 500; ++i) {
        base.push_back(i);
        candidate.push_back(3.0 * i);
    }
    const pairwise_ratio r = ratio_of_all_pairs(base, candidate);
    EXPECT_NEAR(r.ratio, 3, 1e-9);
    EXPECT_LT(r.interval->low, 3);
    EXPECT_GT(r.interval->low, 2);
    EXPECT_GT(r.interval->high, 3);
    // both ways agree where one takes over from the other
    const auto first = [](const std::vector<double>& all, std::ptrdiff_t n) {
        return std::vector<double>(all.begin(), all.begin() + n);
    };
    const auto exact = ratio_of_all_pairs(first(base, 30), first(candidate, 30)).interval;
    const auto normal = ratio_of_all_pairs(first(base, 31), first(candidate, 30)).interval;
    EXPECT_NEAR(exact->low / normal->low, 1, 0.05);
    EXPECT_NEAR(exact->high / normal->high, 1, 0.05);
}

TEST(RatioOfAllPairs, InfiniteCostsAndZeros) {
    EXPECT_EQ(ratio_of_all_pairs({1, 2, 3}, {endless, endless}).ratio, endless);
    EXPECT_EQ(ratio_of_all_pairs({endless}, {5}).ratio, 0);
    EXPECT_EQ(ratio_of_all_pairs({endless, endless}, {endless}).ratio, 1);
    EXPECT_EQ(ratio_of_all_pairs({0, 0, 0}, {0}).ratio, 1);
    EXPECT_EQ(ratio_of_all_pairs({0}, {3}).ratio, endless);
    const std::vector<double> mixed{0, 1, 2, endless, endless, endless};
    const pairwise_ratio r = ratio_of_all_pairs(mixed, mixed);
    EXPECT_EQ(r.ratio, 1);
    EXPECT_EQ(r.interval->low, 0);
    EXPECT_EQ(r.interval->high, endless);
}

}  // namespace
}  // namespace handoff::harness
