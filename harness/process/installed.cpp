#include "installed.hpp"

namespace handoff::harness {

namespace fs = std::filesystem;

namespace {

fs::path own_folder() {
    return fs::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace

fs::path folder_of_binaries() {
    // The folder of commands is no place to look first: bench_... of others may stand in it.
    const fs::path installed = (own_folder() / HANDOFF_FROM_BIN_TO_BINARIES).lexically_normal();
    std::error_code ignored;
    return fs::is_directory(installed, ignored) ? installed : own_folder();
}

std::string here_or_installed(const std::string& name) {
    std::error_code ignored;
    if (name.empty() || fs::exists(name, ignored)) {
        return name;
    }
    // An absolute name replaces what stands before it, and is then none of ours.
    const fs::path installed = (own_folder() / HANDOFF_FROM_BIN_TO_SHARE / name).lexically_normal();
    return fs::is_regular_file(installed, ignored) ? installed.string() : name;
}

}  // namespace handoff::harness
