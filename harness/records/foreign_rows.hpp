// Files with measurements, whoever wrote them: our result files of every version, and those of any Google
// Benchmark program. They are read tolerantly: only what a comparison needs has to be there.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json.hpp"
#include "latency.hpp"

namespace handoff::harness {

/// What a file says of where it was measured, in words.
struct stated_context {
    std::vector<std::pair<std::string, std::string>> environment;  ///< what two files must agree in
    std::map<std::string, std::string> libraries;                  ///< name -> version
    std::string date;
    std::string commit;  ///< with "(dirty)"; empty where the file does not say

    /// What is stated in the environment under that key, or null.
    const std::string* stated(const std::string& key) const;
};

/// One row: a repetition, or an aggregate of several.
struct foreign_row {
    std::string name;
    std::optional<double> real_time;  ///< in the row's unit; none: absent, or no number
    std::optional<double> cpu_time;
    std::string time_unit = "ns";
    std::size_t threads = 0;  ///< 0: the row does not say
    bool aggregate = false;   ///< it repeats others
    std::string error;        ///< that the row reports instead of a time; empty: none

    std::string repetition = "?";  ///< in words; ? where the row does not say

    /// Of plain files, whose rows have a unit; none: absent, no number, or in a unit that is none.
    std::optional<double> real_time_ns() const { return in_ns(real_time); }
    std::optional<double> cpu_time_ns() const { return in_ns(cpu_time); }
    /// Nanoseconds of the row's unit; 0: it is none.
    double unit_ns() const;
    std::optional<double> in_ns(const std::optional<double>& time) const;

    // Of our files only.
    bool counted = false;
    std::string check;                        ///< `full`: no repetition, it vouches for the others
    double rate = 0;                          ///< items per second that the trial was offered; 0: no limit
    std::optional<harness::latency> latency;  ///< its p50 only; NaN: no number
    std::map<std::string, double> metrics;    ///< those that are numbers; of plain files the counter asked for
};

struct foreign_state {
    bool counted = false;
    std::size_t trials = 0;
    std::pair<double, double> transfer_ns;
};

struct foreign_point {
    std::string name;
    std::string measure;
    std::size_t threads = 0;
};

struct foreign_failure {
    std::string point;
    std::string status;
    std::string reason;
};

/// What `run` says in our files.
struct foreign_run {
    std::string id;
    bool complete = false;
    std::string min_time_seconds;  ///< in words
    std::vector<foreign_state> states;
    std::vector<foreign_point> points;
    std::vector<foreign_failure> failed;
};

struct foreign_file {
    stated_context context;
    std::vector<foreign_row> rows;
    std::optional<foreign_run> run;  ///< none: a plain Google Benchmark file
    std::vector<std::string> notes;  ///< what was overlooked, in words
};

/// JSON without measurements that this program knows how to read. Says what it is, as far as that can be seen.
struct no_benchmarks : malformed {
    using malformed::malformed;
};

/// NaN and Infinity, which Google Benchmark writes, are no JSON: they are read as numbers that are missing.
/// `counter`: one that rows of plain files keep. Throws no_json, no_benchmarks, and malformed that says which
/// format is broken, and where.
foreign_file read_foreign_file(std::string_view text, const std::string& counter = "");

}  // namespace handoff::harness
