#include "comparison.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "flags.hpp"
#include "statistics.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

std::string range_text(const transfer_range& range) {
    char text[64];
    std::snprintf(text, sizeof text, "%.1f .. %.1f ns", range.least_ns, range.greatest_ns);
    return text;
}

/// Two ranges are apart when not even the probes of one undisturbed trial could lie in both.
bool apart(const transfer_range& x, const transfer_range& y) {
    const double slack = 1 + flag_limits::most_probe_change;
    return x.least_ns > y.greatest_ns * slack || y.least_ns > x.greatest_ns * slack;
}

std::string difference(const std::string& key, const std::string& base, const std::string& candidate) {
    return key + " differs: " + base + " | " + candidate;
}

std::string too_few(std::size_t base, std::size_t candidate) {
    return "too few repetitions that count (" + std::to_string(base) + " and " + std::to_string(candidate) +
           "; " + std::to_string(least_repetitions(file_comparison::confidence)) + " of each give an interval)";
}

std::string verdict_of(const point_comparison& point) {
    const bool is_time = point.unit == "ns";
    return point.interval->low > 1    ? (is_time ? "slower" : "worse")
           : point.interval->high < 1 ? (is_time ? "faster" : "better")
                                      : "no difference seen";
}

compared_sample sample_of(const measured_point& point) {
    return {point.values.empty() ? std::nullopt : std::optional(median(point.values)), point.values};
}

point_comparison compare_point(const measured_point& base, const measured_point& candidate, bool refused) {
    point_comparison point;
    point.name = base.name;
    point.measure = base.measure;
    point.unit = base.unit;
    point.verdict = "no verdict";
    point.base.values = base.values;
    point.candidate.values = candidate.values;
    if (base.measure != candidate.measure) {
        point.why_not = "ranked by " + base.measure + " in one file, by " + candidate.measure + " in the other";
        return point;
    }
    if (base.saturated + candidate.saturated > 0) {
        point.why_not = "saturated trials: " + std::to_string(base.saturated) + " | " +
                        std::to_string(candidate.saturated) +
                        "; the others are the mild ones (handoff gate counts both)";
        return point;
    }
    constexpr double same_rate = 1.02;
    if (std::max(base.rate, candidate.rate) > same_rate * std::min(base.rate, candidate.rate)) {
        char text[160];
        std::snprintf(text, sizeof text,
                      "offered %.15g items per second in one file, %.15g in the other (handoff gate offers "
                      "both the same)",
                      base.rate, candidate.rate);
        point.why_not = text;
        return point;
    }
    point.base = sample_of(base);
    point.candidate = sample_of(candidate);
    if (!point.base.median || !point.candidate.median) {
        point.why_not = too_few(base.values.size(), candidate.values.size());
        return point;
    }
    const auto positive = [](double value) { return value > 0; };
    if (!positive(*point.base.median) || !positive(*point.candidate.median)) {
        point.why_not = "a median is 0: there is no ratio";
        return point;
    }
    point.ratio = *point.candidate.median / *point.base.median;
    if (base.threads != candidate.threads) {
        point.why_not =
            "threads differ: " + std::to_string(base.threads) + " | " + std::to_string(candidate.threads);
    } else if (!std::ranges::all_of(base.values, positive) ||
               !std::ranges::all_of(candidate.values, positive)) {
        point.why_not = "a value is 0: ratios have no bound";
    } else {
        point.interval = interval_of_ratio(base.values, candidate.values, file_comparison::confidence);
        if (!point.interval) {
            point.why_not = too_few(base.values.size(), candidate.values.size());
        } else if (!refused) {
            point.verdict = verdict_of(point);
        }
    }
    return point;
}

/// What of a file's rows stands in no number, counted.
std::vector<std::string> left_out_of(const measured_file& file) {
    std::size_t all = file.aggregates;
    std::size_t uncounted = 0;
    std::size_t failed = 0;
    std::size_t zero = 0;
    for (const measured_point& point : file.points) {
        all += point.values.size() + point.uncounted + point.failed;
        uncounted += point.uncounted;
        failed += point.failed;
        zero += static_cast<std::size_t>(std::ranges::count(point.values, 0.0));
    }
    std::vector<std::string> said;
    const auto say = [&](std::size_t count, const char* one, const char* several) {
        if (count > 0) {
            said.push_back(std::to_string(count) + " of " + std::to_string(all) +
                           " rows: " + (count == 1 ? one : several));
        }
    };
    say(file.aggregates, "an aggregate, left out: the repetitions themselves are compared",
        "aggregates, left out: the repetitions themselves are compared");
    say(uncounted, "a trial that does not count (flags, machine state, or saturated)",
        "trials that do not count (flags, machine state, or saturated)");
    say(failed, "without a number (listed under what failed)", "without a number (listed under what failed)");
    say(zero, "a value of 0, which has no ratio", "values of 0, which have no ratio");
    return said;
}

