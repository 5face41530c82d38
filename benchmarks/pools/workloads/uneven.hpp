// Tasks of very different lengths, all there at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "busy_work.hpp"
#include "pools/pool_trial.hpp"
#include "pools/traits.hpp"
#include "shared/task_lengths.hpp"

namespace handoff::benchmarks {

/// One submitter hands over as many tasks as should fill the time and waits for them. Their lengths are drawn
/// from the trial's seed before: every pool gets the same.
///
/// Stresses: a pool that decides early which worker gets a task, when one sits on long ones and others run dry.
/// Verifies: each task ran once, none after wait_idle() returned.
///
/// `makespan_over_bound` is the window (submission included) over the shortest possible schedule on as many
/// workers, or on the processors where these are fewer; `imbalance` the work of the busiest worker over the
/// mean of all.
struct uneven {
    static void declare(const auto& pool, auto& c) {
        c.workload = "uneven";
        c.measure = "makespan_over_bound";
        c.axes = pool.axes({{"workers", {"2"}}}, {{"lengths", {"bimodal", "pareto"}}, {"task_ns", {"10000"}}});
        c.threads = threads_of(pool, submitter_part::waits_for_it);
        c.words.push_back({"lengths", {"bimodal", "pareto"}});
    }

    template <impls::thread_pool P>
    static harness::measurement run(const harness::trial& t, impls::make_any_wait wait) {
        const double task_ns = static_cast<double>(t.point.number("task_ns"));
        const std::size_t workers = workers_at_once<P>(t.point);
        const std::size_t at_once = std::min(workers, processors_for(t.point));
        const double fitting = std::chrono::duration<double, std::nano>(t.longest).count() *
                               static_cast<double>(at_once) / std::max(task_ns, 1.0);
        const std::uint64_t tasks = std::min(
            {t.items, std::max<std::uint64_t>(1, static_cast<std::uint64_t>(fitting)), std::uint64_t{200'000}});
        const std::vector<double> lengths = draw_lengths(t.point.value("lengths"), tasks, task_ns, t.seed);
        std::vector<std::uint64_t> steps(tasks);
        std::ranges::transform(lengths, steps.begin(), [](double ns) { return harness::steps_for(ns); });

        pool_trial<P> trial(t, wait, submitter_part::waits_for_it, tasks);
        trial.does_not_stop();
        auto m = trial.run([&](std::size_t, submissions& mine) {
            P& pool = trial.pool();
            const std::uint64_t* const length_of = steps.data();
            for (std::uint64_t turn = 0; turn < tasks; ++turn) {
                mine.enter(hand_over(pool, turn,
                                     [turn, length_of] {
                                         const std::uint64_t length = length_of[turn];
                                         harness::spend(length);
                                         task_tally& tally = task_tally::mine();
                                         tally.worked(length);
                                         tally.enter(turn);
                                     }),
                           turn);
            }
        });

        std::uint64_t sum = 0;
        std::uint64_t busiest = 0;
        task_tally::for_each([&](const task_tally& one) {
            sum += one.work();
            busiest = std::max(busiest, one.work());
        });
        const double makespan_ns = m.team.window_seconds * 1e9;
        m.metrics.insert(m.metrics.end(),
                         {{"makespan_over_bound", makespan_ns / shortest_makespan(lengths, at_once)},
                          {"efficiency", static_cast<double>(tasks) * task_ns /
                                             (static_cast<double>(workers) * makespan_ns)}});
        if (sum > 0 && !ignores_workers<P>) {
            m.metrics.emplace_back("imbalance", static_cast<double>(busiest) * static_cast<double>(workers) /
                                                    static_cast<double>(sum));
        }
        return m;
    }
};

}  // namespace handoff::benchmarks
