#include "machine_use.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

namespace handoff::harness {

double machine_use::tick_seconds() {
    return 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

machine_use machine_use::read() {
    std::ifstream file("/proc/stat");
    std::string word;
    file >> word;
    std::array<double, 8> ticks{};  // user nice system idle iowait irq softirq steal; guests count as user
    for (double& one : ticks) {
        file >> one;
    }
    if (!file) {
        return {};
    }
    return {(ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) * tick_seconds(), ticks[7] * tick_seconds()};
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
    const double wall = one.wall_seconds + other.wall_seconds;
    // Together: what the ticks at the end of one trial have too much, they have too little for the next.
    const double taken = one.foreign_seconds + other.foreign_seconds + one.steal_seconds + other.steal_seconds;
    return taken - 2 * machine_use::tick_seconds() > limit * wall;
}

}  // namespace handoff::harness
