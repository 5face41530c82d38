// Tasks that are submitted from outside, one by one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <future>
#include <utility>
#include <vector>

#include "backlog.hpp"
#include "busy_work.hpp"
#include "pool_trial.hpp"
#include "pools/with_future.hpp"

namespace handoff::benchmarks {

/// A pool for one task, which has a number.
template <impls::thread_pool P>
struct as_pool {
    P& pool;
    std::uint64_t id;
    impls::submission became = impls::submission::rejected;

    template <class Task>
    impls::submission submit(Task&& task) {
        became = hand_over(pool, id, std::forward<Task>(task));
        return became;
    }
};

/// Tasks that do nothing but be counted: what submitting, dispatching and starting one costs. At most 200,000 a
/// trial, submitted at full speed, so that an unbounded pool may hold most of them; published figures are for
/// as many. With `result` future each submission returns one, and its submitter gets them all.
///
/// Stresses: the submission path, by one submitter and by several against each other; the workers' way to the
/// next task. Verifies: each task ran once, none after wait_idle() returned.
template <impls::thread_pool P>
harness::measurement submit_empty(const harness::trial& t, impls::make_any_wait wait) {
    const std::uint64_t most = std::min<std::uint64_t>(t.items, 200'000);
    pool_trial<P> trial(t, wait, submitter_part::waits_for_it, most);
    const auto hand_over_all = [&](std::size_t i, auto&& hand_over_one) {
        const std::uint64_t self = i;
        std::uint64_t turn = 0;
        trial.template work<64>([&](std::uint64_t left) {
            for (; left > 0; --left) {
                const std::uint64_t id = task_id(self, turn++);
                hand_over_one(id, [id] { task_tally::mine().enter(id); });
            }
        });
    };
    if (t.point.value("result") == "none") {
        return trial.run([&](std::size_t i, submissions& mine) {
            P& pool = trial.pool();
            hand_over_all(i, [&](std::uint64_t id, auto task) { mine.enter(hand_over(pool, id, task), id); });
        });
    }
    std::vector<std::vector<std::future<void>>> futures(trial.submitters());
    for (auto& those_of_one : futures) {
        those_of_one.reserve(most);
    }
    return trial.run([&](std::size_t i, submissions& mine) {
        hand_over_all(i, [&](std::uint64_t id, auto task) {
            as_pool<P> only{trial.pool(), id};
            if (auto future = impls::submit_with_future(only, task)) {
                futures[i].push_back(std::move(*future));
            }
            mine.enter(only.became, id);
        });
        if (P::waiter == impls::waiter_part::helps && i == 0) {
            trial.pool().wait_idle();  // who blocks on a future does not help
        }
        for (std::future<void>& future : futures[i]) {
            future.get();
        }
    });
}

/// Tasks that compute for `task_ns` each, in a closed loop that keeps all workers supplied.
///
/// Stresses: the pool's part of a task's cost, against the length of the task. Verifies: as submit_empty.
///
/// `efficiency` is the useful time as a share of all workers' time; a pool with more workers than there are
/// processors cannot have it all, and the submitter needs a processor, too.
template <impls::thread_pool P>
harness::measurement submit_work(const harness::trial& t, impls::make_any_wait wait) {
    const double task_ns = static_cast<double>(t.point.number("task_ns"));
    const std::uint64_t steps = harness::steps_for(task_ns);
    pool_trial<P> trial(t, wait, submitter_part::waits_for_it, t.items);
    auto m = submit_steadily(trial, task_ns, [steps](std::uint64_t id) {
        return [id, steps] {
            harness::spend(steps);
            task_tally::mine().enter(id);
        };
    });
    m.metrics = {
        {"efficiency", static_cast<double>(m.items) * task_ns * 1e-9 /
                           (static_cast<double>(workers_at_once<P>(t.point)) * m.team.window_seconds)}};
    return m;
}

}  // namespace handoff::benchmarks
