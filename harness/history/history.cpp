#include "history.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <map>

#include "change_points.hpp"
#include "statistics.hpp"
#include "text.hpp"

namespace handoff::harness {

namespace {

/// Same point, same level, whatever else is in the file.
std::uint64_t seed_of(std::uint64_t seed, const history_series& series) {
    std::uint64_t hash = 0xcbf29ce484222325 ^ seed;
    for (const char c : series.point + "\n" + series.machine) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    return hash;
}

/// As it may be shown.
std::string short_commit(const std::string& commit) {
    const bool is_hash = commit.size() > 12 && commit.find(' ') == std::string::npos;
    return printable(is_hash ? commit.substr(0, 12) : beginning_of(commit, 60));
}

std::string interval_text(const history_ratio& r) {
    if (!r.low || !r.high) {
        return "-";
    }
    char text[48];
    std::snprintf(text, sizeof text, "%.3f .. %.3f", *r.low, *r.high);
    return text;
}

/// The median ratio of the entries [begin, end).
double level_of(const history_series& series, std::size_t begin, std::size_t end) {
    std::vector<double> ratios;
    for (std::size_t i = begin; i < end; ++i) {
        ratios.push_back(series.entries[i].ratio.ratio);
    }
    return median(std::move(ratios));
}

/// A change in words.
std::string change_text(const history_series& s, const series_change& change) {
    char text[200];
    std::snprintf(text, sizeof text, "%.3f -> %.3f (%+.1f%%), p = %.2g", change.before, change.after,
                  100 * (change.after / change.before - 1), change.p);
    return text + std::string(", between ") + short_commit(s.entries[change.index - 1].commit) + " and " +
           short_commit(s.entries[change.index].commit) + " (" + printable(s.entries[change.index].date) + ")";
}

std::string promise_text(const history_view& view) {
    const look& how = view.how;
    std::size_t tested = 0;
    double level = 0;
    for (const history_series& s : view.series) {
        tested += s.level > 0 ? 1 : 0;
        level = std::max(level, s.level);
    }
    char text[500];
    if (tested == 0) {
        std::snprintf(text, sizeof text, "no series is long enough to be tested for changes (%zu adds)\n",
                      2 * how.shortest);
        return text;
    }
    std::snprintf(
        text, sizeof text,
        "change points: E-divisive with permutations (seed %llu), the last %zu adds of each series, %zu on "
        "either "
        "side; %zu series, each tested at %.2g (Bonferroni): where nothing changed, one look in %.0f shows a "
        "change at all. At this level a change needs a series of %zu adds or more.\n",
        static_cast<unsigned long long>(how.seed), how.last, how.shortest, tested, level, 1 / how.false_alarms,
        least_values(level, how.shortest));
    return text;
}

}  // namespace

void find_changes(history_view& view, const std::string& point) {
    const look& how = view.how;
    const auto long_enough = [&](const history_series& s) { return s.entries.size() >= 2 * how.shortest; };
    const auto tested = static_cast<double>(std::ranges::count_if(view.series, long_enough));
    if (!point.empty()) {
        std::erase_if(view.series, [&](const history_series& s) { return s.point != point; });
    }
    for (history_series& s : view.series) {
        if (!long_enough(s)) {
            continue;
        }
        s.level = how.false_alarms / tested;
        s.first_tested = s.entries.size() > how.last ? s.entries.size() - how.last : 0;
        std::vector<double> logs;
        for (std::size_t i = s.first_tested; i < s.entries.size(); ++i) {
            logs.push_back(std::log(s.entries[i].ratio.ratio));
        }
        const std::vector<change_point> found =
            change_points(logs, {s.level, how.shortest, seed_of(how.seed, s)});
        std::size_t begin = s.first_tested;
        for (std::size_t i = 0; i < found.size(); ++i) {
            const std::size_t at = s.first_tested + found[i].index;
            const std::size_t end =
                i + 1 == found.size() ? s.entries.size() : s.first_tested + found[i + 1].index;
            s.changes.push_back(
                {at, found[i].statistic, found[i].p, level_of(s, begin, at), level_of(s, at, end)});
            begin = at;
        }
    }
}

std::string overview_of(const history_view& view) {
    std::string out = "ratios to " + printable(view.reference) + "\n";
    char line[128];
    std::snprintf(line, sizeof line, "%5s  %8s  %s\n", "adds", "ratio",
                  "point (the median ratio since its last change)");
    out += line;
    std::map<std::string, std::size_t> machines;
    for (const history_series& s : view.series) {
        machines.emplace(s.machine, machines.size() + 1);
    }
    for (const history_series& s : view.series) {
        const std::size_t begin = s.changes.empty() ? s.first_tested : s.changes.back().index;
        std::snprintf(line, sizeof line, "%5zu  %8.3f  ", s.entries.size(),
                      level_of(s, begin, s.entries.size()));
        out += line + printable(s.point) +
               (machines.size() > 1 ? "  [machine " + std::to_string(machines[s.machine]) + "]" : "") + "\n";
        for (const series_change& change : s.changes) {
            out += "                 changed: " + change_text(s, change) + "\n";
        }
    }
    for (const auto& [machine, place] : machines) {
        out += (machines.size() > 1 ? "machine " + std::to_string(place) + ": " : "machine: ") +
               printable(machine) + "\n";
    }
    return out + promise_text(view);
}

std::string listing_of(const history_view& view) {
    std::string out = "ratios to " + printable(view.reference) + "\n";
    for (const history_series& s : view.series) {
        out += printable(s.point) + "\n  " + printable(s.machine) + "\n";
        std::size_t change = 0;
        for (std::size_t i = 0; i < s.entries.size(); ++i) {
            if (change < s.changes.size() && s.changes[change].index == i) {
                out += "  ---- changed: " + change_text(s, s.changes[change++]) + "\n";
            }
            const series_entry& e = s.entries[i];
            char line[300];
            std::snprintf(line, sizeof line, "  %-26s %-21s %8.3f  %-18s n=%zu,%zu",
                          printable(beginning_of(e.date, 40)).c_str(), short_commit(e.commit).c_str(),
                          e.ratio.ratio, interval_text(e.ratio).c_str(), e.ratio.base_repetitions,
                          e.ratio.candidate_repetitions);
            out += line + std::string("\n");
        }
    }
    return out + promise_text(view);
}

}  // namespace handoff::harness
