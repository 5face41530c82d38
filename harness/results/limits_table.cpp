#include <cmath>
#include <cstdio>
#include <sstream>

#include "limits.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

std::string whole(double ns) {
    return std::to_string(std::lround(ns));
}

}  // namespace

std::string calibration_table(const json& calibration) {
    std::ostringstream out;
    char line[220];
    const auto print = [&](auto... values) {
        std::snprintf(line, sizeof line, values...);
        out << line << "\n";
    };
    print("%-24s %10s   %s", "kernel", "median ns", "half of the batches within, and what it is");
    for (const auto& [name, k] : calibration.at("kernels").items()) {
        print("%-24s %10.2f   [%.2f .. %.2f]  %s", name.c_str(), k.at("median").get<double>(),
              k.at("low").get<double>(), k.at("high").get<double>(), k.at("what").get<std::string>().c_str());
    }
    for (const auto& [name, why] : calibration.at("absent").items()) {
        print("%-24s %10s   %s", name.c_str(), "-", why.get<std::string>().c_str());
    }
    const json& noise = calibration.at("noise");
    print(
        "noise: %.0f gaps above 1 us per second, the longest %.1f us, %.3f%% of the time; a loop of fixed "
        "length varies "
        "by %.1f%%",
        noise.at("gaps_per_second").get<double>(), noise.at("longest_gap_ns").get<double>() / 1000,
        100 * noise.at("gap_share").get<double>(), 100 * noise.at("loop_spread").get<double>());
    if (const json& matrix = calibration.at("matrix"); !matrix.is_null()) {
        const json& cpus = matrix.at("cpus");
        out << "line transfer between CPUs, ns one way (" << matrix.at("measured") << " of "
            << matrix.at("pairs") << " pairs";
        for (const json& c : matrix.at("classes")) {
            out << "; " << c.at("class").get<std::string>() << ": " << c.at("measured") << " of "
                << c.at("pairs");
        }
        out << ")\n";
        if (cpus.size() <= 24) {
            for (std::size_t i = 0; i < cpus.size(); ++i) {
                std::snprintf(line, sizeof line, "%5d", cpus[i].get<int>());
                out << line;
                for (std::size_t j = 0; j < i; ++j) {
                    const json& ns = matrix.at("ns")[i][j];
                    std::snprintf(line, sizeof line, " %6s",
                                  ns.is_null() ? "-" : whole(ns.get<double>()).c_str());
                    out << line;
                }
                out << "\n";
            }
        } else {
            out << "  (too wide for a terminal: --json has it)\n";
        }
    }
    if (const json& probe = calibration.at("probe"); !probe.is_null()) {
        print("machine state: line transfer %.1f ns before, %.1f ns after", probe.at("before_ns").get<double>(),
              probe.at("after_ns").get<double>());
    }
    print("%.2f s", calibration.at("seconds").get<double>());
    return out.str();
}

}  // namespace handoff::harness
