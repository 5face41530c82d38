#include <cmath>
#include <cstdio>
#include <sstream>

#include "limits.hpp"

namespace handoff::harness {

namespace {

constexpr std::size_t widest_matrix = 24;

std::string matrix_text(const transfer_matrix& matrix) {
    std::ostringstream out;
    out << "line transfer between CPUs, ns one way (" << matrix.measured << " of " << matrix.pairs << " pairs";
    for (const pair_class& c : matrix.classes) {
        out << "; " << c.name << ": " << c.measured << " of " << c.pairs;
    }
    out << ")\n";
    if (matrix.cpus.size() > widest_matrix) {
        out << "  (too wide for a terminal: --json has it)\n";
        return out.str();
    }
    char cell[32];
    for (std::size_t i = 0; i < matrix.cpus.size(); ++i) {
        std::snprintf(cell, sizeof cell, "%5d", matrix.cpus[i]);
        out << cell;
        for (std::size_t j = 0; j < i; ++j) {
            const auto& ns = matrix.ns[i][j];
            std::snprintf(cell, sizeof cell, " %6s", ns ? std::to_string(std::lround(*ns)).c_str() : "-");
            out << cell;
        }
        out << "\n";
    }
    return out.str();
}

}  // namespace

std::string calibration_table(const calibration& made) {
    std::ostringstream out;
    char line[220];
    const auto print = [&](auto... values) {
        std::snprintf(line, sizeof line, values...);
        out << line << "\n";
    };
    print("%-24s %10s   %s", "kernel", "median ns", "half of the batches within, and what it is");
    for (const auto& [name, k] : made.kernels) {
        print("%-24s %10.2f   [%.2f .. %.2f]  %s", name.c_str(), k.median, k.low, k.high, k.what.c_str());
    }
    for (const auto& [name, why] : made.absent) {
        print("%-24s %10s   %s", name.c_str(), "-", why.c_str());
    }
    print(
        "noise: %.0f gaps above 1 us per second, the longest %.1f us, %.3f%% of the time; a loop of fixed "
        "length "
        "varies by %.1f%%",
        made.noise.gaps_per_second, made.noise.longest_gap_ns / 1000, 100 * made.noise.gap_share,
        100 * made.noise.loop_spread);
    if (made.matrix) {
        out << matrix_text(*made.matrix);
    }
    if (made.probe) {
        print("machine state: line transfer %.1f ns before, %.1f ns after", made.probe->before_ns,
              made.probe->after_ns);
    }
    print("%.2f s", made.seconds);
    return out.str();
}

}  // namespace handoff::harness
