// The two reports that `handoff run` ends with.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <sstream>

#include "limits.hpp"
#include "result.hpp"
#include "standings.hpp"
#include "statistics.hpp"

namespace handoff::harness {

namespace {

/// `near-full`, where all counted trials agree in it.
std::string level_text(const std::set<std::string>& levels) {
    std::string text = levels.empty() ? "" : levels.size() == 1 ? *levels.begin() : "now full, now empty";
    std::ranges::replace(text, '_', '-');
    return text;
}

/// ` (12.34 with the 3 flagged)`, where the flagged trials move the median out of the spread of the others.
std::string with_flagged_text(const contender& c) {
    const auto& ranked = c.point->ranked;
    const auto& all = c.point->ranked_with_flagged;
    if (!ranked || !all || (all->median >= ranked->lowest && all->median <= ranked->highest)) {
        return "";
    }
    const measure by = measure_named(c.listed().measure);
    char value[60];
    std::snprintf(value, sizeof value, "%.*f", by.digits, by.shown_factor * all->median);
    return std::string("  (") + (std::isinf(all->median) ? "saturated" : value) + " with the " +
           std::to_string(all->trials - ranked->trials) + " flagged)";
}

/// One ranking group: each implementation once, under the best of its choices. `marked`: the implementations
/// that were caught somewhere in the run.
std::string group_text(const ranking_group& group, const std::set<std::string>& marked) {
    std::ostringstream out;
    const auto begin_line = [&](const std::string& place, const standing& s) {
        const std::string& impl = s.of->listed().point.impl;
        char line[200];
        std::snprintf(line, sizeof line, "  %6s %-30s %-*s ", place.c_str(),
                      (impl + (marked.contains(impl) ? " (!)" : "")).c_str(), group.have_steals ? 18 : 8,
                      s.choices.c_str());
        out << line;
    };
    for (const standing& s : group.ranked) {
        const contender& c = *s.of;
        begin_line(place_text(s.place), s);
        const std::string level = level_text(c.levels);
        out << numbers_text(c) << with_flagged_text(c)
            << (c.shares.empty() ? "" : "  " + share_text(median(c.shares))) << (level.empty() ? "" : "  ")
            << level << "\n";
    }
    for (const standing& s : group.caught) {
        begin_line("-", s);
        out << "no number: " << failed_text(*s.of->point->failed) << "\n";
    }
    return out.str();
}

/// Ranking groups, each under its title.
std::string groups_text(const std::vector<ranking_group>& groups, const std::set<std::string>& marked) {
    std::string text;
    for (const ranking_group& group : groups) {
        text += "  " + group.title + "\n" + group_text(group, marked);
    }
    return text;
}

/// One contest: groups of equals, in each the implementations under their best choices, best first; and once
/// more under one choice for all, where they have several.
std::string table_of(const contest& c) {
    std::ostringstream out;
    out << c.title << ": " << title_of(c.by) << "\n"
        << "  median [lowest .. highest of the counted repetitions]"
        << (c.fixed.empty() ? ""
                            : ", each under its best choice of waiting and stealing: the best of several "
                              "draws, where others have one")
        << "\n"
        << groups_text(c.groups, c.marked);
    if (!c.fixed.empty()) {
        out << "  the same with " << c.fixed << " for all that have the choice\n"
            << groups_text(c.alike, c.marked);
    }
    return out.str();
}

}  // namespace

std::string ranking(const result_file& results) {
    const standings who(results);
    std::string text;
    for (const contest& c : who.contests()) {
        text += table_of(c);
    }
    if (who.points() > 0) {
        text +=
            "places: 1-2 means that the trials cannot tell 1 from 2 (rank-sum test, 1%; it takes 5 trials "
            "each)\n";
    }
    return text + left_out_text(results, who);
}

std::string tests_report(const run_record& run) {
    std::map<std::string, std::vector<std::string>> by_builds;
    for (const tested_impl& one : run.tested) {
        std::string builds;
        for (const passed_tests& passed : one.passed) {
            builds += (builds.empty() ? "" : ", ") + passed.build;
        }
        by_builds[builds].push_back(one.impl);
    }
    std::string text;
    for (const auto& [builds, impls] : by_builds) {
        if (!builds.empty()) {
            text += "tests: " + std::to_string(impls.size()) + " of " + std::to_string(run.tested.size()) +
                    " implementations passed theirs in " + builds + "\n";
        }
    }
    if (const auto none = by_builds.find(""); none != by_builds.end()) {
        text += "tests: none vouch for these as they are now:";
        for (const std::string& impl : none->second) {
            text += " " + impl;
        }
        text += " (./check, or ./check --impl NAME)\n";
    }
    return text;
}

std::string ratio_report(const result_file& results) {
    std::ostringstream out;
    for (const ratio_result& ratio : results.run.ratios) {
        out << "ratio: " << ratio.asked.label << "\n    ";
        char line[200];
        if (ratio.low) {
            std::snprintf(line, sizeof line, "median %.3f, %.1f%% interval [%.3f .. %.3f], %zu pairs",
                          *ratio.median, 100 * *ratio.confidence, *ratio.low, *ratio.high, ratio.pairs.size());
            out << line;
        } else if (ratio.median) {
            std::snprintf(line, sizeof line, "median %.3f of %zu pairs", *ratio.median, ratio.pairs.size());
            out << line;
        } else {
            out << "no repetition in which both sides count";
        }
        if (ratio.asked.at_most) {
            std::snprintf(line, sizeof line, ", at most %.3f", *ratio.asked.at_most);
            out << line;
        }
        out << ": " << ratio.verdict << "\n";
    }
    return out.str();
}

}  // namespace handoff::harness
