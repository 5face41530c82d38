// Lengths of tasks are what they are said to be, and the bound on schedules is one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "shared/task_lengths.hpp"

namespace handoff::benchmarks {
namespace {

double mean_of(const std::vector<double>& lengths) {
    return std::accumulate(lengths.begin(), lengths.end(), 0.0) / static_cast<double>(lengths.size());
}

double share_above(const std::vector<double>& lengths, double limit) {
    return static_cast<double>(std::ranges::count_if(lengths, [=](double x) { return x > limit; })) /
           static_cast<double>(lengths.size());
}

TEST(TaskLengths, HaveTheMeanThatWasAskedFor) {
    for (const char* which : {"bimodal", "pareto"}) {
        for (const std::size_t count : {1, 7, 10'000}) {
            EXPECT_NEAR(mean_of(draw_lengths(which, count, 5000, 3)), 5000, 1e-6) << which << " " << count;
        }
    }
}

TEST(TaskLengths, FollowFromTheSeedAlone) {
    for (const char* which : {"bimodal", "pareto"}) {
        EXPECT_EQ(draw_lengths(which, 1000, 100, 7), draw_lengths(which, 1000, 100, 7)) << which;
        EXPECT_NE(draw_lengths(which, 1000, 100, 7), draw_lengths(which, 1000, 100, 8)) << which;
    }
    // on every machine
    EXPECT_EQ(drawing(0).next(), static_cast<double>((0xe220a8397b1dcdafULL >> 11) + 1) * 0x1p-53);
}

TEST(TaskLengths, OfTwoKindsAreNineInTenShortAndTheOthersTenTimesAsLong) {
    const auto lengths = draw_lengths("bimodal", 20'000, 1900, 1);
    const auto [least, most] = std::ranges::minmax(lengths);
    EXPECT_DOUBLE_EQ(most, 10 * least);
    EXPECT_NEAR(share_above(lengths, 2 * least), 0.1, 0.02);
    for (const double length : lengths) {
        EXPECT_TRUE(length == least || length == most) << length;
    }
}

TEST(TaskLengths, OfParetoHaveItsTailAndAnEnd) {
    const auto lengths = draw_lengths("pareto", 100'000, 1000, 1);
    const auto [least, most] = std::ranges::minmax(lengths);
    EXPECT_LE(most, 100 * least * (1 + 1e-9));
    EXPECT_GT(most, 50 * least) << "no tail";
    // P(X > k times the least) = k^-1.5
    for (const double k : {2.0, 5.0, 20.0}) {
        const double expected = std::pow(k, -1.5);
        EXPECT_NEAR(share_above(lengths, k * least), expected, 0.1 * expected) << k;
    }
}

TEST(ShortestMakespan, IsAnAverageOrALongTaskOrTwoThatMeet) {
    EXPECT_EQ(shortest_makespan({}, 2), 0);
    EXPECT_EQ(shortest_makespan({1, 1, 1, 1}, 2), 2);
    EXPECT_EQ(shortest_makespan({10, 1, 1}, 2), 10);
    EXPECT_EQ(shortest_makespan({4, 4, 4}, 2), 8) << "of three tasks on two workers two meet";
    EXPECT_EQ(shortest_makespan({5, 3}, 8), 5);
    EXPECT_EQ(shortest_makespan({5, 3}, 1), 8);
}

// No schedule beats the bound: tried with all schedules of a few tasks.
TEST(ShortestMakespan, IsReachedOrExceededByEverySchedule) {
    drawing draw(5);
    for (int round = 0; round < 50; ++round) {
        std::vector<double> lengths(7);
        std::ranges::generate(lengths, [&] { return draw.next(); });
        for (const std::size_t workers : {1, 2, 3}) {
            double best = 1e9;
            const auto schedules = static_cast<std::size_t>(std::pow(workers, lengths.size()));
            for (std::size_t schedule = 0; schedule < schedules; ++schedule) {
                std::vector<double> busy(workers);
                std::size_t rest = schedule;
                for (const double length : lengths) {
                    busy[rest % workers] += length;
                    rest /= workers;
                }
                best = std::min(best, *std::ranges::max_element(busy));
            }
            EXPECT_LE(shortest_makespan(lengths, workers), best * (1 + 1e-9)) << workers;
        }
    }
}

}  // namespace
}  // namespace handoff::benchmarks
