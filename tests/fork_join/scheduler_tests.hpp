// What every fork-join scheduler must do, and under stress; once per scheduler, from the catalog. Ours with
// every wait strategy and every steal policy, which are run-time choices.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "concepts/fork_join.hpp"
#include "schedulers/fork_join.hpp"
#include "shared/thread_limit.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {

using namespace std::chrono_literals;

struct choice {
    std::string_view wait;
    impls::make_any_wait make_wait;
    bool sleeps;  ///< until notified: an idle worker costs nothing
    impls::steal_policy steal;
};

template <class Scheduler>
inline constexpr bool ours = false;
template <template <class> class Deque>
inline constexpr bool ours<impls::fork_join<Deque>> = true;

/// A scheduler, and what can be chosen about it.
template <class Scheduler, class... Waits>
struct subject {
    using scheduler = Scheduler;
    using context = typename Scheduler::context;

    static std::vector<choice> choices() {
        if constexpr (ours<Scheduler>) {
            using enum impls::steal_policy;
            std::vector<choice> all;
            for (const auto steal : {random, round_robin, last_victim, steal_half}) {
                (all.push_back({Waits::name, &impls::any_wait_of<Waits>, sleeps<Waits>(), steal}), ...);
            }
            return all;
        } else {
            return {{"native", nullptr, false, impls::steal_policy::random}};
        }
    }

    static std::unique_ptr<Scheduler> make(unsigned workers, const choice& how) {
        if constexpr (ours<Scheduler>) {
            impls::fork_join_options options;
            options.wait = how.make_wait;
            options.steal = how.steal;
            return std::make_unique<Scheduler>(workers, options);
        } else {
            return std::make_unique<Scheduler>(workers, impls::worker_options{});
        }
    }

    /// A forked piece may be seen by others only after its forker's next call.
    static constexpr bool publishes_on_demand = requires { requires Scheduler::publishes_on_demand; };

    /// The most workers that it runs with.
    static constexpr unsigned most_workers = [] {
        if constexpr (requires { Scheduler::most_workers; }) {
            return unsigned{Scheduler::most_workers};
        }
        return 4U;
    }();

private:
    template <class Wait>
    static constexpr bool sleeps() {
        return !impls::polling<Wait>;
    }
};

template <class Context>
std::uint64_t fib(Context& context, unsigned n) {
    if (n < 2) {
        return n;
    }
    std::uint64_t one = 0;
    std::uint64_t other = 0;
    context.fork2([&](Context& here) { one = fib(here, n - 1); },
                  [&](Context& here) { other = fib(here, n - 2); });
    return one + other;
}

inline double process_cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

template <class Subject>
class SchedulerConformance : public testing::Test {};
TYPED_TEST_SUITE_P(SchedulerConformance);

TYPED_TEST_P(SchedulerConformance, ForksCallBothPiecesOnceAndSeeWhatTheyDid) {
    using context = typename TypeParam::context;
    const auto how = TypeParam::choices().front();
    for (unsigned workers = 1; workers <= TypeParam::most_workers; ++workers) {
        const auto scheduler = TypeParam::make(workers, how);
        EXPECT_EQ(scheduler->workers(), workers);
        for (int i = 0; i < 100; ++i) {
            int first = 0;  // plain: the join orders it
            int second = 0;
            const int before = i;
            int seen = -1;
            scheduler->run([&](context& root) {
                root.fork2([&](context&) { ++first; },
                           [&](context&) {
                               ++second;
                               seen = before;
                           });
                EXPECT_EQ(first, 1);
                EXPECT_EQ(second, 1);
                EXPECT_EQ(seen, i);
            });
        }
    }
}

