#include "statistics.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace handoff::harness {
namespace {

TEST(Statistics, MedianOfOddEvenAndOne) {
    EXPECT_DOUBLE_EQ(median({3, 1, 2}), 2);
    EXPECT_DOUBLE_EQ(median({4, 1, 3, 2}), 2.5);
    EXPECT_DOUBLE_EQ(median({7}), 7);
    EXPECT_THROW(median({}), std::invalid_argument);
}

TEST(Statistics, QuantilesInterpolate) {
    // numpy.quantile([1, 2, 3, 4, 10], [0, 0.1, 0.25, 0.9, 1])
    const std::vector<double> sample{10, 2, 3, 1, 4};
    EXPECT_DOUBLE_EQ(quantile(sample, 0), 1);
    EXPECT_DOUBLE_EQ(quantile(sample, 0.1), 1.4);
    EXPECT_DOUBLE_EQ(quantile(sample, 0.25), 2);
    EXPECT_DOUBLE_EQ(quantile(sample, 0.9), 7.6);
    EXPECT_DOUBLE_EQ(quantile(sample, 1), 10);
}

TEST(Statistics, IntervalOfTheMedianIsTheSignTestsInverse) {
    // Tables of the sign test: n = 5 cannot reach 95%; n = 6 takes the extremes (1 - 2/64); n = 15 the 4th from
    // each end (1 - 2 * 576 / 32768); n = 20 the 6th (1 - 2 * 21700 / 1048576).
    EXPECT_FALSE(interval_of_median({1, 2, 3, 4, 5}, 0.95));
    const auto six = interval_of_median({6, 5, 4, 3, 2, 1}, 0.95);
    ASSERT_TRUE(six);
    EXPECT_DOUBLE_EQ(six->low, 1);
    EXPECT_DOUBLE_EQ(six->high, 6);
    EXPECT_NEAR(six->confidence, 1 - 2.0 / 64, 1e-12);

    std::vector<double> fifteen;
    for (int i = 1; i <= 15; ++i) {
        fifteen.push_back(i);
    }
    const auto middle = interval_of_median(fifteen, 0.95);
    ASSERT_TRUE(middle);
    EXPECT_DOUBLE_EQ(middle->low, 4);
    EXPECT_DOUBLE_EQ(middle->high, 12);
    EXPECT_NEAR(middle->confidence, 1 - 2 * 576.0 / 32768, 1e-12);

    std::vector<double> twenty = fifteen;
    for (int i = 16; i <= 20; ++i) {
        twenty.push_back(i);
    }
    const auto wide = interval_of_median(twenty, 0.95);
    ASSERT_TRUE(wide);
    EXPECT_DOUBLE_EQ(wide->low, 6);
    EXPECT_DOUBLE_EQ(wide->high, 15);
    EXPECT_NEAR(wide->confidence, 1 - 2 * 21700.0 / 1048576, 1e-12);
}

TEST(Statistics, IntervalOfTiesIsAPoint) {
    const auto ties = interval_of_median({2, 2, 2, 2, 2, 2, 2}, 0.95);
    ASSERT_TRUE(ties);
    EXPECT_DOUBLE_EQ(ties->low, 2);
    EXPECT_DOUBLE_EQ(ties->high, 2);
    EXPECT_FALSE(interval_of_median({}, 0.95));
}

}  // namespace
}  // namespace handoff::harness
