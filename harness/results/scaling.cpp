#include "scaling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "usl.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

/// Where a point stands in a series: the axes that make its thread count are taken out of what is left.
struct place {
    std::string axis;  ///< `threads`, `workers` or `producers+consumers`
    std::size_t threads;
    json rest;
};

std::optional<place> place_of(const json& listed) {
    // Only rates scale, and controls are no contenders.
    if (listed.value("measure", "") != "items_per_second" || listed.value("rivals", "").empty()) {
        return std::nullopt;
    }
    json rest = listed.at("point");
    for (const char* axis : {"threads", "workers"}) {
        if (rest.contains(axis)) {
            const std::size_t threads = rest.at(axis);
            rest.erase(axis);
            return place{axis, threads, std::move(rest)};
        }
    }
    if (rest.contains("producers") && rest.contains("consumers") &&
        rest.at("producers") == rest.at("consumers")) {
        const std::size_t threads = 2 * rest.at("producers").get<std::size_t>();
        rest.erase("producers");
        rest.erase("consumers");
        return place{"producers+consumers", threads, std::move(rest)};
    }
    return std::nullopt;
}

/// A point's name with `n` where its thread count stands:
/// counters/contended_add/striped_counter/threads:n/work:0.
std::string series_name(const std::string& point_name) {
    std::stringstream parts(point_name);
    std::string name;
    for (std::string part; std::getline(parts, part, '/');) {
        for (const char* label : {"threads:", "workers:", "p:", "c:"}) {
            if (part.starts_with(label)) {
                part = label + std::string("n");
            }
        }
        name += (name.empty() ? "" : "/") + part;
    }
    return name;
}

struct series {
    std::string name;
    std::string axis;
    json rest;
    std::map<std::size_t, const json*> points;  ///< by thread count
};

/// Those with at least two thread counts, in the order of the file.
std::vector<series> series_of(const json& points) {
    std::vector<series> all;
    std::map<std::string, std::size_t> known;
    for (const json& listed : points) {
        if (auto at = place_of(listed)) {
            const std::string key = at->axis + " " + at->rest.dump();
            const auto [found, is_new] = known.try_emplace(key, all.size());
            if (is_new) {
                all.push_back({series_name(listed.at("name")), at->axis, at->rest, {}});
            }
            all[found->second].points.emplace(at->threads, &listed);
        }
    }
    std::erase_if(all, [](const series& s) { return s.points.size() < 2; });
    return all;
}

json number(double value) {
    return std::isfinite(value) ? json(value) : json(nullptr);  // no upper limit
}

json estimate_json(const usl_estimate& e) {
    return {{"value", e.value}, {"low", e.low}, {"high", number(e.high)}};
}

/// Where the curve is stated: at the measured counts, between them, and up to twice the largest.
std::vector<double> curve_counts(const std::set<double>& measured) {
    std::set<double> all = measured;
    const double from = *measured.begin();
    const double to = 2 * *measured.rbegin();
    constexpr int steps = 24;
    for (int i = 0; i <= steps; ++i) {
        all.insert(std::round(from * std::pow(to / from, static_cast<double>(i) / steps)));
    }
    return {all.begin(), all.end()};
}

json fit_json(const usl_fit& fit, const std::set<double>& measured) {
    json curve = json::array();
    for (const double threads : curve_counts(measured)) {
        json at = estimate_json(fit.rate(threads));
        at["threads"] = threads;
        at["prediction"] = threads > *measured.rbegin();
        curve.push_back(std::move(at));
    }
    json result{{"lambda", estimate_json(fit.lambda())},
                {"sigma", estimate_json(fit.sigma())},
                {"kappa", estimate_json(fit.kappa())},
                {"confidence", fit.confidence()},
                {"relative_rms", fit.relative_rms()},
                {"thread_counts", fit.thread_counts()},
                {"trials", fit.trials()},
                {"most_threads", *measured.rbegin()},
                {"curve", std::move(curve)}};
    if (const auto peak = fit.peak()) {
        result["peak"] = estimate_json(*peak);
        result["peak"]["prediction"] = peak->value > *measured.rbegin();
    }
    return result;
}

const char* word(scaling_judgement::kind k) {
    switch (k) {
        case scaling_judgement::kind::fitted:
            return "fitted";
        case scaling_judgement::kind::retrograde:
            return "retrograde";
        case scaling_judgement::kind::refused:
            break;
    }
    return "refused";
}

