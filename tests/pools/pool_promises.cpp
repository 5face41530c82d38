// What some pools of the catalog promise: ends that are counted, orders, limits, threads that come and go,
// tasks that wait.
#include <algorithm>
#include <mutex>
#include <numeric>

#include "pools/subject.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {
namespace {

using impls::rejection;
using impls::shutdown_mode;
using impls::submission;

std::uint64_t sum(const impls::pool_counts& c) {
    return c.executed + c.rejected + c.discarded + c.never_ran;
}

// -------------------------------------------------------------------------------------------------- ends

class PoolAccounts : public AnyPool {};
INSTANTIATE_TEST_SUITE_P(Pools, PoolAccounts,
                         testing::ValuesIn(pools_with([](const pool_facts& f) { return f.accounts; })),
                         pool_name);

TEST_P(PoolAccounts, DrainRunsEverything) {
    std::atomic<std::uint64_t> ran{0};
    const auto pool = make(2);
    gate held;
    pool->submit([&] { held.pass(); });
    ASSERT_TRUE(held.reached_by(1));
    for (int i = 0; i < 300; ++i) {
        pool->submit([&] { ++ran; });
    }
    held.open();
    const impls::pool_counts counts = pool->shutdown(shutdown_mode::drain);
    EXPECT_EQ(ran, 300U);
    EXPECT_EQ(counts.executed, 301U);
    EXPECT_EQ(sum(counts), 301U);
}

TEST_P(PoolAccounts, StopNowEndsWhatHasStartedAndBreaksOtherPromises) {
    std::atomic<std::uint64_t> ran{0};
    const auto pool = make(1);
    gate held;
    pool->submit([&] { held.pass(); });
    ASSERT_TRUE(held.reached_by(1));
    std::vector<std::future<void>> futures;
    for (int i = 0; i < 300; ++i) {
        futures.push_back(pool->submit_with_void_future([&] { ++ran; }).value());
    }
    impls::pool_counts counts;
    {
        waiter ends([&] { counts = pool->shutdown(shutdown_mode::stop_now); });
        EXPECT_TRUE(ends.waits()) << "a task was running";
        held.open();
    }
    EXPECT_EQ(counts.executed, 1 + ran);
    EXPECT_EQ(counts.never_ran, 300 - ran);
    EXPECT_GT(counts.never_ran, 0U);
    std::uint64_t broken = 0;
    for (std::future<void>& f : futures) {
        try {
            f.get();
        } catch (const std::future_error& e) {
            EXPECT_EQ(e.code(), std::future_errc::broken_promise);
            ++broken;
        }
    }
    EXPECT_EQ(broken, counts.never_ran);
}

TEST_P(PoolAccounts, RefusesAfterShutdown) {
    for (const shutdown_mode mode : {shutdown_mode::drain, shutdown_mode::stop_now}) {
        const auto pool = make(2);
        pool->wait_idle();
        pool->shutdown(mode);
        EXPECT_EQ(pool->submit([] { ADD_FAILURE() << "ran"; }), submission::rejected);
        EXPECT_FALSE(pool->submit_with_future([] { return 1; }).has_value());
        pool->wait_idle();
        EXPECT_EQ(pool->shutdown(mode).rejected, 2U) << "asked twice";
    }
}

TEST_P(PoolAccounts, RefusesTasksOfTasksAfterShutdown) {
    std::atomic<bool> refused{false};
    const auto pool = make(1);
    gate held;
    pool->submit([&] {
        held.pass();
        refused = eventually([&] { return pool->submit([] {}) == submission::rejected; });
    });
    ASSERT_TRUE(held.reached_by(1));
    held.open();
    const impls::pool_counts counts = pool->shutdown(shutdown_mode::drain);
    EXPECT_TRUE(refused);
    EXPECT_EQ(counts.rejected, 1U);
}

TEST_P(PoolAccounts, CountsEverySubmissionThatRacesWithShutdown) {
    constexpr int each = 200;
    for (int round = 0; round < 40; ++round) {
        std::atomic<std::uint64_t> ran{0};
        std::atomic<std::uint64_t> accepted{0};
        std::atomic<std::uint64_t> ran_here{0};
        const auto pool = make(2);
        together(4, [&](unsigned me) {
            if (me == 0) {
                pool->shutdown(round % 2 == 0 ? shutdown_mode::drain : shutdown_mode::stop_now);
                return;
            }
            for (int i = 0; i < each; ++i) {
                const submission became = pool->submit([&] { ++ran; });
                accepted += became == submission::accepted ? 1 : 0;
                ran_here += became == submission::ran ? 1 : 0;
            }
        });
        const impls::pool_counts counts = pool->counts();
        EXPECT_EQ(counts.executed, ran);
        EXPECT_EQ(counts.executed + counts.never_ran, accepted + ran_here);
        EXPECT_EQ(sum(counts), 3U * each);
        if (round % 2 == 0) {
            EXPECT_EQ(counts.never_ran, 0U);
        }
    }
}

/// As many tasks as workers, which wait for each other: every notification has to find a worker of its own.
TEST_P(PoolAccounts, EveryTaskFindsAnIdleWorker) {
    if (!facts().idle_workers_help) {
        GTEST_SKIP() << "declares that it does not";
    }
    constexpr int workers = 4;
    for (const named_wait& wait : waits()) {
        impls::pool_options options;
        options.wait = wait.make;
        const auto pool = make(workers, options);
        for (int round = 0; round < 30; ++round) {
            std::atomic<int> there{0};
            std::atomic<int> alone{0};
            for (int i = 0; i < workers; ++i) {
                pool->submit([&] {
                    ++there;
                    alone += eventually([&] { return there == workers; }) ? 0 : 1;
                });
            }
            pool->wait_idle();
            ASSERT_EQ(alone, 0) << wait.name << ", round " << round;
            if (round % 8 == 0) {
                std::this_thread::sleep_for(1ms);  // they go to sleep
            }
        }
    }
}

/// The same from a task: what one submits the others have to hear of.
TEST_P(PoolAccounts, TasksOfATaskFindIdleWorkers) {
    if (!facts().idle_workers_help) {
        GTEST_SKIP() << "declares that it does not";
    }
    constexpr int workers = 4;
    const auto pool = make(workers);
    for (int round = 0; round < 30; ++round) {
        std::atomic<int> there{0};
        std::atomic<int> alone{0};
        const auto meet = [&] {
            ++there;
            alone += eventually([&] { return there == workers; }) ? 0 : 1;
        };
        pool->submit([&] {
            for (int i = 1; i < workers; ++i) {
                pool->submit(meet);
            }
            meet();
        });
        pool->wait_idle();
        ASSERT_EQ(alone, 0) << "round " << round;
    }
}

// ------------------------------------------------------------------------------------------------ orders

class PoolStartsInOrder : public AnyPool {};
INSTANTIATE_TEST_SUITE_P(Pools, PoolStartsInOrder, testing::ValuesIn(pools_with([](const pool_facts& f) {
                             return f.starts == impls::start_order::fifo ||
                                    f.starts == impls::start_order::by_priority;
                         })),
                         pool_name);

TEST_P(PoolStartsInOrder, OfSubmissionWithOneWorker) {
    const auto pool = make(1);
    std::vector<int> started;
    for (int i = 0; i < 500; ++i) {
        pool->submit([&, i] { started.push_back(i); });
    }
    pool->wait_idle();
    std::vector<int> expected(500);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(started, expected);
}

class PoolStartsByPriority : public AnyPool {};
INSTANTIATE_TEST_SUITE_P(Pools, PoolStartsByPriority,
                         testing::ValuesIn(pools_with([](const pool_facts& f) { return f.takes_priorities; })),
                         pool_name);

TEST_P(PoolStartsByPriority, TheMostUrgentFirstAndEqualsInTheirOrder) {
    const auto pool = make(1);
    gate held;
    pool->submit([&] { held.pass(); });
    ASSERT_TRUE(held.reached_by(1));
    std::vector<std::pair<int, int>> started;
    std::vector<std::pair<int, int>> expected;
    for (int i = 0; i < 300; ++i) {
        const int urgency = i * 7919 % 11 - 5;
        const auto note = [&, urgency, i] { started.emplace_back(-urgency, i); };
        EXPECT_EQ(urgency == 0 ? pool->submit(note) : pool->submit_urgent(urgency, note), submission::accepted);
        expected.emplace_back(-urgency, i);
    }
    held.open();
    pool->wait_idle();
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(started, expected);
}

class PoolStartsByKey : public AnyPool {};
INSTANTIATE_TEST_SUITE_P(Pools, PoolStartsByKey,
                         testing::ValuesIn(pools_with([](const pool_facts& f) { return f.takes_keys; })),
                         pool_name);

TEST_P(PoolStartsByKey, OneAtATimeAndInTheirOrder) {
    struct sequence {
        std::vector<int> started;  // not atomic: tasks of a key run one after the other
    };
    constexpr unsigned submitters = 3;
    constexpr unsigned keys = 7;
    std::array<std::array<sequence, keys>, submitters> all;
    const auto pool = make(3);
    together(submitters, [&](unsigned me) {
        for (int i = 0; i < 700; ++i) {
            const unsigned key = static_cast<unsigned>(i) % keys;
            pool->submit_keyed(me * 1000 + key, [&own = all[me][key], i] { own.started.push_back(i); });
        }
    });
    pool->wait_idle();
    for (const auto& of_submitter : all) {
        for (const sequence& s : of_submitter) {
            EXPECT_EQ(s.started.size(), 100U);
            EXPECT_TRUE(std::is_sorted(s.started.begin(), s.started.end()));
        }
    }
}

TEST_P(PoolStartsByKey, KeysStickToWorkersAndAreSpread) {
    constexpr std::uint64_t keys = 3000;
    constexpr unsigned workers = 3;
    static thread_local unsigned number = 0;
    impls::pool_options options;
    options.on_start = [](unsigned n) { number = n; };
    std::vector<unsigned> first(keys);
    std::array<std::atomic<int>, workers> share{};
    std::atomic<int> moved{0};
    const auto pool = make(workers, options);
    for (std::uint64_t key = 0; key < keys; ++key) {
        pool->submit_keyed(key, [&, key] {
            first[key] = number;
            ++share[number];
        });
    }
    pool->wait_idle();
    for (std::uint64_t key = 0; key < keys; ++key) {
        pool->submit_keyed(key, [&, key] { moved += first[key] == number ? 0 : 1; });
    }
    pool->wait_idle();
    EXPECT_EQ(moved, 0);
    for (const auto& s : share) {
        EXPECT_GT(s, static_cast<int>(keys / workers / 2));
    }
}

// ------------------------------------------------------------------------------------------------ limits

class PoolIsBounded : public AnyPool {
protected:
    /// A pool with one worker, which is held, and room for two more tasks, which is taken.
    void fill(rejection policy) {
        impls::pool_options options;
        options.capacity = 2;
        options.when_full = policy;
        pool = make(1, options);
        pool->submit([this] { held.pass(); });
        ASSERT_TRUE(held.reached_by(1));
        for (int i = 0; i < 2; ++i) {
            ASSERT_EQ(pool->submit([this, i] { ran.push_back(i); }), submission::accepted);
        }
    }
    /// Lets the worker go; what has become of everything.
    impls::pool_counts finish() {
        held.open();
        pool->wait_idle();
        EXPECT_EQ(pool->submit([this] { ran.push_back(9); }), submission::accepted) << "there is room again";
        const impls::pool_counts counts = pool->shutdown(shutdown_mode::drain);
        EXPECT_EQ(counts.never_ran, 0U);
        return counts;
    }

