// Places in a ranking: who is clearly better than whom, and the places that this leaves to each.
#pragma once

#include <cstddef>
#include <vector>

namespace handoff::harness {

/// The chance that the ranks of `a` among all values are as low as they are, or lower, where every order of the
/// values is as likely as any other. Equal values share their middle rank. Exact up to 60 values, by the normal
/// distribution above that. Values may be infinite, not NaN. Of an empty sample: 1. Source: Wilcoxon,
/// "Individual Comparisons by Ranking Methods", 1945; Mann and Whitney, 1947.
double chance_of_ranks_as_low(const std::vector<double>& a, const std::vector<double>& b);

/// The places that one contender may have.
struct place_range {
    std::size_t best = 1;
    std::size_t worst = 1;

    bool operator==(const place_range&) const = default;
};

/// One contender's costs are clearly lower than another's where the rank-sum test says so at this level: five
/// trials each can, four cannot.
inline constexpr double clearly_lower_level = 0.01;

/// Of each contender, by its costs (less is better): behind all whose costs are clearly lower, before all whose
/// costs are clearly higher. Nothing is said of the order inside a range, and ranges overlap as they do: where
/// the first is clearly better than the third, and the second can be told from neither, they are 1-2, 1-3, 2-3.
std::vector<place_range> places_of(const std::vector<std::vector<double>>& costs);

}  // namespace handoff::harness
