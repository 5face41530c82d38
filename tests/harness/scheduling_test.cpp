// What the kernel is told of a team's threads, and who else is busy on their CPUs.
#include "scheduling.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "pinning.hpp"
#include "point.hpp"
#include "team.hpp"

namespace handoff::harness {
namespace {

using namespace std::chrono_literals;

const auto bare_window = [](const std::function<void()>& go) { go(); };

/// What the kernel says of the calling thread.
struct told {
    int policy = -1;
    int priority = -1;
    int nice = -1;

    static told of_this_thread() {
        sched_param param{};
        sched_getparam(0, &param);
        return {sched_getscheduler(0) & ~SCHED_RESET_ON_FORK, param.sched_priority,
                getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()))};
    }
    bool operator==(const told&) const = default;
};

std::ptrdiff_t threads_of_this_process() {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
}

TEST(Scheduling, ATeamsThreadsHaveThePolicyAndTheirMakerHasItsOwnAgain) {
    const told before = told::of_this_thread();
    const std::map<sched_policy, told> expected{
        {sched_policy::other, before},
        {sched_policy::batch, {SCHED_BATCH, 0, before.nice}},
        {sched_policy::nice, {SCHED_OTHER, 0, before.nice + niceness_added}},
        {sched_policy::fifo, {SCHED_FIFO, real_time_priority, before.nice}},
        {sched_policy::rr, {SCHED_RR, real_time_priority, before.nice}}};
    int tried = 0;
    for (const auto& [policy, wanted] : expected) {
        if (!why_not_scheduled(policy).empty()) {
            continue;
        }
        ++tried;
        SCOPED_TRACE(sched_policy_words()[static_cast<std::size_t>(policy)]);
        told setting_up;
        told at_work;
        told above;
        team crew(placement::unpinned, 0, {policy, 0});
        crew.add("worker", [&](lap& me) {
            setting_up = told::of_this_thread();
            me.start();
            at_work = told::of_this_thread();
            me.stop(1);
        });
        crew.run(
            [&](const std::function<void()>& go) {
                above = told::of_this_thread();
                go();
            },
            [] {});
        if (is_real_time(policy)) {  // niceness means nothing then, and the kernel resets it
            setting_up.nice = at_work.nice = before.nice;
        }
        EXPECT_EQ(setting_up, wanted);
        EXPECT_EQ(at_work, wanted);
        EXPECT_EQ(above,
                  is_real_time(policy) ? (told{SCHED_FIFO, priority_above_real_time, before.nice}) : before);
        EXPECT_EQ(told::of_this_thread(), before);
    }
    EXPECT_GE(tried, 2) << "every process may have SCHED_BATCH";
}

/// A real-time team that has all CPUs and never leaves them is still started and told to stop.
TEST(Scheduling, ARealTimeTeamOnEveryCpuIsStopped) {
    if (!why_not_scheduled(sched_policy::fifo).empty()) {
        GTEST_SKIP() << why_not_scheduled(sched_policy::fifo);
    }
    std::atomic<bool> stop{false};
    team crew(placement::spread, 0, {sched_policy::fifo, 0});
    for (std::size_t i = 0; i < processors().size(); ++i) {
        crew.add("spinner", [&](lap& me) {
            me.start();
            while (!stop.load(std::memory_order_relaxed)) {
            }
            me.stop(1);
        });
    }
    crew.stop_after(50ms, [&] { stop = true; });
    const team_report r = crew.run(bare_window, [] {});
    EXPECT_GT(r.window_seconds, 0.03);
    // The kernel leaves others a twentieth of a second in each: who waits for that would be later by more.
    EXPECT_LT(r.window_seconds, 0.5);
    rlimit limit{};
    getrlimit(RLIMIT_RTTIME, &limit);
    EXPECT_LE(limit.rlim_cur, most_real_time_seconds * 1'000'000UL) << "were it not, it would end";
}

TEST(Scheduling, NeighboursAreBusyOnTheCpusOfTheTeamWhileItRuns) {
    if (!why_not_pinned().empty()) {
        GTEST_SKIP() << why_not_pinned();
    }
    constexpr std::size_t on_each = 2;
    for (const placement where : {placement::same_core, placement::unpinned}) {
        const std::size_t cpus = where == placement::same_core ? 1 : processors().size();
        const auto before = threads_of_this_process();
        std::ptrdiff_t during = 0;
        team crew(where, 0, {sched_policy::other, on_each});
        crew.add("sleeper", [&](lap& me) {
            me.start();
            std::this_thread::sleep_for(200ms);
            during = threads_of_this_process();
            me.stop(1);
        });
        const team_report r = crew.run(bare_window, [] {});
        EXPECT_EQ(during - before, static_cast<std::ptrdiff_t>(1 + on_each * cpus));
        EXPECT_EQ(threads_of_this_process(), before) << "they have ended";
        ASSERT_EQ(r.threads.size(), 1U) << "they are none of the team's";
        ASSERT_TRUE(r.neighbours);
        EXPECT_EQ(r.neighbours->threads, on_each * cpus);
        EXPECT_GT(r.neighbours->share, 0.05) << "who sleeps leaves them its CPU";
        EXPECT_LE(r.neighbours->share, 1);
    }
}

TEST(Scheduling, WithoutNeighboursThereIsNothingToSayOfThem) {
    team crew(placement::unpinned);
    crew.add("worker", [&](lap& me) {
        me.start();
        me.stop(1);
    });
    EXPECT_FALSE(crew.run(bare_window, [] {}).neighbours);
}

/// A team that spins has as much of its CPU as one neighbour, and nearly all of it under a real-time policy:
/// who is delayed depends on the policy. What others take of that CPU they take from both.
TEST(Scheduling, NeighboursShareWithEqualsAndGiveWayToRealTime) {
    if (!why_not_pinned().empty()) {
        GTEST_SKIP() << why_not_pinned();
    }
    const auto neighbour_over_team = [](sched_policy policy) {
        team crew(placement::same_core, 0, {policy, 1});
        crew.add("spinner", [&](lap& me) {
            me.start();
            const auto end = clock::now() + 400ms;
            while (clock::now() < end) {
            }
            me.stop(1);
        });
        const team_report r = crew.run(bare_window, [] {});
        return r.neighbours->cpu_seconds / r.threads.front().cpu_seconds;
    };
    const double among_equals = neighbour_over_team(sched_policy::other);
    EXPECT_GT(among_equals, 0.3);
    EXPECT_LT(among_equals, 3);
    if (why_not_scheduled(sched_policy::nice).empty()) {
        EXPECT_GT(neighbour_over_team(sched_policy::nice), 2 * among_equals) << "a ninth of the weight";
    }
    if (why_not_scheduled(sched_policy::fifo).empty()) {
        EXPECT_LT(neighbour_over_team(sched_policy::fifo), 0.5 * among_equals);
    }
}

TEST(Scheduling, PointsNameItAndAreByThemselvesWithoutIt) {
    point p;
    EXPECT_EQ(scheduling_of(p), scheduling{});
    p.values = {{"sched", "other"}, {"neighbours", "0"}};
    EXPECT_EQ(scheduling_of(p), scheduling{});
    EXPECT_EQ(p.name(), "//");
    p.values = {{"sched", "rr"}, {"neighbours", "3"}};
    EXPECT_EQ(scheduling_of(p), (scheduling{sched_policy::rr, 3}));
    EXPECT_EQ(p.name(), "///sched:rr/neighbours:3");
}

}  // namespace
}  // namespace handoff::harness
