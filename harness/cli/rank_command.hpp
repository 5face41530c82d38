// `handoff rank`.
#pragma once

#include <string>
#include <vector>

namespace handoff::harness {

/// Returns the exit code. Throws usage_error.
int rank_command(const std::vector<std::string>& all);

}  // namespace handoff::harness
