// `handoff duel`.
#pragma once

#include <string>
#include <vector>

namespace handoff::harness {

/// Returns the exit code. Throws usage_error.
int duel_command(const std::vector<std::string>& all);

}  // namespace handoff::harness
