// The two reports that `handoff run` ends with.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <tuple>
#include <vector>

#include "limits.hpp"
#include "measures.hpp"
#include "places.hpp"
#include "result.hpp"
#include "statistics.hpp"

namespace handoff::harness {

namespace {

/// One point with what its trials cost, by what it is ranked by. A saturated trial cost infinitely much.
struct entry {
    const result_point* point;
    std::vector<double> costs;
    std::vector<double> shares;  ///< of the limit, of those trials that have one
    std::set<std::string> levels;
    std::size_t starved = 0;  ///< trials in which some thread never got into its critical section

    const listed_point& listed() const { return point->listed; }
};

struct standing {
    const entry* of;
    std::string choices;  ///< wait strategy and, where there is one to choose, steal policy
    double middle;
};

std::string axis_text(const listed_point& listed, const char* axis) {
    return std::string(listed.point.value(axis));
}

/// What points must share to be ranked together: the workload and all axes but the implementation's own choices
/// (its ways of waiting and of stealing, and the capacity of those that have none). Spelled as in point names.
std::string contest_of(const listed_point& listed) {
    std::stringstream parts(listed.name);
    std::string part;
    std::string text;
    for (int i = 0; std::getline(parts, part, '/'); ++i) {
        const bool is_choice =
            part.starts_with("wait:") || part.starts_with("steal:") || part.starts_with("cap:");
        if (i == 1) {
            text = part;
        } else if (i > 2 && !is_choice) {
            text += " " + part;
        }
    }
    return text + (listed.oversubscribed ? " OVERSUBSCRIBED" : "");
}

measure measure_of(const entry& e) {
    return measure_named(e.listed().measure);
}

std::string title_of(const measure& by) {
    return by.title + (by.higher_is_better ? "" : " (lower is better)");
}

/// The contenders with a trial that counts, and those that were caught, which have no costs; in the order of
/// the file. `without` counts those that have neither.
std::vector<entry> entries_of(const result_file& results, std::size_t& without) {
    const auto rows = results.counted_rows();
    std::vector<entry> entries;
    for (const result_point& point : results.run.points) {
        if (point.listed.rivals.empty()) {
            continue;
        }
        entry one{&point, {}, {}, {}, 0};
        if (const auto found = rows.find(point.listed.name); found != rows.end()) {
            for (const result_row* row : found->second) {
                if (const auto cost = cost_of(point.listed.measure, row->measured())) {
                    one.costs.push_back(*cost);
                    if (row->limit_share) {
                        one.shares.push_back(*row->limit_share);
                    }
                    const auto& metrics = row->measured().metrics;
                    const auto starved = metrics.find("never_got_in");
                    one.starved += starved != metrics.end() && starved->second > 0 ? 1 : 0;
                    if (row->level) {
                        one.levels.insert(*row->level);
                    }
                }
            }
        }
        if (one.costs.empty() && !point.caught) {
            ++without;
        } else {
            entries.push_back(std::move(one));
        }
    }
    return entries;
}

/// The value of `key_of` that most implementations among the entries share; of equals the one with the most
/// threads that fit the machine, then the first.
template <class KeyOf>
std::string most_common(const std::vector<entry>& entries, KeyOf&& key_of) {
    std::map<std::string, std::set<std::string>> impls;
    std::string best;
    for (const entry& e : entries) {
        impls[key_of(e)].insert(e.listed().point.impl);
    }
    std::tuple<std::size_t, bool, std::size_t> most{0, false, 0};
    for (const entry& e : entries) {
        const std::string key = key_of(e);
        const std::tuple now{impls[key].size(), !e.listed().oversubscribed, e.listed().threads};
        if (now > most) {
            most = now;
            best = key;
        }
    }
    return best;
}

/// `bimodal: 26.32 [24.10 .. 27.93] (5 of 9) and 0.23 [0.21 .. 0.25] (4 of 9)`, the better mode first.
std::string humps_text(const entry& e) {
    const measure by = measure_of(e);
    std::string text;
    for (const trial_mode& mode : e.point->humps) {  // by cost, the lower first
        const auto shown = [&](double cost) { return by.shown_factor * by.value_of_cost(cost); };
        char part[120];
        std::snprintf(part, sizeof part, "%.*f [%.*f .. %.*f] (%zu of %zu)", by.digits, shown(mode.median),
                      by.digits, shown(by.is_rate() ? mode.high : mode.low), by.digits,
                      shown(by.is_rate() ? mode.low : mode.high), mode.trials, e.costs.size());
        text += (text.empty() ? "bimodal: " : " and ") + std::string(part);
    }
    return text;
}

/// `near-full`, where all counted trials agree in it.
std::string level_text(const std::set<std::string>& levels) {
    std::string text = levels.empty() ? "" : levels.size() == 1 ? *levels.begin() : "now full, now empty";
    std::ranges::replace(text, '_', '-');
    return text;
}

/// `12.34`; a saturated trial has no number.
std::string value_text(const measure& by, double cost) {
    if (std::isinf(cost)) {
        return "saturated";
    }
    char text[60];
    std::snprintf(text, sizeof text, "%.*f", by.digits, by.shown_factor * by.value_of_cost(cost));
    return text;
}

/// `12.34  [11.20 .. 13.00]  n=7`, and what its numbers leave out.
std::string numbers_text(const entry& e) {
    const measure by = measure_of(e);
    const auto [least, greatest] = std::ranges::minmax(e.costs);
    char text[260];
    std::snprintf(text, sizeof text, "%9s  [%s .. %s]  n=%zu", value_text(by, median(e.costs)).c_str(),
                  value_text(by, by.is_rate() ? greatest : least).c_str(),
                  value_text(by, by.is_rate() ? least : greatest).c_str(), e.costs.size());
    std::string all = e.point->humps.empty() ? text : " " + humps_text(e);
    if (const std::size_t saturated = e.point->saturated; saturated > 0) {
        all += "  saturated in " + std::to_string(saturated) + " of " + std::to_string(e.costs.size());
    }
    if (e.starved > 0) {
        all += "  a thread never got in, in " + std::to_string(e.starved) + " of " +
               std::to_string(e.costs.size());
    }
    return all;
}

/// ` (12.34 with the 3 flagged)`, where the flagged trials move the median out of the spread of the others.
std::string with_flagged_text(const entry& e) {
    const auto& ranked = e.point->ranked;
    const auto& all = e.point->ranked_with_flagged;
    if (!ranked || !all || (all->median >= ranked->lowest && all->median <= ranked->highest)) {
        return "";
    }
    const measure by = measure_of(e);
    char value[60];
    std::snprintf(value, sizeof value, "%.*f", by.digits, by.shown_factor * all->median);
    return std::string("  (") + (std::isinf(all->median) ? "saturated" : value) + " with the " +
           std::to_string(all->trials - ranked->trials) + " flagged)";
}

/// `2.`, or `2-4.` where the trials cannot tell.
std::string place_text(const place_range& place) {
    return std::to_string(place.best) + (place.best == place.worst ? "" : "-" + std::to_string(place.worst)) +
           ".";
}

/// One ranking group: each implementation once, under the best of the entries' choices. `marked`: the
/// implementations that were caught somewhere in the run.
std::string group_text(const std::vector<const entry*>& group, const std::set<std::string>& marked) {
    std::map<std::string, standing> standings;
    std::vector<standing> caught;
    bool have_steals = false;
    for (const entry* e : group) {
        const std::string steal = axis_text(e->listed(), "steal");
        have_steals = have_steals || !steal.empty();
        standing now{
            e, axis_text(e->listed(), "wait") + (steal.empty() || steal == "native" ? "" : " " + steal), 0};
        if (e->costs.empty()) {
            caught.push_back(now);
            continue;
        }
        now.middle = median(e->costs);
        const std::string& impl = e->listed().point.impl;
        const auto before = standings.find(impl);
        if (before == standings.end() || now.middle < before->second.middle) {
            standings.insert_or_assign(impl, now);
        }
    }
    std::vector<standing> sorted;
    for (const auto& [impl, s] : standings) {
        sorted.push_back(s);
    }
    std::ranges::stable_sort(sorted, {}, &standing::middle);
    std::vector<std::vector<double>> costs;
    for (const standing& s : sorted) {
        costs.push_back(s.of->costs);
    }
    const std::vector<place_range> places = places_of(costs);
    std::ostringstream out;
    const auto begin_line = [&](const std::string& place, const standing& s) {
        const std::string& impl = s.of->listed().point.impl;
        char line[200];
        std::snprintf(line, sizeof line, "  %6s %-30s %-*s ", place.c_str(),
                      (impl + (marked.contains(impl) ? " (!)" : "")).c_str(), have_steals ? 18 : 8,
                      s.choices.c_str());
        out << line;
    };
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const entry& e = *sorted[i].of;
        begin_line(place_text(places[i]), sorted[i]);
        const std::string level = level_text(e.levels);
        out << numbers_text(e) << with_flagged_text(e)
            << (e.shares.empty() ? "" : "  " + share_text(median(e.shares))) << (level.empty() ? "" : "  ")
            << level << "\n";
    }
    for (const standing& s : caught) {
        begin_line("-", s);
        out << "no number: " << failed_text(*s.of->point->failed) << "\n";
    }
    return out.str();
}

/// The ranking groups of entries, each under its title.
std::string groups_text(const std::vector<entry>& entries, const std::set<std::string>& marked) {
    std::map<std::string, std::vector<const entry*>> groups;
    for (const entry& e : entries) {
        groups[e.listed().rivals].push_back(&e);
    }
    std::string text;
    for (const auto& [title, group] : groups) {
        text += "  " + title + "\n" + group_text(group, marked);
    }
    return text;
}

std::vector<entry> kept(std::vector<entry> entries, const std::function<bool(const entry&)>& wanted) {
    std::erase_if(entries, [&](const entry& e) { return !wanted(e); });
    return entries;
}

bool chooses(const entry& e, const char* axis) {
    const std::string word = axis_text(e.listed(), axis);
    return !word.empty() && word != "native";
}

/// Those with the value of that axis that most implementations have, beside those that have no choice; all
/// where there is one value or none.
std::vector<entry> with_fixed(const std::vector<entry>& entries, const char* axis, std::string& fixed) {
    const std::vector<entry> choosing = kept(entries, [&](const entry& e) { return chooses(e, axis); });
    std::set<std::string> values;
    for (const entry& e : choosing) {
        values.insert(axis_text(e.listed(), axis));
    }
    if (values.size() < 2) {
        return entries;
    }
    const std::string most = most_common(choosing, [&](const entry& e) { return axis_text(e.listed(), axis); });
    fixed += (fixed.empty() ? "" : " and ") + most;
    return kept(entries,
                [&](const entry& e) { return !chooses(e, axis) || axis_text(e.listed(), axis) == most; });
}

/// One contest: groups of equals, in each the implementations under their best choices, best first; and once
/// more under one choice for all, where they have several.
std::string table_of(const std::vector<entry>& entries, const std::set<std::string>& marked) {
    const measure by = measure_of(entries.front());
    std::string fixed;
    const std::vector<entry> alike = with_fixed(with_fixed(entries, "wait", fixed), "steal", fixed);
    std::ostringstream out;
    out << contest_of(entries.front().listed()) << ": " << title_of(by) << "\n"
        << "  median [lowest .. highest of the counted repetitions]"
        << (fixed.empty() ? ""
                          : ", each under its best choice of waiting and stealing: the best of several "
                            "draws, where others have one")
        << "\n"
        << groups_text(entries, marked);
    if (!fixed.empty()) {
        out << "  the same with " << fixed << " for all that have the choice\n" << groups_text(alike, marked);
    }
    return out.str();
}

}  // namespace

