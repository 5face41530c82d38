// Tasks that are submitted from outside, one by one.
#pragma once

#include <algorithm>
#include <cstdint>

#include "backlog.hpp"
#include "busy_work.hpp"
#include "pool_trial.hpp"

namespace handoff::benchmarks {

/// Tasks that do nothing but be counted: what submitting, dispatching and starting one costs. At most 200,000 a trial,
/// submitted at full speed, so that an unbounded pool may hold most of them; published figures are for as many. With
/// `result` future each submission returns one, and its submitter gets them all.
///
/// Stresses: the submission path, by one submitter and by several against each other; the workers' way to the next task.
/// Verifies: each task ran once, none after wait_idle() returned.
template <impls::thread_pool P>
harness::measurement submit_empty(const harness::trial& t, impls::make_any_wait wait) {
    pool_trial<P> trial(t, wait, submitter_part::waits, std::min<std::uint64_t>(t.items, 200'000));
    return trial.run([&](std::size_t i, submissions& mine) {
        const std::uint64_t self = i;
        P& pool = trial.pool();
        std::uint64_t turn = 0;
        trial.share().template work<64>([&](std::uint64_t left) {
            for (; left > 0; --left) {
                const std::uint64_t id = task_id(self, turn++);
                mine.enter(hand_over(pool, id, [id] { task_tally::mine().enter(id); }), id);
            }
        });
    });
}

/// Tasks that compute for `task_ns` each, in a closed loop that keeps all workers supplied.
///
/// Stresses: the pool's part of a task's cost, against the length of the task. Verifies: as submit_empty.
/// `efficiency` is the useful time as a share of all workers' time; a pool with more workers than there are processors
/// cannot have it all, and the submitter needs a processor, too.
template <impls::thread_pool P>
harness::measurement submit_work(const harness::trial& t, impls::make_any_wait wait) {
    const double task_ns = static_cast<double>(t.point.number("task_ns"));
    const std::uint64_t steps = harness::steps_for(task_ns);
    pool_trial<P> trial(t, wait, submitter_part::waits, t.items);
    auto m = submit_steadily(trial, task_ns, [steps](std::uint64_t id) {
        return [id, steps] {
            harness::spend(steps);
            task_tally::mine().enter(id);
        };
    });
    m.metrics = {{"efficiency", static_cast<double>(m.items) * task_ns * 1e-9 /
                                    (static_cast<double>(trial.workers()) * m.team.window_seconds)}};
    return m;
}

}  // namespace handoff::benchmarks
