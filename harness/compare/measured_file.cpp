#include "measured_file.hpp"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>

#include "json.hpp"
#include "measures.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

const char* const expected_files =
    "expected the results.json of `handoff run`, or what a Google Benchmark program writes with "
    "--benchmark_out";

namespace {

/// More than any result is: what goes on for ever (a device, a pipe) must not fill the memory.
constexpr std::size_t most_bytes = std::size_t{1} << 30;

measured_point& point_of(measured_file& file, std::map<std::string, std::size_t>& places,
                         const std::string& name) {
    const auto [place, is_new] = places.emplace(name, file.points.size());
    if (is_new) {
        file.points.push_back({name, "", "", {}, 0, 0, 0, 0, 0});
    }
    return file.points[place->second];
}

/// What no clock shows: ratios of such numbers overflow.
constexpr double longest = 1e100;
constexpr double shortest = 1e-100;

/// Whether a time or a metric can be compared: 0, or a number of a size that something could have.
bool is_usable(const std::optional<double>& value) {
    return value && (*value == 0 || (*value >= shortest && *value <= longest));
}

/// Why not.
std::string unusable(const std::string& measure, const std::optional<double>& value) {
    if (!value || !std::isfinite(*value)) {
        return "no " + measure + " that is a number";
    }
    char text[40];
    std::snprintf(text, sizeof text, " %g ", *value);
    return measure + text + (*value < 0 ? "is below 0" : "is a size that nothing has");
}

// ------------------------------------------------------------------------------------------------------- ours

void add_row(measured_file& file, measured_point& point, const std::string& ranked_by, const foreign_row& row) {
    point.rate = row.rate;                                             // the same in all trials of a point
    const bool is_saturated = ranked_by == "latency" && !row.latency;  // and has nothing to compare
    if (!row.counted || is_saturated) {
        ++point.uncounted;
        point.saturated += row.counted ? 1 : 0;
        return;
    }
    const double time = row.real_time.value_or(measured_trial::unknown);
    if (const auto cost = cost_of(ranked_by, time, row.latency, row.metrics); is_usable(cost)) {
        point.values.push_back(*cost);
    } else {
        file.errors.emplace_back(point.name,
                                 "repetition " + row.repetition + ": " + unusable(point.measure, cost));
        ++point.failed;
    }
}

void read_handoff(measured_file& file, const foreign_file& read) {
    const foreign_run& run = *read.run;
    file.id = run.id;
    file.complete = run.complete;
    file.environment.emplace_back("min_time_seconds", run.min_time_seconds);
    // Each pair of CPUs that the run's placements probed has its states: the state of a file is that of most of
    // its trials.
    std::size_t trials = 0;
    for (const foreign_state& state : run.states) {
        if (state.counted && (!file.state || state.trials > trials)) {
            file.state = {state.transfer_ns.first, state.transfer_ns.second};
            trials = state.trials;
        }
    }
    std::map<std::string, std::size_t> places;
    std::map<std::string, std::string> ranked_by;
    for (const foreign_point& listed : run.points) {
        measured_point& point = point_of(file, places, listed.name);
        const measure by = measure_named(listed.measure);
        ranked_by[listed.name] = by.name;
        point.measure = by.is_rate() ? "real_time" : by.name;
        point.unit = by.cost_unit();
        point.threads = listed.threads;
    }
    for (const foreign_row& row : read.rows) {
        if (row.check == "full") {
            continue;  // it vouches for the others
        }
        const auto place = places.find(row.name);
        if (place == places.end()) {
            throw usage_error(file.path + ": row \"" + row.name + "\" is not among run.points");
        }
        add_row(file, file.points[place->second], ranked_by[row.name], row);
    }
    for (const foreign_failure& trial : run.failed) {
        file.errors.emplace_back(trial.point, trial.status + ": " + trial.reason);
        if (const auto place = places.find(trial.point); place != places.end()) {
            ++file.points[place->second].failed;
        }
    }
}

// ----------------------------------------------------------------------------------------- Google Benchmark's

void read_google_benchmark(measured_file& file, const foreign_file& read, const std::string& measure) {
    std::map<std::string, std::size_t> places;
    for (const foreign_row& row : read.rows) {
        if (row.aggregate) {
            ++file.aggregates;
            continue;
        }
        measured_point& point = point_of(file, places, row.name);
        point.measure = measure;
        point.unit = "ns";
        point.threads = row.threads;
        const std::optional<double> time = measure == "cpu_time" ? row.cpu_time_ns() : row.real_time_ns();
        const std::string error = !row.error.empty()   ? row.error
                                  : row.unit_ns() == 0 ? "time_unit " + row.time_unit + ": legal: ns, us, ms, s"
                                  : !is_usable(time)   ? unusable(measure, time)
                                                       : "";
        if (error.empty()) {
            point.values.push_back(*time);
        } else {
            file.errors.emplace_back(row.name, error);
            ++point.failed;
        }
    }
}

}  // namespace

std::unordered_map<std::string_view, std::size_t> measured_file::places() const {
    std::unordered_map<std::string_view, std::size_t> all;
    for (std::size_t i = 0; i < points.size(); ++i) {
        all.emplace(points[i].name, i);
    }
    return all;
}

whole_file read_whole(const std::string& path) {
    whole_file file{path, ""};
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        throw usage_error(path + ": a folder; " + expected_files);
    }
    std::FILE* const from = std::fopen(path.c_str(), "rb");
    if (from == nullptr) {
        throw usage_error(path + ": " + std::strerror(errno) + "; " + expected_files);
    }
    if (const auto bytes = std::filesystem::file_size(path, ignored); !ignored && bytes <= most_bytes) {
        file.text.reserve(bytes);  // growing, it would take twice the room
    }
    std::array<char, 1 << 16> part{};
    std::size_t got = 0;
    while (file.text.size() <= most_bytes && (got = std::fread(part.data(), 1, part.size(), from)) > 0) {
        file.text.append(part.data(), got);
    }
    const int failed = std::ferror(from) != 0 ? errno : 0;
    std::fclose(from);
    if (failed != 0) {
        throw usage_error(path + ": " + std::strerror(failed) + "; " + expected_files);
    }
    if (file.text.size() > most_bytes) {
        throw usage_error(path + ": more than " + std::to_string(most_bytes >> 20) + " MiB; " + expected_files);
    }
    return file;
}

measured_file measured_file_of(const whole_file& from, const std::string& measure) {
    measured_file file;
    file.path = from.path;
    try {
        foreign_file read = read_foreign_file(from.text);
        static_cast<stated_context&>(file) = read.context;
        file.notes = std::move(read.notes);
        file.handoff = read.run.has_value();
        if (file.handoff) {
            read_handoff(file, read);
        } else {
            read_google_benchmark(file, read, measure);
        }
    } catch (const no_benchmarks& e) {
        throw usage_error(from.path + ": " + e.what() + "; " + expected_files);
    } catch (const malformed& e) {
        throw usage_error(from.path + ": " + e.what());
    }
    return file;
}

}  // namespace handoff::harness
