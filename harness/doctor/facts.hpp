// What of a machine decides whether it can be measured on, as the kernel tells it to anybody.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "doctor_report.hpp"

namespace handoff::harness {

/// What the kernel does not say is empty.
struct machine_facts {
    std::size_t cpus_allowed = 1;
    std::string governor;
    std::optional<bool> smt;
    std::string isolated;  ///< CPUs, as `2-3`
    std::optional<int> perf_event_paranoid;
    bool counters = false;  ///< this process can count instructions in hardware
    bool virtual_machine = false;
    std::string clocksource;
    std::string other_clocksources;   ///< all that the kernel offers
    std::optional<double> cpu_quota;  ///< processors' worth of time that the control group has
    std::string cpu_quota_file;
    std::uint64_t swap_used_bytes = 0;
};

/// Reads them below `root`. `counters` and `cpus_allowed` are asked of the kernel.
machine_facts read_facts(const std::filesystem::path& root = "/");

/// Looks for so long, and uses a fiftieth of a processor for it.
machine_watch watch(double seconds);

}  // namespace handoff::harness
