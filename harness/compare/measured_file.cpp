#include "measured_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "usage_error.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

constexpr const char* expected =
    "expected the results.json of `handoff run`, or what a Google Benchmark program "
    "writes with --benchmark_out";

std::string words_of(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// What two files must have in common, in the keys of the context and of its part `handoff`.
constexpr std::array stated_by_google_benchmark{"host_name", "num_cpus", "caches", "library_build_type"};
constexpr std::array stated_by_handoff{"cpu_model", "cpus_allowed",   "physical_cores", "smt",
                                       "governor",  "virtualization", "kernel",         "clocksource",
                                       "compiler",  "flags",          "build_type"};

measured_point& point_of(measured_file& file, std::map<std::string, std::size_t>& places,
                         const std::string& name) {
    const auto [place, is_new] = places.emplace(name, file.points.size());
    if (is_new) {
        file.points.push_back({name, "", "", {}, 0, 0, 0, 0, 0});
    }
    return file.points[place->second];
}

/// A time or a metric that can be compared: a finite number from 0 on.
std::optional<double> number_of(const json& from, const char* key) {
    if (!from.contains(key) || !from.at(key).is_number()) {
        return std::nullopt;
    }
    const double value = from.at(key);
    return std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

// ------------------------------------------------------------------------------------------------------- ours

std::optional<double> value_of(const json& row, const std::string& measure) {
    if (measure == "real_time") {
        return number_of(row, "real_time");
    }
    return measure == "latency" ? number_of(row.at("latency"), "p50")
                                : number_of(row.at("metrics"), measure.c_str());
}

void read_handoff(measured_file& file, const json& document) {
    const json& run = document.at("run");
    if (run.at("schema") != 1) {
        throw usage_error(file.path + ": a result file of schema " + run.at("schema").dump() + ": legal: 1");
    }
    file.id = run.at("id");
    file.complete = run.at("complete");
    file.environment.emplace_back("min_time_seconds", run.at("sweep").at("min_time_seconds").dump());
    // One for each pair of CPUs that the run's placements probed: the state of a file is that of most of its
    // trials.
    std::size_t trials = 0;
    for (const json& state : run.at("states")) {
        if (state.at("counted") == true && (!file.state || state.at("trials").get<std::size_t>() > trials)) {
            file.state = {state.at("transfer_ns").at(0), state.at("transfer_ns").at(1)};
            trials = state.at("trials");
        }
    }
    std::map<std::string, std::size_t> places;
    for (const json& listed : run.at("points")) {
        measured_point& point = point_of(file, places, listed.at("name"));
        const std::string ranked_by = listed.at("measure");
        point.measure = ranked_by == "items_per_second" ? "real_time" : ranked_by;
        point.unit = point.measure == "real_time" || point.measure == "latency" ? "ns" : "";
        point.threads = listed.at("threads");
    }
    for (const json& row : document.at("benchmarks")) {
        const auto place = places.find(row.at("name"));
        if (place == places.end()) {
            throw usage_error(file.path + ": row " + row.at("name").dump() + " is not among run.points");
        }
        measured_point& point = file.points[place->second];
        const bool is_saturated =
            point.measure == "latency" && !row.contains("latency");  // and has nothing to compare
        point.rate = row.value("rate", 0.0);                         // the same in all trials of a point
        if (row.at("counted") != true || is_saturated) {
            ++point.uncounted;
            point.saturated += row.at("counted") == true ? 1 : 0;
        } else if (const auto value = value_of(row, point.measure)) {
            point.values.push_back(*value);
        } else {
            file.errors.emplace_back(point.name, "repetition " + row.at("repetition_index").dump() + ": no " +
                                                     point.measure + " that is a number");
        }
    }
    for (const json& trial : run.at("failed")) {
        const std::string name = trial.at("point");
        file.errors.emplace_back(
            name, trial.at("status").get<std::string>() + ": " + trial.at("reason").get<std::string>());
        if (const auto place = places.find(name); place != places.end()) {
            ++file.points[place->second].failed;
        }
    }
}

// --------------------------------------------------------------------------------------------- Google
// Benchmark's

double nanoseconds_of(const std::string& unit) {
    return unit == "ns" ? 1 : unit == "us" ? 1e3 : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 0;
}

/// Old versions do not say `run_type`; their aggregates are known by their names.
bool is_aggregate(const json& row, const std::string& name) {
    if (row.contains("run_type")) {
        return row.at("run_type") == "aggregate";
    }
    return std::ranges::any_of(std::array{"_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS"},
                               [&](const char* end) { return name.ends_with(end); });
}

/// The error that a row reports instead of a time; empty: none.
std::string error_of(const json& row) {
    for (const auto& [said, why] :
         {std::pair("error_occurred", "error_message"), {"skipped", "skip_message"}}) {
        if (row.contains(said) && row.at(said) == true) {
            return row.contains(why) ? words_of(row.at(why)) : said;
        }
    }
    return "";
}

void read_google_benchmark(measured_file& file, const json& document, const std::string& measure) {
    std::map<std::string, std::size_t> places;
    for (const json& row : document.at("benchmarks")) {
        const std::string name = row.at("name");
        if (is_aggregate(row, name)) {
            ++file.aggregates;
            continue;
        }
        measured_point& point = point_of(file, places, name);
        point.measure = measure;
        point.unit = "ns";
        point.threads = row.value("threads", std::size_t{0});
        const std::string unit = row.value("time_unit", std::string("ns"));
        const auto time = number_of(row, measure.c_str());
        std::string error = error_of(row);
        if (error.empty() && nanoseconds_of(unit) == 0) {
            error = "time_unit " + unit + ": legal: ns, us, ms, s";
        } else if (error.empty() && !time) {
            error = "no " + measure + " that is a number";
        }
        if (error.empty()) {
            point.values.push_back(*time * nanoseconds_of(unit));
        } else {
            file.errors.emplace_back(name, error);
            ++point.failed;
        }
    }
}

}  // namespace

void read_environment(measured_file& file) {
    const auto keep = [&](const json& from, const char* key) {
        if (from.contains(key)) {
            file.environment.emplace_back(key, words_of(from.at(key)));
        }
    };
    for (const char* key : stated_by_google_benchmark) {
        keep(file.context, key);
    }
    const json handoff = file.context.value("handoff", json::object());
    for (const char* key : stated_by_handoff) {
        keep(handoff, key);
    }
    const json libraries = handoff.value("libraries", json::object());
    for (const auto& [name, version] : libraries.items()) {
        file.libraries[name] = words_of(version);
    }
    file.date = file.context.contains("date") ? words_of(file.context.at("date")) : "";
    if (handoff.contains("git_commit")) {
        file.commit = words_of(handoff.at("git_commit"));
        if (handoff.value("git_dirty", false)) {
            file.commit += " (dirty)";
        }
    }
}

const measured_point* measured_file::find(const std::string& name) const {
    const auto found = std::ranges::find(points, name, &measured_point::name);
    return found == points.end() ? nullptr : &*found;
}

const std::string* measured_file::stated(const std::string& key) const {
    const auto found = std::ranges::find(environment, key, &std::pair<std::string, std::string>::first);
    return found == environment.end() ? nullptr : &found->second;
}

std::string text_of_file(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        throw usage_error(path + ": a folder; " + expected);
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw usage_error(path + ": " + std::strerror(errno) + "; " + expected);
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

json parse_tolerantly(const std::string& text, const std::string& path) {
    std::string strict;
    strict.reserve(text.size());
    bool in_string = false;
    for (std::size_t i = 0; i < text.size();) {
        if (in_string) {
            in_string = text[i] != '"';
            if (text[i] == '\\' && i + 1 < text.size()) {
                strict += text[i++];
            }
            strict += text[i++];
            continue;
        }
        std::size_t end = i + (text[i] == '-' ? 1 : 0);
        std::string word;
        while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end])) != 0) {
            word += static_cast<char>(std::tolower(static_cast<unsigned char>(text[end++])));
        }
        if (word == "nan" || word == "inf" || word == "infinity") {
            strict += "null";
            i = end;
        } else if (!word.empty()) {
            strict.append(text, i, end - i);
            i = end;
        } else {
            in_string = text[i] == '"';
            strict += text[i++];
        }
    }
    try {
        return json::parse(strict);
    } catch (const json::parse_error&) {
        const bool cut = text.find_last_not_of(" \n\r\t") == std::string::npos ||
                         text[text.find_last_not_of(" \n\r\t")] != '}';
        throw usage_error(path + ": not JSON" + (cut ? ", or cut off: was its writer killed?" : "") + "; " +
                          expected);
    }
}

measured_file read_measured_file(const std::string& path, const std::string& measure) {
    measured_file file;
    file.path = path;
    const json document = parse_tolerantly(text_of_file(path), path);
    if (!document.is_object() || !document.contains("benchmarks") || !document.at("benchmarks").is_array()) {
        throw usage_error(path + ": JSON without a list of benchmarks; " + expected);
    }
    try {
        file.context = document.value("context", json::object());
        file.handoff = document.contains("run") && file.context.contains("handoff");
        read_environment(file);
        if (file.handoff) {
            read_handoff(file, document);
        } else {
            read_google_benchmark(file, document, measure);
        }
    } catch (const json::exception& e) {
        throw usage_error(
            path + ": " +
            (file.handoff ? "breaks results/schema.json: " : "not as Google Benchmark writes it: ") + e.what());
    }
    return file;
}

}  // namespace handoff::harness
