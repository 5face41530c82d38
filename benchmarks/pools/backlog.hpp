// A closed loop of tasks: submitters that stay ahead of the workers, but not far.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "pools/pool_trial.hpp"
#include "shared/asleep.hpp"

namespace handoff::benchmarks {

/// Limits the tasks that have been submitted and have not run: an unbounded pool would else grow until memory
/// ends, and what was measured would be the draining of a backlog. There are some milliseconds of work in it,
/// so that no worker runs dry while a submitter sleeps; from time to time submitters look, and sleep until half
/// of it is gone. A pool whose waiter helps is waited for by the first of them instead.
template <impls::thread_pool P>
class backlog {
public:
    backlog(pool_trial<P>& of, double task_ns)
        : trial_(of),
          worker_ns_(std::max(task_ns, 50.0) / static_cast<double>(of.workers())),
          most_(std::clamp<std::uint64_t>(static_cast<std::uint64_t>(4e6 / worker_ns_), 4 * of.workers(),
                                          16'384)),
          submitted_(of.submitters()) {}

    /// A submitter after each task: `turn` have been submitted by it.
    void pass(std::size_t submitter, std::uint64_t turn) {
        if (turn % std::clamp<std::uint64_t>(most_ / 8, 1, 64) != 0) {
            return;
        }
        submitted_[submitter].count.store(turn, std::memory_order_relaxed);  // relaxed: a number, no data
        if (outstanding() < most_) {
            return;
        }
        while (!trial_.share().closed() &&
               !first_has_left_.load(std::memory_order_relaxed)) {  // relaxed: a hint
            if (P::waiter == impls::waiter_part::helps && submitter == 0) {
                trial_.pool().wait_idle();
                return;
            }
            const std::uint64_t now = outstanding();
            const std::uint64_t half = most_ / 2;
            if (now <= half) {
                return;
            }
            const double until_half = static_cast<double>(now - half) * worker_ns_;
            sleep_for(static_cast<std::uint64_t>(std::clamp(until_half, 20e3, 1e6)));
        }
    }

    /// A submitter that submits no more. Without the first nobody may be left who helps: the others then submit
    /// the little that is still theirs at once.
    void leave(std::size_t submitter) noexcept {
        if (P::waiter == impls::waiter_part::helps && submitter == 0) {
            first_has_left_.store(true, std::memory_order_relaxed);  // relaxed: carries no data
        }
    }

private:
    struct alignas(128) line {
        std::atomic<std::uint64_t> count{0};
    };

    std::uint64_t outstanding() const {
        // Executed first: more may be submitted in between, but no task has run that was not submitted. A
        // submitter's number lags by what it has not published yet, so that all of it may have run.
        const std::uint64_t executed = task_tally::total_count();
        std::uint64_t submitted = 0;
        for (const line& one : submitted_) {
            submitted += one.count.load(std::memory_order_relaxed);  // relaxed: a number, no data
        }
        return submitted > executed ? submitted - executed : 0;
    }

    pool_trial<P>& trial_;
    const double worker_ns_;  ///< from one task to the next, at best
    const std::uint64_t most_;
    std::vector<line> submitted_;
    std::atomic<bool> first_has_left_{false};
};

/// Submitters hand over tasks, made by `make(id)`, until the time is up; a task takes a worker `task_ns`.
template <impls::thread_pool P, class Make>
harness::measurement submit_steadily(pool_trial<P>& trial, double task_ns, Make make) {
    backlog<P> ahead(trial, task_ns);
    return trial.run([&](std::size_t i, submissions& mine) {
        const std::uint64_t self = i;
        P& pool = trial.pool();
        std::uint64_t turn = 0;
        trial.template work<1>([&](std::uint64_t) {
            const std::uint64_t id = task_id(self, turn);
            mine.enter(hand_over(pool, id, make(id)), id);
            ahead.pass(self, ++turn);
        });
        ahead.leave(self);
    });
}

}  // namespace handoff::benchmarks
