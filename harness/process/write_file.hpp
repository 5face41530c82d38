// Files that users read: whole, or not there.
#pragma once

#include <filesystem>
#include <string>

namespace handoff::harness {

/// Writes atomically: readers see the old file or the new one. So are regular files and new ones written, and
/// those that a link leads to; a device, a pipe or an open descriptor (/dev/stdout) is opened and written. A
/// file that can be written in a folder that cannot is written where it is. Throws std::system_error.
void write_file(const std::string& path, const std::string& text);

/// The same for a path that a flag named; `-` is standard output. Throws usage_error that names the flag.
void write_output(const std::string& flag, const std::string& path, const std::string& text);

/// Whether `write_output` could do that now, without writing: before an hour is measured for nothing. Nothing
/// is left behind. Throws usage_error likewise.
void check_output(const std::string& flag, const std::string& path);

}  // namespace handoff::harness
