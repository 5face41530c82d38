// The progress bar of a run.
#include "progress.hpp"

#include <gtest/gtest.h>

namespace handoff::harness {
namespace {

TEST(Progress, ShowsItsCountAtAnyWidth) {
    const auto at = [](std::size_t width) {
        return progress_line(30, 120, "ETA 5 s", "queues/transfer", width);
    };
    EXPECT_EQ(at(80), "[######..................] 30/120  ETA 5 s  queues/transfer");
    EXPECT_EQ(at(45), "[######..................] 30/120  ETA 5 s  q");
    EXPECT_EQ(at(40), "[######..................] 30/120  queue");
    EXPECT_EQ(at(20), "[##.........] 30/120");
    EXPECT_EQ(at(13), "[#...] 30/120");
    EXPECT_EQ(at(12), "30/120  queu");
    EXPECT_EQ(at(6), "30/120");
    for (std::size_t width = 1; width < 100; ++width) {
        EXPECT_LE(at(width).size(), width);
        EXPECT_NE(at(width).find(std::string("30/120").substr(0, width)), std::string::npos) << width;
    }
}

TEST(Progress, TheTimeThatIsLeftGoesByWhatTrialsTakeAndNotByTheirNumber) {
    EXPECT_EQ(eta_text(1, 0, 16), "");
    EXPECT_EQ(eta_text(16, 16, 960), "ETA 16 min 00 s");  // sixteen short trials, and then sixteen of a minute
    EXPECT_EQ(eta_text(32, 16, 960), "ETA 32 min 00 s");
    EXPECT_EQ(eta_text(5000, 1, 2), "ETA 2 h 46 min");
    EXPECT_EQ(eta_text(5, 1, -1e-9), "ETA 0 s");
}

TEST(Progress, OfNothingIsFull) {
    EXPECT_EQ(progress_line(0, 0, "", "", 12), "[######] 0/0");
}

}  // namespace
}  // namespace handoff::harness
