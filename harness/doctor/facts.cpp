#include "facts.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cpu_quota.hpp"
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
    if (const auto quota = read_cpu_quota(root)) {
        facts.cpu_quota = quota->cpus;
        facts.cpu_quota_file = quota->file;
    }
    facts.swap_used_bytes = swap_used(root / "proc/meminfo");
    return facts;
}

}  // namespace handoff::harness
