// Items on a schedule are due when they are said to be, and a queue that cannot keep up is told from one that
// stood still.
#include "shared/timetable.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace handoff::benchmarks {
namespace {

TEST(Timetable, FixedArrivalsAreEvenAndProducersOutOfStep) {
    const timetable when("fixed", 1e6, 4, 1);  // 1 us between items, 4 us between one producer's
    for (std::uint64_t p = 0; p < 4; ++p) {
        for (const std::uint64_t k :
             {0UL, 1UL, 2UL, timetable::drawn - 1, timetable::drawn, 5 * timetable::drawn + 3}) {
            const double due = 4000.0 * static_cast<double>(k) + 1000.0 * static_cast<double>(p);
            EXPECT_NEAR(static_cast<double>(when.due(p, k)), due, 1) << p << " " << k;
        }
    }
}

TEST(Timetable, PoissonArrivalsAscendAndKeepTheRate) {
    const timetable when("poisson", 2e6, 2, 7);  // 1 us between one producer's
    for (std::uint64_t p = 0; p < 2; ++p) {
        for (std::uint64_t k = 1; k < 3 * timetable::drawn; ++k) {
            ASSERT_GE(when.due(p, k), when.due(p, k - 1)) << p << " " << k;
        }
        // What was drawn is scaled, so that a round takes exactly as long as it should.
        EXPECT_NEAR(static_cast<double>(when.due(p, timetable::drawn) - when.due(p, 0)),
                    1000.0 * static_cast<double>(timetable::drawn), 1);
    }
}

TEST(Timetable, PoissonGapsAreExponential) {
    const timetable when("poisson", 1e3, 1, 11);  // mean 1 ms
    const double mean = 1e6;
    double squares = 0;
    std::size_t longer = 0;
    for (std::uint64_t k = 1; k <= timetable::drawn; ++k) {
        const double gap = static_cast<double>(when.due(0, k) - when.due(0, k - 1));
        squares += gap * gap;
        longer += gap > 2 * mean;
    }
    const double n = static_cast<double>(timetable::drawn);
    // Standard errors: of the second moment (2 mean^2) sqrt(20 / n), of the share above 2 mean sqrt(0.135 x
    // 0.865 / n).
    EXPECT_NEAR(squares / n / (mean * mean), 2, 5 * std::sqrt(20 / n));
    EXPECT_NEAR(static_cast<double>(longer) / n, std::exp(-2.0), 5 * std::sqrt(0.117 / n));
}

TEST(Timetable, FollowsFromTheSeedAlone) {
    EXPECT_EQ(timetable("poisson", 1e6, 1, 3).due(0, 1000), timetable("poisson", 1e6, 1, 3).due(0, 1000));
    EXPECT_NE(timetable("poisson", 1e6, 1, 3).due(0, 1000), timetable("poisson", 1e6, 1, 4).due(0, 1000));
}

TEST(Timetable, AWalkMeetsTheSameTimes) {
    const timetable when("poisson", 1e6, 3, 5);
    for (std::uint64_t p = 0; p < 3; ++p) {
        timetable::walk items = when.of(p);
        for (std::uint64_t k = 0; k < 2 * timetable::drawn + 5; ++k, items.next()) {
            ASSERT_EQ(items.due(), when.due(p, k)) << p << " " << k;
        }
    }
}

TEST(Timetable, AProducerThatDoesNotExistIsNoReadBeyondTheTable) {
    const timetable when("fixed", 1e6, 2, 1);
    EXPECT_EQ(when.due(65535, 5), when.due(0, 5));
}

TEST(Timetable, StagesChangeTheRateAndNothingElse) {
    // 1 us between items; for 10 ms half as many, for 10 ms twice as many, then as many.
    const std::vector<timetable::stage> stages{{0.5, 10e6}, {2, 10e6}, {1, 10e6}};
    for (const char* arrivals : {"fixed", "poisson"}) {
        const timetable when(arrivals, 1e6, 2, 3, stages);
        int due[4] = {0, 0, 0, 0};
        for (std::uint64_t p = 0; p < 2; ++p) {
            timetable::walk items = when.of(p);
            std::int64_t before = 0;
            for (std::uint64_t k = 0; items.due() < 40'000'000; ++k, items.next()) {
                ASSERT_EQ(items.due(), when.due(p, k)) << arrivals << " " << p << " " << k;
                ASSERT_GE(items.due(), before);
                before = items.due();
                ++due[before / 10'000'000];
            }
        }
        // Poisson: four standard deviations
        const double most_off = *arrivals == 'f' ? 2 : 4;
        const int expected[] = {5'000, 20'000, 10'000, 10'000};
        for (int stage = 0; stage < 4; ++stage) {
            EXPECT_NEAR(due[stage], expected[stage],
                        *arrivals == 'f' ? most_off : most_off * std::sqrt(expected[stage]))
                << arrivals << " " << stage;
        }
    }
}

TEST(Timetable, OneStageIsNone) {
    const timetable plain("fixed", 1e6, 1, 1);
    const timetable staged("fixed", 1e6, 1, 1, {{1, 1e6}});
    for (std::uint64_t k = 0; k < 5'000; k += 7) {
        EXPECT_EQ(staged.due(0, k), plain.due(0, k));
    }
}

/// What a queue that carries `capacity` items per second makes of a schedule of `items`, one each microsecond
/// on the mean, if it stands still for `stall_ns` at `stall_at`.
bool saturated(double capacity, double stall_at = 0, double stall_ns = 0, const char* arrivals = "fixed",
               std::uint64_t seed = 1, int items = 40'000) {
    const timetable when(arrivals, 1e6, 1, seed);
    lag_watch lag(when.due(0, static_cast<std::uint64_t>(items - 1)));
    double free_at = 0;
    for (int i = 0; i < items; ++i) {
        const std::int64_t due = when.due(0, static_cast<std::uint64_t>(i));
        double begin = std::max(static_cast<double>(due), free_at);
        if (begin >= stall_at && begin < stall_at + stall_ns) {
            begin = stall_at + stall_ns;
        }
        free_at = begin + 1e9 / capacity;
        lag.see(due, static_cast<std::int64_t>(free_at) - due);
    }
    return lag.saturated();
}

/// A queue that is offered that many percent of what it carries.
bool saturated_at(double percent, const char* arrivals, std::uint64_t seed, int items) {
    return saturated(1e8 / percent, 0, 0, arrivals, seed, items);
}

TEST(Saturation, IsToBeOfferedMoreThanOneCarriesByHoweverLittle) {
    for (const double percent : {50.0, 96.0, 99.0}) {
        EXPECT_FALSE(saturated_at(percent, "fixed", 1, 40'000)) << percent;
    }
    for (const double percent : {101.0, 104.0, 110.0, 200.0, 1e4}) {
        for (const int items : {4'000, 40'000, 400'000}) {
            EXPECT_TRUE(saturated_at(percent, "fixed", 1, items)) << percent << " " << items;
        }
    }
}

TEST(Saturation, IsToldFromArrivalsThatComeInBursts) {
    // Of trials long enough that 1% is more than what chance gathers in a slice: 400,000 items, 1% of a slice
    // of 33,333 are 333, and chance gathers some 180.
    int found[3] = {0, 0, 0};
    constexpr int runs = 40;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        EXPECT_FALSE(saturated_at(96, "poisson", seed, 400'000)) << seed;
        EXPECT_TRUE(saturated_at(110, "poisson", seed, 400'000)) << seed;
        found[0] += saturated_at(99, "poisson", seed, 400'000);
        found[1] += saturated_at(101, "poisson", seed, 400'000);
        found[2] += saturated_at(104, "poisson", seed, 400'000);
    }
    EXPECT_LE(found[0], runs / 20);
    EXPECT_GE(found[1], runs * 3 / 4);
    EXPECT_EQ(found[2], runs);
}

TEST(Saturation, IsNotToStandStillOnce) {
    for (const double capacity : {1.05e6, 1.5e6, 10e6}) {
        for (double at = 0; at < 40e6; at += 1.7e6) {
            for (const double length : {1e6, 5e6, 8e6}) {
                EXPECT_FALSE(saturated(capacity, at, length)) << capacity << " " << at << " " << length;
            }
        }
    }
}

TEST(Saturation, IsSeenThoughTheQueueStoodStillOnceAsWell) {
    for (double at = 0; at < 40e6; at += 1.7e6) {
        EXPECT_TRUE(saturated(1e6 / 1.04, at, 5e6)) << at;
    }
}

TEST(Saturation, OfASliceWithoutItemsNothingIsSaid) {
    lag_watch lag(12'000);
    for (std::int64_t slice = 0; slice < 7; ++slice) {
        lag.see(1000 * slice + 500, 100 * slice);
    }
    EXPECT_FALSE(lag.saturated()) << "too few";
    lag_watch other(12'000);
    other.see(9'500, 900);
    lag.merge(other);
    EXPECT_TRUE(lag.saturated()) << "what two consumers saw is one schedule";
}

}  // namespace
}  // namespace handoff::benchmarks
