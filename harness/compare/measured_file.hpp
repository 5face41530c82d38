// Files with measurements, as a comparison needs them: ours, and those that any Google Benchmark program
// writes.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace handoff::harness {

/// One name and all its repetitions that count.
struct measured_point {
    std::string name;
    std::string measure;         ///< real_time, latency (p50) or one of the metrics; all are better when lower
    std::string unit;            ///< ns, or empty
    std::vector<double> values;  ///< in the order of repetitions
    std::size_t uncounted = 0;   ///< repetitions that ran but do not count
    std::size_t failed = 0;      ///< repetitions that carry no number
    std::size_t threads = 0;     ///< 0: the file does not say
    std::size_t saturated =
        0;            ///< of `uncounted`: those that count but were offered more than they could carry
    double rate = 0;  ///< that its trials were offered, items per second; 0: as much as they took
};

/// A line-transfer range of the machine, in nanoseconds.
struct transfer_range {
    double least_ns;
    double greatest_ns;
};

struct measured_file {
    std::string path;
    bool handoff = false;  ///< else a plain Google Benchmark file
    std::string id;        ///< of the run; empty in plain files
    std::string date;
    std::string commit;  ///< with "(dirty)"; empty where the file does not say
    bool complete = true;
    std::vector<std::pair<std::string, std::string>>
        environment;                                          ///< what must agree, in words; what is stated
    std::map<std::string, std::string> libraries;             ///< name -> version
    std::optional<transfer_range> state;                      ///< the one whose trials count
    std::vector<measured_point> points;                       ///< in the order of the file
    std::vector<std::pair<std::string, std::string>> errors;  ///< name, what the row says
    std::size_t aggregates = 0;                               ///< rows left out: they repeat others
    nlohmann::json context;

    const measured_point* find(const std::string& name) const;
    /// What is stated under that key, or null.
    const std::string* stated(const std::string& key) const;
};

/// Reads either kind. NaN and Infinity, which Google Benchmark writes, are no JSON: they are read as numbers
/// that are missing. `measure` of plain files: real_time or cpu_time. Throws usage_error.
measured_file read_measured_file(const std::string& path, const std::string& measure = "real_time");

/// Fills in what `file.context` states: environment, libraries, date and commit.
void read_environment(measured_file& file);

/// The text of a file. Throws usage_error.
std::string text_of_file(const std::string& path);

/// JSON in which NaN and Infinity are null. Throws usage_error that names the file.
nlohmann::json parse_tolerantly(const std::string& text, const std::string& path);

}  // namespace handoff::harness
