#include "places.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace handoff::harness {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

TEST(Places, TheChanceOfRanksIsThatOfTheTables) {
    EXPECT_DOUBLE_EQ(chance_of_ranks_as_low({1, 2, 3}, {4, 5, 6}), 1.0 / 20);
    EXPECT_DOUBLE_EQ(chance_of_ranks_as_low({1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}), 1.0 / 252);
    EXPECT_DOUBLE_EQ(chance_of_ranks_as_low({1, 2, 3, 4, 6}, {5, 7, 8, 9, 10}), 2.0 / 252);
    EXPECT_DOUBLE_EQ(chance_of_ranks_as_low({6, 7, 8, 9, 10}, {1, 2, 3, 4, 5}), 1);
    EXPECT_DOUBLE_EQ(chance_of_ranks_as_low({1}, {}), 1);
    // scipy.stats.mannwhitneyu(a, b, alternative="less", method="exact")
    EXPECT_NEAR(chance_of_ranks_as_low({1, 4, 5, 7, 9, 10}, {2, 3, 6, 8, 11, 12, 13}), 0.22261, 1e-5);
}

TEST(Places, EqualAndInfiniteValuesShareTheirRank) {
    EXPECT_DOUBLE_EQ(chance_of_ranks_as_low({7, 7, 7}, {7, 7, 7}), 1);
    EXPECT_DOUBLE_EQ(chance_of_ranks_as_low({1, 2, infinite}, {infinite, infinite, infinite}),
                     4.0 / 20);  // of 1, 2 and any of the four infinite ones
    EXPECT_THROW(chance_of_ranks_as_low({std::nan("")}, {1}), std::invalid_argument);
}

TEST(Places, ManyValuesAreJudgedByTheNormalDistribution) {
    std::vector<double> a;
    std::vector<double> b;
    for (int i = 0; i < 30; ++i) {
        a.push_back(2 * i);
        b.push_back(2 * i + 5);
    }
    const double exact = chance_of_ranks_as_low(a, b);
    a.push_back(60);
    b.push_back(65);
    const double normal = chance_of_ranks_as_low(a, b);
    EXPECT_NEAR(normal, exact, 0.02);
    EXPECT_NEAR(chance_of_ranks_as_low(b, a), 1 - normal, 0.02);
}

TEST(Places, OverlappingSpreadsShareOne) {
    const std::vector<double> fast{10, 11, 12, 13, 14};
    const std::vector<double> like_it{10.5, 11.5, 12.5, 13.5, 14.5};
    const std::vector<double> slow{20, 21, 22, 23, 24};
    EXPECT_EQ(places_of({fast, like_it, slow}), (std::vector<place_range>{{1, 2}, {1, 2}, {3, 3}}));
    EXPECT_EQ(places_of({{10}, {20}}), (std::vector<place_range>{{1, 2}, {1, 2}}))
        << "one trial each says nothing";
    EXPECT_EQ(places_of({fast}), (std::vector<place_range>{{1, 1}}));
}

TEST(Places, AChainOfNeighboursIsNoGroup) {
    const std::vector<double> first{10, 11, 12, 13, 14};
    const std::vector<double> middle{12.5, 13.5, 14.5, 15.5, 16.5};
    const std::vector<double> last{15, 16, 17, 18, 19};
    EXPECT_EQ(places_of({first, middle, last}), (std::vector<place_range>{{1, 2}, {1, 3}, {2, 3}}));
}

}  // namespace
}  // namespace handoff::harness
