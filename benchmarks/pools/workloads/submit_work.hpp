// Tasks that compute, submitted from outside, one by one.
#pragma once

#include <cstdint>

#include "busy_work.hpp"
#include "pools/backlog.hpp"
#include "pools/pool_trial.hpp"
#include "pools/traits.hpp"

namespace handoff::benchmarks {

/// Tasks that compute for `task_ns` each, in a closed loop that keeps all workers supplied.
///
/// Stresses: the pool's part of a task's cost, against the length of the task. Verifies: as submit_empty.
///
/// `efficiency` is the useful time as a share of all workers' time; a pool with more workers than there are
/// processors cannot have it all, and the submitter needs a processor, too.
struct submit_work {
    static void declare(const auto& pool, auto& c) {
        c.workload = "submit_work";
        c.axes = pool.axes({{"submitters", {"1"}}, {"workers", {"1", "2"}}}, {{"task_ns", {"1000"}}});
        c.threads = threads_of(pool, submitter_part::waits_for_it);
    }

    template <impls::thread_pool P>
    static harness::measurement run(const harness::trial& t, impls::make_any_wait wait) {
        const double task_ns = static_cast<double>(t.point.number("task_ns"));
        const std::uint64_t steps = harness::steps_for(task_ns);
        pool_trial<P> trial(t, wait, submitter_part::waits_for_it, t.items);
        auto m = submit_steadily(trial, task_ns, [steps](std::uint64_t id) {
            return [id, steps] {
                harness::spend(steps);
                task_tally::mine().enter(id);
            };
        });
        m.metrics.insert(
            m.metrics.end(),
            {{"efficiency", static_cast<double>(m.items) * task_ns * 1e-9 /
                                (static_cast<double>(workers_at_once<P>(t.point)) * m.team.window_seconds)}});
        return m;
    }
};

}  // namespace handoff::benchmarks
