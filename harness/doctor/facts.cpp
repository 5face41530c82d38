#include "facts.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "kernel_files.hpp"
#include "topology.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

bool counts_instructions() {
    perf_event_attr wanted{};
    wanted.size = sizeof wanted;
    wanted.type = PERF_TYPE_HARDWARE;
    wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
    wanted.exclude_kernel = 1;
    wanted.exclude_hv = 1;
    const long fd = syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0);
    if (fd >= 0) {
        close(static_cast<int>(fd));
    }
    return fd >= 0;
}

bool says_hypervisor(const fs::path& cpuinfo) {
    std::ifstream file(cpuinfo);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("flags")) {
            return line.find(" hypervisor") != std::string::npos;
        }
    }
    return false;
}

/// The scarcest of the control group's and its parents' quotas.
void read_quota(const fs::path& root, machine_facts& into) {
    const auto take = [&](const fs::path& file, double quota, double period) {
        if (quota > 0 && period > 0 && (!into.cpu_quota || quota / period < *into.cpu_quota)) {
            into.cpu_quota = quota / period;
            into.cpu_quota_file = "/" + fs::relative(file, root).string();
        }
    };
    std::ifstream groups(root / "proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {  // 0::/user.slice, or 4:cpu,cpuacct:/docker/...
        std::stringstream parts(line);
        std::string id;
        std::string controllers;
        std::string path;
        std::getline(std::getline(std::getline(parts, id, ':'), controllers, ':'), path);
        const bool second = id == "0" && controllers.empty();
        if (!second && ("," + controllers + ",").find(",cpu,") == std::string::npos) {
            continue;
        }
        const fs::path top = root / "sys/fs/cgroup" / (second ? "" : controllers);
        for (fs::path below = fs::path(path).relative_path();; below = below.parent_path()) {
            if (second) {
                std::ifstream file(top / below / "cpu.max");
                double quota = 0;
                double period = 0;
                if (file >> quota >> period) {  // "max 100000" has no number in front
                    take(top / below / "cpu.max", quota, period);
                }
            } else {
                take(top / below / "cpu.cfs_quota_us",
                     number_in<double>(top / below / "cpu.cfs_quota_us").value_or(-1),
                     number_in<double>(top / below / "cpu.cfs_period_us").value_or(0));
            }
            if (below.empty()) {
                break;
            }
        }
    }
}

std::uint64_t swap_used(const fs::path& meminfo) {
    std::ifstream file(meminfo);
    std::uint64_t total = 0;
    std::uint64_t left = 0;
    std::string key;
    std::uint64_t kib = 0;
    for (std::string line; std::getline(file, line);) {
        std::stringstream parts(line);
        if (parts >> key >> kib) {
            total = key == "SwapTotal:" ? kib : total;
            left = key == "SwapFree:" ? kib : left;
        }
    }
    return left < total ? (total - left) * 1024 : 0;
}

}  // namespace

machine_facts read_facts(const fs::path& root) {
    const fs::path cpus = root / "sys/devices/system/cpu";
    const fs::path clocks = root / "sys/devices/system/clocksource/clocksource0";
    machine_facts facts;
    facts.cpus_allowed = processors().size();
    facts.governor = first_line(cpus / "cpu0/cpufreq/scaling_governor");
    if (const auto active = number_in<int>(cpus / "smt/active")) {
        facts.smt = *active == 1;
    }
    facts.isolated = first_line(cpus / "isolated");
    facts.perf_event_paranoid = number_in<int>(root / "proc/sys/kernel/perf_event_paranoid");
    facts.counters = counts_instructions();
    facts.virtual_machine = says_hypervisor(root / "proc/cpuinfo");
    facts.clocksource = first_line(clocks / "current_clocksource");
    facts.other_clocksources = first_line(clocks / "available_clocksource");
    read_quota(root, facts);
    facts.swap_used_bytes = swap_used(root / "proc/meminfo");
    return facts;
}

}  // namespace handoff::harness
