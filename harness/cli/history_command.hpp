// `handoff history`.
#pragma once

#include <string>
#include <vector>

namespace handoff::harness {

extern const char* const history_help;

/// The arguments after the command's name. Throws usage_error.
int history_command(const std::vector<std::string>& arguments);

}  // namespace handoff::harness
