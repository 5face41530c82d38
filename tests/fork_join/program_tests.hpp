// Every program on every scheduler: answers and numbers of tasks.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "concepts/fork_join.hpp"
#include "fork_join/stacks.hpp"
#include "fork_join/workloads/fib.hpp"
#include "fork_join/workloads/matrix.hpp"
#include "fork_join/workloads/nqueens.hpp"
#include "fork_join/workloads/quicksort.hpp"
#include "fork_join/workloads/skynet.hpp"
#include "fork_join/workloads/sum.hpp"
#include "fork_join/workloads/uts.hpp"

namespace handoff::tests {

inline benchmarks::settings sized(std::uint64_t size, std::uint64_t grain = 0, std::uint64_t seed = 1) {
    return {size, grain, {}, seed};
}

/// Deep and narrow, like T3.
inline benchmarks::published_tree small_tree() {
    return {{"small", benchmarks::kernels::tree::rule::binomial, 100, 0, 8, 0.1245, 12}, {20765, 18181, 149}};
}

template <class Scheduler>
class Programs : public testing::Test {
protected:
    using context = typename Scheduler::context;

    static constexpr unsigned most_workers = [] {
        if constexpr (requires { Scheduler::most_workers; }) {
            return unsigned{Scheduler::most_workers};
        }
        return 4U;
    }();

    /// Runs `body(scheduler)` with every number of workers, on a thread with room for deep programs.
    template <class Body>
    static void for_all_workers(Body body, unsigned least = 1, unsigned most = most_workers) {
        const benchmarks::deep_stacks roomy;
        for (unsigned workers = least; workers <= std::min(most, most_workers); ++workers) {
            std::thread([&] {
                SCOPED_TRACE(std::to_string(workers) + " workers");
                Scheduler scheduler(workers, impls::worker_options{});
                body(scheduler);
            }).join();
        }
    }

    template <class Program>
    static void expect_known_answer(Scheduler& scheduler, Program& program) {
        benchmarks::outcome seen;
        scheduler.run([&](context& root) { seen = program.run(root); });
        EXPECT_EQ(seen.answer, program.expected().answer) << Program::name;
        EXPECT_EQ(seen.tasks, program.expected().tasks) << Program::name;
    }
    /// Twice: what a run leaves behind must not matter to the next.
    template <class Program>
    static void expect_known_answers(const benchmarks::settings& asked) {
        for_all_workers([&](Scheduler& scheduler) {
            Program program(asked);
            expect_known_answer(scheduler, program);
            expect_known_answer(scheduler, program);
        });
    }
};
TYPED_TEST_SUITE_P(Programs);

TYPED_TEST_P(Programs, Fib) {
    this->template expect_known_answers<benchmarks::fib>(sized(1));
    this->template expect_known_answers<benchmarks::fib>(sized(20));
}

TYPED_TEST_P(Programs, Nqueens) {
    for (const std::uint64_t n : {1, 2, 3, 4, 8, 9}) {
        this->template expect_known_answers<benchmarks::nqueens>(sized(n));
    }
}

TYPED_TEST_P(Programs, Skynet) {
    this->template expect_known_answers<benchmarks::skynet>(sized(1));
    this->template expect_known_answers<benchmarks::skynet>(sized(10'000));
}

TYPED_TEST_P(Programs, Sum) {
    this->template expect_known_answers<benchmarks::sum>(sized(1, 1));
    this->template expect_known_answers<benchmarks::sum>(sized(10'001, 10));
    this->template expect_known_answers<benchmarks::sum>(sized(100, 1000));
}

TYPED_TEST_P(Programs, Quicksort) {
    this->template expect_known_answers<benchmarks::quicksort>(sized(10, 100));
    std::vector<std::uint32_t> sorted = benchmarks::random_array(20'000, 3);
    std::ranges::sort(sorted);
    this->for_all_workers([&](TypeParam& scheduler) {
        benchmarks::quicksort program(sized(20'000, 20, 3));
        for (int again = 0; again < 2; ++again) {
            this->expect_known_answer(scheduler, program);
            EXPECT_TRUE(std::ranges::equal(program.sorted(), sorted));
        }
    });
}

TYPED_TEST_P(Programs, Matrix) {
    constexpr std::size_t n = 64;
    this->for_all_workers([&](TypeParam& scheduler) {
        for (const std::uint64_t grain : {1, 8, 10, 64, 100}) {
            benchmarks::matrix program(sized(n, grain, 3));
            for (int again = 0; again < 2; ++again) {
                this->expect_known_answer(scheduler, program);
                std::vector<double> c(n * n);
                benchmarks::kernels::multiply(c.data(), program.a().data(), program.b().data(), n, n, false);
                EXPECT_TRUE(std::ranges::equal(program.c(), c));
            }
        }
    });
}

TYPED_TEST_P(Programs, SmallTree) {
    using context = typename TypeParam::context;
    this->for_all_workers([&](TypeParam& scheduler) {
        const benchmarks::uts program(small_tree());
        benchmarks::tree_size size;
        scheduler.run([&](context& root) { size = program.explore(root); });
        EXPECT_EQ(size, small_tree().size);
    });
}

/// In full where it does not take long; what is deep needs room on the stack, also for what a join runs
/// meanwhile.
TYPED_TEST_P(Programs, PublishedTrees) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    for (const char* name : {"t1", "t3"}) {
        this->for_all_workers(
            [&](TypeParam& scheduler) {
                benchmarks::uts program(benchmarks::settings{0, 0, name, 1});
                this->expect_known_answer(scheduler, program);
            },
            this->most_workers == 1 ? 1 : 2, 2);
    }
#else
    GTEST_SKIP() << "4 million nodes take long here";
#endif
}

REGISTER_TYPED_TEST_SUITE_P(Programs, Fib, Nqueens, Skynet, Sum, Quicksort, Matrix, SmallTree, PublishedTrees);

}  // namespace handoff::tests
