// Files and folders that the gate makes for a while, where TMPDIR says.
#pragma once

#include <filesystem>
#include <string>

namespace handoff::harness {

/// A new file with that text; a new folder. Both begin with `name`, and whoever asks removes them. Throws
/// usage_error that names the variable and the folder.
std::filesystem::path make_temporary_file(const std::string& name, const std::string& text);
std::filesystem::path make_temporary_folder(const std::string& name);

}  // namespace handoff::harness
