#include "machine_use.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>

namespace handoff::harness {

namespace {

/// `user nice system idle iowait irq softirq steal ...`; guests count as user.
std::optional<cpu_use> use_of(std::istringstream& columns, double tick) {
    std::array<double, 8> ticks{};
    for (double& one : ticks) {
        columns >> one;
    }
    if (!columns) {
        return std::nullopt;
    }
    return cpu_use{(ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) * tick, ticks[7] * tick};
}

}  // namespace

double machine_use::tick_seconds() {
    return 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

machine_use machine_use::parse(std::string_view stat, double tick) {
    machine_use all;
    std::istringstream lines{std::string(stat)};
    for (std::string line; std::getline(lines, line) && line.starts_with("cpu");) {
        std::istringstream columns(line);
        std::string name;
        columns >> name;
        const auto use = use_of(columns, tick);
        if (!use) {
            continue;
        }
        int cpu = 0;
        const char* const end = name.data() + name.size();
        if (name == "cpu") {
            static_cast<cpu_use&>(all) = *use;
        } else if (const auto read = std::from_chars(name.data() + 3, end, cpu);
                   read.ec == std::errc() && read.ptr == end) {
            all.cpus[cpu] = *use;
        }
    }
    return all;
}

machine_use machine_use::read() {
    std::ifstream file("/proc/stat");
    return parse(std::string{std::istreambuf_iterator<char>(file), {}}, tick_seconds());
}

machine_use between(const machine_use& before, const machine_use& after) {
    const auto difference = [](const cpu_use& from, const cpu_use& to) {
        return cpu_use{to.busy_seconds - from.busy_seconds, to.steal_seconds - from.steal_seconds};
    };
    machine_use used;
    static_cast<cpu_use&>(used) = difference(before, after);
    for (const auto& [cpu, to] : after.cpus) {
        if (const auto from = before.cpus.find(cpu); from != before.cpus.end()) {
            used.cpus[cpu] = difference(from->second, to);
        }
    }
    return used;
}

cpu_use sum_of(const machine_use& use, const std::vector<int>& cpus) {
    cpu_use sum;
    for (const int cpu : cpus) {
        if (const auto one = use.cpus.find(cpu); one != use.cpus.end()) {
            sum.busy_seconds += one->second.busy_seconds;
            sum.steal_seconds += one->second.steal_seconds;
        }
    }
    return sum;
}

double most_stolen(const machine_use& use, const std::vector<int>& cpus, std::size_t roaming) {
    std::vector<double> stolen;
    for (const int cpu : cpus) {
        stolen.push_back(sum_of(use, {cpu}).steal_seconds);
    }
    if (stolen.empty()) {
        return 0;
    }
    std::ranges::sort(stolen, std::greater());
    const std::size_t taken = std::clamp<std::size_t>(roaming, 1, stolen.size());
    return std::accumulate(stolen.begin(), stolen.begin() + static_cast<std::ptrdiff_t>(taken), 0.0) /
           static_cast<double>(taken);
}

double own_cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

bool disturbed(const surroundings& one, const surroundings& other, double limit) {
    if (one.throttled || other.throttled) {
        return true;
    }
    const double wall = one.wall_seconds + other.wall_seconds;
    const double couples = std::max(1.0, static_cast<double>(std::max(one.cpus, other.cpus)) / 2);
    // Together: what the ticks at the end of one trial have too much, they have too little for the next.
    const double taken = one.foreign_seconds + other.foreign_seconds + one.steal_seconds + other.steal_seconds;
    return taken - 2 * machine_use::tick_seconds() > limit * wall * couples;
}

}  // namespace handoff::harness
