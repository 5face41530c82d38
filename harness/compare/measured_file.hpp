// Files with measurements, as a comparison needs them: ours, and those that any Google Benchmark program
// writes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "foreign_rows.hpp"

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
    double rate = 0;  ///< items per second that its trials were offered; 0: no limit
};

/// A line-transfer range of the machine, in nanoseconds.
struct transfer_range {
    double least_ns;
    double greatest_ns;
};

/// The values of a file by point, and what it states of its machine and build. The environment of our files
/// includes the length of the measured window.
struct measured_file : stated_context {
    std::string path;
    bool handoff = false;  ///< else a plain Google Benchmark file
    std::string id;        ///< of the run; empty in plain files
    bool complete = true;
    std::optional<transfer_range> state;                      ///< the one whose trials count
    std::vector<measured_point> points;                       ///< in the order of the file
    std::vector<std::pair<std::string, std::string>> errors;  ///< name, what the row says
    std::size_t aggregates = 0;                               ///< rows left out: they repeat others
    std::vector<std::string> notes;                           ///< what reading it overlooked, in words

    /// The place of every point by its name.
    std::unordered_map<std::string_view, std::size_t> places() const;
};

/// A file that was read, once: it may be a pipe.
struct whole_file {
    std::string path;
    std::string text;
};

/// Throws usage_error.
whole_file read_whole(const std::string& path);

/// Of either kind. NaN and Infinity, which Google Benchmark writes, are no JSON: they are read as numbers that
/// are missing. `measure` of plain files: real_time or cpu_time. Throws usage_error.
measured_file measured_file_of(const whole_file& file, const std::string& measure = "real_time");

/// What those files are that `measured_file_of` reads.
extern const char* const expected_files;

}  // namespace handoff::harness
