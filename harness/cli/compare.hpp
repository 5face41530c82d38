// `handoff compare`.
#pragma once

#include <string>
#include <vector>

namespace handoff::harness {

extern const char* const compare_help;

/// The arguments after the command's name. Always 0: it is no gate. Throws usage_error.
int compare_command(const std::vector<std::string>& arguments);

/// Writes a file, or standard output for `-`. Throws usage_error that names the flag.
void write_output(const std::string& flag, const std::string& path, const std::string& text);

}  // namespace handoff::harness
