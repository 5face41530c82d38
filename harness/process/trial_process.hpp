// A benchmark binary's trial as a process: how it is called and what became of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "child.hpp"
#include "journal_lines.hpp"

namespace handoff::harness {

struct trial_outcome {
    trial_status status = trial_status::ok;
    std::string reason;                      ///< why it is not ok
    std::optional<measured_trial> measured;  ///< of a trial that is ok
    child_result process;
};

/// One trial of one point, as its binary is asked for it.
struct trial_request {
    std::string binary;
    std::string point;
    std::uint64_t seed = 0;
    double min_time_seconds = 0;
    std::optional<std::uint64_t> items = std::nullopt;  ///< iterations; none: as many as fill the time
    std::optional<std::uint64_t> rate = std::nullopt;   ///< of a paced point: items per second
    std::optional<std::uint64_t> wake_ns =
        std::nullopt;                                ///< what a futex wake takes; none: the trial measures it
    std::optional<check_kind> check = std::nullopt;  ///< of workloads with both kinds; others have no choice
};

/// The command of a trial, as a user can run it again.
std::vector<std::string> trial_command(const trial_request& request);

/// Runs a trial's command in the environment of trials, asks it for its measurement, and judges what it says.
trial_outcome run_trial_process(const std::vector<std::string>& command, double timeout_seconds);

/// The number of a trial that no clock can have given; nothing where all are sound.
std::optional<std::string> unsound_number(const measured_trial& m);

/// The benchmark binaries of a folder (empty: those of this command): family -> path. `flag` names the folder
/// in what is refused.
std::map<std::string, std::filesystem::path> benchmark_binaries(const std::string& folder,
                                                                const std::string& flag);

/// A command as a user can paste it.
std::string command_text(const std::vector<std::string>& argv);

/// The last line of what a child said, without its end; empty where it said nothing.
std::string last_line(const std::string& text);

/// A word as a shell takes it.
std::string shell_quoted(const std::string& text);

/// `0.02`, as flags take it.
std::string seconds_text(double seconds);

}  // namespace handoff::harness
