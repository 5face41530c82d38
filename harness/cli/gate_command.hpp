// `handoff gate`: its flags.
#pragma once

#include <string>
#include <vector>

namespace handoff::harness {

/// What `handoff --help` says of it.
extern const char* const gate_help;

/// `arguments[0]` is "gate". Returns the exit code; throws usage_error.
int gate_command(const std::vector<std::string>& arguments);

}  // namespace handoff::harness
