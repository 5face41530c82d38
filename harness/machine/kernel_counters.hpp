// Events that the kernel counts on request (perf_event_open): cycles, instructions, cache misses, system calls.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "environment.hpp"

namespace handoff::harness {

/// An event in the kernel's terms (linux/perf_event.h).
struct kernel_event {
    std::string name;
    std::uint32_t type;
    std::uint64_t config;
};

/// Cycles, instructions, cache misses, and where the processor counts them misses of the last level and loads
/// that another node served.
std::span<const kernel_event> hardware_events();

/// The beginning of any system call; where the kernel's tracing is not to be had, why not.
struct system_call_event {
    std::optional<kernel_event> event;
    std::string why_not;
};
system_call_event find_system_call_event();

/// Counts for the calling thread and for all threads that it, and they, make from now on. What the kernel does
/// not grant is left out, with the reason. Nothing is read or written while threads run: the kernel keeps the
/// sums at its context switches, which it makes longer for hardware events.
class kernel_counters {
public:
    explicit kernel_counters(std::span<const kernel_event> events);
    ~kernel_counters();
    kernel_counters(const kernel_counters&) = delete;
    kernel_counters& operator=(const kernel_counters&) = delete;

    /// Sums so far, one for each granted event.
    struct reading {
        std::uint64_t value = 0;
        std::uint64_t enabled_ns = 0;  ///< of all threads
        std::uint64_t running_ns = 0;  ///< in which the event was on a counter; less where counters are shared
    };
    std::vector<reading> read() const;

    /// What was counted between two readings, scaled to the whole time where an event had its counter for a
    /// part of it. An event that never had one is left out.
    std::vector<std::pair<std::string, double>> between(const std::vector<reading>& before,
                                                        const std::vector<reading>& after) const;

    std::vector<std::string> granted() const;
    bool has_any() const noexcept { return !open_.empty(); }
    /// Those that were refused, by reason; empty where all were granted.
    std::string refusals() const;

private:
    struct open_event {
        std::string name;
        int fd;
    };
    std::vector<open_event> open_;
    std::vector<std::pair<std::string, std::string>> refused_;  ///< reason, names
    bool user_only_ = false;
};

/// For a result's context: which events trials count here, and one line on why there are no others.
kernel_counters_description describe_kernel_counters();

}  // namespace handoff::harness
