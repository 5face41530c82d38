#include <fstream>

#include "kernels.hpp"
#include "line_transfer.hpp"

namespace handoff::limits {

namespace {

/// Which last-level cache a CPU has; -1 where the kernel does not say.
int last_cache(int cpu) {
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/cache/index3/id");
    int id = -1;
    return file >> id ? id : -1;
}

struct place {
    int cpu;
    int core;
    int package;
    int cache;
};

std::string class_of(const place& a, const place& b) {
    if (a.package != b.package) {
        return "other package";
    }
    if (a.core == b.core) {
        return "same core";
    }
    return a.cache == b.cache ? "same cache" : "same package, other cache";
}

}  // namespace

pair_times every_pair(double seconds) {
    pair_times all;
    std::vector<place> places;
    for (const harness::processor& p : harness::processors()) {
        places.push_back({p.cpu, p.core, p.package, last_cache(p.cpu)});
        all.cpus.push_back(p.cpu);
    }
    all.ns.assign(places.size(), std::vector<std::optional<double>>(places.size()));
    std::map<std::string, std::vector<std::pair<std::size_t, std::size_t>>> classes;
    for (std::size_t i = 0; i < places.size(); ++i) {
        for (std::size_t j = i + 1; j < places.size(); ++j) {
            classes[class_of(places[i], places[j])].emplace_back(i, j);
            ++all.pairs;
        }
    }
    constexpr double one_pair = 1.4e-3;  // seconds: the probe, its two threads, and what it waits for them
    const auto fit = static_cast<std::size_t>(seconds / one_pair);
    for (const auto& [name, pairs] : classes) {
        const std::size_t share =
            fit >= all.pairs ? pairs.size() : std::max<std::size_t>(1, fit / classes.size());
        const std::size_t taken = std::min(share, pairs.size());
        for (std::size_t n = 0; n < taken; ++n) {
            const auto [i, j] = pairs[n * pairs.size() / taken];  // evenly spread over the class
            all.ns[i][j] = all.ns[j][i] = harness::line_transfer_ns(places[i].cpu, places[j].cpu);
        }
        all.classes[name] = {taken, pairs.size()};
        all.measured += taken;
    }
    return all;
}

}  // namespace handoff::limits