    gate held;
    std::vector<int> ran;
    std::unique_ptr<subject> pool;
};
INSTANTIATE_TEST_SUITE_P(Pools, PoolIsBounded,
                         testing::ValuesIn(pools_with([](const pool_facts& f) { return f.bounded; })),
                         pool_name);

TEST_P(PoolIsBounded, NeedsRoom) {
    impls::pool_options options;
    options.capacity = 0;
    EXPECT_THROW(make(1, options), std::invalid_argument);
}

TEST_P(PoolIsBounded, BlockWaitsForRoom) {
    ASSERT_NO_FATAL_FAILURE(fill(rejection::block));
    {
        waiter submitter([&] { EXPECT_EQ(pool->submit([this] { ran.push_back(2); }), submission::accepted); });
        EXPECT_TRUE(submitter.waits());
        held.open();
    }
    EXPECT_EQ(finish().executed, 5U);
    EXPECT_EQ(ran, (std::vector<int>{0, 1, 2, 9}));
}

TEST_P(PoolIsBounded, BlockEndsWithShutdown) {
    ASSERT_NO_FATAL_FAILURE(fill(rejection::block));
    impls::pool_counts counts;
    {
        waiter submitter(
            [&] { EXPECT_EQ(pool->submit([] { ADD_FAILURE() << "ran"; }), submission::rejected); });
        EXPECT_TRUE(submitter.waits());
        waiter ends([&] { counts = pool->shutdown(shutdown_mode::stop_now); });
        EXPECT_TRUE(ends.waits());
        EXPECT_TRUE(eventually([&] { return submitter.done(); })) << "before the running task ends";
        held.open();
    }
    EXPECT_EQ(counts.executed, 1U);
    EXPECT_EQ(counts.rejected, 1U);
    EXPECT_EQ(counts.never_ran, 2U);
}

TEST_P(PoolIsBounded, BlockLetsTasksRunWhatTheySubmit) {
    impls::pool_options options;
    options.capacity = 1;
    pool = make(2, options);
    std::atomic<int> done{0};
    std::atomic<int> here{0};
    for (int i = 0; i < 2; ++i) {
        pool->submit([&] {
            held.pass();
            for (int k = 0; k < 10; ++k) {
                here += pool->submit([&] { ++done; }) == submission::ran ? 1 : 0;
            }
        });
        ASSERT_TRUE(held.reached_by(i + 1));
    }
    held.open();
    pool->wait_idle();
    EXPECT_EQ(done, 20);
    EXPECT_GT(here, 0);
    EXPECT_EQ(pool->counts().executed, 22U);
}

TEST_P(PoolIsBounded, AbortRefuses) {
    ASSERT_NO_FATAL_FAILURE(fill(rejection::abort));
    EXPECT_EQ(pool->submit([] { ADD_FAILURE() << "ran"; }), submission::rejected);
    EXPECT_FALSE(pool->submit_with_future([] { return 1; }).has_value());
    const impls::pool_counts counts = finish();
    EXPECT_EQ(counts.executed, 4U);
    EXPECT_EQ(counts.rejected, 2U);
    EXPECT_EQ(ran, (std::vector<int>{0, 1, 9}));
}

TEST_P(PoolIsBounded, DiscardDropsTheNewOne) {
    ASSERT_NO_FATAL_FAILURE(fill(rejection::discard));
    EXPECT_EQ(pool->submit([] { ADD_FAILURE() << "ran"; }), submission::discarded);
    EXPECT_FALSE(pool->submit_with_future([] { return 1; }).has_value());
    const impls::pool_counts counts = finish();
    EXPECT_EQ(counts.executed, 4U);
    EXPECT_EQ(counts.discarded, 2U);
    EXPECT_EQ(ran, (std::vector<int>{0, 1, 9}));
}

TEST_P(PoolIsBounded, DiscardOldestDropsTheOldestThatHasNotStarted) {
    ASSERT_NO_FATAL_FAILURE(fill(rejection::discard_oldest));
    EXPECT_EQ(pool->submit([this] { ran.push_back(2); }), submission::accepted);
    auto displaced = pool->submit_with_future([] { return 1; }).value();
    EXPECT_EQ(pool->submit([this] { ran.push_back(3); }), submission::accepted);
    EXPECT_EQ(pool->submit([this] { ran.push_back(4); }), submission::accepted);
    EXPECT_THROW(displaced.get(), std::future_error) << "while the pool is still at work";
    const impls::pool_counts counts = finish();
    EXPECT_EQ(counts.executed, 4U);
    EXPECT_EQ(counts.discarded, 4U);
    EXPECT_EQ(ran, (std::vector<int>{3, 4, 9}));
}

TEST_P(PoolIsBounded, CallerRunsDoes) {
    ASSERT_NO_FATAL_FAILURE(fill(rejection::caller_runs));
    std::thread::id by;
    EXPECT_EQ(pool->submit([&] { by = std::this_thread::get_id(); }), submission::ran);
    EXPECT_EQ(by, std::this_thread::get_id());
    EXPECT_EQ(pool->submit([] { throw 1; }), submission::ran) << "and the exception goes where others go";
    const impls::pool_counts counts = finish();
    EXPECT_EQ(counts.executed, 6U);
    EXPECT_EQ(counts.failed, 1U);
    EXPECT_EQ(ran, (std::vector<int>{0, 1, 9}));
}

TEST_P(PoolIsBounded, LosesNothingUnderLoad) {
    constexpr int each = 2000;
    for (const rejection policy : {rejection::block, rejection::abort, rejection::discard,
                                   rejection::discard_oldest, rejection::caller_runs}) {
        impls::pool_options options;
        options.capacity = 4;
        options.when_full = policy;
        std::atomic<std::uint64_t> runs{0};
        std::array<std::atomic<std::uint64_t>, 4> became{};
        const auto loaded = make(2, options);
        together(3, [&](unsigned) {
            for (int i = 0; i < each; ++i) {
                ++became[static_cast<std::size_t>(loaded->submit([&] { ++runs; }))];
            }
        });
        loaded->wait_idle();
        const impls::pool_counts counts = loaded->counts();
        const auto of = [&](submission s) { return became[static_cast<std::size_t>(s)].load(); };
        EXPECT_EQ(sum(counts), 3U * each);
        EXPECT_EQ(counts.executed, runs);
        EXPECT_EQ(counts.rejected, of(submission::rejected));
        if (policy == rejection::discard_oldest) {
            EXPECT_EQ(counts.executed + counts.discarded, of(submission::accepted));
        } else {
            EXPECT_EQ(counts.executed, of(submission::accepted) + of(submission::ran));
            EXPECT_EQ(counts.discarded, of(submission::discarded));
        }
        EXPECT_EQ(policy == rejection::block || policy == rejection::caller_runs, counts.executed == 3U * each)
            << static_cast<int>(policy) << ": three submitters and room for four, and nobody found it full?";
    }
}

// ------------------------------------------------------------------------------------- threads that come and
// go

class PoolGrows : public AnyPool {};
INSTANTIATE_TEST_SUITE_P(Pools, PoolGrows,
                         testing::ValuesIn(pools_with([](const pool_facts& f) { return f.grows; })), pool_name);

TEST_P(PoolGrows, WhileNobodyIsIdleAndBackAgain) {
    std::mutex mutex;
    std::vector<unsigned> numbers;
    impls::pool_options options;
    options.max_workers = 5;
    options.keep_alive = 20ms;
    options.on_start = [&](unsigned number) {
        const std::lock_guard lock(mutex);
        numbers.push_back(number);
    };
    const auto pool = make(2, options);
    for (int round = 0; round < 2; ++round) {
        gate held;
        for (int i = 0; i < 8; ++i) {
            pool->submit([&] { held.pass(); });
        }
        EXPECT_TRUE(held.reached_by(5)) << "five at once";
        EXPECT_EQ(pool->size(), 5U);
        held.open();
        pool->wait_idle();
        EXPECT_TRUE(eventually([&] { return pool->size() == 2; })) << "back to the core";
    }
    pool->shutdown(shutdown_mode::drain);
    for (const unsigned number : numbers) {
        EXPECT_LT(number, 5U);
    }
    EXPECT_EQ(std::count(numbers.begin(), numbers.end(), 0U) >= 1, true);
    EXPECT_EQ(numbers.size(), 2U + 3U + 3U) << "three more each time";
}

TEST_P(PoolGrows, NotWhileSomebodyIsIdle) {
    impls::pool_options options;
    options.max_workers = 8;
    const auto pool = make(2, options);
    for (int i = 0; i < 50; ++i) {
        pool->submit_with_future([] { return 1; }).value().get();
        pool->wait_idle();
        std::this_thread::sleep_for(200us);
    }
    EXPECT_LT(pool->size(), 8U) << "one task at a time";
}

// --------------------------------------------------------------------------------------------- tasks that wait

class PoolRunsAll : public AnyPool {};
INSTANTIATE_TEST_SUITE_P(Pools, PoolRunsAll, testing::ValuesIn(pools_with([](const pool_facts& f) {
                             return f.runs_all && f.nested_waits;
                         })),
                         pool_name);

TEST_P(PoolRunsAll, AlsoInsideWhatItRuns) {
    for (const unsigned workers : {1U, 2U, 4U}) {
        const auto pool = make(workers);
        for (int round = 0; round < 10; ++round) {
            std::vector<int> plain(6 * 6 * 6);  // not atomic: each side has to see the other's
            pool->run_all(6, [&](std::size_t i) {
                pool->run_all(6, [&](std::size_t j) {
                    pool->run_all(6, [&](std::size_t k) { plain[(i * 6 + j) * 6 + k] += 1; });
                    for (std::size_t k = 0; k < 6; ++k) {
                        plain[(i * 6 + j) * 6 + k] += 1;
                    }
                });
            });
            EXPECT_EQ(std::count(plain.begin(), plain.end(), 2), std::ssize(plain)) << workers << " workers";
        }
        pool->run_all(0, [](std::size_t) { ADD_FAILURE() << "ran"; });
    }
}

TEST_P(PoolRunsAll, ForSeveralAtOnceAndFromTasks) {
    const auto pool = make(2);
    std::atomic<int> ran{0};
    together(3, [&](unsigned) {
        for (int i = 0; i < 20; ++i) {
            pool->submit([&] { pool->run_all(5, [&](std::size_t) { ++ran; }); });
            pool->run_all(5, [&](std::size_t) { ++ran; });
        }
    });
    pool->wait_idle();
    EXPECT_EQ(ran, 3 * 20 * 10);
}

TEST_P(PoolRunsAll, SleepsAndIsWokenByTheLast) {
    impls::pool_options options;
    for (const named_wait& wait : waits()) {
        options.wait = wait.make;
        const auto pool = make(2, options);
        for (int round = 0; round < 5; ++round) {
            std::atomic<int> ran{0};
            std::atomic<bool> other_has_it{false};
            pool->submit([&] {
                pool->run_all(2, [&](std::size_t) {
                    // The joiner runs one; whoever has the other takes long.
                    if (other_has_it.exchange(true)) {
                        std::this_thread::sleep_for(2ms);
                    }
                    ++ran;
                });
            });
            pool->wait_idle();
            EXPECT_EQ(ran, 2) << wait.name;
        }
    }
}

}  // namespace
}  // namespace handoff::tests
