// The two reports that `handoff run` ends with.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <tuple>
#include <vector>

#include "limits.hpp"
#include "result.hpp"
#include "statistics.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

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

std::string text_of(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string axis_text(const json& point, const char* key) {
    return point.contains(key) ? text_of(point.at(key)) : "";
}

/// What points must share to be ranked together: the workload and all axes but the implementation's own choices
/// (its ways of waiting and of stealing, and the capacity of those that have none). Spelled as in point names.
std::string contest_of(const json& listed) {
    const std::string name = listed.at("name");
    std::stringstream parts(name);
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
    return text + (listed.at("oversubscribed") == true ? " OVERSUBSCRIBED" : "");
}

/// Equals: what a user could exchange for each other without losing a promise. Empty for controls.
std::string class_of(const json& listed) {
    return listed.at("rivals");
}

/// What a workload is ranked by: how it is read from a row, and in which direction it is good.
struct measure {
    std::string name;

    bool is_rate() const { return name == "items_per_second"; }
    /// A trial that was offered more than it can carry has no latency.
    bool stands_in(const json& row) const { return name != "latency" || row.contains("latency"); }
    double of(const json& row) const {
        return is_rate()           ? row.at("items_per_second").get<double>() / 1e6
               : name == "latency" ? row.at("latency").at("p50").get<double>()
                                   : row.at("metrics").at(name).get<double>();
    }
    bool better(double x, double y) const { return is_rate() ? x > y : x < y; }
    int digits() const { return is_rate() ? 2 : name == "latency" ? 0 : 4; }
    std::string words() const {
        return is_rate()           ? "million operations per second"
               : name == "latency" ? "p50, ns (lower is better)"
                                   : name + " (lower is better)";
    }
};

/// One point with the values that it is ranked by.
struct entry {
    const json* listed;
    std::vector<double> values;
    std::vector<double> shares;  ///< of the limit, of those trials that have one
    std::set<std::string> levels;
};

measure measure_of(const entry& e) {
    return {e.listed->at("measure")};
}

/// The contenders with a trial that counts, in the order of the file; `without` counts those that have none,
/// `saturated` those whose trials say nothing but that they were offered too much.
std::vector<entry> entries_of(const json& results, std::size_t& without, std::size_t& saturated) {
    std::map<std::string, std::vector<const json*>> rows;
    for (const json& row : results.at("benchmarks")) {
        if (row.at("counted") == true) {
            rows[row.at("name")].push_back(&row);
        }
    }
    std::vector<entry> entries;
    for (const json& listed : results.at("run").at("points")) {
        if (class_of(listed).empty()) {
            continue;
        }
        const auto found = rows.find(listed.at("name"));
        if (found == rows.end()) {
            ++without;
            continue;
        }
        entry one{&listed, {}, {}, {}};
        for (const json* row : found->second) {
            if (measure_of(one).stands_in(*row)) {
                one.values.push_back(measure_of(one).of(*row));
                if (row->contains("limit_share")) {
                    one.shares.push_back(row->at("limit_share").get<double>());
                }
                if (row->contains("level")) {
                    one.levels.insert(row->at("level"));
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
        impls[key_of(e)].insert(e.listed->at("point").at("impl"));
    }
    std::tuple<std::size_t, bool, int> most{0, false, 0};
    for (const entry& e : entries) {
        const std::string key = key_of(e);
        const std::tuple now{impls[key].size(), e.listed->at("oversubscribed") == false,
                             e.listed->at("threads").get<int>()};
        if (now > most) {
            most = now;
            best = key;
        }
    }
    return best;
}

/// `two humps: 26.32 [24.10 .. 27.93] (5 of 9) and 0.23 [0.21 .. 0.25] (4 of 9)`, the better one first.
std::string humps_text(const entry& e) {
    if (!e.listed->contains("humps")) {
        return "";
    }
    const measure by = measure_of(e);
    std::vector<json> humps = e.listed->at("humps");
    if (by.is_rate()) {  // they are in ns per item
        for (json& one : humps) {
            one = {{"median", 1e3 / one.at("median").get<double>()},
                   {"low", 1e3 / one.at("high").get<double>()},
                   {"high", 1e3 / one.at("low").get<double>()},
                   {"trials", one.at("trials")}};
        }
    }
    std::string text;
    for (const json& one : humps) {
        char part[120];
        std::snprintf(part, sizeof part, "%.*f [%.*f .. %.*f] (%zu of %zu)", by.digits(),
                      one.at("median").get<double>(), by.digits(), one.at("low").get<double>(), by.digits(),
                      one.at("high").get<double>(), one.at("trials").get<std::size_t>(), e.values.size());
        text += (text.empty() ? "two humps: " : " and ") + std::string(part);
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
        const json& p = e.listed->at("point");
        const standing now{
            p.at("impl"),
            axis_text(p, "wait") + (p.value("steal", "native") != "native" ? " " + axis_text(p, "steal") : ""),
            median(e.values),
            *std::ranges::min_element(e.values),
            *std::ranges::max_element(e.values),
            e.values.size(),
            e.shares.empty() ? "" : "  " + share_text(median(e.shares)),
            humps_text(e),
            level_text(e.levels)};
        auto& standings = classes[class_of(*e.listed)];
        const auto before = standings.find(now.impl);
        if (before == standings.end() || by.better(now.middle, before->second.middle)) {
            standings.insert_or_assign(now.impl, now);
        }
    }
    std::ostringstream out;
    const json& shape = entries.front().listed->at("point");
    const bool have_steals = shape.contains("steal");
    out << contest_of(*entries.front().listed) << ": " << by.words() << "\n"
        << "  median [lowest .. highest of the counted repetitions]"
        << (shape.contains("wait") ? ", each under its best wait strategy" : "")
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
            const int digits = by.digits();
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

std::string ranking(const json& results) {
    std::size_t without = 0;
    std::size_t saturated = 0;
    const std::vector<entry> all = entries_of(results, without, saturated);
    std::vector<std::string> workloads;
    for (const entry& e : all) {
        const std::string workload = e.listed->at("point").at("workload");
        if (std::ranges::find(workloads, workload) == workloads.end()) {
            workloads.push_back(workload);
        }
    }
    const auto keep = [](std::vector<entry> entries, auto&& wanted) {
        std::erase_if(entries, [&](const entry& e) { return !wanted(e); });
        return entries;
    };
    const auto contest = [](const entry& e) { return contest_of(*e.listed); };
    const auto capacity = [](const entry& e) { return axis_text(e.listed->at("point"), "capacity"); };
    std::ostringstream out;
    std::size_t shown = 0;
    for (const std::string& workload : workloads) {
        // Short: of each workload the shape, and of its bounded queues the capacity, with most implementations.
        std::vector<entry> entries =
            keep(all, [&](const entry& e) { return e.listed->at("point").at("workload") == workload; });
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
            << " point(s) have no trial that counts: they failed, were flagged, or ran in another state\n";
    }
    return out.str();
}

std::string ratio_report(const json& results) {
    std::ostringstream out;
    for (const json& ratio : results.at("run").at("ratios")) {
        out << "ratio: " << ratio.at("label").get<std::string>() << "\n    ";
        char line[200];
        if (ratio.contains("low")) {
            std::snprintf(line, sizeof line, "median %.3f, %.1f%% interval [%.3f .. %.3f], %zu pairs",
                          ratio.at("median").get<double>(), 100 * ratio.at("confidence").get<double>(),
                          ratio.at("low").get<double>(), ratio.at("high").get<double>(),
                          ratio.at("pairs").size());
            out << line;
        } else if (ratio.contains("median")) {
            std::snprintf(line, sizeof line, "median %.3f of %zu pairs", ratio.at("median").get<double>(),
                          ratio.at("pairs").size());
            out << line;
        } else {
            out << "no repetition in which both sides count";
        }
        if (ratio.contains("at_most")) {
            std::snprintf(line, sizeof line, ", at most %.3f", ratio.at("at_most").get<double>());
            out << line;
        }
        out << ": " << ratio.at("verdict").get<std::string>() << "\n";
    }
    return out.str();
}

}  // namespace handoff::harness
