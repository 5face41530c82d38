// Pools under stress: wake-ups, crowds, ends under load.
#include "pools/rounds.hpp"
#include "pools/subject.hpp"
#include "shared/perturb.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {
namespace {

using impls::submission;

class PoolStress : public AnyPool {};
INSTANTIATE_TEST_SUITE_P(Pools, PoolStress, testing::ValuesIn(offered_pools()), pool_name);

/// A worker that has just given up against a submission, and the waiter against the end of it; a lost wake-up
/// hangs.
TEST_P(PoolStress, NoWakeUpIsLost) {
    for (const named_wait& wait : waits()) {
        for (const unsigned workers : {1U, 2U}) {
            impls::pool_options options;
            options.wait = wait.make;
            const auto pool = make(workers, options);
            const deadline over(60ms);
            int ran = 0;
            for (int round = 1; !over(); ++round) {
                pool->submit([&] { ++ran; });
                pool->wait_idle();
                ASSERT_EQ(ran, round) << wait.name;
                for (int i = round * 37 % 400; i > 0; --i) {
                    std::atomic_signal_fence(
                        std::memory_order_seq_cst);  // meets workers in all stages of giving up
                }
            }
        }
    }
}

/// Likewise without wait_idle, which pays attention: the submitter looks for itself.
TEST_P(PoolStress, SingleTasksAreNotForgotten) {
    for (const named_wait& wait : waits()) {
        impls::pool_options options;
        options.wait = wait.make;
        const auto pool = make(2, options);
        const deadline over(60ms);
        for (int round = 1; !over(); ++round) {
            std::atomic<bool> ran{false};
            pool->submit([&] { ran = true; });
            ASSERT_TRUE(eventually([&] { return ran.load(); })) << wait.name << ", round " << round;
            for (int i = round * 37 % 400; i > 0; --i) {
                std::atomic_signal_fence(std::memory_order_seq_cst);
            }
        }
    }
}

/// The same with threads that lose their CPU between two steps of waiting and notifying: in the strategy that
/// the pool is told to use, and in the mutexes, condition variables and futexes of all others.
TEST_P(PoolStress, EveryTaskWakesAWorkerThoughThreadsLoseTheirCpu) {
    const perturbed waiting(5);
    for (const named_wait& wait : waits()) {
        for (const unsigned workers : {1U, 2U}) {
            if (workers == 1 && facts().waiter == impls::waiter_part::helps) {
                continue;  // its one worker is a thread that waits for it, and none does
            }
            impls::pool_options options;
            options.wait = wait.make_perturbing;
            std::atomic<int> ran{0};
            const auto pool = make(workers, options);
            const int tasks = one_task_at_a_time(*pool, true, 30ms, 30s, ran);
            EXPECT_GT(tasks, 0) << wait.name << ", " << workers << " workers: a wake-up was lost";
            for (int more = 0; tasks < 0 && ran < more - tasks; ++more) {
                pool->submit([&] { ++ran; });  // its wake-up serves the forgotten one, too
                std::this_thread::sleep_for(1ms);
            }
        }
    }
}

TEST_P(PoolStress, CrowdsOfSubmittersAndWorkers) {
    for (const named_wait& wait : waits()) {
        impls::pool_options options;
        options.wait = wait.make;
        const auto pool = make(facts().has_wait ? 5 : 8, options);
        // A bounded pool that is full has the tasks of its own tasks run where they are.
        const auto is_taken = [](submission s) { return s == submission::accepted || s == submission::ran; };
        std::atomic<std::uint64_t> taken{0};
        std::atomic<std::uint64_t> ran{0};
        for_a_while(5, facts().has_wait ? 60ms : 150ms, [&](unsigned me, const std::atomic<bool>& over) {
            std::uint64_t mine = 0;
            for (std::uint64_t i = 0; i < 40'000 && !over.load(std::memory_order_relaxed); ++i) {
                mine += is_taken(pool->submit([&, i] {
                    if (i % 16 == 0) {
                        taken += is_taken(pool->submit([&] { ++ran; })) ? 1 : 0;
                    }
                    ++ran;
                }));
                if ((i + me) % 64 == 0) {
                    std::this_thread::yield();
                }
            }
            taken += mine;
        });
        pool->wait_idle();
        EXPECT_EQ(ran, taken) << wait.name;
    }
}

TEST_P(PoolStress, EndsUnderLoad) {
    for (int round = 0; round < 20; ++round) {
        std::atomic<int> ran{0};
        auto pool = make(3);
        together(2, [&](unsigned) {
            for (int i = 0; i < 100; ++i) {
                pool->submit([&] { ++ran; });
            }
        });
        pool.reset();
        EXPECT_EQ(ran, 200);
    }
}

/// Many pools, one after the other, whose workers may be asleep, on their way there or hardly begun when they
/// are told to end.
TEST_P(PoolStress, ComesAndGoes) {
    const auto strategies = waits();
    const int rounds = strategies.size() > 1 ? 300 : 1000;
    for (const named_wait& wait : strategies) {
        SCOPED_TRACE(wait.name);
        impls::pool_options options;
        options.wait = wait.make;
        std::atomic<int> round{0};
        come_and_go([&](unsigned workers) { return make(workers, options); }, rounds, round);
    }
}

/// More tasks than any first size has room for, while nobody takes one.
TEST_P(PoolStress, QueuesGrow) {
    if (facts().bounded || facts().blocks_unasked || facts().waiter == impls::waiter_part::helps) {
        GTEST_SKIP() << "does not queue, or not so much";
    }
    std::atomic<int> ran{0};
    const auto pool = make(1);
    for (int round = 0; round < 2; ++round) {
        gate held;
        pool->submit([&] { held.pass(); });
        ASSERT_TRUE(held.reached_by(1));
        for (int i = 0; i < 20'000; ++i) {
            pool->submit([&] { ++ran; });
        }
        held.open();
        pool->wait_idle();
        EXPECT_EQ(ran, 20'000 * (round + 1));
    }
}

}  // namespace
}  // namespace handoff::tests
