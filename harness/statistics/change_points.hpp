// Where a series changes: E-divisive, energy statistics with a permutation test.
//
// Source: Matteson and James, "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate
// Data", Journal of the American Statistical Association 109, 2014 (exponent 1). The permutations stop as soon
// as they have decided: Besag and Clifford, "Sequential Monte Carlo p-values", Biometrika 78, 1991.
//
// False alarms: of series without a change (values that could have come in any order) a share of `level` gets
// one, at most. Values that drift could not have come in any order: such series alarm more often.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace handoff::harness {

struct change_point_options {
    double level = 0.05;       ///< of each test; whoever looks at m series divides it by m (Bonferroni)
    std::size_t shortest = 4;  ///< values on either side of a change, at least 2
    std::uint64_t seed = 1;    ///< of the permutations
};

struct change_point {
    std::size_t index;  ///< of the first value after the change
    double statistic;   ///< the scaled energy distance of what lies before and after
    double p;           ///< of the permutation test: (1 + as large as this) / (1 + permutations)
    bool operator==(const change_point&) const = default;
};

/// In the order of the series. Values are finite; too short a series has none. Throws std::invalid_argument.
std::vector<change_point> change_points(const std::vector<double>& series, const change_point_options& options);

/// The permutations of a test at that level, one less than the number by which p-values are counted.
std::size_t permutations_of(double level);

/// The values a series needs before a change in it can be found at that level, nine times of ten: below, even
/// the clearest one comes about too often by chance.
std::size_t least_values(double level, std::size_t shortest);

}  // namespace handoff::harness
