// What the programs say that is to come out, against sources of its own: by formula, by table, by another loop.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "fork_join/program_tests.hpp"
#include "fork_join/workloads/fib.hpp"
#include "fork_join/workloads/matrix.hpp"
#include "fork_join/workloads/nqueens.hpp"
#include "fork_join/workloads/quicksort.hpp"
#include "fork_join/workloads/skynet.hpp"
#include "fork_join/workloads/sum.hpp"
#include "fork_join/workloads/uts.hpp"

namespace handoff::tests {
namespace {

TEST(KnownAnswers, Fib) {
    const std::array<std::uint64_t, 8> numbers{1, 1, 2, 3, 5, 8, 13, 21};
    for (std::uint64_t n = 1; n <= numbers.size(); ++n) {
        EXPECT_EQ(benchmarks::fib(sized(n)).expected().answer, numbers[n - 1]);
    }
    EXPECT_EQ(benchmarks::fib(sized(1)).expected().tasks, 0U);
    EXPECT_EQ(benchmarks::fib(sized(5)).expected().tasks, 7U);  // of 15 calls, 7 call two each
    // The largest that is legal still fits into the half of a word that each number has.
    EXPECT_LT(benchmarks::fib(sized(benchmarks::fib::parameters[0].most)).expected().tasks,
              std::uint64_t{1} << 32);
}

TEST(KnownAnswers, Nqueens) {
    // By trying all permutations: a different way to the same numbers.
    for (std::uint64_t n = 1; n <= 8; ++n) {
        std::vector<int> rows(n);
        for (std::size_t i = 0; i < n; ++i) {
            rows[i] = static_cast<int>(i);
        }
        std::uint64_t solutions = 0;
        do {
            bool stands = true;
            for (std::size_t i = 0; i < n && stands; ++i) {
                for (std::size_t j = i + 1; j < n && stands; ++j) {
                    stands = std::abs(rows[i] - rows[j]) != static_cast<int>(j - i);
                }
            }
            solutions += stands ? 1 : 0;
        } while (std::ranges::next_permutation(rows).found);
        EXPECT_EQ(benchmarks::nqueens(sized(n)).expected().answer, solutions) << n;
    }
    EXPECT_EQ(benchmarks::nqueens(sized(12)).expected().answer, 14200U);
    // 3 x 3: the first row has three columns; from the edges one more queen stands, from the middle none.
    EXPECT_EQ(benchmarks::nqueens(sized(3)).expected().tasks, 2U);
}

TEST(KnownAnswers, Skynet) {
    EXPECT_EQ(benchmarks::skynet(sized(1000)).expected(), (benchmarks::outcome{499'500, 999}));
    EXPECT_EQ(benchmarks::skynet(sized(1)).expected(), (benchmarks::outcome{0, 0}));
}

TEST(KnownAnswers, Sum) {
    for (const std::uint64_t size : {1, 2, 999, 1000, 1001, 1024}) {
        std::uint64_t total = 0;
        for (const std::uint32_t number : benchmarks::random_array(size, 5)) {
            total += number;
        }
        for (const std::uint64_t grain : {1, 3, 1000}) {
            const benchmarks::outcome expected = benchmarks::sum(sized(size, grain, 5)).expected();
            EXPECT_EQ(expected.answer, total);
            if (grain == 1) {
                EXPECT_EQ(expected.tasks, size - 1);
            } else if (grain >= size) {
                EXPECT_EQ(expected.tasks, 0U);
            }
        }
    }
}

TEST(KnownAnswers, Quicksort) {
    std::vector<std::uint32_t> numbers = benchmarks::random_array(5000, 9);
    std::ranges::sort(numbers);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        total += (i + 1) * numbers[i];
    }
    const benchmarks::outcome expected = benchmarks::quicksort(sized(5000, 50, 9)).expected();
    EXPECT_EQ(expected.answer, total);
    EXPECT_GE(expected.tasks, 99U);
    // The programs of other inputs are not mixed up with the last one's.
    EXPECT_NE(benchmarks::quicksort(sized(5000, 50, 10)).expected(), expected);
    EXPECT_GT(benchmarks::quicksort(sized(5000, 5, 9)).expected().tasks, expected.tasks);
    EXPECT_EQ(benchmarks::quicksort(sized(5000, 50, 9)).expected(), expected);
}

TEST(KnownAnswers, Matrix) {
    EXPECT_EQ(benchmarks::matrix(sized(64, 64)).expected(), (benchmarks::outcome{64, 0}));
    EXPECT_EQ(benchmarks::matrix(sized(64, 32)).expected(), (benchmarks::outcome{64, 6}));
    EXPECT_EQ(benchmarks::matrix(sized(64, 16)).expected(), (benchmarks::outcome{64, 54}));
}

/// A tree as small as tests want it, its size counted with a stack instead of calls.
TEST(KnownAnswers, TheSmallTree) {
    const benchmarks::published_tree t = small_tree();
    benchmarks::tree_size size;
    std::vector<benchmarks::kernels::tree_node> open{benchmarks::kernels::root_of(t)};
    while (!open.empty()) {
        const auto node = open.back();
        open.pop_back();
        size += {1, node.children == 0 ? 1U : 0U, node.depth};
        for (std::uint32_t i = 0; i < node.children; ++i) {
            open.push_back(benchmarks::kernels::child_of(t, node, i));
        }
    }
    EXPECT_EQ(size, t.size) << size.nodes << " nodes, " << size.leaves << " leaves, depth " << size.depth;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// The trees of the publication, with the sizes that it says they have.
TEST(KnownAnswers, PublishedTrees) {
    for (const benchmarks::published_tree& t : benchmarks::uts::trees) {
        benchmarks::calls plain;
        const benchmarks::tree_size size = benchmarks::uts(t).explore(plain);
        EXPECT_EQ(size, t.size) << t.name << ": " << size.nodes << " nodes, " << size.leaves
                                << " leaves, depth " << size.depth;
    }
}
#endif

}  // namespace
}  // namespace handoff::tests
