// Pairs of two implementations in one build: `handoff duel`.
#pragma once

#include <memory>

#include "gate.hpp"
#include "pair_source.hpp"

namespace handoff::harness {

/// The points that both implementations have and that the options ask for. Throws usage_error.
std::unique_ptr<pair_source> pairs_of_implementations(const gate_options& options);

/// Whether two points differ in nothing but the implementation and what only one of the two has: a queue
/// without bounds meets one of any capacity, a queue that waits by itself one with any strategy.
bool same_conditions(const point& a, const point& b);

}  // namespace handoff::harness
