// One trial in one process of its own: what hangs or crashes takes nothing else along.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace handoff::harness {

/// How a child process ended and what it said.
struct child_result {
    enum class end {
        exited,
        killed,       ///< by a signal that was not ours
        timed_out,    ///< killed by us after the timeout
        interrupted,  ///< killed by us because the user asked us to stop
    };
    end how = end::exited;
    int code = 0;             ///< exit code, or signal
    std::string measurement;  ///< what it wrote to the descriptor that MEASUREMENT_PATH named
    std::string output;       ///< the end of stdout and stderr
    double wall_seconds = 0;
    double cpu_seconds = 0;  ///< of the child and all that it waited for
};

/// Where a child finds the pipe for its measurement.
inline constexpr const char* measurement_path = "/dev/fd/3";

/// What a child finds in its environment.
enum class child_environment {
    ours,       ///< all that this process has: a compiler, git
    of_trials,  ///< `trial_environment()`: whatever measures, or says what it could measure
};

/// Runs argv and waits for it, at most `timeout_seconds`. The child and all that it starts die with us. It
/// starts in a known state: signals, descriptors, environment. The last `most_output` bytes of its output are
/// kept. Throws std::system_error where no process can be made.
child_result run_child(const std::vector<std::string>& argv, double timeout_seconds,
                       child_environment environment = child_environment::ours, std::size_t most_output = 8192);

/// The same for a command that starts others, which may leave its process group: a build. When it ends, is
/// ended, or we die (however), nothing of it is left.
child_result run_tree(const std::vector<std::string>& argv, double timeout_seconds);

/// From now on SIGINT and SIGTERM end the child at hand and make `interrupted()` true.
void catch_interrupts();
bool interrupted();

/// What a command that is asked for its output may take.
struct output_limits {
    double seconds = 60;
    std::size_t bytes = std::size_t{256} << 20;
};

/// Runs argv, returns its stdout; throws usage_error with its stderr when it exits with code 2, and
/// std::runtime_error when it ends otherwise than with 0, goes beyond a limit, or the user interrupts: with the
/// reason.
std::string output_of(const std::vector<std::string>& argv,
                      child_environment environment = child_environment::ours,
                      const output_limits& limits = {});

}  // namespace handoff::harness