std::string text(const char* format, auto... values) {
    char line[160];
    std::snprintf(line, sizeof line, format, values...);
    return line;
}

std::string range_text(const json& estimate, double factor, const char* format) {
    const auto one = [&](const char* key) {
        return estimate.at(key).is_null() ? std::string("no limit")
                                          : text(format, factor * estimate.at(key).get<double>());
    };
    return one("value") + " [" + one("low") + " .. " + one("high") + "]";
}

std::string law_text(const json& fit) {
    std::string line = "contention " + range_text(fit.at("sigma"), 100, "%.3g") + "%, coherency " +
                       range_text(fit.at("kappa"), 1, "%.3g") + ", relative RMS " +
                       text("%.1f%%", 100 * fit.at("relative_rms").get<double>());
    if (!fit.contains("peak")) {
        return line + "; no peak can be predicted";
    }
    const json& peak = fit.at("peak");
    line += "; peak at " + range_text(peak, 1, "%.3g") + " threads";
    return peak.at("prediction") == true
               ? line + text(" (a prediction: %g were measured)", fit.at("most_threads").get<double>())
               : line;
}

}  // namespace

json scaling_of(const json& points, const json& rows) {
    std::map<std::string, std::vector<double>> rates;
    for (const json& row : rows) {
        if (row.at("counted") == true) {
            rates[row.at("name")].push_back(row.at("items_per_second"));
        }
    }
    json all = json::array();
    for (const series& s : series_of(points)) {
        std::vector<scaled_rate> sample;
        std::set<double> measured;
        std::size_t oversubscribed = 0;
        json listed = json::array();
        for (const auto& [threads, point] : s.points) {
            listed.push_back({{"threads", threads}, {"name", point->at("name")}});
            if (point->at("oversubscribed") == true) {
                ++oversubscribed;
                continue;
            }
            for (const double rate : rates[point->at("name")]) {
                sample.push_back({static_cast<double>(threads), rate});
                measured.insert(static_cast<double>(threads));
            }
        }
        const scaling_judgement judged = judge_scaling(sample, oversubscribed);
        json one{{"name", s.name},
                 {"axis", s.axis},
                 {"point", s.rest},
                 {"points", listed},
                 {"verdict", word(judged.is)}};
        if (judged.is == scaling_judgement::kind::fitted) {
            one["fit"] = fit_json(*judged.fit, measured);
        } else {
            one["reason"] = judged.reason;
            if (judged.fit) {
                one["relative_rms"] = judged.fit->relative_rms();
            }
        }
        all.push_back(std::move(one));
    }
    return all;
}

std::string scaling_report(const json& results) {
    constexpr std::size_t most_lines = 12;
    std::vector<std::string> laws;
    std::vector<std::string> retrograde;
    std::map<std::string, std::size_t> refused;
    for (const json& one : results.at("run").value("scaling", json::array())) {
        const std::string name = one.at("name");
        if (one.at("verdict") == "fitted") {
            laws.push_back(name + ": " + law_text(one.at("fit")));
        } else if (one.at("verdict") == "retrograde") {
            retrograde.push_back(name + ": " + one.at("reason").get<std::string>());
        } else {
            ++refused[one.at("reason")];
        }
    }
    std::ostringstream out;
    const auto print = [&](const char* head, const std::vector<std::string>& lines) {
        if (lines.empty()) {
            return;
        }
        out << head << "\n";
        for (std::size_t i = 0; i < std::min(lines.size(), most_lines); ++i) {
            out << "  " << lines[i] << "\n";
        }
        if (lines.size() > most_lines) {
            out << "  " << lines.size() - most_lines << " more are in the result file\n";
        }
    };
    print("scaling, Universal Scalability Law, 95% intervals:", laws);
    print("retrograde: more threads only make it slower, no law is fitted:", retrograde);
    if (!refused.empty()) {
        std::size_t count = 0;
        std::string reasons;
        for (const auto& [reason, times] : refused) {
            count += times;
            reasons += (reasons.empty() ? "" : "; ") + std::to_string(times) + "x " + reason;
        }
        out << "no law of scaling for " << count << " series: " << reasons << "\n";
    }
    return out.str();
}

}  // namespace handoff::harness
