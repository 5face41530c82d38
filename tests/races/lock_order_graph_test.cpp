#include "lock_order_graph.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace handoff::races {
namespace {

using cycle = lock_order_graph::cycle;

class LockOrderGraph : public testing::Test {
protected:
    void SetUp() override {
        for (const char* name : {"a", "b", "c", "d"}) {
            graph.add(name);
        }
    }

    /// One thread takes the locks in this order and releases them in the opposite one.
    std::optional<cycle> take(unsigned thread, const std::vector<std::size_t>& locks) {
        std::optional<cycle> found;
        for (const std::size_t lock : locks) {
            if (auto c = graph.acquiring(thread, lock)) {
                found = c;
            }
        }
        for (auto lock = locks.rbegin(); lock != locks.rend(); ++lock) {
            graph.released(thread, *lock);
        }
        return found;
    }

    static constexpr std::size_t a = 0, b = 1, c = 2, d = 3;
    lock_order_graph graph;
};

TEST_F(LockOrderGraph, OppositeOrdersAreACycleEvenOneAfterTheOther) {
    EXPECT_FALSE(take(0, {a, b}));
    const auto found = take(1, {b, a});
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, (cycle{"b", "a", "b"}));
}

TEST_F(LockOrderGraph, TheCycleIsReportedBeforeTheWaitThatClosesIt) {
    EXPECT_FALSE(graph.acquiring(0, a));
    EXPECT_FALSE(graph.acquiring(1, b));
    EXPECT_FALSE(graph.acquiring(0, b));
    EXPECT_EQ(graph.acquiring(1, a), (cycle{"b", "a", "b"}));
}

TEST_F(LockOrderGraph, OneOrderIsNone) {
    for (unsigned thread = 0; thread < 3; ++thread) {
        EXPECT_FALSE(take(thread, {a, b, c, d}));
        EXPECT_FALSE(take(thread, {a, c}));
        EXPECT_FALSE(take(thread, {b, d}));
    }
}

TEST_F(LockOrderGraph, ACycleOfFourNamesAllFourInOrder) {
    EXPECT_FALSE(take(0, {a, b}));
    EXPECT_FALSE(take(1, {c, d}));
    EXPECT_FALSE(take(2, {b, c}));
    EXPECT_EQ(take(3, {d, a}), (cycle{"d", "a", "b", "c", "d"}));
}

TEST_F(LockOrderGraph, AnEarlierLockThatIsStillHeldCounts) {
    EXPECT_FALSE(take(0, {a, b, c}));
    EXPECT_EQ(take(1, {c, d, a}), (cycle{"c", "a", "c"}));  // d stands between, and c is held all the same
}

TEST_F(LockOrderGraph, ABranchThatLeadsNowhereIsNotPartOfTheCycle) {
    EXPECT_FALSE(take(0, {a, d}));
    EXPECT_FALSE(take(0, {a, b}));
    EXPECT_FALSE(take(0, {b, c}));
    EXPECT_EQ(take(1, {c, a}), (cycle{"c", "a", "b", "c"}));
}

TEST_F(LockOrderGraph, TakingAHeldLockAgainIsACycleOfOne) {
    EXPECT_FALSE(graph.acquiring(0, a));
    EXPECT_EQ(graph.acquiring(0, a), (cycle{"a", "a"}));
}

TEST_F(LockOrderGraph, WhatWasReleasedOrdersNothing) {
    EXPECT_FALSE(take(0, {a}));
    EXPECT_FALSE(take(0, {b, a}));
    EXPECT_FALSE(graph.acquiring(1, a));
    graph.released(1, a);
    EXPECT_FALSE(graph.acquiring(1, b));
}

TEST_F(LockOrderGraph, ReleasesNeedNotMirrorAcquisitions) {
    EXPECT_FALSE(graph.acquiring(0, a));
    EXPECT_FALSE(graph.acquiring(0, b));
    graph.released(0, a);
    EXPECT_FALSE(graph.acquiring(0, c));                      // b -> c, and no a -> c:
    EXPECT_EQ(take(1, {c, a}), (cycle{"c", "a", "b", "c"}));  // the cycle is not {c, a, c}
}

TEST_F(LockOrderGraph, WhoOnlyTriesWaitsForNobody) {
    EXPECT_FALSE(take(0, {a, b}));
    EXPECT_FALSE(graph.acquiring(1, b));
    graph.took(1, a);
    EXPECT_FALSE(graph.acquiring(1, c));  // a -> c
    EXPECT_EQ(take(2, {c, a}), (cycle{"c", "a", "c"}));
}

TEST_F(LockOrderGraph, AKnownOrderIsNotReportedAgainUntilForgotten) {
    EXPECT_FALSE(take(0, {a, b}));
    EXPECT_TRUE(take(1, {b, a}));
    EXPECT_FALSE(take(1, {b, a}));
    EXPECT_FALSE(take(0, {a, b}));
    graph.forget();
    EXPECT_FALSE(take(1, {b, a}));
    EXPECT_TRUE(take(0, {a, b}));
}

TEST_F(LockOrderGraph, RefusesWhatIsNotThere) {
    EXPECT_THROW(graph.acquiring(0, 4), std::out_of_range);
    EXPECT_THROW(graph.took(0, 4), std::out_of_range);
    EXPECT_THROW(graph.released(0, a), std::logic_error);
}

TEST(LockOrderGraphOfMany, AThousandLocksInARing) {
    lock_order_graph graph;
    constexpr std::size_t locks = 1000;
    for (std::size_t i = 0; i < locks; ++i) {
        graph.add("lock" + std::to_string(i));
    }
    for (std::size_t i = 0; i < locks; ++i) {
        const auto thread = static_cast<unsigned>(i);
        EXPECT_FALSE(graph.acquiring(thread, i));
        const auto found = graph.acquiring(thread, (i + 1) % locks);
        ASSERT_EQ(found.has_value(), i + 1 == locks);
        if (found) {
            EXPECT_EQ(found->size(), locks + 1);
            EXPECT_EQ(found->front(), found->back());
        }
        graph.released(thread, (i + 1) % locks);
        graph.released(thread, i);
    }
}

TEST(LockOrderGraphOfMany, ThreadsReportACycleOnceAmongThem) {
    for (int round = 0; round < 50; ++round) {
        lock_order_graph graph;
        const auto a = graph.add("a");
        const auto b = graph.add("b");
        std::atomic<int> reports{0};
        const auto work = [&](unsigned self) {
            const auto first = self % 2 == 0 ? a : b;
            for (int i = 0; i < 100; ++i) {
                reports += graph.acquiring(self, first).has_value();
                reports += graph.acquiring(self, first == a ? b : a).has_value();
                graph.released(self, a);
                graph.released(self, b);
            }
        };
        {
            std::jthread other(work, 0);
            std::jthread third(work, 1);
            work(2);
        }
        EXPECT_EQ(reports, 1);
    }
}

}  // namespace
}  // namespace handoff::races
