// Tallies count what threads ran; the audit finds each kind of fault in books made by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "pools/task_tally.hpp"
#include "shared/countdown.hpp"

namespace handoff::benchmarks {
namespace {

using impls::pool_counts;
using impls::submission;

TEST(TaskTally, SumsUpWhatAllThreadsRan) {
    task_tally::reset();
    std::vector<std::thread> threads;
    for (std::uint64_t s = 0; s < 4; ++s) {
        threads.emplace_back([s] {
            for (std::uint64_t turn = 0; turn < 1000; ++turn) {
                task_tally::mine().enter(task_id(s, turn));
                task_tally::mine().worked(2);
                task_tally::mine().sample(turn);
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    task_sums expected;
    for (std::uint64_t s = 0; s < 4; ++s) {
        expected += sums_of(s, 1000);
    }
    EXPECT_EQ(task_tally::total(), expected);
    EXPECT_EQ(task_tally::total_count(), 4000U);
    EXPECT_EQ(task_tally::all_samples().count(), 4000U);
    std::uint64_t work = 0;
    task_tally::for_each([&](const task_tally& one) { work += one.work(); });
    EXPECT_EQ(work, 8000U);

    task_tally::reset();
    EXPECT_EQ(task_tally::total(), task_sums{});
    EXPECT_EQ(task_tally::all_samples().count(), 0U);
}

TEST(TaskTally, IsGivenOnWhenAThreadEndsAndKeepsWhatStandsInIt) {
    task_tally::reset();
    std::size_t before = 0;
    task_tally::for_each([&](const task_tally&) { ++before; });
    for (std::uint64_t turn = 0; turn < 100; ++turn) {
        std::thread([turn] { task_tally::mine().enter(turn); }).join();
    }
    std::size_t after = 0;
    task_tally::for_each([&](const task_tally&) { ++after; });
    EXPECT_LE(after, before + 1);
    EXPECT_EQ(task_tally::total(), sums_of(0, 100));
}

TEST(TaskTally, IsNeverTwoThreadsAtOnce) {
    constexpr std::uint32_t threads = 8;
    countdown all_there(threads);
    std::vector<task_tally*> seen(threads);
    std::vector<std::thread> running;
    for (std::uint32_t i = 0; i < threads; ++i) {
        running.emplace_back([&, i] {
            seen[i] = &task_tally::mine();
            all_there.down();
            all_there.wait();
        });
    }
    for (std::thread& t : running) {
        t.join();
    }
    std::ranges::sort(seen);
    EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

/// The books of a pool that was given `tasks` and ran all.
pool_books after(std::uint64_t tasks) {
    pool_books b;
    b.made.accepted = tasks;
    b.to_run = b.at_idle = b.at_end = sums_of(0, tasks);
    b.said = pool_counts{.executed = tasks};
    return b;
}

std::string beginning(const pool_books& b) {
    const std::string whole = audit(b);
    return whole.substr(0, whole.find(':'));
}

TEST(PoolAudit, FindsNothingWhereNothingIsWrong) {
    EXPECT_EQ(audit(after(0)), "");
    EXPECT_EQ(audit(after(100)), "");
    pool_books silent = after(100);
    silent.said.reset();
    EXPECT_EQ(audit(silent), "");
}

TEST(PoolAudit, FindsLossAndDuplicationAndBothAtOnce) {
    pool_books lost = after(100);
    lost.at_end = lost.at_idle = sums_of(0, 99);
    EXPECT_EQ(audit(lost), "lost: 100 tasks were to run, 99 ran");

    pool_books twice = after(100);
    twice.at_end.add(task_id(0, 5));
    twice.at_idle = twice.at_end;
    EXPECT_EQ(audit(twice), "duplicated: 100 tasks were to run, 101 ran");

    pool_books both = after(100);
    both.at_end = sums_of(0, 99);
    both.at_end.add(task_id(0, 5));
    both.at_idle = both.at_end;
    EXPECT_EQ(beginning(both), "checksum");
}

TEST(PoolAudit, FindsTasksAfterIdle) {
    pool_books early = after(100);
    early.at_idle = sums_of(0, 98);
    EXPECT_EQ(audit(early), "early: wait_idle returned when 98 of 100 tasks had run");
}

TEST(PoolAudit, AsksWhetherTasksWereRefusedThatHadToBeTaken) {
    submissions made;
    for (std::uint64_t turn = 0; turn < 10; ++turn) {
        made.enter(turn == 3   ? submission::rejected
                   : turn == 4 ? submission::discarded
                   : turn == 5 ? submission::ran
                               : submission::accepted,
                   task_id(0, turn));
    }
    EXPECT_EQ(made.count(), 10U);
    EXPECT_EQ(made.accepted, 7U);
    EXPECT_EQ(made.ran, 1U);
    pool_books b;
    b.made = made;
    b.to_run = sums_of(0, 10);
    b.to_run -= made.refused;
    b.at_idle = b.at_end = b.to_run;
    b.said = pool_counts{.executed = 8, .rejected = 1, .discarded = 1};
    EXPECT_EQ(audit(b), "refused: 2 of 10 tasks, by a pool that was to take all");
    b.may_refuse = true;
    EXPECT_EQ(audit(b), "");

    // one that was refused ran all the same, instead of another
    b.at_end -= sums_of(0, 1);
    b.at_end.add(task_id(0, 3));
    b.at_idle = b.at_end;
    EXPECT_EQ(beginning(b), "checksum");
}

TEST(PoolAudit, BelievesAPoolOnlyInWhatItDisplaced) {
    pool_books b = after(100);
    b.displaces = b.may_refuse = true;
    b.at_idle = b.at_end = sums_of(0, 90);
    b.said = pool_counts{.executed = 90, .discarded = 10};
    EXPECT_EQ(displaced(b), 10U);
    EXPECT_EQ(audit(b), "");
    b.said->discarded = 9;
    EXPECT_EQ(beginning(b), "lost");
    b.said->discarded = 11;
    EXPECT_EQ(beginning(b), "duplicated");
}

TEST(PoolAudit, ComparesWhatThePoolSays) {
    for (std::uint64_t pool_counts::* number :
         {&pool_counts::executed, &pool_counts::failed, &pool_counts::rejected, &pool_counts::discarded,
          &pool_counts::never_ran}) {
        pool_books b = after(100);
        (*b.said).*number += 1;
        EXPECT_EQ(beginning(b), "miscounted");
    }
}

}  // namespace
}  // namespace handoff::benchmarks
