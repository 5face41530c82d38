// The calibration kernels. Each fills `seconds` with batches; two-CPU kernels take two different CPUs.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel.hpp"

namespace handoff::limits {

// --- one CPU (one_cpu.cpp) ---
std::vector<double> atomic_add(double seconds, int cpu);
std::vector<double> mutex_alone(double seconds, int cpu);
std::vector<double> pauses(double seconds, int cpu);
std::vector<double> system_calls(double seconds, int cpu);
std::vector<double> steady_clock_reads(double seconds, int cpu);
std::vector<double> thread_clock_reads(double seconds, int cpu);
std::vector<double> yields(double seconds, int cpu);
/// Sleeps of 1 us, with a timer slack in nanoseconds; 0: the default, 50 us as a rule.
std::vector<double> naps(double seconds, int cpu, unsigned long slack);
/// A thread that does nothing, made and joined, wherever the kernel puts it.
std::vector<double> threads_made(double seconds);

// --- one line, several CPUs (one_line.cpp) ---
/// One thread on each CPU, all adding to one number: wall time of an addition, whoever made it.
std::vector<double> shared_add(double seconds, const std::vector<int>& cpus);
/// Two threads take turns in one std::mutex around an addition: wall time of a critical section.
std::vector<double> mutex_shared(double seconds, int cpu_a, int cpu_b);
/// The line-transfer probe of every trial, one way, again and again.
std::vector<double> line_transfer(double seconds, int cpu_a, int cpu_b);
/// One word there and one back, plain stores that plain loads wait for; one way. `one_line`: both words in a
/// line.
std::vector<double> message(double seconds, int cpu_a, int cpu_b, bool one_line);

// --- streams (stream.cpp) ---
/// How a stream of 64-byte lines is synchronised.
enum class flagging {
    every_line,   ///< seven words and a flag in each line
    every_batch,  ///< a flag in a line of its own for every 64 lines of eight words
};
struct streamed {
    flagging how;
    std::size_t buffer_bytes;
    std::vector<double> line_ns;  ///< batches
    double words_per_line() const { return how == flagging::every_line ? 7 : 8; }
};
/// One way through a ring buffer. Throws std::runtime_error where what arrives is not what was sent.
streamed stream(double seconds, int cpu_a, int cpu_b, flagging how, std::size_t buffer_bytes);

// --- wakes (wake.cpp) ---
/// What the waker does until the other one has slept long enough: it spins for 50 us, or sleeps itself for 200.
enum class waker { spins, sleeps };
/// From the call that wakes a thread to its first instruction. On one CPU if they are equal.
std::vector<double> futex_wake(double seconds, int waker_cpu, int sleeper_cpu, waker before);
/// The same by std::condition_variable, its mutex included.
std::vector<double> condition_wake(double seconds, int waker_cpu, int sleeper_cpu);
/// Two threads of one CPU yield to each other: from one to the other.
std::vector<double> switches(double seconds, int cpu);

// --- every pair (matrix.cpp) ---
struct pair_times {
    std::vector<int> cpus;
    std::vector<std::vector<std::optional<double>>> ns;  ///< [i][j] == [j][i]; nothing on the diagonal
    std::map<std::string, std::pair<std::size_t, std::size_t>> classes;  ///< topology class: measured, all
    std::size_t measured = 0;
    std::size_t pairs = 0;
};
/// As many pairs as fit into `seconds`, evenly from every topology class; one at least of each.
pair_times every_pair(double seconds);

// --- noise (noise.cpp) ---
struct noise {
    double watched_seconds = 0;
    double gaps_per_second = 0;  ///< times the clock jumped by more than 1 us
    double longest_gap_ns = 0;
    double gap_share = 0;         ///< of the time
    std::vector<double> loop_ns;  ///< a loop of a fixed number of steps, some 50 us
};
noise listen(double seconds, int cpu);

}  // namespace handoff::limits
