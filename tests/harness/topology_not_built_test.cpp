// A build without hwloc: placements that need to know what CPUs share are left out with the reason, all others
// work.
#include <gtest/gtest.h>

#include "hwloc_topology.hpp"
#include "topology.hpp"

namespace handoff::harness {
namespace {

TEST(Topology, WithoutHwlocPlacementsSayWhatIsMissing) {
    ASSERT_NE(hwloc_not_built, "");
    for (const placement where : {placement::smt_sibling, placement::same_cache, placement::other_socket,
                                  placement::performance, placement::efficiency}) {
        EXPECT_EQ(why_no_seats(where, 2), "not built: " + hwloc_not_built);
    }
    EXPECT_EQ(why_no_seats(placement::spread, 2), "");
    EXPECT_EQ(seats(placement::spread, processors().size()).size(), processors().size());
    EXPECT_EQ(seats(placement::same_core, 3).size(), 3U);
}

TEST(Topology, OfMadeUpMachines) {
    GTEST_SKIP() << hwloc_not_built;
}

}  // namespace
}  // namespace handoff::harness
