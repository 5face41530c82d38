// The threads that an implementation makes for a trial.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "clock.hpp"
#include "shared/threads.hpp"
#include "shared/worker_roll.hpp"

namespace handoff::tests {
namespace {

using benchmarks::worker_roll;

/// Burns so much of a CPU by its own clock, however long that takes.
void burn(double seconds) {
    const double end = harness::cpu_seconds(CLOCK_THREAD_CPUTIME_ID) + seconds;
    while (harness::cpu_seconds(CLOCK_THREAD_CPUTIME_ID) < end) {
    }
}

harness::team_report of_one_second() {
    harness::team_report team;
    team.window_seconds = 1;
    return team;
}

TEST(WorkerRoll, GivesEachThreadThePolicy) {
    worker_roll roll(std::vector<int>{-1, -1}, harness::sched_policy::batch);
    for (unsigned number = 0; number < 2; ++number) {
        std::thread([&] {
            roll.enter(number);
            EXPECT_EQ(sched_getscheduler(0), SCHED_BATCH);
        }).join();
    }
}

TEST(WorkerRoll, SaysWhatEachHasUsedInTheWindow) {
    worker_roll roll(std::vector<int>{-1, -1});
    std::atomic<int> stage{0};
    std::vector<std::thread> workers;
    for (unsigned number = 0; number < 2; ++number) {
        workers.emplace_back([&, number] {
            roll.enter(number);
            burn(0.02);  // before the window: does not count
            ++stage;
            while (stage < 3) {
                std::this_thread::sleep_for(1ms);
            }
            if (number == 0) {
                burn(0.05);
            }
            ++stage;
            while (stage < 6) {
                std::this_thread::sleep_for(1ms);
            }
        });
    }
    EXPECT_TRUE(roll.all_enter(std::chrono::minutes(1)));
    while (stage < 2) {
        std::this_thread::sleep_for(1ms);
    }
    roll.open();
    stage = 3;
    while (stage < 5) {
        std::this_thread::sleep_for(1ms);
    }
    roll.close();
    stage = 6;
    harness::team_report team = of_one_second();
    roll.report(team);
    for (std::thread& worker : workers) {
        worker.join();
    }
    ASSERT_EQ(team.threads.size(), 2U);
    EXPECT_GE(team.threads[0].cpu_seconds, 0.05);
    EXPECT_LT(team.threads[1].cpu_seconds, 0.02);
    EXPECT_GT(team.threads[1].voluntary_switches, 0U);
    EXPECT_EQ(roll.active(), 2U);
    EXPECT_GE(roll.cpu_seconds(), 0.05);
    for (const harness::thread_report& one : team.threads) {
        EXPECT_EQ(one.role, "worker");
        EXPECT_FALSE(one.of_team);
    }
}

TEST(WorkerRoll, TellsWhoCameFromWhoDidNot) {
    worker_roll roll(std::vector<int>{-1, -1, -1});
    EXPECT_FALSE(roll.all_enter(std::chrono::milliseconds(1)));
    std::thread([&] { roll.enter(1); }).join();
    EXPECT_EQ(roll.entered(), 1U);
    EXPECT_FALSE(roll.all_enter(std::chrono::milliseconds(1)));
    // It has ended: there is nothing to say of it.
    roll.open();
    roll.close();
    harness::team_report team = of_one_second();
    roll.report(team);
    EXPECT_TRUE(team.threads.empty());
    EXPECT_EQ(roll.active(), 0U);
}

TEST(WorkerRoll, ReportsThreadsThatComeInTheWindowAndMoreThanWereAskedFor) {
    worker_roll roll(std::vector<int>{-1});
    roll.open();
    std::atomic<bool> over{false};
    std::atomic<int> there{0};
    std::vector<std::thread> late;
    for (const unsigned number : {0U, 1U, 2U}) {
        late.emplace_back([&, number] {
            roll.enter(number);
            burn(0.002);
            ++there;
            over.wait(false);
        });
    }
    while (there < 3) {
        std::this_thread::sleep_for(1ms);
    }
    roll.close();
    over = true;
    over.notify_all();
    harness::team_report team = of_one_second();
    roll.report(team, [](pid_t) { return 7U; });
    for (std::thread& worker : late) {
        worker.join();
    }
    ASSERT_EQ(team.threads.size(), 3U);
    for (const harness::thread_report& one : team.threads) {
        EXPECT_EQ(one.items, 7U);
        EXPECT_GE(one.cpu_seconds, 0.002);
        EXPECT_GT(one.start_seconds, 0);
    }
}

}  // namespace
}  // namespace handoff::tests
