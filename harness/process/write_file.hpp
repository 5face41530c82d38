// Files that users read: whole, or not there.
#pragma once

#include <string>

namespace handoff::harness {

/// Writes atomically: readers see the old file or the new one. Throws std::system_error.
void write_file(const std::string& path, const std::string& text);

/// The same for a path that a flag named; `-` is standard output. Throws usage_error that names the flag.
void write_output(const std::string& flag, const std::string& path, const std::string& text);

}  // namespace handoff::harness
