// The state that a program of ours starts in, whatever its parent left behind.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace handoff::harness {

/// To be called first in `main`, before any thread. Descriptors 0 to 2 are open (those that are closed become
/// /dev/null: the next file that is opened would else be standard error). Signals that end or stop a process on
/// a user's behalf are as inherited; all others have their default action, so that children can be waited for
/// and a broken pipe ends the program. A file that grows too large is an error of the write. No signal is
/// blocked. Files that we make are ours to read and write.
void begin_in_known_state();

/// The same for a child between fork and exec, and every signal at its default. Only async-signal-safe calls.
void begin_child_in_known_state() noexcept;

/// What a user set for this process and it leaves as it is: recorded, since trials inherit it.
struct start_state {
    int nice = 0;
    std::string scheduler;                      ///< other, batch, idle, fifo, rr, deadline
    std::map<std::string, std::string> limits;  ///< soft limits that are not unlimited, as `ulimit` calls them
    std::map<std::string, std::string> variables;  ///< of the environment, that reach trials
};
start_state describe_start();

/// Also these variables reach trials. Throws usage_error naming `--env` where one is not set.
void pass_on(const std::vector<std::string>& names);

/// The environment of trials, NAME=VALUE: what programs need to start at all, and what the user passes on by
/// name. Nothing else that is set here reaches what is measured: OMP_NUM_THREADS, LD_PRELOAD, MALLOC_ARENA_MAX,
/// HWLOC_SYNTHETIC, GLIBC_TUNABLES, BENCHMARK_FILTER ...
std::vector<std::string> trial_environment();

}  // namespace handoff::harness
