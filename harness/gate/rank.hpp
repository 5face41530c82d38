// `handoff rank`: implementations of one build, sorted by duels of neighbours.
#pragma once

#include <string>
#include <vector>

#include "gate.hpp"
#include "rank_record.hpp"

namespace handoff::harness {

struct rank_options {
    gate_options gate;               ///< what a duel has, without its two sides
    std::vector<std::string> names;  ///< none: all that have the points
    std::vector<std::string> ours;   ///< whose best is compared with the best of the others; none: nobody's
};

/// Runs it and returns the exit code: 0 every neighbour is decided or ties, 1 a trial failed, 3 a neighbour was
/// not decided, 130 interrupted. Throws usage_error.
int run_rank(const rank_options& options);

/// The ranking of each point, and of several the ranks side by side.
std::string rank_table(const rank_result& result);
/// Of how many neighbours what was found, in one line.
std::string rank_summary(const rank_result& result);
int rank_exit_code(const rank_result& result, bool interrupted);

/// The best of ours against the best of the others: all points' medians as one. `logarithms` are ln(other /
/// ours) of the pairs that are stated, for each point of `made`.
void add_geometric_mean(ours_against_others& made, const std::vector<std::vector<double>>& logarithms);

}  // namespace handoff::harness
