// The time of CPUs that a control group grants the processes in it, and whether they had used it up.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace handoff::harness {

/// The scarcest of the quotas of this process's control group and its parents.
struct cpu_quota {
    double cpus;       ///< processors' worth of time
    std::string file;  ///< where it stands
};

/// Nothing where there is no quota, or none that this process can see: inside a container without the host's
/// groups above it. Both versions of control groups. Another root serves tests.
std::optional<cpu_quota> read_cpu_quota(const std::filesystem::path& root = "/");

/// How often since they were made this process's groups were held back for the rest of a period, because the
/// quota was used up: the sum over the group and its parents. Nothing where no group counts it.
std::optional<std::uint64_t> throttled_periods(const std::filesystem::path& root = "/");

/// The same from one reading to a later one.
std::optional<std::uint64_t> throttled_between(std::optional<std::uint64_t> before,
                                               std::optional<std::uint64_t> after);

}  // namespace handoff::harness
