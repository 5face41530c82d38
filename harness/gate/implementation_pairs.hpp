// Pairs of two implementations in one build: `handoff duel`.
#pragma once

#include <memory>

#include "gate.hpp"
#include "pair_source.hpp"

namespace handoff::harness {

/// The points that both implementations have and that the options ask for. Throws usage_error.
std::unique_ptr<pair_source> pairs_of_implementations(const gate_options& options);

}  // namespace handoff::harness
