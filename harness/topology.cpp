#include "topology.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <system_error>
#include <tuple>

namespace handoff::harness {

namespace {

/// A number from /sys; `otherwise` where the kernel does not say.
int read_topology(int cpu, const char* what, int otherwise) {
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/" + what);
    int value = 0;
    return file >> value ? value : otherwise;
}

std::vector<processor> find_processors() {
    // The kernel refuses a mask smaller than its own: grow until it fits.
    for (std::size_t most = CPU_SETSIZE;; most *= 2) {
        cpu_set_t* set = CPU_ALLOC(most);
        const std::size_t size = CPU_ALLOC_SIZE(most);
        CPU_ZERO_S(size, set);
        if (sched_getaffinity(0, size, set) == 0) {
            std::vector<processor> found;
            for (int cpu = 0; cpu < static_cast<int>(most); ++cpu) {
                if (CPU_ISSET_S(static_cast<std::size_t>(cpu), size, set)) {
                    found.push_back({cpu, read_topology(cpu, "core_id", cpu),
                                     read_topology(cpu, "physical_package_id", 0)});
                }
            }
            CPU_FREE(set);
            return found;
        }
        const int error = errno;
        CPU_FREE(set);
        if (error != EINVAL || most > (1U << 20)) {
            throw std::system_error(error, std::generic_category(), "sched_getaffinity");
        }
    }
}

/// CPUs in the order of `spread`: the first thread of every core, package by package, then the second ...
std::vector<int> spread_order() {
    std::map<std::pair<int, int>, int> threads_of_core;
    std::vector<std::tuple<int, int, int, int>> ranked;  // turn, package, core, cpu
    for (const processor& p : processors()) {
        ranked.emplace_back(threads_of_core[{p.package, p.core}]++, p.package, p.core, p.cpu);
    }
    std::ranges::sort(ranked);
    std::vector<int> order;
    for (const auto& rank : ranked) {
        order.push_back(std::get<3>(rank));
    }
    return order;
}

}  // namespace

const std::vector<processor>& processors() {
    static const std::vector<processor> found = find_processors();
    return found;
}

placement placement_of(const point& p) {
    return parse_placement(p.value("placement")).value_or(placement::spread);
}

const std::vector<std::string>& placement_words() {
    static const std::vector<std::string> words{"spread", "same_core", "unpinned"};
    return words;
}

std::optional<placement> parse_placement(std::string_view word) {
    if (word == "spread") return placement::spread;
    if (word == "same_core") return placement::same_core;
    if (word == "unpinned") return placement::unpinned;
    return std::nullopt;
}

std::vector<int> seats(placement where, std::size_t threads) {
    const std::vector<int> order = spread_order();
    if (where == placement::same_core) {
        return std::vector<int>(threads, order.front());
    }
    if (where == placement::unpinned || threads > order.size()) {
        return std::vector<int>(threads, -1);
    }
    return {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(threads)};
}

double threads_per_cpu(placement where, std::size_t threads) {
    const std::size_t cpus = where == placement::same_core ? 1 : processors().size();
    return static_cast<double>(threads) / static_cast<double>(cpus);
}

bool oversubscribed(placement where, std::size_t threads) {
    return threads_per_cpu(where, threads) > 1;
}

bool apart(placement where, std::size_t threads) {
    return where == placement::spread && threads > 1 && !oversubscribed(where, threads);
}

bool on_one_cpu(placement where) {
    return where == placement::same_core || processors().size() == 1;
}

std::optional<std::pair<int, int>> probed_pair(const std::vector<int>& seats) {
    if (seats.size() >= 2 && seats[0] >= 0 && seats[0] != seats[1]) {
        return std::pair(seats[0], seats[1]);
    }
    const std::vector<int> order = spread_order();
    if (order.size() < 2) {
        return std::nullopt;
    }
    return std::pair(order[0], order[1]);
}

void pin_this_thread(int cpu) {
    const auto most = static_cast<std::size_t>(cpu) + 1;
    cpu_set_t* set = CPU_ALLOC(most);
    const std::size_t size = CPU_ALLOC_SIZE(most);
    CPU_ZERO_S(size, set);
    CPU_SET_S(static_cast<std::size_t>(cpu), size, set);
    const int failed = sched_setaffinity(0, size, set) == 0 ? 0 : errno;
    CPU_FREE(set);
    if (failed != 0) {
        throw std::system_error(failed, std::generic_category(),
                                "pinning a thread to CPU " + std::to_string(cpu));
    }
}

}  // namespace handoff::harness
