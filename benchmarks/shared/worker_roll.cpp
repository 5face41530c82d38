#include "shared/worker_roll.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "shared/asleep.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

worker_roll::worker_roll(std::vector<int> seats, harness::sched_policy policy)
    : seats_(std::move(seats)), policy_(policy), entries_(seats_.size()) {}

int worker_roll::seat_of(std::size_t number) const {
    return seats_.empty() ? -1 : seats_[number % seats_.size()];
}

void worker_roll::enter(unsigned number) {
    if (const int cpu = seat_of(number); cpu >= 0) {
        harness::pin_this_thread(cpu);
    }
    harness::take_policy(policy_);
    const pid_t self = gettid();
    const auto account = harness::thread_account::of(self);
    const std::lock_guard lock(mutex_);
    entries_.resize(std::max<std::size_t>(entries_.size(), number + 1));
    entries_[number] = {self, account, std::nullopt, harness::clock::now()};
}

std::size_t worker_roll::entered() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::ranges::count_if(entries_, [](const entry& e) { return e.thread != 0; }));
}

bool worker_roll::all_enter(std::chrono::milliseconds patience) const {
    const auto end = harness::clock::now() + patience;
    while (entered() < asked_for()) {
        if (harness::clock::now() > end) {
            return false;
        }
        sleep_for(20'000);
    }
    return true;
}

void worker_roll::open() {
    const std::lock_guard lock(mutex_);
    opened_ = harness::clock::now();
    for (entry& e : entries_) {
        e.before = harness::thread_account::of(e.thread);
        e.since = opened_;
    }
}

void worker_roll::close() {
    const std::lock_guard lock(mutex_);
    for (entry& e : entries_) {
        e.after = e.before ? harness::thread_account::of(e.thread) : std::nullopt;
    }
}

double worker_roll::cpu_seconds() const {
    const std::lock_guard lock(mutex_);
    double sum = 0;
    for (const entry& e : entries_) {
        sum += e.after ? e.after->cpu_seconds - e.before->cpu_seconds : 0;
    }
    return sum;
}

std::size_t worker_roll::active() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(
        entries_, [](const entry& e) { return e.after && e.after->cpu_seconds > e.before->cpu_seconds; }));
}

void worker_roll::report(harness::team_report& team,
                         const std::function<std::uint64_t(pid_t)>& items_of) const {
    const std::lock_guard lock(mutex_);
    for (std::size_t number = 0; number < entries_.size(); ++number) {
        const entry& e = entries_[number];
        if (!e.after) {
            continue;
        }
        harness::thread_report one;
        one.role = "worker";
        one.of_team = false;
        one.cpu = seat_of(number);
        one.start_seconds = std::min(harness::seconds_between(opened_, e.since), team.window_seconds);
        one.end_seconds = team.window_seconds;
        // Accounts are read around the window, and a little of what they say was before it or after it.
        one.cpu_seconds =
            std::min(e.after->cpu_seconds - e.before->cpu_seconds, one.end_seconds - one.start_seconds);
        one.run_delay_seconds = e.after->run_delay_seconds - e.before->run_delay_seconds;
        one.voluntary_switches = e.after->voluntary_switches - e.before->voluntary_switches;
        one.involuntary_switches = e.after->involuntary_switches - e.before->involuntary_switches;
        one.items = items_of ? items_of(e.thread) : 0;
        team.threads.push_back(one);
    }
}

std::string too_few_workers(std::size_t asked_for, std::size_t came) {
    return "fewer: " + std::to_string(asked_for) + " workers were asked for, and " + std::to_string(came) +
           " came";
}

}  // namespace handoff::benchmarks
