// The rate that a paced point is offered.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace handoff::harness {

/// A window that says enough of a rate that others are offered, in seconds: what only decides one is measured
/// for no longer.
inline constexpr double longest_for_a_rate = 1;

/// The share of what the reference point reached, in whole items per second, at least 1.
inline std::uint64_t paced_rate(double reached_per_second, double share) {
    return static_cast<std::uint64_t>(std::max(1.0, std::round(reached_per_second * share)));
}

}  // namespace handoff::harness
