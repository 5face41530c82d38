// `handoff compare`.
#pragma once

#include <string>
#include <vector>

namespace handoff::harness {

extern const char* const compare_help;

/// The arguments after the command's name. Always 0: it is no gate. Throws usage_error.
int compare_command(const std::vector<std::string>& arguments);

}  // namespace handoff::harness
