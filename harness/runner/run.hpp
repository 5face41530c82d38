// `handoff run` and `handoff list`: from a sweep to a result file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace handoff::harness {

struct run_options {
    std::string sweep_file;  ///< empty when resuming
    std::string out;         ///< the run's folder; empty: results/<run-id>
    std::string resume;      ///< a run's folder; empty: a new run
    std::string binaries;    ///< the folder of the bench_* binaries; empty: the command's own
    std::optional<unsigned> repetitions;
    std::optional<double> min_time_seconds;
    std::optional<double> timeout_seconds;
    std::optional<std::uint64_t> seed;
    std::optional<unsigned> retry_contaminated;
    std::optional<unsigned> retry_budget_percent;
    std::vector<std::string> variables;  ///< of the environment, that also reach trials
    std::string tested;                  ///< a file: which implementations passed their tests; empty: not said
    bool quiet = false;                  ///< no ranking
};

/// 0 all trials are ok, 1 some are not (or a ratio was exceeded), 130 interrupted. Throws usage_error, also
/// where the machine is in the way (no room on the disk, no more processes): it then says how to go on.
int run_sweep(const run_options& options);

/// Prints the points of a sweep, and how many others its product would have had and why not. Throws
/// usage_error.
int list_sweep(const std::string& sweep_file, const std::string& binaries);

}  // namespace handoff::harness
