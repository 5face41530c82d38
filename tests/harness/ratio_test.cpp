#include "ratio.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

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

}  // namespace
}  // namespace handoff::harness
