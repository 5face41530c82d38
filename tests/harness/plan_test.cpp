#include "plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace handoff::harness {
namespace {

plan example(unsigned repetitions, std::uint64_t seed) {
    std::vector<listed_point> points(20);
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i].name = "x/y/z/p:" + std::to_string(i);
    }
    return make_plan(points, repetitions, seed);
}

std::vector<std::size_t> order_of(const plan& p) {
    std::vector<std::size_t> order;
    for (const auto& trial : p.trials) {
        order.push_back(trial.point);
    }
    return order;
}

TEST(Plan, EachRepetitionHasEachPointOnce) {
    const plan p = example(5, 42);
    ASSERT_EQ(p.trials.size(), 100U);
    for (std::size_t i = 0; i < 100; ++i) {
        EXPECT_EQ(p.trials[i].repetition, i / 20) << "repetitions follow one another";
    }
    std::set<std::pair<unsigned, std::size_t>> seen;
    for (const auto& trial : p.trials) {
        seen.emplace(trial.repetition, trial.point);
    }
    EXPECT_EQ(seen.size(), 100U);
}

TEST(Plan, SeedDecidesTheOrder) {
    EXPECT_EQ(order_of(example(3, 1)), order_of(example(3, 1)));
    EXPECT_NE(order_of(example(3, 1)), order_of(example(3, 2)));
}

TEST(Plan, RepetitionsHaveOrdersOfTheirOwn) {
    const auto order = order_of(example(2, 9));
    EXPECT_NE(std::vector(order.begin(), order.begin() + 20), std::vector(order.begin() + 20, order.end()));
}

TEST(Plan, TrialsHaveSeedsOfTheirOwn) {
    std::set<std::uint64_t> seeds;
    for (const auto& trial : example(5, 3).trials) {
        seeds.insert(trial.seed);
        EXPECT_LT(trial.seed, std::uint64_t{1} << 53) << "JSON readers keep 53 bits";
    }
    EXPECT_EQ(seeds.size(), 100U);
}

TEST(Plan, PacedPointsComeWhenAllOthersHaveRun) {
    std::vector<listed_point> points(20);
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i].name = std::to_string(i);
        if (i % 3 == 0) {
            points[i].paced_by = {"1", 0.5};
        }
    }
    const plan p = make_plan(points, 4, 42);
    ASSERT_EQ(p.trials.size(), 80U);
    std::set<std::pair<unsigned, std::size_t>> seen;
    for (std::size_t i = 0; i < 80; ++i) {
        const planned_trial& trial = p.trials[i];
        EXPECT_EQ(p.points[trial.point].is_paced(), i >= 52) << "13 points x 4 repetitions are not";
        EXPECT_EQ(trial.repetition, i < 52 ? i / 13 : (i - 52) / 7);
        seen.emplace(trial.repetition, trial.point);
    }
    EXPECT_EQ(seen.size(), 80U);
}

TEST(Plan, PointsThatCheckLightlyHaveATrialThatChecksInFull) {
    std::vector<listed_point> points(20);
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i].name = std::to_string(i);
        points[i].light_check = i < 5;
    }
    EXPECT_EQ(planned_trials(points, 3), 65U);
    const plan p = make_plan(points, 3, 42);
    ASSERT_EQ(p.trials.size(), 65U);
    std::set<std::pair<unsigned, std::size_t>> seen;
    std::set<std::size_t> places;
    for (std::size_t i = 0; i < p.trials.size(); ++i) {
        const planned_trial& trial = p.trials[i];
        seen.emplace(trial.repetition, trial.point);
        EXPECT_EQ(trial.check.has_value(), trial.point < 5);
        if (trial.check == check_kind::full) {
            EXPECT_EQ(trial.repetition, 3U) << "numbered after the repetitions";
            EXPECT_LT(i, 25U) << "in the first of them, so that what fails is known soon";
            places.insert(i);
        }
    }
    EXPECT_EQ(seen.size(), 65U);
    EXPECT_EQ(places.size(), 5U);
    EXPECT_LT(*places.begin(), 20U) << "among the others, not behind them";
}

TEST(Plan, EveryPlaceIsAsLikelyForEveryPoint) {
    std::map<std::size_t, int> first;
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        ++first[example(1, seed).trials.front().point];
    }
    for (std::size_t point = 0; point < 20; ++point) {
        EXPECT_NEAR(first[point], 200, 75) << point;  // 5 standard deviations of binomial(4000, 1/20)
    }
}

TEST(Plan, SaysWhatItTakes) {
    std::vector<listed_point> points(2);
    points[0].reference = true;
    points[1].paced_by = paced_by_point{points[0].name, 0.5};
    const plan p = make_plan(points, 3, 1);
    EXPECT_NEAR(expected_seconds(p.points, p.trials, 0.5), 3 * 1.03 + 3 * 0.58, 1e-9);
    EXPECT_NEAR(expected_seconds(p.points, p.trials, 60), 3 * 2.03 + 3 * 66.03, 1e-9)
        << "what only decides a rate is measured for a second";
}

}  // namespace
}  // namespace handoff::harness