compared_side side_of(const measured_file& file) {
    return {file.path,     file.handoff,    file.id,     file.date,
            file.commit,   file.aggregates, file.errors, {file.environment.begin(), file.environment.end()},
            file.libraries};
}

}  // namespace

std::vector<std::string> differences(const measured_file& base, const measured_file& candidate,
                                     bool same_machine) {
    std::vector<std::string> all;
    for (const auto& [key, value] : base.environment) {
        const std::string* other = candidate.stated(key);
        if (other != nullptr && *other != value && !(key == "host_name" && same_machine)) {
            all.push_back(difference(key, value, *other));
        } else if (other == nullptr && base.handoff == candidate.handoff) {
            all.push_back(difference(key, value, "not stated"));
        }
    }
    for (const auto& [key, value] : candidate.environment) {
        if (base.stated(key) == nullptr && base.handoff == candidate.handoff) {
            all.push_back(difference(key, "not stated", value));
        }
    }
    if (base.handoff && candidate.handoff) {
        std::map<std::string, std::pair<std::string, std::string>> versions;
        for (const auto& [name, version] : base.libraries) {
            versions[name].first = version;
        }
        for (const auto& [name, version] : candidate.libraries) {
            versions[name].second = version;
        }
        for (const auto& [name, pair] : versions) {
            if (pair.first != pair.second) {
                all.push_back(difference("library " + name, pair.first.empty() ? "none" : pair.first,
                                         pair.second.empty() ? "none" : pair.second));
            }
        }
    }
    if (base.state && candidate.state && apart(*base.state, *candidate.state)) {
        all.push_back(
            difference("machine state (line transfer)", range_text(*base.state), range_text(*candidate.state)));
    } else if (base.handoff && candidate.handoff && base.state.has_value() != candidate.state.has_value()) {
        all.push_back(difference("machine state (line transfer)",
                                 base.state ? range_text(*base.state) : "not probed",
                                 candidate.state ? range_text(*candidate.state) : "not probed"));
    }
    return all;
}

file_comparison compare_files(const measured_file& base, const measured_file& candidate, bool same_machine) {
    file_comparison result;
    result.refusals = differences(base, candidate, same_machine);
    for (const measured_file* file : {&base, &candidate}) {
        if (!file->handoff) {
            result.refusals.push_back(
                file->path +
                ": repetitions share a process, as in every plain Google Benchmark file; they agree better "
                "with each other than two processes do");
            result.remarks.push_back(file->path + ": says nothing of CPU model, kernel, compiler and flags");
        }
        if (!file->complete) {
            result.remarks.push_back(file->path + ": an interrupted run");
        }
        for (const std::string& left_out : left_out_of(*file)) {
            result.remarks.push_back(file->path + ": " + left_out);
        }
        for (const std::string& note : file->notes) {
            result.remarks.push_back(file->path + ": " + note);
        }
    }
    const auto in_base = base.places();
    const auto in_candidate = candidate.places();
    for (const measured_point& point : base.points) {
        if (const auto other = in_candidate.find(point.name); other != in_candidate.end()) {
            result.points.push_back(
                compare_point(point, candidate.points[other->second], !result.refusals.empty()));
        } else {
            result.only_in_base.push_back(point.name);
        }
    }
    for (const measured_point& point : candidate.points) {
        if (!in_base.contains(point.name)) {
            result.only_in_candidate.push_back(point.name);
        }
    }
    if (result.points.empty()) {
        const auto example = [](const measured_file& file) {
            return file.points.empty() ? std::string("none") : file.points.front().name;
        };
        throw usage_error("nothing to compare: no name is in both " + base.path + " (" + example(base) +
                          ", ...) and " + candidate.path + " (" + example(candidate) + ", ...)" +
                          (base.aggregates + candidate.aggregates > 0
                               ? "; aggregates do not count: run without --benchmark_report_aggregates_only"
                               : ""));
    }
    std::ranges::stable_sort(result.points, [](const point_comparison& x, const point_comparison& y) {
        return x.ratio.value_or(0) > y.ratio.value_or(0);
    });
    result.base = side_of(base);
    result.candidate = side_of(candidate);
    return result;
}

}  // namespace handoff::harness
