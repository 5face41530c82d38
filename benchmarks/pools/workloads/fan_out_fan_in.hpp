// Tasks that one waits for together.
#pragma once

#include <chrono>
#include <cstdint>

#include "busy_work.hpp"
#include "pools/pool_trial.hpp"
#include "pools/traits.hpp"
#include "shared/countdown.hpp"

namespace handoff::benchmarks {

/// Runs `body(i)` for all i below n in the pool and returns when all have: its own way where it has one. Else n
/// tasks are submitted and waited for, asleep, or helping where the pool's waiter does.
template <impls::thread_pool P, class Body>
void run_together(P& pool, std::size_t n, countdown& left, submissions& mine, const Body& body) {
    if constexpr (impls::runs_all<P>) {
        pool.run_all(n, [&body](std::size_t i) { body(i); });
        mine.accepted += n;
    } else {
        left.set(static_cast<std::uint32_t>(n));
        for (std::size_t i = 0; i < n; ++i) {
            const auto task = [i, &left, &body] {
                body(i);
                left.down();
            };
            mine.enter(hand_over(pool, i, task), i);
        }
        if constexpr (P::waiter == impls::waiter_part::helps) {
            pool.wait_idle();
        }
        left.wait();
    }
}

/// One thread has `fan` tasks run, each `task_ns` long, and waits for them; again and again. With `depth` 2
/// each of them has `fan` tasks of its own run, and waits for those, before it computes. One iteration is one
/// task of any level; the latency is one fan-out and fan-in.
///
/// Stresses: many tasks at once for workers who had none, and the way back of the news that all are done.
/// Verifies: each task ran once; all of a fan had run when it was said to be in (asked of every 64th).
struct fan_out_fan_in {
    static void declare(const auto& pool, auto& c) {
        c.workload = "fan_out_fan_in";
        c.measure = "latency";
        c.axes = pool.axes({{"workers", {"2"}}}, {{"task_ns", {"1000"}}, {"fan", {"16"}}, {"depth", {"1"}}});
        c.threads = threads_of(pool, submitter_part::waits_for_it);
    }

    template <impls::thread_pool P>
    static harness::measurement run(const harness::trial& t, impls::make_any_wait wait) {
        constexpr std::uint64_t checking = 64;
        const std::size_t fan = t.point.number("fan");
        const bool nested = t.point.number("depth") > 1;
        const std::uint64_t steps = harness::steps_for(static_cast<double>(t.point.number("task_ns")));
        const std::uint64_t tasks_per_fan = nested ? fan + fan * fan : fan;
        pool_trial<P> trial(t, wait, submitter_part::waits_for_it, t.items);
        if (impls::runs_all<P>) {
            trial.counts_otherwise();
        }
        countdown left;  // outlives every task
        harness::histogram latencies;
        std::uint64_t early = 0;
        auto m = trial.run([&](std::size_t, submissions& mine) {
            P& pool = trial.pool();
            std::uint64_t first = 0;  // of this fan's tasks
            const auto compute = [&](std::uint64_t id) {
                harness::spend(steps);
                task_tally::mine().enter(id);
            };
            const auto one_fan = [&] {
                const auto before = harness::clock::now();
                if (!nested) {
                    run_together(pool, fan, left, mine, [&](std::size_t i) { compute(first + i); });
                } else if constexpr (P::nested_waits && impls::runs_all<P>) {
                    pool.run_all(fan, [&](std::size_t i) {
                        const std::uint64_t inner = first + fan + i * fan;
                        pool.run_all(fan, [&compute, inner](std::size_t j) { compute(inner + j); });
                        compute(first + i);
                    });
                    mine.accepted += tasks_per_fan;
                }
                const auto after = harness::clock::now();
                latencies.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(after - before).count()));
                first += tasks_per_fan;
            };
            std::uint64_t fans = 0;
            do {
                one_fan();
                if (++fans % checking == 0) {
                    early += task_tally::total_count() < first;
                }
            } while (first < t.items && !trial.share().closed());
        });
        if (m.failure.empty() && early > 0) {
            m.failure = "early: fans were said to be in of which some tasks had not run";
        }
        m.latency = harness::sampled_latency{"one fan-out and fan-in", 1, std::move(latencies)};
        return m;
    }
};

}  // namespace handoff::benchmarks
