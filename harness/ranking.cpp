// The two reports that `handoff run` ends with.
#include <algorithm>
#include <cstdio>
#include <map>
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
    std::string promises;
};

std::string text_of(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string axis_text(const json& point, const char* key) {
    return point.contains(key) ? text_of(point.at(key)) : "";
}

/// What makes two points rivals: all axes but the implementation, its way of waiting, and the capacity of those that
/// have none.
std::string contest_of(const json& listed) {
    const json& p = listed.at("point");
    std::string text = p.at("workload").get<std::string>();
    if (p.contains("producers")) {
        text += ", " + axis_text(p, "producers") + " producer(s), " + axis_text(p, "consumers") + " consumer(s)";
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

}  // namespace

std::string ranking(const json& results) {
    std::map<std::string, std::vector<const json*>> rows;
    for (const json& row : results.at("benchmarks")) {
        if (row.at("counted") == true) {
            rows[row.at("name")].push_back(&row);
        }
    }
    // contest -> class -> implementation -> its best standing
    std::map<std::string, std::map<std::string, std::map<std::string, standing>>> contests;
    std::vector<std::string> order;
    std::size_t without = 0;
    for (const json& listed : results.at("run").at("points")) {
        const std::string cls = class_of(listed);
        if (cls.empty()) {
            continue;
        }
        const auto found = rows.find(listed.at("name"));
        if (found == rows.end()) {
            ++without;
            continue;
        }
        const bool is_latency = found->second.front()->contains("latency");
        std::vector<double> values;
        for (const json* row : found->second) {
            values.push_back(is_latency ? row->at("latency").at("p50").get<double>()
                                        : row->at("items_per_second").get<double>() / 1e6);
        }
        const json& p = listed.at("point");
        const standing now{p.at("impl"), axis_text(p, "wait"), median(values),
                           *std::ranges::min_element(values), *std::ranges::max_element(values),
                           values.size(), ""};
        const std::string contest = contest_of(listed) + (is_latency ? "\n  one way, p50, ns (lower is better)"
                                                                     : "\n  million items per second");
        if (!contests.contains(contest)) {
            order.push_back(contest);
        }
        auto& entry = contests[contest][cls];
        const auto before = entry.find(now.impl);
        if (before == entry.end() ||
            (is_latency ? now.middle < before->second.middle : now.middle > before->second.middle)) {
            entry.insert_or_assign(now.impl, now);
        }
    }
    std::ostringstream out;
    for (const std::string& contest : order) {
        const bool is_latency = contest.find("lower is better") != std::string::npos;
        out << contest << "; median [lowest .. highest of the counted repetitions], best wait strategy of each\n";
        for (const auto& [cls, standings] : contests[contest]) {
            out << "    " << cls << "\n";
            std::vector<standing> sorted;
            for (const auto& [impl, s] : standings) {
                sorted.push_back(s);
            }
            std::ranges::sort(sorted, [&](const standing& a, const standing& b) {
                return is_latency ? a.middle < b.middle : a.middle > b.middle;
            });
            int place = 1;
            for (const standing& s : sorted) {
                char line[200];
                std::snprintf(line, sizeof line, "    %3d. %-30s %-8s %9.*f  [%.*f .. %.*f]  n=%zu\n", place++,
                              s.impl.c_str(), s.wait.c_str(), is_latency ? 0 : 2, s.middle, is_latency ? 0 : 2,
                              s.low, is_latency ? 0 : 2, s.high, s.trials);
                out << line;
            }
        }
    }
    if (without > 0) {
        out << without << " point(s) have no trial that counts: they failed, were flagged, or ran in another state\n";
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
                          ratio.at("low").get<double>(), ratio.at("high").get<double>(), ratio.at("pairs").size());
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
