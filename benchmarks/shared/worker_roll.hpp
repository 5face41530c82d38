// The threads that an implementation makes for a trial: their seats, and what the kernel counts for them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "clock.hpp"
#include "measurement.hpp"
#include "scheduling.hpp"
#include "thread_account.hpp"

namespace handoff::benchmarks {

/// Each thread that a pool or a scheduler makes enters itself here before its first task. It is pinned to its
/// seat, and stands in the team's report beside the team's own: who was kept from its CPU spoils the trial,
/// too.
class worker_roll {
public:
    /// `seats`: a CPU for each thread that is asked for; -1: not pinned. `policy`: what each takes.
    explicit worker_roll(std::vector<int> seats, harness::sched_policy policy = harness::sched_policy::other);

    /// By the thread itself, with its number. Threads that are more than were asked for take turns on the
    /// seats; of two with one number the second comes when the first has ended.
    void enter(unsigned number);

    std::size_t asked_for() const noexcept { return seats_.size(); }
    /// The numbers that have entered.
    std::size_t entered() const;
    /// Returns when all that are asked for have entered, or after `patience`; true: they have.
    bool all_enter(std::chrono::milliseconds patience) const;

    /// Just before the measured time, and just after it.
    void open();
    void close();
    /// CPU seconds of all of them between the two.
    double cpu_seconds() const;
    /// How many used a CPU in that time.
    std::size_t active() const;
    /// Adds those that were there at the end. `items_of`: what a thread has done, where that is known.
    void report(harness::team_report& team, const std::function<std::uint64_t(pid_t)>& items_of = {}) const;

private:
    struct entry {
        pid_t thread = 0;
        std::optional<harness::thread_account> before;  ///< at open(), or when it entered after that
        std::optional<harness::thread_account> after;   ///< nothing when it has ended
        harness::clock::time_point since;
    };

    int seat_of(std::size_t number) const;

    const std::vector<int> seats_;
    const harness::sched_policy policy_;
    mutable std::mutex mutex_;  // protects what follows
    std::vector<entry> entries_;
    harness::clock::time_point opened_;
};

/// Why fewer threads than were asked for is a failure, in words.
std::string too_few_workers(std::size_t asked_for, std::size_t came);

}  // namespace handoff::benchmarks