TYPED_TEST_P(SchedulerConformance, ForkAllCallsEachIndexOnce) {
    using context = typename TypeParam::context;
    const auto scheduler = TypeParam::make(TypeParam::most_workers, TypeParam::choices().front());
    for (const std::size_t n : {0U, 1U, 2U, 15U, 16U, 17U, 33U, 1000U, 10'000U}) {
        std::vector<int> calls(n, 0);
        scheduler->run(
            [&](context& root) { root.fork_all(n, [&](context&, std::size_t i) { ++calls.at(i); }); });
        EXPECT_EQ(calls, std::vector<int>(n, 1));
    }
}

TYPED_TEST_P(SchedulerConformance, DeepForksFit) {
    using context = typename TypeParam::context;
    const auto scheduler = TypeParam::make(std::min(2U, TypeParam::most_workers), TypeParam::choices().front());
    struct descent {
        std::uint64_t operator()(context& here, unsigned left) const {
            std::uint64_t below = 0;
            std::uint64_t beside = 0;
            if (left > 0) {
                here.fork2([&](context& c) { below = (*this)(c, left - 1); }, [&](context&) { beside = 1; });
            }
            return below + beside;
        }
    };
    std::uint64_t count = 0;
    scheduler->run([&](context& root) { count = descent{}(root, 3000); });
    EXPECT_EQ(count, 3000U);
}

TYPED_TEST_P(SchedulerConformance, ComputesTheSameUnderEveryChoice) {
    using context = typename TypeParam::context;
    for (const choice& how : TypeParam::choices()) {
        for (const unsigned workers : {1U, 2U, 4U}) {
            if (workers <= TypeParam::most_workers) {
                const auto scheduler = TypeParam::make(workers, how);
                for (int again = 0; again < 3; ++again) {
                    std::uint64_t answer = 0;
                    scheduler->run([&](context& root) { answer = fib(root, 15); });
                    ASSERT_EQ(answer, 610U) << workers << " workers, " << how.wait;
                }
            }
        }
    }
}

/// Each once, whatever programs follow: a thread that comes and goes is not made again.
TYPED_TEST_P(SchedulerConformance, WorkersStartWithTheirNumbers) {
    using context = typename TypeParam::context;
    std::atomic<unsigned> started{0};
    {
        impls::worker_options options;
        options.on_start = [&](unsigned number) { started.fetch_add(1U << (8 * number)); };
        typename TypeParam::scheduler scheduler(TypeParam::most_workers, options);
        for (int i = 0; i < 20; ++i) {
            scheduler.run([](context& root) { EXPECT_EQ(fib(root, 12), 144U); });
            std::this_thread::sleep_for(1ms);
        }
    }
    EXPECT_EQ(started.load(), TypeParam::most_workers == 1 ? 0U : 0x010101U);
}

/// No hang, no end of the program, no thread that is left; and the next scheduler can be made.
TYPED_TEST_P(SchedulerConformance, SaysWhichThreadCannotBeMade) {
    using context = typename TypeParam::context;
    if (TypeParam::most_workers == 1) {
        GTEST_SKIP() << "makes none";
    }
    const int before = threads_of_process();
    for (const int there_are : {0, 1, 2}) {
        try {
            const thread_limit limit(there_are);
            TypeParam::make(8, TypeParam::choices().front());
            ADD_FAILURE() << "made with " << there_are << " threads to be had";
        } catch (const std::system_error& refusal) {
            const std::string words = refusal.what();
            EXPECT_NE(words.find(": thread " + std::to_string(there_are + 1) + " of 7 cannot be made"),
                      std::string::npos)
                << words;
            EXPECT_NE(words.find("Resource temporarily unavailable"), std::string::npos) << words;
        }
        for (int look = 0; threads_of_process() > before && look < 10'000; ++look) {
            std::this_thread::sleep_for(1ms);
        }
        EXPECT_LE(threads_of_process(), before) << "threads are left";
    }
    const auto scheduler = TypeParam::make(4, TypeParam::choices().front());
    std::uint64_t answer = 0;
    scheduler->run([&](context& root) { answer = fib(root, 15); });
    EXPECT_EQ(answer, 610U);
}

REGISTER_TYPED_TEST_SUITE_P(SchedulerConformance, ForksCallBothPiecesOnceAndSeeWhatTheyDid,
                            ForkAllCallsEachIndexOnce, DeepForksFit, ComputesTheSameUnderEveryChoice,
                            WorkersStartWithTheirNumbers, SaysWhichThreadCannotBeMade);

template <class Subject>
class SchedulerStress : public testing::Test {};
TYPED_TEST_SUITE_P(SchedulerStress);

/// The forker does not return to its deque until another worker has begun the other piece: who does not wake a
/// sleeping worker for it waits for ever. Pauses of different lengths find workers looking, about to sleep, and
/// asleep.
TYPED_TEST_P(SchedulerStress, AForkWakesAWorkerThatSleeps) {
    using context = typename TypeParam::context;
    if constexpr (ours<typename TypeParam::scheduler>) {
        for (const choice& how : TypeParam::choices()) {
            if (how.steal != impls::steal_policy::random || !how.sleeps) {
                continue;
            }
            const auto scheduler = TypeParam::make(2, how);
            for (int round = 0; round < 2000; ++round) {
                for (int pause = round % 200; pause > 0; --pause) {
                    impls::detail::cpu_relax();
                }
                if (round % 200 == 0) {
                    std::this_thread::sleep_for(1ms);
                }
                scheduler->run([&](context& root) {
                    std::atomic<bool> begun{false};
                    root.fork2(
                        [&](context& here) {
                            while (!begun.load(std::memory_order_relaxed)) {  // relaxed: carries no data
                                if constexpr (TypeParam::publishes_on_demand) {
                                    here.fork2([](context&) {}, [](context&) {});  // the owner's next call
                                }
                                std::this_thread::yield();
                            }
                        },
                        [&](context&) { begun.store(true, std::memory_order_relaxed); });
                });
            }
        }
    }
}

/// The forker has nothing else to do and goes to sleep over its join; the thief's last act wakes it.
TYPED_TEST_P(SchedulerStress, TheThiefWakesAForkerThatSleeps) {
    using context = typename TypeParam::context;
    if constexpr (ours<typename TypeParam::scheduler>) {
        for (const choice& how : TypeParam::choices()) {
            if (how.steal != impls::steal_policy::random || !how.sleeps) {
                continue;
            }
            const auto scheduler = TypeParam::make(2, how);
            for (int round = 0; round < 300; ++round) {
                scheduler->run([&](context& root) {
                    std::atomic<bool> begun{false};
                    root.fork2(
                        [&](context& here) {
                            while (!begun.load(std::memory_order_relaxed)) {  // relaxed: carries no data
                                here.fork2([](context&) {}, [](context&) {});
                                std::this_thread::yield();
                            }
                        },
                        [&](context&) {
                            begun.store(true, std::memory_order_relaxed);
                            const auto until =
                                std::chrono::steady_clock::now() + std::chrono::microseconds(round % 100);
                            while (std::chrono::steady_clock::now() < until) {
                            }
                        });
                });
            }
        }
    }
}

TYPED_TEST_P(SchedulerStress, ManyWorkersOnFewProcessorsLoseNothing) {
    using context = typename TypeParam::context;
    for (const choice& how : TypeParam::choices()) {
        const auto scheduler = TypeParam::make(TypeParam::most_workers > 1 ? 7 : 1, how);
        std::uint64_t answer = 0;
        scheduler->run([&](context& root) { answer = fib(root, 17); });
        ASSERT_EQ(answer, 1597U) << how.wait;
        std::vector<std::uint64_t> squares(2000, 0);
        scheduler->run([&](context& root) {
            root.fork_all(squares.size(),
                          [&](context& here, std::size_t i) { squares[i] = fib(here, i % 8) + i; });
        });
        for (std::size_t i = 0; i < squares.size(); ++i) {
            constexpr std::uint64_t small[] = {0, 1, 1, 2, 3, 5, 8, 13};
            ASSERT_EQ(squares[i], small[i % 8] + i) << how.wait;
        }
    }
}

TYPED_TEST_P(SchedulerStress, ComesAndGoes) {
    using context = typename TypeParam::context;
    const auto choices = TypeParam::choices();
    for (int round = 0; round < 600; ++round) {
        const auto scheduler = TypeParam::make(TypeParam::most_workers, choices[round % choices.size()]);
        for (int pause = round * 37 % 400; pause > 0; --pause) {  // finds workers at all stages
            std::atomic_signal_fence(std::memory_order_seq_cst);
        }
        if (round % 3 > 0) {
            std::uint64_t answer = 0;
            scheduler->run([&](context& root) { answer = fib(root, 8); });
            ASSERT_EQ(answer, 21U);
        }
    }
}

/// Workers that wait for a notification and get none use no processor. A worker that looked all the time would
/// use all of the time; the bound is a tenth of it, for three workers.
TYPED_TEST_P(SchedulerStress, IdleWorkersCostNoProcessorTime) {
    using context = typename TypeParam::context;
    if constexpr (ours<typename TypeParam::scheduler>) {
        for (const choice& how : TypeParam::choices()) {
            if (how.steal != impls::steal_policy::random || !how.sleeps) {
                continue;
            }
            const auto scheduler = TypeParam::make(4, how);
            scheduler->run([&](context& root) { EXPECT_EQ(fib(root, 12), 144U); });
            std::this_thread::sleep_for(20ms);
            const double before = process_cpu_seconds();
            std::this_thread::sleep_for(200ms);
            EXPECT_LT(process_cpu_seconds() - before, 0.02) << how.wait;
        }
    }
}

REGISTER_TYPED_TEST_SUITE_P(SchedulerStress, AForkWakesAWorkerThatSleeps, TheThiefWakesAForkerThatSleeps,
                            ManyWorkersOnFewProcessorsLoseNothing, ComesAndGoes,
                            IdleWorkersCostNoProcessorTime);

}  // namespace handoff::tests
