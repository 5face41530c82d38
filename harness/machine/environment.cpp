#include "environment.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>

#include "clock.hpp"
#include "cpu_quota.hpp"
#include "hwloc_topology.hpp"
#include "kernel_counters.hpp"
#include "kernel_files.hpp"
#include "text.hpp"
#include "topology.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

std::string cpu_model() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        // x86 says "model name", most ARM kernels say neither it nor anything like it
        if (line.starts_with("model name") || line.starts_with("Model")) {
            const auto colon = line.find(':');
            return colon == std::string::npos || colon + 2 >= line.size() ? "unknown" : line.substr(colon + 2);
        }
    }
    return "unknown";
}

/// The CPUs of `0-3,8`; nothing where it is no such list.
std::optional<std::size_t> cpus_in_list(std::string_view list) {
    std::size_t count = 0;
    for (const std::string_view part : split(list, ',')) {
        std::string_view rest;
        const auto first = leading_number<std::size_t>(part, &rest);
        const auto last = rest.starts_with('-') ? leading_number<std::size_t>(rest.substr(1)) : first;
        if (!first || !last || *last < *first) {
            return std::nullopt;
        }
        count += *last - *first + 1;
    }
    return count;
}

/// `32K`, `8M`; nothing where it is no size.
std::optional<std::size_t> bytes_of(std::string_view text) {
    std::string_view unit;
    const auto number = leading_number<std::size_t>(text, &unit);
    if (!number) {
        return std::nullopt;
    }
    return *number * (unit.starts_with('K') ? 1024 : unit.starts_with('M') ? 1024 * 1024 : 1);
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

int read_mhz(const fs::path& root) {
    if (const auto khz = number_in<long>(root / "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")) {
        return static_cast<int>(*khz / 1000);
    }
    std::ifstream file(root / "proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (const auto colon = line.find(':'); line.starts_with("cpu MHz") && colon != std::string::npos) {
            if (const auto mhz = leading_number<double>(std::string_view(line).substr(colon + 1))) {
                return static_cast<int>(*mhz + 0.5);
            }
        }
    }
    return 0;
}

std::vector<cache_description> read_caches(const fs::path& root) {
    std::vector<cache_description> all;
    for (int i = 0;; ++i) {
        const fs::path index = root / "sys/devices/system/cpu/cpu0/cache" / ("index" + std::to_string(i));
        std::error_code none;
        if (!fs::exists(index, none)) {
            return all;
        }
        const auto level = number_in<int>(index / "level");
        const auto size = bytes_of(first_line(index / "size"));
        if (level && size) {  // what is not said of a cache cannot be said in its words
            all.push_back({first_line(index / "type"), *level, *size,
                           cpus_in_list(first_line(index / "shared_cpu_list")).value_or(1)});
        }
    }
}

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
    if (asserts) {
        const std::string& type = description.build_type;
        return "a " + (type.empty() ? std::string("debug") : type) +
               " build runs tests; its times are not measurements";
    }
    return "";
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
    now.mhz_per_cpu = read_mhz();
    now.governor = governor();
    now.cpu_scaling_enabled = now.governor != "not exposed" && now.governor != "performance";
    now.caches = read_caches();
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
    if (const auto quota = read_cpu_quota()) {
        now.cpu_quota = quota->cpus;
    }
    now.virtualization = virtualization();
    now.kernel = std::string(kernel.sysname) + " " + kernel.release + " " + kernel.machine;
    now.clocksource = first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    now.clock_cost_ns = clock_cost_ns();
    now.clock_resolution_ns = clock_resolution_ns();
    now.kernel_counters = describe_kernel_counters();
    now.build = build_info::description;
    now.start = describe_start();
    now.topology = describe_topology();
    now.topology_not_built = hwloc_not_built;
    return now;
}

}  // namespace handoff::harness
