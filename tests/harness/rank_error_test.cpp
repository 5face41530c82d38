#include "shared/rank_error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace handoff::benchmarks {
namespace {

/// By the definition, item by item.
std::vector<misplacement> by_definition(std::vector<passage> all, leaving order) {
    for (passage& p : all) {  // whatever its pop waited for
        p.pop.begun = std::max(p.pop.begun, p.push.begun);
        p.push.ended = std::min(p.push.ended, p.pop.ended);
    }
    const auto is_before = [order](const passage& a, const passage& b) {
        return order == leaving::by_priority ? a.priority < b.priority : a.push.ended < b.push.begun;
    };
    std::vector<misplacement> found;
    for (const passage& x : all) {
        if (x.pop.begun == never.begun) {
            continue;
        }
        misplacement m{0, 0};
        for (const passage& y : all) {
            m.rank_error += is_before(y, x) && y.push.ended < x.pop.begun && y.pop.begun > x.pop.ended;
            m.delay += is_before(x, y) && y.pop.begun > x.push.ended && y.pop.ended < x.pop.begun;
        }
        found.push_back(m);
    }
    return found;
}

void expect_equal(const std::vector<misplacement>& a, const std::vector<misplacement>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].rank_error, b[i].rank_error) << i;
        EXPECT_EQ(a[i].delay, b[i].delay) << i;
    }
}

TEST(RankError, OneThatIsOvertakenAndOneThatOvertakes) {
    // pushed 0, 1, 2, 3; popped 2, 0, 1; 3 stays
    const std::vector<passage> all{{{1, 2}, {13, 14}}, {{3, 4}, {15, 16}}, {{5, 6}, {11, 12}}, {{7, 8}}};
    const std::vector<misplacement> found = misplacements(all, leaving::by_push);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].rank_error, 0U);
    EXPECT_EQ(found[0].delay, 1U);
    EXPECT_EQ(found[1].rank_error, 0U);
    EXPECT_EQ(found[1].delay, 1U);
    EXPECT_EQ(found[2].rank_error, 2U);
    EXPECT_EQ(found[2].delay, 0U);
    EXPECT_EQ(largest_rank_error(all, leaving::by_push), 2U);
}

TEST(RankError, WhatOverlapsIsNotOutOfOrder) {
    // Two pushes at once, and two pops at once: either order is right.
    EXPECT_EQ(largest_rank_error({{{1, 4}, {10, 11}}, {{2, 3}, {8, 9}}}, leaving::by_push), 0U);
    EXPECT_EQ(largest_rank_error({{{1, 2}, {8, 11}}, {{3, 4}, {9, 10}}}, leaving::by_push), 0U);
    // The lesser item came while the other was being popped.
    EXPECT_EQ(largest_rank_error({{{1, 2}, {5, 9}, 7}, {{6, 7}, {10, 11}, 3}}, leaving::by_priority), 0U);
    EXPECT_EQ(largest_rank_error({{{1, 2}, {5, 9}, 7}, {{3, 4}, {10, 11}, 3}}, leaving::by_priority), 1U);
}

TEST(RankError, IsWhatTheDefinitionSays) {
    std::mt19937_64 random(1);
    const auto below = [&](std::int64_t n) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
    };
    for (int round = 0; round < 200; ++round) {
        std::vector<passage> all;
        const std::int64_t width = 1 + below(40);  // of operations, so that more or fewer of them overlap
        for (int i = 0; i < 60; ++i) {
            const std::int64_t push = 1 + below(300);
            const operation_time pushed{push, push + 1 + below(width)};
            // A pop may begin before the push of its item has ended, and even before that push has begun.
            const std::int64_t pop = std::max<std::int64_t>(1, pushed.ended - 20 + below(200));
            const std::int64_t popped = std::max(pop, pushed.begun) + 1 + below(width);
            all.push_back({pushed, below(8) == 0 ? never : operation_time{pop, popped}, random() % 50});
        }
        for (const leaving order : {leaving::by_push, leaving::by_priority}) {
            expect_equal(misplacements(all, order), by_definition(all, order));
        }
    }
}

}  // namespace
}  // namespace handoff::benchmarks
