// A trial of one of Handoff's benchmark binaries, as a side of a pair.
#pragma once

#include <string>

#include "pair_source.hpp"
#include "trial_process.hpp"

namespace handoff::harness {

/// Runs it and reads its cost by that measure. The answer's `command` is empty.
side_trial run_own_trial(const trial_request& request, double timeout_seconds, const std::string& measure);

}  // namespace handoff::harness
