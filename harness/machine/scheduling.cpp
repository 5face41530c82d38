#include "scheduling.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

namespace handoff::harness {

namespace {

constexpr std::array<std::pair<sched_policy, const char*>, 5> words{{
    {sched_policy::other, "other"},
    {sched_policy::batch, "batch"},
    {sched_policy::nice, "nice"},
    {sched_policy::fifo, "fifo"},
    {sched_policy::rr, "rr"},
}};

/// Of the process's first thread: others may have one of their own by now.
int niceness() {
    return getpriority(PRIO_PROCESS, static_cast<id_t>(getpid()));
}

void set_policy(int policy, int priority) {
    const sched_param param{priority};
    if (sched_setscheduler(0, policy, &param) != 0) {
        throw std::system_error(errno, std::generic_category(), "sched_setscheduler");
    }
}

/// For a thread that spins at a real-time priority and is not stopped: at the time of the first such thread.
void limit_real_time() {
    static const bool limited = [] {
        rlimit now{};
        if (getrlimit(RLIMIT_RTTIME, &now) == 0) {
            now.rlim_cur = std::min<rlim_t>(now.rlim_cur, most_real_time_seconds * rlim_t{1'000'000});
            setrlimit(RLIMIT_RTTIME, &now);
        }
        return true;
    }();
    static_cast<void>(limited);
}

std::string try_policy(sched_policy policy) {
    if (policy == sched_policy::nice) {
        if (const int own = niceness(); own + niceness_added > PRIO_MAX - 1) {
            return "this process has niceness " + std::to_string(own) + ", to which " +
                   std::to_string(niceness_added) + " cannot be added";
        }
    }
    const std::string helps = is_real_time(policy) ? " (it takes CAP_SYS_NICE, or ulimit -r " +
                                                         std::to_string(priority_above_real_time) + " at least)"
                                                   : "";
    std::string why;
    try {
        std::thread([&] {
            try {
                const above_real_time also_above(policy);
                take_policy(policy);
            } catch (const std::system_error& e) {
                why = "the kernel refuses it to this process: " + std::string(e.what()) + helps;
            }
        }).join();
    } catch (const std::system_error& e) {
        return "no thread could be made to try it: " + std::string(e.what());
    }
    return why;
}

}  // namespace

const std::vector<std::string>& sched_policy_words() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> listed;
        for (const auto& [policy, word] : words) {
            listed.emplace_back(word);
        }
        return listed;
    }();
    return all;
}

std::optional<sched_policy> parse_sched_policy(std::string_view word) {
    for (const auto& [policy, known] : words) {
        if (word == known) {
            return policy;
        }
    }
    return std::nullopt;
}

const std::string& why_not_scheduled(sched_policy policy) {
    static const std::array<std::string, words.size()> why = [] {
        std::array<std::string, words.size()> all;
        for (const auto& [one, word] : words) {
            all[static_cast<std::size_t>(one)] = one == sched_policy::other ? "" : try_policy(one);
        }
        return all;
    }();
    return why[static_cast<std::size_t>(policy)];
}

void take_policy(sched_policy policy) {
    switch (policy) {
        case sched_policy::other:
            return;
        case sched_policy::batch:
            set_policy(SCHED_BATCH, 0);
            return;
        case sched_policy::nice: {
            const int wanted = niceness() + niceness_added;
            if (setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), wanted) != 0) {
                throw std::system_error(errno, std::generic_category(), "setpriority");
            }
            return;
        }
        case sched_policy::fifo:
        case sched_policy::rr:
            limit_real_time();
            set_policy(policy == sched_policy::fifo ? SCHED_FIFO : SCHED_RR, real_time_priority);
            return;
    }
}

void take_no_policy() {
    set_policy(SCHED_OTHER, 0);
}

above_real_time::above_real_time(sched_policy of_team) {
    if (!is_real_time(of_team)) {
        return;
    }
    sched_param before{};
    policy_before_ = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
    if (policy_before_ < 0 || sched_getparam(0, &before) != 0) {
        throw std::system_error(errno, std::generic_category(), "sched_getscheduler");
    }
    priority_before_ = before.sched_priority;
    limit_real_time();
    set_policy(SCHED_FIFO | SCHED_RESET_ON_FORK, priority_above_real_time);
    raised_ = true;
}

above_real_time::~above_real_time() {
    if (raised_) {
        const sched_param before{priority_before_};
        // Who may not raise itself may not clear the flag either, and it makes no difference from here on.
        sched_setscheduler(0, policy_before_ | SCHED_RESET_ON_FORK, &before);
    }
}

}  // namespace handoff::harness
