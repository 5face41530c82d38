// What `handoff duel` says of two implementations.
#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string_view>

#include "gate.hpp"
#include "text.hpp"

namespace handoff::harness {

namespace {

std::string duel_verdict(const gate_point& p, const std::string& one, const std::string& other) {
    const bool has_number = p.standing && p.standing->slowdown.median;
    char limit[32];
    std::snprintf(limit, sizeof limit, "%.3g%%", 100 * (p.max_slowdown - 1));
    switch (p.found) {
        case finding::failed:
            return other + " failed: " + p.reason;
        case finding::broken: {
            // The first implementation stands where the gate has its base.
            constexpr std::string_view of_base = "the base's ";
            const bool is_of_base = p.reason.starts_with(of_base);
            return one + " failed: " + (is_of_base ? "its " + p.reason.substr(of_base.size()) : p.reason);
        }
        case finding::unchanged:
            return std::string("tie: within ") + limit +
                   (has_number ? "; " + one + " " + times_text(p.standing->slowdown, false) : "");
        case finding::regressed:
        case finding::improved:
            break;
        case finding::missing:
        case finding::added:
        case finding::no_evidence:
        case finding::inconclusive:
            return "not decided" +
                   (has_number ? ": " + one + " " + times_text(p.standing->slowdown, false) : std::string()) +
                   (p.reason.empty() ? "" : "; " + p.reason);
    }
    const bool first_wins = p.found == finding::regressed;
    const std::string& winner = first_wins ? one : other;
    if (!has_number) {
        return winner + " is better, by no finite number";
    }
    return is_speed(p.measure)
               ? winner + " is " + times_text(p.standing->slowdown, !first_wins) + " as fast"
               : winner + " takes " + times_text(p.standing->slowdown, first_wins) + " of the " + p.measure;
}

}  // namespace

std::string times_text(const gate_slowdown& s, bool inverted) {
    const auto number = [&](double ratio) {
        char text[32];
        std::snprintf(text, sizeof text, "%.2f", inverted ? 1 / ratio : ratio);
        return std::string(text);
    };
    std::string text = number(*s.median) + "x";
    if (s.low && s.high) {
        text += " [" + number(inverted ? *s.high : *s.low) + " .. " + number(inverted ? *s.low : *s.high) + "]";
    }
    return text;
}

bool is_speed(const std::string& measure) {
    return measure == "items_per_second" || measure == "latency";
}

std::string duel_table(const gate_result& result) {
    const std::string one = printable(result.setup.base.folder);
    const std::string other = printable(result.setup.candidate.folder);
    std::size_t width = 5;
    for (const gate_point& p : result.points) {
        width = std::max(width, printable(p.name).size());
    }
    std::ostringstream out;
    for (const gate_point& p : result.points) {
        std::string name = printable(p.name);
        name.resize(width, ' ');
        const std::size_t pairs =
            p.standing ? p.standing->pairs.screening + p.standing->pairs.confirming + p.standing->pairs.proving
                       : 0;
        out << name << "  " << printable(duel_verdict(p, one, other)) << " (" << counted(pairs, "pair")
            << ")\n";
    }
    for (const gate_failure& f : result.failures) {
        out << "again: " << printable(f.command) << "\n";
    }
    return out.str();
}

std::string duel_summary(const gate_result& result) {
    const auto count = [&](finding f) {
        return static_cast<std::size_t>(std::ranges::count(result.points, f, &gate_point::found));
    };
    const std::size_t first = count(finding::regressed);
    const std::size_t second = count(finding::improved);
    const std::size_t ties = count(finding::unchanged);
    const std::size_t failed = count(finding::failed) + count(finding::broken);
    const std::size_t open = result.points.size() - first - second - ties - failed;
    char tail[80];
    std::snprintf(tail, sizeof tail, "; %zu %s in %.1f s", result.pairs.size(),
                  result.pairs.size() == 1 ? "pair" : "pairs", result.wall_seconds);
    return printable(result.setup.base.folder) + " is faster at " + std::to_string(first) + ", " +
           printable(result.setup.candidate.folder) + " at " + std::to_string(second) + " of " +
           counted(result.points.size(), "point") + "; " + counted(ties, "tie") + ", " + std::to_string(open) +
           " not decided" + (failed > 0 ? ", " + std::to_string(failed) + " failed" : "") +
           (result.complete ? "" : " (interrupted)") + tail;
}

int duel_exit_code(const gate_result& result) {
    const auto any = [&](finding f) {
        return std::ranges::find(result.points, f, &gate_point::found) != result.points.end();
    };
    return result.exit_code == 130                        ? 130
           : any(finding::failed) || any(finding::broken) ? 1
           : nothing_decided(result.points)               ? 3
                                                          : 0;
}

}  // namespace handoff::harness
