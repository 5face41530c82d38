// What the kernel's scheduler is told of the threads of a trial, and which busy threads share their CPUs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handoff::harness {

/// The policy of a trial's threads.
enum class sched_policy {
    other,  ///< as the process has it: SCHED_OTHER, unless it was started otherwise
    batch,  ///< SCHED_BATCH
    nice,   ///< SCHED_OTHER, `niceness_added` above the process's niceness
    fifo,   ///< SCHED_FIFO, `real_time_priority`
    rr,     ///< SCHED_RR, `real_time_priority`
};
std::optional<sched_policy> parse_sched_policy(std::string_view word);
const std::vector<std::string>& sched_policy_words();

inline constexpr int niceness_added = 10;
inline constexpr int real_time_priority = 1;
/// Of the thread that makes a real-time team, opens its gate and tells it to stop: above the team, whose
/// threads may have every CPU and never leave it.
inline constexpr int priority_above_real_time = real_time_priority + 1;
/// The kernel ends a process (SIGXCPU) of which a real-time thread has run for so long without sleeping once.
/// A trial that hangs on every CPU could not be ended otherwise.
inline constexpr unsigned most_real_time_seconds = 60;

constexpr bool is_real_time(sched_policy policy) {
    return policy == sched_policy::fifo || policy == sched_policy::rr;
}

/// How a trial's threads share their CPUs with others.
struct scheduling {
    sched_policy policy = sched_policy::other;
    std::size_t neighbours = 0;  ///< busy threads on each CPU of the trial, SCHED_OTHER and no part of the team

    bool operator==(const scheduling&) const = default;
};

/// Why the kernel lets no thread of this process have a policy; empty where it does. Tried once, by a thread
/// that is made for it.
const std::string& why_not_scheduled(sched_policy policy);

/// Gives the calling thread a policy. Throws std::system_error where the kernel refuses.
void take_policy(sched_policy policy);

/// The calling thread's policy is plain SCHED_OTHER from now on, whatever its maker's is.
void take_no_policy();

/// While it lives the calling thread stands above a real-time team, if it is told of one. Threads that it makes
/// meanwhile begin under SCHED_OTHER. Throws std::system_error where the kernel refuses.
class above_real_time {
public:
    explicit above_real_time(sched_policy of_team);
    ~above_real_time();
    above_real_time(const above_real_time&) = delete;
    above_real_time& operator=(const above_real_time&) = delete;

private:
    bool raised_ = false;
    int policy_before_ = 0;
    int priority_before_ = 0;
};

}  // namespace handoff::harness
