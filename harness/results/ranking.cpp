// The two reports that `handoff run` ends with.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <tuple>
#include <vector>

#include "limits.hpp"
#include "measures.hpp"
#include "result.hpp"
#include "statistics.hpp"

namespace handoff::harness {

namespace {

struct standing {
    std::string impl;
    std::string choices;  ///< wait strategy and, where there is one to choose, steal policy
    double middle;
    double low;
    double high;
    std::size_t trials;
    std::string limit;  ///< how near to its limit it is; empty where there is none
    std::string humps;  ///< what stands instead of the median; empty where there is one
    std::string level;  ///< of a bounded queue: `near_full` ...
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

/// One point with the values that it is ranked by, as they are shown.
struct entry {
    const result_point* point;
    std::vector<double> values;
    std::vector<double> shares;  ///< of the limit, of those trials that have one
    std::set<std::string> levels;

    const listed_point& listed() const { return point->listed; }
};

measure measure_of(const entry& e) {
    return measure_named(e.listed().measure);
}

std::string title_of(const measure& by) {
    return by.title + (by.higher_is_better ? "" : " (lower is better)");
}

/// The contenders with a trial that counts, in the order of the file; `without` counts those that have none,
/// `saturated` those whose trials say nothing but that they were offered too much.
std::vector<entry> entries_of(const result_file& results, std::size_t& without, std::size_t& saturated) {
    const auto rows = results.counted_rows();
    std::vector<entry> entries;
    for (const result_point& point : results.run.points) {
        if (point.listed.rivals.empty()) {
            continue;
        }
        const auto found = rows.find(point.listed.name);
        if (found == rows.end()) {
            ++without;
            continue;
        }
        entry one{&point, {}, {}, {}};
        const measure by = measure_of(one);
        for (const result_row* row : found->second) {
            if (const auto cost = cost_of(point.listed.measure, row->measured())) {
                one.values.push_back(by.shown_factor * by.value_of_cost(*cost));
                if (row->limit_share) {
                    one.shares.push_back(*row->limit_share);
                }
                if (row->level) {
                    one.levels.insert(*row->level);
                }
            }
        }
        if (one.values.empty()) {
            ++saturated;
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
                      shown(by.is_rate() ? mode.low : mode.high), mode.trials, e.values.size());
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

/// One contest: classes of equals, in each the implementations under their best choices, best first.
std::string table_of(const std::vector<entry>& entries) {
    const measure by = measure_of(entries.front());
    std::map<std::string, std::map<std::string, standing>> classes;
    for (const entry& e : entries) {
        const std::string steal = axis_text(e.listed(), "steal");
        const standing now{
            e.listed().point.impl,
            axis_text(e.listed(), "wait") + (steal.empty() || steal == "native" ? "" : " " + steal),
            median(e.values),
            *std::ranges::min_element(e.values),
            *std::ranges::max_element(e.values),
            e.values.size(),
            e.shares.empty() ? "" : "  " + share_text(median(e.shares)),
            humps_text(e),
            level_text(e.levels)};
        auto& standings = classes[e.listed().rivals];
        const auto before = standings.find(now.impl);
        if (before == standings.end() || by.better(now.middle, before->second.middle)) {
            standings.insert_or_assign(now.impl, now);
        }
    }
    std::ostringstream out;
    const listed_point& shape = entries.front().listed();
    const bool have_steals = !axis_text(shape, "steal").empty();
    out << contest_of(shape) << ": " << title_of(by) << "\n"
        << "  median [lowest .. highest of the counted repetitions]"
        << (!axis_text(shape, "wait").empty() ? ", each under its best wait strategy" : "")
        << (have_steals ? " and steal policy\n" : "\n");
    for (const auto& [cls, standings] : classes) {
        out << "  " << cls << "\n";
        std::vector<standing> sorted;
        for (const auto& [impl, s] : standings) {
            sorted.push_back(s);
        }
        std::ranges::sort(sorted,
                          [&](const standing& x, const standing& y) { return by.better(x.middle, y.middle); });
        int place = 1;
        for (const standing& s : sorted) {
            const int digits = by.digits;
            char line[200];
            std::snprintf(line, sizeof line, "  %3d. %-30s %-*s ", place++, s.impl.c_str(),
                          have_steals ? 18 : 8, s.choices.c_str());
            out << line;
            if (s.humps.empty()) {
                std::snprintf(line, sizeof line, "%9.*f  [%.*f .. %.*f]  n=%zu", digits, s.middle, digits,
                              s.low, digits, s.high, s.trials);
                out << line;
            } else {
                out << " " << s.humps;
            }
            out << s.limit << (s.level.empty() ? "" : "  ") << s.level << "\n";
        }
    }
    return out.str();
}

}  // namespace

std::string ranking(const result_file& results) {
    std::size_t without = 0;
    std::size_t saturated = 0;
    const std::vector<entry> all = entries_of(results, without, saturated);
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
    const auto keep = [](std::vector<entry> entries, auto&& wanted) {
        std::erase_if(entries, [&](const entry& e) { return !wanted(e); });
        return entries;
    };
    const auto contest = [](const entry& e) { return contest_of(e.listed()); };
    const auto capacity = [](const entry& e) { return axis_text(e.listed(), "capacity"); };
    std::ostringstream out;
    std::size_t shown = 0;
    for (const std::string& workload : workloads) {
        // Short: of each workload the shape, and of its bounded queues the capacity, with most implementations.
        std::vector<entry> entries = keep(all, [&](const entry& e) { return workload_of(e) == workload; });
        const std::string main_contest = most_common(entries, contest);
        entries = keep(std::move(entries), [&](const entry& e) { return contest(e) == main_contest; });
        const auto bounded = keep(entries, [&](const entry& e) { return capacity(e) != "unbounded"; });
        const std::string main_capacity = most_common(bounded, capacity);
        entries = keep(std::move(entries), [&](const entry& e) {
            return capacity(e) == "unbounded" || capacity(e) == main_capacity;
        });
        shown += entries.size();
        out << table_of(entries);
    }
    if (shown < all.size()) {
        out << all.size() - shown
            << " more points, of other shapes, capacities and item sizes, are in the result file "
            << "and the charts\n";
    }
    if (saturated > 0) {
        out << saturated
            << " point(s) are saturated: they were offered more than they can carry, and have no latency\n";
    }
    if (without > 0) {
        out << without
            << " point(s) have no trial that counts: they failed, were flagged, ran in another state, or no "
               "full check vouches for "
               "them\n";
    }
    return out.str();
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
