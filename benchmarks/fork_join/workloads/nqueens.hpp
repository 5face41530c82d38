// In how many ways n queens stand on a board of n x n without attacking each other.
#pragma once

#include <bit>

#include "fork_join/program.hpp"

namespace handoff::benchmarks {

/// Source: the numbers are sequence A000170 of the On-Line Encyclopedia of Integer Sequences; a board in three
/// words as is usual since Wirth, "Algorithms + Data Structures = Programs", 1976, kept columns and diagonals
/// apart.
///
/// Stresses: fork_all with few and uneven pieces, each of a few nanoseconds at the bottom. Verifies: the
/// number, and the number of boards that nothing more can be put on, against a count by plain calls.
class nqueens {
public:
    static constexpr std::string_view name = "nqueens";
    static constexpr std::array parameters{parameter{"size", "11", 1, 18}};

    explicit nqueens(const settings& s);

    template <class Context>
    outcome run(Context& context) {
        return place(context, board{}).result();
    }

    outcome expected() const { return expected_; }

private:
    /// A bit for each column of the next row.
    struct board {
        std::uint32_t taken = 0;
        std::uint32_t left = 0;   ///< attacked along a diagonal that moves left from row to row
        std::uint32_t right = 0;  ///< likewise
    };

    template <class Context>
    tally place(Context& context, const board& b) const {
        if (b.taken == all_) {
            return {1, 1};
        }
        std::uint32_t free = all_ & ~(b.taken | b.left | b.right);
        if (free == 0) {
            return {0, 1};
        }
        std::array<std::uint32_t, 18> queens;
        std::size_t n = 0;
        for (; free != 0; free &= free - 1) {
            queens[n++] = free & -free;
        }
        of_children<tally> ways(n);
        context.fork_all(n, [&](Context& c, std::size_t i) {
            const std::uint32_t queen = queens[i];
            ways[i] += place(c, {b.taken | queen, (b.left | queen) << 1, (b.right | queen) >> 1});
        });
        return ways.sum();
    }

    std::uint32_t all_;
    outcome expected_;
};

}  // namespace handoff::benchmarks
