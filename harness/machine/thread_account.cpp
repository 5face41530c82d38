#include "thread_account.hpp"

#include <time.h>

#include <fstream>
#include <string>

namespace handoff::harness {

namespace {

/// The kernel's name for the clock of a thread's CPU time: what pthread_getcpuclockid() makes of a thread that
/// may have ended.
clockid_t cpu_clock_of(pid_t thread) {
    constexpr int per_thread = 4;
    constexpr int time_on_cpu = 2;
    return static_cast<clockid_t>(~static_cast<unsigned>(thread) << 3 | per_thread | time_on_cpu);
}

}  // namespace

std::optional<thread_account> thread_account::of(pid_t thread) {
    thread_account account;
    timespec on_cpu{};
    // The clock is exact; what schedstat says of a thread that runs is as old as its last tick.
    if (thread <= 0 || clock_gettime(cpu_clock_of(thread), &on_cpu) != 0) {
        return std::nullopt;
    }
    account.cpu_seconds = static_cast<double>(on_cpu.tv_sec) + 1e-9 * static_cast<double>(on_cpu.tv_nsec);

    const std::string folder = "/proc/self/task/" + std::to_string(thread);
    double run_time = 0;
    double delay = 0;
    if (std::ifstream file(folder + "/schedstat"); file >> run_time >> delay) {
        account.run_delay_seconds = delay * 1e-9;
    }
    std::ifstream status(folder + "/status");
    for (std::string key; status >> key; status.ignore(1 << 10, '\n')) {
        if (key == "voluntary_ctxt_switches:") {
            status >> account.voluntary_switches;
        } else if (key == "nonvoluntary_ctxt_switches:") {
            status >> account.involuntary_switches;
        }
    }
    return account;
}

}  // namespace handoff::harness
