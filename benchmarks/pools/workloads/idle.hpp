// What a pool burns that has nothing to do.
#pragma once

#include <chrono>
#include <cstdint>

#include "pools/pool_trial.hpp"
#include "pools/traits.hpp"
#include "shared/asleep.hpp"

namespace handoff::benchmarks {

/// Some tasks, then none for as long as the trial lasts, then some more. `idle_cpu` is the CPU time of all of
/// the pool's threads in between over the time: 1 is a CPU that nobody else can have. The submitter sleeps
/// meanwhile.
///
/// Stresses: workers that wait, all of them, for long. Verifies: as submit_empty.
struct idle_pool {
    static void declare(const auto& pool, auto& c) {
        c.workload = "idle";
        c.measure = "idle_cpu";
        c.axes = pool.axes({{"workers", {"2"}}}, {});
        c.threads = threads_of(pool, submitter_part::carries_on);
        c.stops_on_time = true;
    }

    template <impls::thread_pool P>
    static harness::measurement run(const harness::trial& t, impls::make_any_wait wait) {
        constexpr std::uint64_t some = 64;
        const auto length = static_cast<std::uint64_t>(std::chrono::nanoseconds(t.longest).count());
        double idle_cpu = 0;
        pool_trial<P> trial(t, wait, submitter_part::carries_on, 2 * some);
        auto m = trial.run([&](std::size_t, submissions& mine) {
            const auto submit_some = [&](std::uint64_t first) {
                for (std::uint64_t id = first; id < first + some; ++id) {
                    mine.enter(hand_over(trial.pool(), id, [id] { task_tally::mine().enter(id); }), id);
                }
            };
            submit_some(0);
            trial.pool().wait_idle();
            trial.workers_roll().open();
            const std::uint64_t slept = sleep_for(length);
            trial.workers_roll().close();
            idle_cpu = trial.workers_roll().cpu_seconds() / (1e-9 * static_cast<double>(slept));
            submit_some(some);
        });
        m.metrics.emplace_back("idle_cpu", idle_cpu);
        return m;
    }
};

}  // namespace handoff::benchmarks
