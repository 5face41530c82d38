// A sign test that may be looked at after every pair.
#pragma once

#include <cstddef>
#include <vector>

namespace handoff::harness {

/// Rejects "a success has a chance of at most 1/2" as soon as there are enough successes, with an error of at
/// most `level` over all looks together. After n of at most N observations it asks for an exact binomial tail
/// of at most c (n/N)^shape; c is the largest number for which the chance of ever crossing, summed exactly over
/// all paths, stays within `level`. Repeated significance tests of this kind: Jennison and Turnbull, "Group
/// Sequential Methods with Applications to Clinical Trials", 2000; the shapes are those of Wang and Tsiatis,
/// "Approximately Optimal One-Parameter Boundaries for Group Sequential Trials", 1987, on the scale of
/// p-values.
///
/// Boundaries of one shape are nested: what crosses at a level crosses at every greater one. Step-down
/// procedures over several boundaries (Maurer and Bretz, "Multiple Testing in Group Sequential Trials Using
/// Graphical Approaches", 2013) rest on that.
class sign_boundary {
public:
    /// `first`: no look before so many observations.
    sign_boundary(double level, std::size_t most, double shape, std::size_t first = 5);

    std::size_t most() const { return needed_.size() - 1; }
    /// The successes that reject after n observations, 0 to `most()`; n + 1 where none can.
    std::size_t needed(std::size_t n) const { return needed_[n]; }
    /// The chance of rejecting at some look when a success has this chance.
    double power(double chance) const;

private:
    std::vector<std::size_t> needed_;
};

}  // namespace handoff::harness
