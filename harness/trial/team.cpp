#include "team.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <system_error>
#include <utility>

#include "allocations.hpp"
#include "seats_by_role.hpp"

namespace handoff::harness {

void lap::start() {
    owner_->arrive_and_wait();
    before_.read_files();
    owner_->meet();  // reading files takes microseconds, and not for all the same
    before_.read_counts();
    set_allocations_aside(false);
    started_ = clock::now();
}

void lap::stop(std::uint64_t items) {
    stopped_ = clock::now();
    set_allocations_aside(true);
    thread_usage after;
    after.read_counts();
    after.read_files();
    report_.items = items;
    report_.cpu_seconds = after.cpu_seconds - before_.cpu_seconds;
    report_.run_delay_seconds = after.run_delay_seconds - before_.run_delay_seconds;
    report_.voluntary_switches = after.voluntary_switches - before_.voluntary_switches;
    report_.involuntary_switches = after.involuntary_switches - before_.involuntary_switches;
    const thread_costs& from = before_.costs;
    const thread_costs& to = after.costs;
    report_.costs =
        thread_costs{to.user_seconds - from.user_seconds, to.system_seconds - from.system_seconds,
                     to.minor_faults - from.minor_faults, to.major_faults - from.major_faults, std::nullopt};
    if (from.migrations && to.migrations) {
        report_.costs->migrations = *to.migrations - *from.migrations;
    }
    owner_->stopped(report_.role);
}

team::~team() {
    for (auto& m : members_) {
        if (m->thread.joinable()) {
            m->thread.join();
        }
    }
}

void team::add(std::string role, std::function<void(lap&)> body) {
    auto m = std::make_unique<member>();
    m->body = std::move(body);
    m->part.owner_ = this;
    m->part.report_.role = std::move(role);
    members_.push_back(std::move(m));
}

team_report team::run(const std::function<void(const std::function<void()>&)>& window,
                      const std::function<void()>& rescue, clock::duration patience) {
    std::vector<std::string> known;
    std::vector<std::size_t> roles;
    for (const auto& m : members_) {
        const std::string& role = m->part.report_.role;
        auto found = std::ranges::find(known, role);
        if (found == known.end()) {
            found = known.insert(known.end(), role);
        }
        roles.push_back(static_cast<std::size_t>(found - known.begin()));
    }
    roles.insert(roles.end(), others_, known.size());
    const std::vector<int> cpus = seats_of_team(where_, roles);
    sit_beside(cpus);  // before this thread is above them: they have its niceness
    const above_real_time able_to_stop_them(how_.policy);
    for (std::size_t i = 0; i < members_.size(); ++i) {
        member& m = *members_[i];
        m.part.report_.cpu = cpus[i];
        try {
            m.thread = std::thread([&m, how = how_.policy] {
                set_allocations_aside(true);  // but for the lap
                if (m.part.report_.cpu >= 0) {
                    pin_this_thread(m.part.report_.cpu);
                }
                take_policy(how);
                m.body(m.part);
            });
        } catch (const std::system_error& e) {
            // Those already made wait at a gate that will never open: there is no way back, only an end with a
            // reason.
            std::cerr << "thread " << i + 1 << " of " << members_.size()
                      << " of the trial cannot be made (see ulimit -u, ulimit -v, the cgroup's pids.max): "
                      << e.what() << std::endl;
            std::_Exit(1);
        }
    }
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return arrived_ == members_.size(); });
    }
    window([&] { open_and_wait(rescue, patience); });
    for (auto& m : members_) {
        m->thread.join();
    }
    neighbours_.reset();
    return report();
}

void team::sit_beside(const std::vector<int>& cpus) {
    if (how_.neighbours == 0) {
        return;
    }
    try {
        neighbours_.emplace(cpus, how_.neighbours);
    } catch (const std::system_error& e) {
        std::cerr << "a busy neighbour of the trial cannot be made (see ulimit -u, ulimit -v, the cgroup's "
                     "pids.max): "
                  << e.what() << std::endl;
        std::_Exit(1);
    }
}

