#include "interval.hpp"

#include <gtest/gtest.h>

namespace handoff::races {
namespace {

TEST(Wilson, PublishedExamples) {
    // Newcombe, "Two-Sided Confidence Intervals for the Single Proportion", Statistics in Medicine 17 (1998),
    // Table I, the score method without continuity correction
    const auto expect = [](std::uint64_t failures, std::uint64_t rounds, double low, double high) {
        const interval sure = wilson(failures, rounds);
        EXPECT_NEAR(sure.low, low, 5e-5) << failures << "/" << rounds;
        EXPECT_NEAR(sure.high, high, 5e-5) << failures << "/" << rounds;
    };
    expect(81, 263, 0.2553, 0.3662);
    expect(15, 148, 0.0624, 0.1605);
    expect(0, 20, 0, 0.1611);
    expect(1, 29, 0.0061, 0.1718);
}

TEST(Wilson, EndsAreWhereTheRateIsJustPlausible) {
    // What defines it: rate and end are 1.96 standard deviations apart, by the end's own deviation.
    for (const auto& [failures, rounds] : {std::pair{1, 7}, {3, 10}, {50, 100}, {999, 1000}, {12345, 100000}}) {
        const interval sure = wilson(failures, rounds);
        const double rate = static_cast<double>(failures) / rounds;
        for (const double end : {sure.low, sure.high}) {
            EXPECT_NEAR(std::abs(rate - end) / std::sqrt(end * (1 - end) / rounds), 1.959964, 1e-6);
        }
        EXPECT_LT(sure.low, rate);
        EXPECT_LT(rate, sure.high);
    }
}

TEST(Wilson, NoFailureLeavesAnUpperBoundThatShrinksWithTheRounds) {
    double before = 1;
    for (const std::uint64_t rounds : {1, 10, 1000, 1'000'000, 1'000'000'000}) {
        const interval sure = wilson(0, rounds);
        EXPECT_EQ(sure.low, 0);
        EXPECT_GT(sure.high, 0);
        EXPECT_LT(sure.high, before);
        EXPECT_NEAR(sure.high, 3.841459 / (static_cast<double>(rounds) + 3.841459), 1e-6);
        before = sure.high;
    }
}

TEST(Wilson, AllFailuresMirrorNone) {
    const interval none = wilson(0, 37);
    const interval all = wilson(37, 37);
    EXPECT_EQ(all.high, 1);
    EXPECT_NEAR(all.low, 1 - none.high, 1e-12);
}

TEST(Wilson, RefusesWhatIsNoProportion) {
    EXPECT_THROW(wilson(0, 0), std::invalid_argument);
    EXPECT_THROW(wilson(2, 1), std::invalid_argument);
}

}  // namespace
}  // namespace handoff::races
