// What the fork-join programs do in the pieces that are not forked. Compiled once, in kernels.cpp, so that
// every scheduler runs the same machine code.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace handoff::benchmarks::kernels {

// ---------------------------------------------------------------------------------- unbalanced trees

/// A SHA-1 value as five words, the first one first.
using digest = std::array<std::uint32_t, 5>;

/// Source: NIST, FIPS 180-4.
digest sha1(std::string_view message);

/// A tree that a seed and a rule for the number of children grow, in a way that the size of a subtree says
/// nothing about its siblings'. Source: Olivier, Huan, Liu, Prins, Dinan, Sadayappan, Tseng, "UTS: An
/// Unbalanced Tree Search Benchmark", 2006; the trees' parameters and sizes as its distribution publishes them.
struct tree {
    enum class rule {
        geometric,  ///< geometrically distributed about `branching`, none from `deepest` on
        binomial,   ///< `branching` at the root; below it `children` with probability `chance`, else none
    };
    std::string_view name;
    rule grows;
    double branching;
    std::uint32_t deepest;   ///< of geometric trees
    std::uint32_t children;  ///< of binomial trees
    double chance;           ///< likewise
    std::uint32_t seed;
};

struct tree_node {
    digest state;            ///< of the splittable random number generator
    std::uint32_t depth;     ///< 0 at the root
    std::uint32_t children;  ///< how many it has
};

tree_node root_of(const tree& t);
/// Child `i` of a node, from 0.
tree_node child_of(const tree& t, const tree_node& parent, std::uint32_t i);

// ----------------------------------------------------------------------------------------- sum and sort

std::uint64_t sum(std::span<const std::uint32_t> numbers);

/// Where an array is cut in two for quicksort: the first part, of the size that is returned, holds nothing
/// greater than anything in the second; neither is empty. Of at least 3 numbers. The pivot is the median of the
/// first, the middle and the last, so that the cuts depend on the numbers alone.
std::size_t partition(std::span<std::uint32_t> numbers);
/// The same from an array that stays as it is into another.
std::size_t partition_into(std::span<std::uint32_t> to, std::span<const std::uint32_t> from);

/// Sorts, and returns the sum of numbers times places, of which the first here is `place`. Among all orders of
/// the same numbers the sorted one has the greatest such sum.
std::uint64_t sort(std::span<std::uint32_t> numbers, std::uint64_t place);

// -------------------------------------------------------------------------------------------------- matrices

/// C = A x B, or C += A x B, of n x n parts of matrices whose rows are `stride` apart.
void multiply(double* c, const double* a, const double* b, std::size_t n, std::size_t stride, bool adds);

/// How many rows of the n x n matrix m, multiplied by the vector x, give what `product` says.
std::size_t rows_that_fit(const double* m, const double* x, const double* product, std::size_t n);

}  // namespace handoff::benchmarks::kernels
