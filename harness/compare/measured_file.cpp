#include "measured_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "json.hpp"
#include "measures.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

constexpr const char* expected =
    "expected the results.json of `handoff run`, or what a Google Benchmark program "
    "writes with --benchmark_out";

measured_point& point_of(measured_file& file, std::map<std::string, std::size_t>& places,
                         const std::string& name) {
    const auto [place, is_new] = places.emplace(name, file.points.size());
    if (is_new) {
        file.points.push_back({name, "", "", {}, 0, 0, 0, 0, 0});
    }
    return file.points[place->second];
}

/// Whether a time or a metric can be compared: a finite number from 0 on.
bool is_usable(const std::optional<double>& value) {
    return value && std::isfinite(*value) && *value >= 0;
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
        file.errors.emplace_back(
            point.name, "repetition " + row.repetition + ": no " + point.measure + " that is a number");
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

double nanoseconds_of(const std::string& unit) {
    return unit == "ns" ? 1 : unit == "us" ? 1e3 : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 0;
}

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
        const double unit = nanoseconds_of(row.time_unit);
        const std::optional<double>& time = measure == "cpu_time" ? row.cpu_time : row.real_time;
        const std::string error = !row.error.empty() ? row.error
                                  : unit == 0        ? "time_unit " + row.time_unit + ": legal: ns, us, ms, s"
                                  : !is_usable(time) ? "no " + measure + " that is a number"
                                                     : "";
        if (error.empty()) {
            point.values.push_back(*time * unit);
        } else {
            file.errors.emplace_back(row.name, error);
            ++point.failed;
        }
    }
}

}  // namespace

const measured_point* measured_file::find(const std::string& name) const {
    const auto found = std::ranges::find(points, name, &measured_point::name);
    return found == points.end() ? nullptr : &*found;
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

std::string why_no_json(const std::string& path, const std::string& text) {
    const auto end = text.find_last_not_of(" \n\r\t");
    const bool cut = end == std::string::npos || text[end] != '}';
    return path + ": not JSON" + (cut ? ", or cut off: was its writer killed?" : "") + "; " + expected;
}

measured_file read_measured_file(const std::string& path, const std::string& measure) {
    const std::string text = text_of_file(path);
    measured_file file;
    file.path = path;
    try {
        const foreign_file read = read_foreign_file(text);
        static_cast<stated_context&>(file) = read.context;
        file.handoff = read.run.has_value();
        if (file.handoff) {
            read_handoff(file, read);
        } else {
            read_google_benchmark(file, read, measure);
        }
    } catch (const no_json&) {
        throw usage_error(why_no_json(path, text));
    } catch (const no_benchmarks& e) {
        throw usage_error(path + ": " + e.what() + "; " + expected);
    } catch (const malformed& e) {
        throw usage_error(path + ": " + e.what());
    }
    return file;
}

}  // namespace handoff::harness
