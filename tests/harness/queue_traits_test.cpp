// What queues declare of themselves, and what follows for their points.
#include "queues/traits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace handoff::benchmarks {
namespace {

harness::point point_with(std::vector<std::pair<std::string, std::string>> values) {
    return {"queues", "transfer", "ring", std::move(values)};
}

TEST(QueueTraits, WhatSpinsForItsOwnKindStallsACrowdOfThatKind) {
    const std::string push = "a push of ring spins for an earlier one whose thread has lost its CPU";
    const std::string pop = "a pop of ring spins for an earlier one whose thread has lost its CPU";
    const auto one_to_many = point_with({{"producers", "1"}, {"consumers", "3"}});
    const auto many_to_one = point_with({{"producers", "3"}, {"consumers", "1"}});
    const auto pairs = point_with({{"threads", "4"}});
    queue_traits ring{};
    ring.name = "ring";
    EXPECT_EQ(ring.stalls_crowded(pairs), "");
    ring.pushes_spin_for_pushes = true;
    EXPECT_EQ(ring.stalls_crowded(one_to_many), "");
    EXPECT_EQ(ring.stalls_crowded(many_to_one), push);
    EXPECT_EQ(ring.stalls_crowded(pairs), push);
    EXPECT_EQ(ring.stalls_crowded(point_with({{"threads", "1"}})), "");
    EXPECT_EQ(ring.stalls_crowded(point_with({{"burst", "64"}})), "") << "a thread of each kind";
    ring.pops_spin_for_pops = true;
    EXPECT_EQ(ring.stalls_crowded(one_to_many), pop);
    ring.pushes_spin_for_pushes = false;
    EXPECT_EQ(ring.stalls_crowded(many_to_one), "");
    EXPECT_EQ(ring.stalls_crowded(pairs), pop);
}

}  // namespace
}  // namespace handoff::benchmarks
