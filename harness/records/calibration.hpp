// What bench_limits measured: what the machine could do at best.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "measured_trial.hpp"

namespace handoff::harness {

/// One kernel's batches, in nanoseconds.
struct kernel_time {
    std::string what;  ///< it does, in words
    double median = 0;
    double low = 0;  ///< half of the batches lie between `low` and `high`
    double high = 0;
    double least = 0;
    std::size_t batches = 0;
    std::optional<transfer_probe> probe;  ///< around these batches; none on a machine with one CPU
};

/// One way and buffer of the stream kernel.
struct stream_time {
    std::string flags;
    std::size_t buffer_bytes = 0;
    double line_ns = 0;
    double item_ns = 0;
};

struct noise_seen {
    double watched_seconds = 0;
    double gaps_per_second = 0;  ///< jumps of the clock by more than 1 us
    double longest_gap_ns = 0;
    double gap_share = 0;    ///< of the time
    double loop_spread = 0;  ///< of a loop of fixed length: (p95 - p5) / median
};

/// Pairs of CPUs with one relation in the topology.
struct pair_class {
    std::string name;
    std::size_t measured = 0;
    std::size_t pairs = 0;
};

/// Line transfer of every pair of CPUs, ns one way.
struct transfer_matrix {
    std::vector<int> cpus;
    std::vector<std::vector<std::optional<double>>> ns;  ///< [i][j] == [j][i]; none: not measured
    std::size_t measured = 0;
    std::size_t pairs = 0;
    std::vector<pair_class> classes;
};

/// All kernels, once.
struct calibration {
    double seconds = 0;
    double seconds_asked = 0;
    std::map<std::string, kernel_time> kernels;
    std::map<std::string, std::string> absent;  ///< kernel -> why it was not measured
    std::vector<stream_time> streams;
    noise_seen noise;
    std::optional<transfer_matrix> matrix;  ///< none on a machine with one CPU, as the next
    std::optional<transfer_probe> probe;
};

/// A calibration in a run's journal.
struct calibration_line {
    std::optional<calibration> made;  ///< none: it went wrong
    std::string reason;               ///< why
    std::size_t before_trial = 0;     ///< trials that were done by then
};

}  // namespace handoff::harness
