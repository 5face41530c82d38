// What every pool of the catalog must do.
#include <algorithm>
#include <ctime>
#include <mutex>
#include <set>
#include <stdexcept>

#include "pools/subject.hpp"
#include "shared/thread_limit.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {
namespace {

using impls::submission;

class PoolConformance : public AnyPool {};
INSTANTIATE_TEST_SUITE_P(Pools, PoolConformance, testing::ValuesIn(offered_pools()), pool_name);

TEST_P(PoolConformance, HasTheNameOfItsLine) {
    EXPECT_EQ(facts().name, facts().line);
}

TEST_P(PoolConformance, HasTheWorkersAskedForAndNotNone) {
    for (const unsigned workers : {1U, 3U}) {
        EXPECT_EQ(make(workers)->size(), workers);
    }
    try {
        make(0);
        ADD_FAILURE() << "made with 0 workers";
    } catch (const std::invalid_argument& refusal) {
        const std::string text = refusal.what();
        EXPECT_TRUE(text.find(facts().name) != text.npos && text.find("0 workers") != text.npos)
            << "names neither the pool nor the value: " << text;
    }
}

/// No hang, no end of the program, no thread that is left; and the next pool can be made.
TEST_P(PoolConformance, SaysWhichThreadCannotBeMade) {
    if (facts().blocks_unasked) {
        GTEST_SKIP() << "makes its threads when tasks come";
    }
    const int before = threads_of_process();
    for (const int there_are : {0, 1, 2}) {
        try {
            const thread_limit limit(there_are);
            make(4);
            ADD_FAILURE() << "made with " << there_are << " threads to be had";
        } catch (const std::system_error& refusal) {
            const std::string words = refusal.what();
            EXPECT_EQ(words.find(facts().name + ": thread " + std::to_string(there_are + 1) + " of "), 0U)
                << words;
            EXPECT_NE(words.find("cannot be made"), std::string::npos) << words;
            EXPECT_NE(words.find("Resource temporarily unavailable"), std::string::npos) << words;
        }
        EXPECT_TRUE(eventually([&] { return threads_of_process() <= before; })) << "threads are left";
    }
    std::atomic<int> ran{0};
    const auto pool = make(4);
    pool->submit([&] { ++ran; });
    pool->wait_idle();
    EXPECT_EQ(ran, 1);
}

TEST_P(PoolConformance, RunsEachTaskOnceWhoeverSubmits) {
    constexpr std::size_t each = 400;
    for (const unsigned workers : {1U, 2U, 4U}) {
        std::vector<std::atomic<int>> runs(3 * each);
        const auto pool = make(workers);
        together(3, [&](unsigned me) {
            for (std::size_t i = 0; i < each; ++i) {
                EXPECT_EQ(pool->submit([&, at = me * each + i] { ++runs[at]; }), submission::accepted);
            }
        });
        pool->wait_idle();
        EXPECT_TRUE(std::all_of(runs.begin(), runs.end(), [](const auto& r) { return r == 1; }))
            << workers << " workers";
    }
}

TEST_P(PoolConformance, WaitIdleWaitsForWhatTasksSubmit) {
    for (const unsigned workers : {1U, 3U}) {
        std::atomic<int> ran{0};
        const auto pool = make(workers);
        for (int round = 1; round <= 20; ++round) {
            for (int i = 0; i < 5; ++i) {
                pool->submit([&] {
                    for (int k = 0; k < 3; ++k) {
                        pool->submit([&] {
                            pool->submit([&] { ++ran; });
                            ++ran;
                        });
                    }
                    ++ran;
                });
            }
            pool->wait_idle();
            EXPECT_EQ(ran, round * 5 * (1 + 3 + 3)) << workers << " workers";
        }
    }
}

TEST_P(PoolConformance, EachSideSeesWhatTheOtherWrote) {
    const auto pool = make(2);
    std::vector<int> plain(300);  // not atomic: ThreadSanitizer sees what the pool does not order
    for (int round = 0; round < 5; ++round) {
        for (int& number : plain) {
            number = round;
            pool->submit([&number] { ++number; });
        }
        pool->wait_idle();
        EXPECT_EQ(std::count(plain.begin(), plain.end(), round + 1), std::ssize(plain));
    }
}

TEST_P(PoolConformance, TakesCallablesOfAllKindsAndLeavesNone) {
    std::atomic<int> sum{0};
    const auto alive = std::make_shared<int>(0);
    const auto pool = make(2);
    std::array<int, 1024> numbers{};
    numbers.front() = 3;
    numbers.back() = 4;
    for (int i = 0; i < 50; ++i) {
        pool->submit_owner(std::make_unique<int>(5), sum);
        pool->submit_large(numbers, sum);
        pool->submit([alive, &sum] { sum += 1; });
    }
    pool->wait_idle();
    EXPECT_EQ(sum, 50 * (5 + 7 + 1));
    EXPECT_EQ(alive.use_count(), 1) << "callables have not been destroyed";
}

TEST_P(PoolConformance, FuturesHaveTheResultOrTheException) {
    const auto pool = make(2);
    std::vector<std::future<int>> futures;
    for (int i = 0; i < 50; ++i) {
        futures.push_back(
            pool->submit_with_future([i] { return i % 3 == 0 ? throw std::out_of_range("three") : i; })
                .value());
    }
    for (int i = 0; i < 50; ++i) {
        if (i % 3 == 0) {
            EXPECT_THROW(futures[static_cast<std::size_t>(i)].get(), std::out_of_range);
        } else {
            EXPECT_EQ(futures[static_cast<std::size_t>(i)].get(), i);
        }
    }
    int plain = 0;
    pool->submit_with_void_future([&] { plain = 1; }).value().get();
    EXPECT_EQ(plain, 1);
    EXPECT_THROW(pool->submit_with_void_future([] { throw 3; }).value().get(), int);
}

TEST_P(PoolConformance, DestructionRunsWhatWasSubmitted) {
    std::atomic<int> ran{0};
    auto pool = make(2);
    for (int i = 0; i < 200; ++i) {
        pool->submit([&] { ++ran; });
    }
    pool.reset();
    EXPECT_EQ(ran, 200);
}

TEST_P(PoolConformance, ThreadsSayTheirNumbersFirst) {
    std::mutex mutex;
    std::multiset<unsigned> said;
    static thread_local bool started = false;
    std::atomic<int> too_early{0};
    impls::pool_options options;
    options.on_start = [&](unsigned number) {
        started = true;
        const std::lock_guard lock(mutex);
        said.insert(number);
    };
    {
        const auto pool = make(3, options);
        for (int i = 0; i < 100; ++i) {
            pool->submit([&] { too_early += started ? 0 : 1; });
        }
        if (facts().waiter == impls::waiter_part::waits) {
            pool->wait_idle();
        }
    }
    for (const unsigned number : said) {
        EXPECT_LT(number, 3U);
    }
    if (facts().accounts) {
        EXPECT_EQ(said, (std::multiset<unsigned>{0, 1, 2}));
        EXPECT_EQ(too_early, 0);
    }
}

std::chrono::nanoseconds cpu_time_of_process() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// Four workers that polled would use four cores' time, or all cores there are; the limit is a quarter of
/// one's.
TEST_P(PoolConformance, WorkersWithoutWorkUseNoProcessor) {
    impls::pool_options options;
    if (facts().has_wait) {
        for (const named_wait& wait : all_waits()) {
            if (wait.name == "park") {
                options.wait = wait.make;
            }
        }
        if (options.wait == nullptr) {
            GTEST_SKIP() << "no park in this catalog";
        }
    }
    const auto pool = make(4, options);
    for (int i = 0; i < 20; ++i) {
        pool->submit([] {});
    }
    pool->wait_idle();
    std::this_thread::sleep_for(50ms);  // libraries spin for a while
    const auto cpu = cpu_time_of_process();
    const auto wall = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(200ms);
    const auto used = cpu_time_of_process() - cpu;
    const auto passed = std::chrono::steady_clock::now() - wall;
    EXPECT_LT(used, passed / 4);
}

class PoolKeepsExceptions : public AnyPool {};
INSTANTIATE_TEST_SUITE_P(Pools, PoolKeepsExceptions,
                         testing::ValuesIn(pools_with([](const pool_facts& f) { return f.keeps_exceptions; })),
                         pool_name);

TEST_P(PoolKeepsExceptions, TellsTheHandlerAndGoesOn) {
    for (const bool handler_throws : {false, true}) {
        std::atomic<int> ran{0};
        std::atomic<int> told{0};
        std::atomic<int> wrong{0};
        impls::pool_options options;
        options.on_exception = [&](std::exception_ptr what) {
            ++told;
            try {
                std::rethrow_exception(what);
            } catch (const std::out_of_range&) {
                if (handler_throws) {
                    throw;
                }
            } catch (...) {
                ++wrong;
            }
        };
        const auto pool = make(2, options);
        for (int i = 0; i < 90; ++i) {
            pool->submit([&, i] {
                ++ran;
                if (i % 3 == 0) {
                    throw std::out_of_range("three");
                }
            });
        }
        pool->wait_idle();
        EXPECT_EQ(ran, 90);
        EXPECT_EQ(told, 30);
        EXPECT_EQ(wrong, 0);
        if (facts().accounts) {
            EXPECT_EQ(pool->counts().executed, 90U);
            EXPECT_EQ(pool->counts().failed, 30U);
        }
        EXPECT_EQ(pool->submit_with_future([] { return 7; }).value().get(), 7) << "a worker is gone";
    }
}

TEST_P(PoolKeepsExceptions, NeedsNoHandler) {
    const auto pool = make(1);
    std::atomic<int> ran{0};
    for (int i = 0; i < 10; ++i) {
        pool->submit([&ran, i] {
            ++ran;
            throw i;
        });
    }
    pool->wait_idle();
    EXPECT_EQ(ran, 10);
}

class PoolEndsDeathTest : public AnyPool {};
INSTANTIATE_TEST_SUITE_P(Pools, PoolEndsDeathTest, testing::ValuesIn(offered_pools()), pool_name);

/// Whoever would wait for itself ends the program, with words that name the pool: it could only hang.
TEST_P(PoolEndsDeathTest, WaitingForItselfIsAnError) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    const std::string words = facts().name;
    EXPECT_DEATH(
        {
            const auto pool = make(2);
            pool->submit([&] { pool->wait_idle(); });
            std::this_thread::sleep_for(20s);
        },
        words);
    EXPECT_DEATH(
        {
            auto pool = make(2);
            pool->submit([&] { pool.reset(); });
            std::this_thread::sleep_for(20s);
        },
        words);
    if (facts().accounts) {
        EXPECT_DEATH(
            {
                const auto pool = make(2);
                pool->submit([&] { pool->shutdown(impls::shutdown_mode::drain); });
                std::this_thread::sleep_for(20s);
            },
            words);
    }
}

}  // namespace
}  // namespace handoff::tests
