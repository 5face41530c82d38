#include "environment.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "clock.hpp"
#include "hwloc_topology.hpp"
#include "kernel_counters.hpp"
#include "topology.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

/// The first line of a file of /sys or /proc; empty where there is none.
std::string first_line(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

std::string cpu_model() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        // x86 says "model name", most ARM kernels say neither it nor anything like it
        if (line.starts_with("model name") || line.starts_with("Model")) {
            return line.substr(std::min(line.size(), line.find(':') + 2));
        }
    }
    return "unknown";
}

/// Maximum frequency where the kernel knows one, else what /proc/cpuinfo reads now. Nothing is computed from
/// it.
int mhz() {
    const std::string khz = first_line("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq");
    if (!khz.empty()) {
        return std::stoi(khz) / 1000;
    }
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("cpu MHz")) {
            return static_cast<int>(std::stod(line.substr(line.find(':') + 1)) + 0.5);
        }
    }
    return 0;
}

std::size_t cpus_in_list(const std::string& list) {  // "0-3,8"
    std::size_t count = 0;
    std::stringstream parts(list);
    for (std::string part; std::getline(parts, part, ',');) {
        const auto dash = part.find('-');
        count += dash == std::string::npos
                     ? 1
                     : std::stoul(part.substr(dash + 1)) - std::stoul(part.substr(0, dash)) + 1;
    }
    return count;
}

std::vector<cache_description> caches() {
    std::vector<cache_description> all;
    for (int i = 0;; ++i) {
        const fs::path index = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i);
        const std::string size = first_line(index / "size");
        if (size.empty()) {
            return all;
        }
        const std::size_t unit = size.back() == 'K' ? 1024 : size.back() == 'M' ? 1024 * 1024 : 1;
        all.push_back({first_line(index / "type"), std::stoi(first_line(index / "level")),
                       std::stoul(size) * unit, cpus_in_list(first_line(index / "shared_cpu_list"))});
    }
}

std::size_t physical_cores() {
    std::set<std::pair<int, int>> cores;
    for (const processor& p : processors()) {
        cores.emplace(p.package, p.core);
    }
    return cores.size();
}

std::string smt() {
    const std::string control = first_line("/sys/devices/system/cpu/smt/active");
    if (!control.empty()) {
        return control == "1" ? "on" : "off";
    }
    return physical_cores() < processors().size() ? "on" : "off";
}

std::string governor() {
    const std::string word = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    return word.empty() ? "not exposed" : word;
}

std::array<double, 3> load_average() {
    std::ifstream file("/proc/loadavg");
    std::array<double, 3> load{};
    file >> load[0] >> load[1] >> load[2];
    return load;
}

std::string virtualization() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("flags") && line.find(" hypervisor") != std::string::npos) {
            return "virtual machine";
        }
    }
    return "none seen";
}

}  // namespace

std::string build_info::describe() {
    return "handoff " + version + "\ncommit: " + description.git_commit +
           (description.git_dirty ? "-dirty" : "") + "\ncompiler: " + description.compiler +
           "\nbuild type: " + description.build_type + (sanitizer.empty() ? "" : " with " + sanitizer) + "\n";
}

bool build_info::measures() {
    return why_not().empty();
}

std::string build_info::why_not() {
    if (!sanitizer.empty()) {
        return "a " + sanitizer + " build runs tests; its times are not measurements";
    }
#ifndef NDEBUG
    const std::string& type = description.build_type;
    return "a " + (type.empty() ? std::string("debug") : type) +
           " build runs tests; its times are not measurements";
#else
    return "";
#endif
}

std::string timestamp() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 40> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &local);
    std::string result = text.data();
    result.insert(result.size() - 2, ":");  // +0000 -> +00:00
    return result;
}

environment describe_environment(const std::string& executable) {
    utsname kernel{};
    uname(&kernel);
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);

    environment now;
    now.date = timestamp();
    now.host_name = host.data();
    now.executable = executable;
    now.num_cpus = sysconf(_SC_NPROCESSORS_ONLN);
    now.mhz_per_cpu = mhz();
    now.governor = governor();
    now.cpu_scaling_enabled = now.governor != "not exposed" && now.governor != "performance";
    now.caches = caches();
    now.load_avg = load_average();
    now.library_build_type = "debug";
    now.library_build_note =
        "Debian builds Google Benchmark optimised but with assertions, and so it calls itself debug. It takes "
        "no "
        "part in the times: each thread of a trial times itself.";
    now.cpu_model = cpu_model();
    now.cpus_allowed = processors().size();
    now.physical_cores = physical_cores();
    now.smt = smt();
    now.virtualization = virtualization();
    now.kernel = std::string(kernel.sysname) + " " + kernel.release + " " + kernel.machine;
    now.clocksource = first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    now.clock_cost_ns = clock_cost_ns();
    now.clock_resolution_ns = clock_resolution_ns();
    now.kernel_counters = describe_kernel_counters();
    now.build = build_info::description;
    now.topology = describe_topology();
    now.topology_not_built = hwloc_not_built;
    return now;
}

}  // namespace handoff::harness
