// Where and with what a run was made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "start_state.hpp"

namespace handoff::harness {

/// How a binary was built, as results state it.
struct build_description {
    std::string compiler;
    std::string flags;
    std::string build_type;
    std::map<std::string, std::string> libraries;  ///< Debian package -> version, of what is adapted and linked
    std::string git_commit;                        ///< "unknown" outside a git checkout
    bool git_dirty = false;

    bool operator==(const build_description&) const = default;
};

/// How this binary was built. Filled by the build (cmake/BuildInfo.cmake).
struct build_info {
    static const build_description description;
    static const std::string sanitizer;  ///< empty: none
    static const std::string version;    ///< of the project, as CMakeLists.txt has it
    static const bool asserts;           ///< without NDEBUG

    /// What `handoff --version` prints: the version, the commit, the compiler, the kind of build.
    static std::string describe();

    /// Optimised and without a sanitizer: times mean something.
    static bool measures();
    /// Why not; empty where it does.
    static std::string why_not();
};

/// A cache of the first CPU, as Google Benchmark describes it.
struct cache_description {
    std::string type;
    int level = 0;
    std::size_t size = 0;  ///< bytes
    std::size_t num_sharing = 0;
};

/// Caches of one level, as hwloc sees the machine.
struct cache_level {
    int level = 0;
    std::uint64_t bytes = 0;
    int count = 0;
    int cores = 0;  ///< that share one, at most
};

/// The machine as hwloc sees it.
struct topology_description {
    int packages = 0;
    int numa_nodes = 0;
    int cores = 0;
    int cpus = 0;
    int most_cpus_per_core = 1;
    std::vector<cache_level> caches;
    bool this_machine = true;  ///< false: hwloc was told of another one
};

/// Which events rows count through perf_event_open, and why there are no others.
struct kernel_counters_description {
    std::vector<std::string> granted;
    std::string note;  ///< empty: all are granted
};

/// A result's context: Google Benchmark's keys, each true, and ours.
struct environment {
    std::string date;
    std::string host_name;
    std::string executable;
    long num_cpus = 0;
    int mhz_per_cpu = 0;  ///< 0: the machine does not say
    bool cpu_scaling_enabled = false;
    std::vector<cache_description> caches;
    std::array<double, 3> load_avg{};
    std::string library_build_type;
    std::string library_build_note;
    // ours
    std::string cpu_model;
    std::size_t cpus_allowed = 0;
    std::size_t physical_cores = 0;
    std::string smt;
    std::optional<double> cpu_quota;  ///< processors' worth of time that the control group grants
    std::string governor;
    std::string virtualization;
    std::string kernel;
    std::string clocksource;
    double clock_cost_ns = 0;
    double clock_resolution_ns = 0;
    kernel_counters_description kernel_counters;
    build_description build;
    start_state start;  ///< what this process was started with, and trials with it
    std::optional<topology_description> topology;
    std::string topology_not_built;  ///< why this build cannot describe it; empty where it can
};

/// This machine, now. `executable` is quoted in it.
environment describe_environment(const std::string& executable);

/// The first CPU's maximum frequency where the kernel knows one, else what /proc/cpuinfo reads now; 0 where
/// neither is a number. Nothing is computed from it. Another root serves tests, here and below.
int read_mhz(const std::filesystem::path& root = "/");
/// The caches of the first CPU of which the kernel states level and size.
std::vector<cache_description> read_caches(const std::filesystem::path& root = "/");

/// Now, as Google Benchmark writes it: 2026-03-01T12:00:00+00:00.
std::string timestamp();

}  // namespace handoff::harness
