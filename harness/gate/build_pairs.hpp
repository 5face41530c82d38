// Pairs of two builds of benchmark binaries: each trial is a point of theirs.
#pragma once

#include <memory>

#include "gate.hpp"
#include "pair_source.hpp"

namespace handoff::harness {

/// Finds (or builds) the builds that the options name, and the points that they have. Throws usage_error.
std::unique_ptr<pair_source> pairs_of_builds(const gate_options& options);

}  // namespace handoff::harness
