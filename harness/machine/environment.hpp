// Where and with what a run was made.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace handoff::harness {

/// How this binary was built. Filled by the build (cmake/BuildInfo.cmake).
struct build_info {
    static const std::string version;  ///< of the project, as CMakeLists.txt has it
    static const std::string compiler;
    static const std::string flags;
    static const std::string build_type;
    static const std::string sanitizer;   ///< empty: none
    static const std::string git_commit;  ///< "unknown" outside a git checkout
    static const bool git_dirty;
    static const nlohmann::json libraries;  ///< Debian package to version, of what is adapted and linked

    /// What `handoff --version` prints: the version, the commit, the compiler, the kind of build.
    static std::string describe();

    /// Optimised and without a sanitizer: times mean something.
    static bool measures();
    /// Why not; empty where it does.
    static std::string why_not();
};

/// Google Benchmark's context keys, each true, and ours under "handoff".
nlohmann::json environment(const std::string& executable);

/// Jiffies that the hypervisor gave to others while this machine wanted to run, since boot.
std::uint64_t steal_ticks();

/// Now, as Google Benchmark writes it: 2026-03-01T12:00:00+00:00.
std::string timestamp();

}  // namespace handoff::harness
