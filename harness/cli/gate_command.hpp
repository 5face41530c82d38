// `handoff gate`: its flags.
#pragma once

#include <string>
#include <vector>

namespace handoff::harness {

/// What `handoff --help` says of it.
extern const char* const gate_help;

/// A number of a flag, above one bound and at most another; a time such as 90, 90s, 1.5m, 1h. Throw
/// usage_error.
double parse_number(const std::string& flag, const std::string& text, double above, double most);
double parse_budget(const std::string& flag, std::string text);

/// `arguments[0]` is "gate". Returns the exit code; throws usage_error.
int gate_command(const std::vector<std::string>& arguments);

}  // namespace handoff::harness
