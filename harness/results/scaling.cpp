#include "scaling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "measures.hpp"
#include "usl.hpp"

namespace handoff::harness {

namespace {

/// Where a point stands in a series: the axes that make its thread count are taken out of what is left.
struct place {
    std::string axis;  ///< `threads`, `workers` or `producers+consumers`
    std::size_t threads;
    point rest;
};

/// Takes an axis out of a point; its value as a number, or nothing where the point has no such axis.
std::optional<std::size_t> taken(point& from, std::string_view axis) {
    if (from.value(axis).empty()) {
        return std::nullopt;
    }
    const std::size_t number = from.number(axis);
    std::erase_if(from.values, [&](const auto& value) { return value.first == axis; });
    return number;
}

std::optional<place> place_of(const listed_point& listed) {
    // Only rates scale, and controls are no contenders.
    if (!measure_named(listed.measure).is_rate() || listed.rivals.empty()) {
        return std::nullopt;
    }
    point rest = listed.point;
    for (const char* axis : {"threads", "workers"}) {
        if (const auto threads = taken(rest, axis)) {
            return place{axis, *threads, std::move(rest)};
        }
    }
    const auto producers = taken(rest, "producers");
    const auto consumers = taken(rest, "consumers");
    return producers && producers == consumers
               ? std::optional(place{"producers+consumers", 2 * *producers, std::move(rest)})
               : std::nullopt;
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
    point rest;
    std::map<std::size_t, const listed_point*> points;  ///< by thread count
};

/// Those with at least two thread counts, in the order of the file.
std::vector<series> series_of(const std::vector<result_point>& points) {
    std::vector<series> all;
    for (const result_point& p : points) {
        if (auto at = place_of(p.listed)) {
            auto found = std::ranges::find_if(
                all, [&](const series& s) { return s.axis == at->axis && s.rest == at->rest; });
            if (found == all.end()) {
                all.push_back({series_name(p.listed.name), at->axis, std::move(at->rest), {}});
                found = std::prev(all.end());
            }
            found->points.emplace(at->threads, &p.listed);
        }
    }
    std::erase_if(all, [](const series& s) { return s.points.size() < 2; });
    return all;
}

estimate stated(const usl_estimate& e) {
    return {e.value, e.low, e.high};
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

scaling_law law_of(const usl_fit& fit, const std::set<double>& measured) {
    const double most = *measured.rbegin();
    scaling_law law{stated(fit.lambda()),
                    stated(fit.sigma()),
                    stated(fit.kappa()),
                    fit.confidence(),
                    fit.relative_rms(),
                    fit.thread_counts(),
                    fit.trials(),
                    most,
                    {},
                    std::nullopt,
                    false};
    for (const double threads : curve_counts(measured)) {
        law.curve.push_back({threads, stated(fit.rate(threads)), threads > most});
    }
    if (const auto peak = fit.peak()) {
        law.peak = stated(*peak);
        law.peak_is_prediction = peak->value > most;
    }
    return law;
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

std::string range_text(const estimate& e, double factor, const char* format) {
    const auto one = [&](double value) {
        return std::isfinite(value) ? text(format, factor * value) : std::string("no limit");
    };
    return one(e.value) + " [" + one(e.low) + " .. " + one(e.high) + "]";
}

std::string law_text(const scaling_law& law) {
    std::string line = "contention " + range_text(law.sigma, 100, "%.3g") + "%, coherency " +
                       range_text(law.kappa, 1, "%.3g") + ", relative RMS " +
                       text("%.1f%%", 100 * law.relative_rms);
    if (!law.peak) {
        return line + "; no peak can be predicted";
    }
    line += "; peak at " + range_text(*law.peak, 1, "%.3g") + " threads";
    return law.peak_is_prediction ? line + text(" (a prediction: %g were measured)", law.most_threads) : line;
}

}  // namespace

std::vector<scaling_series> scaling_of(const result_file& results) {
    const auto counted = results.counted_rows();
    std::vector<scaling_series> all;
    for (const series& s : series_of(results.run.points)) {
        scaling_series one{s.name, s.axis, s.rest, {}, "", "", {}, {}};
        std::vector<scaled_rate> sample;
        std::set<double> measured;
        std::size_t oversubscribed = 0;
        for (const auto& [threads, listed] : s.points) {
            one.points.emplace_back(threads, listed->name);
            if (listed->oversubscribed) {
                ++oversubscribed;
                continue;
            }
            if (const auto rows = counted.find(listed->name); rows != counted.end()) {
                for (const result_row* row : rows->second) {
                    sample.push_back({static_cast<double>(threads), row->items_per_second()});
                    measured.insert(static_cast<double>(threads));
                }
            }
        }
        const scaling_judgement judged = judge_scaling(sample, oversubscribed);
        one.verdict = word(judged.is);
        if (judged.is == scaling_judgement::kind::fitted) {
            one.fit = law_of(*judged.fit, measured);
        } else {
            one.reason = judged.reason;
            if (judged.fit) {
                one.relative_rms = judged.fit->relative_rms();
            }
        }
        all.push_back(std::move(one));
    }
    return all;
}

std::string scaling_report(const result_file& results) {
    constexpr std::size_t most_lines = 12;
    std::vector<std::string> laws;
    std::vector<std::string> retrograde;
    std::map<std::string, std::size_t> refused;
    for (const scaling_series& one : results.run.scaling) {
        if (one.fit) {
            laws.push_back(one.name + ": " + law_text(*one.fit));
        } else if (one.verdict == "retrograde") {
            retrograde.push_back(one.name + ": " + one.reason);
        } else {
            ++refused[one.reason];
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
