// What every barrier of the catalog must do, and under stress; once per barrier, from the catalog.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "concepts/locks.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {

template <class Barrier>
class BarrierConformance : public testing::Test {};
TYPED_TEST_SUITE_P(BarrierConformance);

TYPED_TEST_P(BarrierConformance, DeclaresItself) {
    static_assert(impls::barrier<TypeParam>);
    static_assert(!std::is_copy_constructible_v<TypeParam> && !std::is_copy_assignable_v<TypeParam>);
}

TYPED_TEST_P(BarrierConformance, OnePartyNeverWaits) {
    TypeParam barrier(1);
    auto&& party = impls::party_end(barrier);
    for (int i = 0; i < 100; ++i) {
        party.arrive_and_wait();
    }
}

TYPED_TEST_P(BarrierConformance, NobodyPassesBeforeTheLastArrives) {
    TypeParam barrier(3);
    auto&& party = impls::party_end(barrier);
    for (int episode = 0; episode < 4; ++episode) {
        // Other threads, and other handles, in each episode: the places stay the same.
        const auto arrive = [&] {
            auto&& end = impls::party_end(barrier);
            end.arrive_and_wait();
        };
        waiter first(arrive);
        EXPECT_TRUE(first.waits());
        waiter second(arrive);
        EXPECT_TRUE(second.waits());
        EXPECT_FALSE(first.done());
        party.arrive_and_wait();
    }
}

REGISTER_TYPED_TEST_SUITE_P(BarrierConformance, DeclaresItself, OnePartyNeverWaits,
                            NobodyPassesBeforeTheLastArrives);

template <class Barrier>
class BarrierStress : public testing::Test {
protected:
    /// All parties write into plain places of their own, meet, and find all others' writes of this episode and
    /// none of the next. The first party ends it, in an episode, when the time is over. Returns the episodes.
    static std::uint64_t meet(Barrier& barrier, unsigned parties, std::chrono::milliseconds time) {
        std::vector<std::uint64_t> written(parties);
        std::vector<std::uint64_t> wrong(parties);
        bool over = false;
        std::uint64_t episodes = 0;
        const deadline enough(time);
        together(parties, [&](unsigned me) {
            auto&& party = impls::party_end(barrier);
            for (std::uint64_t episode = 1;; ++episode) {
                written[me] = episode;
                if (me == 0) {
                    over = enough();
                    episodes = episode;
                } else if ((episode + me) % 32 == 0) {
                    std::this_thread::yield();
                }
                party.arrive_and_wait();
                for (const std::uint64_t other : written) {
                    wrong[me] += other != episode;
                }
                const bool last = over;
                party.arrive_and_wait();  // nobody writes while others look
                if (last) {
                    break;
                }
            }
        });
        EXPECT_EQ(wrong, std::vector<std::uint64_t>(parties)) << parties << " parties";
        return episodes;
    }
};
TYPED_TEST_SUITE_P(BarrierStress);

TYPED_TEST_P(BarrierStress, AllMeetInEveryEpisode) {
    for (const unsigned parties : {2U, 3U, std::thread::hardware_concurrency() + 3}) {
        TypeParam barrier(parties);
        EXPECT_GT(this->meet(barrier, parties, 200ms), 0U);
    }
}

/// Other threads with other handles go on where those before have stopped, after even and odd numbers of
/// episodes.
TYPED_TEST_P(BarrierStress, IsUsedAgainByOthers) {
    constexpr unsigned parties = 3;
    TypeParam barrier(parties);
    for (int round = 0; round < 30; ++round) {
        std::vector<int> arrived(parties);
        together(parties, [&](unsigned me) {
            auto&& party = impls::party_end(barrier);
            for (int episode = 0; episode <= round % 4; ++episode) {
                arrived[me] = episode + 1;
                party.arrive_and_wait();
            }
            EXPECT_EQ(arrived, std::vector<int>(parties, round % 4 + 1));
        });
    }
}

/// Hangs if a wake-up is lost: with two parties each episode needs one.
TYPED_TEST_P(BarrierStress, NobodySleepsForEver) {
    constexpr int rounds = 300;
    TypeParam barrier(2);
    std::vector<int> passed(2);
    together(2, [&](unsigned me) {
        auto&& party = impls::party_end(barrier);
        for (int i = 0; i < rounds; ++i) {
            if (i % 2 == static_cast<int>(me)) {
                std::this_thread::sleep_for(20us);  // the other falls asleep
            }
            party.arrive_and_wait();
            ++passed[me];
        }
    });
    EXPECT_EQ(passed, std::vector<int>(2, rounds));
}

REGISTER_TYPED_TEST_SUITE_P(BarrierStress, AllMeetInEveryEpisode, IsUsedAgainByOthers, NobodySleepsForEver);

}  // namespace handoff::tests