std::string ranking(const result_file& results) {
    std::size_t without = 0;
    const std::vector<entry> all = entries_of(results, without);
    // Queues that are kept near-empty or near-full are chosen to be so: a table for each.
    const auto workload_of = [](const entry& e) {
        return e.listed().point.workload + "/" + axis_text(e.listed(), "balance");
    };
    std::vector<std::string> workloads;
    for (const entry& e : all) {
        const std::string workload = workload_of(e);
        if (std::ranges::find(workloads, workload) == workloads.end()) {
            workloads.push_back(workload);
        }
    }
    const auto contest = [](const entry& e) { return contest_of(e.listed()); };
    const auto capacity = [](const entry& e) { return axis_text(e.listed(), "capacity"); };
    std::ostringstream out;
    std::size_t shown = 0;
    for (const std::string& workload : workloads) {
        // Short: of each workload the shape, and of its bounded queues the capacity, with most implementations.
        std::vector<entry> entries = kept(all, [&](const entry& e) { return workload_of(e) == workload; });
        const std::string main_contest = most_common(entries, contest);
        entries = kept(std::move(entries), [&](const entry& e) { return contest(e) == main_contest; });
        const auto bounded = kept(entries, [&](const entry& e) { return capacity(e) != "unbounded"; });
        const std::string main_capacity = most_common(bounded, capacity);
        entries = kept(std::move(entries), [&](const entry& e) {
            return capacity(e) == "unbounded" || capacity(e) == main_capacity;
        });
        shown += entries.size();
        std::set<std::string> marked;
        for (const caught_implementation& one : results.run.caught) {
            if (one.family == entries.front().listed().point.family) {
                marked.insert(one.impl);
            }
        }
        out << table_of(entries, marked);
    }
    if (!all.empty()) {
        out << "places: 1-2 means that the trials cannot tell 1 from 2 (rank-sum test, 1%; it takes 5 trials "
               "each)\n";
    }
    for (const caught_implementation& one : results.run.caught) {
        out << "(!) " << one.family << " " << one.impl << " showed a fault at " << one.points.size()
            << " point(s), which have no number: " << one.points.front() << ": " << one.reason << "\n";
    }
    if (shown < all.size()) {
        out << all.size() - shown
            << " more points, of other shapes, capacities and item sizes, are in the result file "
            << "and the charts\n";
    }
    if (without > 0) {
        out << without
            << " point(s) have no trial that counts: they failed, were flagged, ran in another state, or no "
               "full check vouches for "
               "them\n";
    }
    return out.str();
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
