// The two reports that `handoff run` ends with.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "compare/statistics.hpp"
#include "result.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

struct standing {
    std::string impl;
    std::string wait;
    double middle;
    double low;
    double high;
    std::size_t trials;
};

std::string text_of(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string axis_text(const json& point, const char* key) {
    return point.contains(key) ? text_of(point.at(key)) : "";
}

/// What makes two points rivals: all axes but the implementation, its way of waiting, and the capacity of those
/// that have none.
std::string contest_of(const json& listed) {
    const json& p = listed.at("point");
    std::string text = p.at("workload").get<std::string>();
    if (p.contains("producers")) {
        text +=
            ", " + axis_text(p, "producers") + " producer(s), " + axis_text(p, "consumers") + " consumer(s)";
    }
    text += ", " + axis_text(p, "bytes") + " bytes";
    if (p.contains("placement") && p.at("placement") != "spread") {
        text += ", " + p.at("placement").get<std::string>();
    }
    if (listed.at("oversubscribed") == true) {
        text += ", OVERSUBSCRIBED";
    }
    return text;
}

/// Equals: what a user could exchange for each other without losing a promise.
std::string class_of(const json& listed) {
    const json& p = listed.at("point");
    const json& g = listed.at("guarantees");
    if (!g.contains("order")) {
        return "";  // a control: no contender
    }
    const std::string capacity =
        axis_text(p, "capacity") == "unbounded" ? "unbounded" : "bounded, capacity " + axis_text(p, "capacity");
    return capacity + ", " + g.at("order").get<std::string>() + ", " +
           (g.at("producers") == "one" && g.at("consumers") == "one" ? "one producer and one consumer only"
                                                                     : "any number of threads");
}

/// One point with the values that it is ranked by: items per second in millions, or the median latency in ns.
struct entry {
    const json* listed;
    std::vector<double> values;
    bool is_latency;
};

/// The contenders with a trial that counts, in the order of the file; `without` counts those that have none.
std::vector<entry> entries_of(const json& results, std::size_t& without) {
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
        entry one{&listed, {}, found->second.front()->contains("latency")};
        for (const json* row : found->second) {
            one.values.push_back(one.is_latency ? row->at("latency").at("p50").get<double>()
                                                : row->at("items_per_second").get<double>() / 1e6);
        }
        entries.push_back(std::move(one));
    }
    return entries;
}

/// The value of `key_of` that most implementations among the entries share; the first of equals.
template <class KeyOf>
std::string most_common(const std::vector<entry>& entries, KeyOf&& key_of) {
    std::map<std::string, std::set<std::string>> impls;
    std::string best;
    for (const entry& e : entries) {
        impls[key_of(e)].insert(e.listed->at("point").at("impl"));
    }
    for (const entry& e : entries) {
        const std::string key = key_of(e);
        if (best.empty() || impls[key].size() > impls[best].size()) {
            best = key;
        }
    }
    return best;
}

/// One contest: classes of equals, in each the implementations under their best wait strategy, best first.
std::string table_of(const std::vector<entry>& entries) {
    const bool is_latency = entries.front().is_latency;
    std::map<std::string, std::map<std::string, standing>> classes;
    for (const entry& e : entries) {
        const json& p = e.listed->at("point");
        const standing now{p.at("impl"),
                           axis_text(p, "wait"),
                           median(e.values),
                           *std::ranges::min_element(e.values),
                           *std::ranges::max_element(e.values),
                           e.values.size()};
        auto& standings = classes[class_of(*e.listed)];
        const auto before = standings.find(now.impl);
        if (before == standings.end() ||
            (is_latency ? now.middle < before->second.middle : now.middle > before->second.middle)) {
            standings.insert_or_assign(now.impl, now);
        }
    }
    std::ostringstream out;
    out << contest_of(*entries.front().listed) << ": "
        << (is_latency ? "one way, p50, ns (lower is better)" : "million items per second") << "\n"
        << "  median [lowest .. highest of the counted repetitions], each under its best wait strategy\n";
    for (const auto& [cls, standings] : classes) {
        out << "  " << cls << "\n";
        std::vector<standing> sorted;
        for (const auto& [impl, s] : standings) {
            sorted.push_back(s);
        }
        std::ranges::sort(sorted, [&](const standing& x, const standing& y) {
            return is_latency ? x.middle < y.middle : x.middle > y.middle;
        });
        int place = 1;
        for (const standing& s : sorted) {
            const int digits = is_latency ? 0 : 2;
            char line[200];
            std::snprintf(line, sizeof line, "  %3d. %-30s %-8s %9.*f  [%.*f .. %.*f]  n=%zu\n", place++,
                          s.impl.c_str(), s.wait.c_str(), digits, s.middle, digits, s.low, digits, s.high,
                          s.trials);
            out << line;
        }
    }
    return out.str();
}

}  // namespace

std::string ranking(const json& results) {
    std::size_t without = 0;
    const std::vector<entry> all = entries_of(results, without);
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
