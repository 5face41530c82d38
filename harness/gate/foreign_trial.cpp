#include "foreign_trial.hpp"

#include <sched.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "cpu_quota.hpp"
#include "json.hpp"
#include "text.hpp"
#include "trial_process.hpp"

namespace handoff::harness {

namespace {

/// The CPUs that our children may use; empty: nobody knows.
std::vector<int> allowed_cpus() {
    std::vector<int> all;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (CPU_ISSET(cpu, &set)) {
                all.push_back(cpu);
            }
        }
    }
    return all;
}

void judge(side_trial& t, const child_result& ended, double timeout_seconds,
           const std::function<double(const child_result&)>& value) {
    const auto fails = [&](trial_status status, const std::string& reason) {
        t.seen.status = status;
        t.seen.reason = printable(reason);  // a child's last words may be anything
    };
    const std::string last_words = last_line(ended.output);
    const std::string end = last_words.empty() ? "" : ": " + last_words;
    switch (ended.how) {
        case child_result::end::interrupted:
            return fails(trial_status::interrupted, "interrupted");
        case child_result::end::timed_out:
            return fails(trial_status::timeout,
                         "did not finish in " + seconds_text(timeout_seconds) + " s (--timeout)");
        case child_result::end::killed:
            return fails(trial_status::crashed,
                         "signal " + std::to_string(ended.code) + " (" + strsignal(ended.code) + ")" + end);
        case child_result::end::exited:
            break;
    }
    if (ended.code != 0) {
        return fails(trial_status::crashed, "exit code " + std::to_string(ended.code) + end);
    }
    try {
        t.seen.value = value(ended);
    } catch (const malformed& e) {
        fails(trial_status::invalid, e.what());
    }
}

}  // namespace

side_trial run_foreign_trial(const foreign_request& request,
                             const std::function<double(const child_result&)>& value) {
    static const std::vector<int> allowed = allowed_cpus();
    const machine_use before = machine_use::read();
    const double own_before = own_cpu_seconds();
    const auto throttled_before = throttled_periods();
    const child_result ended =
        run_child(request.argv, request.timeout_seconds, child_environment::of_trials, request.most_output);
    const double own = own_cpu_seconds() - own_before;
    const auto throttled = throttled_between(throttled_before, throttled_periods()).value_or(0);
    const machine_use used = between(before, machine_use::read());
    side_trial t;
    t.command = request.command;
    t.seen.wall_seconds = ended.wall_seconds;
    t.seen.cpu_seconds = ended.cpu_seconds;
    // Nobody knows on which CPUs it ran: it may have been on any of them.
    cpu_use near = used;
    if (!allowed.empty() && !used.cpus.empty()) {
        near = sum_of(used, allowed);
        t.cpus = allowed.size();
    }
    t.seen.foreign_seconds = near.busy_seconds - ended.cpu_seconds - own;
    t.seen.steal_seconds = near.steal_seconds;
    t.seen.throttled_periods = throttled;
    judge(t, ended, request.timeout_seconds, value);
    return t;
}

double cost_of_number(double number, const std::string& what, bool higher_is_better) {
    const auto shown = [&] {
        char text[40];
        std::snprintf(text, sizeof text, "%g", number);
        return "its " + what + " is " + text;
    };
    if (!std::isfinite(number) || number < 0) {
        throw malformed(shown() + "; legal: a number that is not below 0");
    }
    if (higher_is_better && number == 0) {
        throw malformed(shown() + ", and higher is better: it did nothing");
    }
    return higher_is_better ? 1 / number : number;
}

std::string unit_of_number(const std::string& what, bool higher_is_better) {
    return higher_is_better ? "1 / " + what : what;
}

bool is_better_when_higher(const std::string& what) {
    return what.ends_with("per_second");
}

}  // namespace handoff::harness
