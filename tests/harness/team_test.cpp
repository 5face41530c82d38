#include "team.hpp"

#include <gtest/gtest.h>

#include <sched.h>

#include <atomic>
#include <chrono>
#include <set>
#include <system_error>
#include <thread>

namespace handoff::harness {
namespace {

using namespace std::chrono_literals;

const auto plain_window = [](const std::function<void()>& go) { go(); };

TEST(Team, TimesEachThreadBetweenTheGateAndItsStop) {
    team crew(placement::unpinned);
    for (const auto nap : {200ms, 400ms}) {
        crew.add("sleeper", [nap](lap& me) {
            std::this_thread::sleep_for(1s);  // setting up is not measured
            me.start();
            std::this_thread::sleep_for(nap);
            me.stop(7);
            std::this_thread::sleep_for(1s);  // nor is what follows
        });
    }
    const team_report r = crew.run(plain_window, [] { ADD_FAILURE() << "nothing to rescue"; });
    ASSERT_EQ(r.threads.size(), 2U);
    EXPECT_GE(r.window_seconds, 0.4);
    EXPECT_LT(r.window_seconds, 1.0) << "setting up or tearing down was measured";
    EXPECT_NEAR(r.overlap, 0.5, 0.3) << "both ran for half of the window";
    EXPECT_EQ(r.threads[0].items, 7U);
    EXPECT_EQ(r.threads[0].cpu, -1);
    EXPECT_LT(r.threads[0].cpu_seconds, 0.1) << "a sleeping thread uses no CPU";
    EXPECT_GE(r.threads[1].voluntary_switches, 1U);
}

TEST(Team, NobodyStartsBeforeEverybodyIsReady) {
    team crew(placement::unpinned);
    std::atomic<int> ready{0};
    std::atomic<bool> early{false};
    for (int i = 0; i < 4; ++i) {
        crew.add("runner", [&, i](lap& me) {
            std::this_thread::sleep_for(i * 5ms);
            ++ready;
            me.start();
            early = early || ready != 4;
            me.stop(1);
        });
    }
    crew.run(plain_window, [] {});
    EXPECT_FALSE(early.load());
}

TEST(Team, IsRescuedWhenOneRoleIsDoneAndTheOtherStandsStill) {
    team crew(placement::unpinned);
    std::atomic<bool> give_up{false};
    crew.add("producer", [](lap& me) {
        me.start();
        me.stop(1);
    });
    crew.add("consumer", [&](lap& me) {
        me.start();
        while (!give_up) {
            std::this_thread::sleep_for(1ms);
        }
        me.stop(0);
    });
    const team_report r = crew.run(plain_window, [&] { give_up = true; }, 50ms);
    EXPECT_TRUE(r.rescued);
}

TEST(Team, IsNotRescuedWhileBothRolesWork) {
    team crew(placement::unpinned);
    for (const char* role : {"producer", "consumer"}) {
        crew.add(role, [](lap& me) {
            me.start();
            std::this_thread::sleep_for(1s);
            me.stop(1);
        });
    }
    const team_report r = crew.run(plain_window, [] { ADD_FAILURE() << "rescued too early"; }, 300ms);
    EXPECT_FALSE(r.rescued);
}

TEST(Placement, SeatsAreDistinctWhereTheyFitAndNobodysWhereTheyDoNot) {
    const std::size_t cpus = processors().size();
    const auto fit = seats(placement::spread, cpus);
    EXPECT_EQ(std::set<int>(fit.begin(), fit.end()).size(), cpus);
    EXPECT_EQ(seats(placement::spread, cpus + 1), std::vector<int>(cpus + 1, -1));
    EXPECT_EQ(seats(placement::unpinned, 2), std::vector<int>(2, -1));
    const auto together = seats(placement::same_core, 3);
    EXPECT_EQ(std::set<int>(together.begin(), together.end()).size(), 1U);
    EXPECT_GE(together.front(), 0);
    EXPECT_FALSE(oversubscribed(placement::spread, cpus));
    EXPECT_TRUE(oversubscribed(placement::spread, cpus + 1));
    EXPECT_TRUE(oversubscribed(placement::same_core, 2));
}

TEST(Placement, PinnedThreadsRunWhereTheyAreSent) {
    for (const processor& p : processors()) {
        std::thread([&] {
            pin_this_thread(p.cpu);
            EXPECT_EQ(sched_getcpu(), p.cpu);
        }).join();
    }
    EXPECT_THROW(pin_this_thread(1 << 20), std::system_error) << "a CPU that does not exist";
}

}  // namespace
}  // namespace handoff::harness