void team::arrive_and_wait() {
    {
        const std::lock_guard lock(mutex_);
        ++arrived_;
    }
    changed_.notify_one();
    // Awake at the gate, so that no thread starts late by a wake-up; yielding, so that an oversubscribed team
    // can assemble. [opened]: what the main thread prepared is visible.
    while (!open_.load(std::memory_order_acquire)) {
        let_others_run();
    }
}

void team::let_others_run() const {
    if (is_real_time(how_.policy)) {
        // Those that are not yet real-time would not run here, nor the kernel's own threads: yielding is for
        // equals.
        std::this_thread::sleep_for(std::chrono::microseconds(20));
    } else {
        std::this_thread::yield();
    }
}

void team::meet() {
    met_.fetch_add(1, std::memory_order_relaxed);  // relaxed, both: carries no data
    while (met_.load(std::memory_order_relaxed) < members_.size()) {
        let_others_run();
    }
}

void team::stopped(const std::string& role) {
    {
        const std::lock_guard lock(mutex_);
        stopped_roles_.push_back(role);
    }
    changed_.notify_one();
}

void team::open_and_wait(const std::function<void()>& rescue, clock::duration patience) {
    const auto begin = clock::now();
    const auto end = begin + longest_;
    const double used_before = neighbours_ ? neighbours_->cpu_seconds() : 0;
    open_.store(true, std::memory_order_release);  // [opened]
    std::unique_lock lock(mutex_);
    std::size_t seen = 0;
    while (stopped_roles_.size() < members_.size()) {
        const auto until = stop_ ? std::min(end, clock::now() + patience) : clock::now() + patience;
        const bool moved = changed_.wait_until(lock, until, [&] { return stopped_roles_.size() != seen; });
        seen = stopped_roles_.size();
        if (stop_ && clock::now() >= end) {
            std::exchange(stop_, nullptr)();
        } else if (!moved && some_role_has_stopped()) {
            rescued_ = true;
            lock.unlock();
            rescue();
            lock.lock();
        }
    }
    if (neighbours_) {
        const double used = neighbours_->cpu_seconds() - used_before;
        const double there =
            seconds_between(begin, clock::now()) * static_cast<double>(neighbours_->cpus().size());
        beside_ = neighbour_report{neighbours_->count(), used, std::min(1.0, used / there)};
    }
}

bool team::some_role_has_stopped() const {
    std::map<std::string, std::ptrdiff_t> running;
    for (const auto& m : members_) {
        ++running[m->part.report_.role];
    }
    for (const std::string& role : stopped_roles_) {
        --running[role];
    }
    return std::ranges::any_of(running, [](const auto& role) { return role.second == 0; });
}

team_report team::report() const {
    const auto by_start = [](const auto& m) { return m->part.started_; };
    const auto by_end = [](const auto& m) { return m->part.stopped_; };
    const auto first_start = by_start(*std::ranges::min_element(members_, {}, by_start));
    const auto last_start = by_start(*std::ranges::max_element(members_, {}, by_start));
    const auto first_end = by_end(*std::ranges::min_element(members_, {}, by_end));
    const auto last_end = by_end(*std::ranges::max_element(members_, {}, by_end));

    team_report all;
    all.rescued = rescued_;
    all.neighbours = beside_;
    all.window_seconds = seconds_between(first_start, last_end);
    all.overlap =
        all.window_seconds > 0 ? std::max(0.0, seconds_between(last_start, first_end)) / all.window_seconds : 0;
    for (const auto& m : members_) {
        thread_report one = m->part.report_;
        one.start_seconds = seconds_between(first_start, m->part.started_);
        one.end_seconds = seconds_between(first_start, m->part.stopped_);
        all.threads.push_back(one);
    }
    return all;
}

}  // namespace handoff::harness
