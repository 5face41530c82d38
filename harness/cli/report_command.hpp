// `handoff report`.
#pragma once

#include <string>
#include <vector>

namespace handoff::harness {

extern const char* const report_help;

/// The arguments after the command's name. Always 0. Throws usage_error.
int report_command(const std::vector<std::string>& arguments);

}  // namespace handoff::harness
