#include "kernel_counters.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace handoff::harness {

namespace {

constexpr std::uint64_t load_misses(std::uint64_t cache) {
    return cache | PERF_COUNT_HW_CACHE_OP_READ << 8 | PERF_COUNT_HW_CACHE_RESULT_MISS << 16;
}

int open_here(const kernel_event& event, bool user_only) {
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = event.type;
    attributes.config = event.config;
    attributes.inherit = 1;
    attributes.exclude_kernel = user_only;
    attributes.exclude_hv = user_only;
    attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    return static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0 /* this thread */, -1 /* any CPU */, -1,
                                    PERF_FLAG_FD_CLOEXEC));
}

std::string paranoid() {
    std::ifstream file("/proc/sys/kernel/perf_event_paranoid");
    std::string level;
    file >> level;
    return level.empty() ? "not there" : level;
}

}  // namespace

std::span<const kernel_event> hardware_events() {
    static const std::array<kernel_event, 5> events{{
        {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
        {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
        {"cache_misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
        {"llc_load_misses", PERF_TYPE_HW_CACHE, load_misses(PERF_COUNT_HW_CACHE_LL)},
        {"remote_loads", PERF_TYPE_HW_CACHE, load_misses(PERF_COUNT_HW_CACHE_NODE)},
    }};
    return events;
}

system_call_event find_system_call_event() {
    for (const char* const root : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
        std::ifstream file(std::string(root) + "/events/raw_syscalls/sys_enter/id");
        std::uint64_t id = 0;
        if (file >> id) {
            return {kernel_event{"system_calls", PERF_TYPE_TRACEPOINT, id}, ""};
        }
    }
    return {std::nullopt, "no readable /sys/kernel/tracing"};
}

kernel_counters::kernel_counters(std::span<const kernel_event> events) {
    for (const kernel_event& event : events) {
        int fd = open_here(event, user_only_);
        // An unprivileged user may often count what happens outside the kernel. A tracepoint is inside:
        // counting it so would give 0.
        if (fd < 0 && (errno == EACCES || errno == EPERM) && !user_only_ &&
            event.type != PERF_TYPE_TRACEPOINT) {
            fd = open_here(event, true);
            user_only_ = fd >= 0;
        }
        if (fd >= 0) {
            open_.push_back({event.name, fd});
            continue;
        }
        const std::string reason = std::string(std::strerror(errno)) + " (errno " + std::to_string(errno) + ")";
        const auto known = std::ranges::find(refused_, reason, &std::pair<std::string, std::string>::first);
        if (known == refused_.end()) {
            refused_.emplace_back(reason, event.name);
        } else {
            known->second += ", " + event.name;
        }
    }
}

kernel_counters::~kernel_counters() {
    for (const open_event& event : open_) {
        close(event.fd);
    }
}

std::vector<kernel_counters::reading> kernel_counters::read() const {
    std::vector<reading> all(open_.size());
    for (std::size_t i = 0; i < open_.size(); ++i) {
        static_assert(sizeof(reading) == 3 * sizeof(std::uint64_t));
        if (::read(open_[i].fd, &all[i], sizeof(reading)) != sizeof(reading)) {
            all[i] = {};
        }
    }
    return all;
}

std::vector<std::pair<std::string, double>> kernel_counters::between(const std::vector<reading>& before,
                                                                     const std::vector<reading>& after) const {
    std::vector<std::pair<std::string, double>> counted;
    for (std::size_t i = 0; i < open_.size(); ++i) {
        if (after[i].running_ns <= before[i].running_ns || after[i].value < before[i].value) {
            continue;
        }
        const auto enabled = static_cast<double>(after[i].enabled_ns - before[i].enabled_ns);
        const auto running = static_cast<double>(after[i].running_ns - before[i].running_ns);
        counted.emplace_back(open_[i].name,
                             static_cast<double>(after[i].value - before[i].value) * enabled / running);
    }
    return counted;
}

std::vector<std::string> kernel_counters::granted() const {
    std::vector<std::string> names;
    for (const open_event& event : open_) {
        names.push_back(event.name + (user_only_ ? " (outside the kernel)" : ""));
    }
    return names;
}

std::string kernel_counters::refusals() const {
    std::string all;
    for (const auto& [reason, names] : refused_) {
        all += (all.empty() ? "" : "; ") + names + ": " + reason;
    }
    return all;
}

kernel_counters_description describe_kernel_counters() {
    const kernel_counters hardware(hardware_events());
    std::vector<std::string> granted = hardware.granted();
    std::string note = hardware.refusals();
    std::string calls = "system_calls: ";
    if (const system_call_event found = find_system_call_event(); found.event) {
        const kernel_counters counter(std::span(&*found.event, 1));
        const auto names = counter.granted();
        granted.insert(granted.end(), names.begin(), names.end());
        calls = counter.refusals();
    } else {
        calls += found.why_not;
    }
    note += (note.empty() || calls.empty() ? "" : "; ") + calls;
    if (!note.empty()) {
        note = "not counted: " + note + "; perf_event_paranoid " + paranoid();
    }
    return {granted, note};
}

}  // namespace handoff::harness
