// What lies elsewhere where this command is installed: cmake/Install.cmake puts it there.
#pragma once

#include <filesystem>
#include <string>

namespace handoff::harness {

/// The folder of the benchmark binaries where the user names none: a folder of their own where they are
/// installed with this command, else this command's, as in a build.
std::filesystem::path folder_of_binaries();

/// A file that the user named, such as sweeps/quick.json: the one of this name here; where there is none, the
/// one that is installed with this command; where there is none either, the name as it is, for whoever refuses
/// it.
std::string here_or_installed(const std::string& name);

}  // namespace handoff::harness
