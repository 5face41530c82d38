// A program that answers like one of Google Benchmark's and measures nothing: <program>.json beside it says
// what, so that the gate's verdicts on such programs can be tested without a clock.
//
//   {"version": 1.5,               whose flags it understands and whose JSON it writes: 1.5, 1.8 or 1.9;
//                                  1.99: what comes after 1.9.5
//    "benchmarks": [{"name": "BM_x/8",
//                    "value": 100, "noise": 0.01,   real time: value * exp(noise * standard normal)
//                    "time_unit": "ns", "cpu": 1,   CPU time: so many times the real time
//                    "counters": {"items_per_second": 1e9},   the same noise
//                    "repeats": 3,                  repetitions of its own, "aggregates_only": true
//                    "does": "error"}],             skip, crash, hang, exit, nan
//    "salt": 0,                    of the noise: two programs with the same salt measure the same
//    "banner": "hello",            on standard output, whatever it is asked
//    "arguments": ["--size=3"],    what it must be called with
//    "ignores": ["filter"],        list, out: flags that do nothing
//    "empty_is_an_error": true}    exits with 1 where nothing matches
#include <regex.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

using nlohmann::json;

namespace {

/// How often this program has run the benchmark before: its noise differs from run to run, and not from test to
/// test.
unsigned runs_of(const std::string& program, std::size_t benchmark) {
    const std::string file = program + "." + std::to_string(benchmark) + ".runs";
    unsigned runs = 0;
    std::ifstream(file) >> runs;
    std::ofstream(file) << runs + 1;
    return runs;
}

bool matches(const std::string& name, const std::string& filter) {
    regex_t regex;
    if (regcomp(&regex, filter.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
        std::cerr << "Could not compile benchmark re: " << filter << "\n";
        std::exit(1);
    }
    const bool found = regexec(&regex, name.c_str(), 0, nullptr, 0) == 0;
    regfree(&regex);
    return found;
}

/// Rows of one benchmark, as its version writes them.
json rows_of(const json& b, double version, double factor) {
    const std::string does = b.value("does", "");
    const unsigned repeats = b.value("repeats", 1U);
    const json counters = b.value("counters", json::object());
    json rows = json::array();
    for (unsigned i = 0; i < repeats; ++i) {
        const double time = b.value("value", 100.0) * factor;
        json row{{"name", b.at("name")},
                 {"run_name", b.at("name")},
                 {"run_type", "iteration"},
                 {"repetitions", repeats},
                 {"repetition_index", i},
                 {"threads", 1},
                 {"iterations", 1000},
                 {"real_time", does == "nan" ? std::numeric_limits<double>::quiet_NaN() : time},
                 {"cpu_time", time * b.value("cpu", 1.0)},
                 {"time_unit", b.value("time_unit", "ns")}};
        if (version >= 1.6) {
            row.update({{"family_index", 0}, {"per_family_instance_index", 0}});
        }
        if (does == "error") {
            row.update({{"error_occurred", true}, {"error_message", "no such device"}});
        } else if (does == "skip") {
            row.update({{"skipped", true}, {"skip_message", "not on this machine"}});
        }
        for (const auto& [name, value] : counters.items()) {
            row[name] = value.get<double>() / factor;
        }
        rows.push_back(std::move(row));
    }
    if (repeats > 1) {
        for (const char* aggregate : {"mean", "median", "stddev"}) {
            json row = rows.front();
            row.update({{"name", b.at("name").get<std::string>() + "_" + aggregate},
                        {"run_type", "aggregate"},
                        {"aggregate_name", aggregate}});
            row.erase("repetition_index");
            rows.push_back(std::move(row));
        }
        if (b.value("aggregates_only", false)) {
            rows.erase(rows.begin(), rows.begin() + repeats);
        }
    }
    return rows;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string program = std::filesystem::absolute(argv[0]);
    json script;
    std::ifstream(program + ".json") >> script;
    const double version = script.value("version", 1.8);
    const json ignored = script.value("ignores", json::array());
    const auto ignores = [&](const char* what) { return std::ranges::find(ignored, what) != ignored.end(); };
    std::string filter = ".";
    std::string out;
    std::string format = "console";
    bool lists = false;
    std::vector<std::string> arguments;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const std::string value = argument.substr(argument.find('=') + 1);
        if (argument.starts_with("--benchmark_filter=")) {
            filter = ignores("filter") ? filter : value;
        } else if (argument == "--benchmark_list_tests=true") {
            lists = !ignores("list");
        } else if (argument.starts_with("--benchmark_out=")) {
            out = ignores("out") ? "" : value;
        } else if (argument.starts_with("--benchmark_min_time=")) {
            std::size_t read = 0;
            std::stod(value, &read);
            if (read != value.size() && (version < 1.8 || value.substr(read) != "s")) {
                std::cerr << "The value of flag --benchmark_min_time is expected to be a double, but got \""
                          << value << "\".\n";
                return 1;
            }
        } else if (argument.starts_with("--benchmark_format=")) {
            format = value;
        } else if (argument != "--benchmark_repetitions=1" && argument != "--benchmark_out_format=json") {
            arguments.push_back(argument);
        }
    }
    if (arguments != script.value("arguments", std::vector<std::string>())) {
        std::cerr << program << ": error: unrecognized command-line flag: "
                  << (arguments.empty() ? "none" : arguments.front()) << "\n";
        return 1;
    }
    if (script.contains("banner")) {
        std::cout << script.at("banner").get<std::string>() << "\n";
    }
    json document{{"context",
                   {{"date", "2026-01-01T00:00:00+00:00"},
                    {"host_name", "here"},
                    {"executable", program},
                    {"num_cpus", 2},
                    {"mhz_per_cpu", 2000},
                    {"caches", json::array()},
                    {"load_avg", json::array()},
                    {"library_build_type", "release"}}},
                  {"benchmarks", json::array()}};
    if (version >= 1.9) {
        document["context"].update({{"library_version", "v1.9.0"}, {"json_schema_version", 1}});
    }
    bool any = false;
    json listed = json::array();
    if (!lists) {
        std::cout << "Benchmark        Time             CPU   Iterations\n--------------------------\n";
    }
    const json& benchmarks = script.at("benchmarks");
    for (std::size_t i = 0; i < benchmarks.size(); ++i) {
        const json& b = benchmarks[i];
        const std::string name = b.at("name");
        if (!matches(name, filter)) {
            continue;
        }
        any = true;
        if (lists) {
            if (version > 1.9 && format == "json") {
                listed.push_back({{"name", name}});
            } else {
                std::cout << name << "\n";
            }
            continue;
        }
        const std::string does = b.value("does", "");
        if (does == "crash") {
            std::raise(SIGSEGV);
        } else if (does == "exit") {
            std::cerr << "no licence\n";
            return 3;
        }
        while (does == "hang") {
            pause();
        }
        std::seed_seq seeds{static_cast<unsigned>(script.value("salt", 0)), static_cast<unsigned>(i),
                            runs_of(program, i)};
        std::mt19937_64 random(seeds);
        const double factor = std::exp(b.value("noise", 0.01) * std::normal_distribution<double>()(random));
        for (json& row : rows_of(b, version, factor)) {
            std::cout << row.at("name").get<std::string>() << "   " << row.at("real_time").dump() << " ns\n";
            document["benchmarks"].push_back(std::move(row));
        }
    }
    if (!any) {
        std::cerr << "Failed to match any benchmarks against regex: " << filter << "\n";
        return script.value("empty_is_an_error", false) ? 1 : 0;
    }
    if (!listed.empty()) {
        std::cout << json{{"benchmarks", listed}}.dump(2) << "\n";
    }
    if (!out.empty() && !lists) {
        std::string text = document.dump(2);
        for (auto at = text.find(": null"); at != std::string::npos; at = text.find(": null")) {
            text.replace(at, 6, ": NaN");  // as Google Benchmark writes it
        }
        std::ofstream(out) << text << "\n";
    }
    return 0;
}
