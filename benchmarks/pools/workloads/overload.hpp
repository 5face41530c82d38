// Tasks that come when they come, whether the pool can take them or not.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

#include "busy_work.hpp"
#include "detail/cpu_relax.hpp"
#include "pools/pool_trial.hpp"
#include "pools/traits.hpp"
#include "shared/asleep.hpp"

namespace handoff::benchmarks {

/// Times at even distances, and waiting for them.
class schedule {
public:
    schedule(double interval_ns, bool crowded) : interval_ns_(interval_ns), crowded_(crowded) {}

    void begin() noexcept { begin_ = harness::clock::now(); }
    harness::clock::time_point time_of(std::uint64_t turn) const noexcept {
        return begin_ +
               std::chrono::nanoseconds(static_cast<std::int64_t>(interval_ns_ * static_cast<double>(turn)));
    }
    /// Returns at that time, or at once when it has passed. Awake, but for what is far off.
    void await(std::uint64_t turn) const noexcept {
        const auto due = time_of(turn);
        for (;;) {
            const auto left = std::chrono::nanoseconds(due - harness::clock::now()).count();
            if (left <= 0) {
                return;
            }
            if (left > 200'000) {
                sleep_for(static_cast<std::uint64_t>(left) - 150'000);
            } else {
                crowded_ ? std::this_thread::yield() : impls::detail::cpu_relax();
            }
        }
    }

private:
    const double interval_ns_;
    const bool crowded_;
    harness::clock::time_point begin_;
};

/// Open loop: tasks of `task_ns` arrive evenly, `load` percent of what the workers can do at best. The times of
/// arrival are fixed beforehand and never moved. A submitter that was held up (by a pool that blocks, or that
/// runs tasks on it) catches up, and ages count from the scheduled arrival, so that every task pays for its own
/// delay.
///
/// Stresses: a pool that is full, or empties more slowly than it is filled. Verifies: every submission was
/// executed, rejected or discarded, once, and the pool's own counts say the same; none ran after wait_idle()
/// returned. Which tasks were displaced by newer ones nobody can tell: their number is checked, not their
/// names.
///
/// The arrivals end when the last submission has returned; `goodput_share` is the work done by then over what
/// the workers could have done. It can exceed 1 where the caller runs tasks, or a pool takes no notice of the
/// number of workers. Working off what is left then is part of the window, so that its CPU time counts, and of
/// the ages.
struct overload {
    static void declare(const auto& pool, auto& c) {
        c.workload = "overload";
        c.measure = "latency";
        c.axes = pool.axes({{"workers", {"1"}}}, {{"task_ns", {"10000"}}, {"load", {"80", "120"}}});
        c.threads = threads_of(pool, submitter_part::carries_on);
        allow_losses(pool, c);
    }

    template <impls::thread_pool P>
    static harness::measurement run(const harness::trial& t, impls::make_any_wait wait) {
        const double task_ns = static_cast<double>(t.point.number("task_ns"));
        const std::uint64_t steps = harness::steps_for(task_ns);
        const double workers = static_cast<double>(t.point.number("workers"));
        const double interval_ns =
            std::max(task_ns, 1.0) * 100 / (workers * static_cast<double>(t.point.number("load")));
        const double fitting = std::chrono::duration<double, std::nano>(t.longest).count() / interval_ns;
        const std::uint64_t arrivals = std::min(
            {t.items, std::max<std::uint64_t>(1, static_cast<std::uint64_t>(fitting)), std::uint64_t{200'000}});
        const bool crowded = harness::oversubscribed(placement_of(t.point), 1 + t.point.number("workers"));

        schedule when(interval_ns, crowded);
        double arriving_seconds = 0;
        std::uint64_t done_by_then = 0;
        pool_trial<P> trial(t, wait, submitter_part::carries_on, arrivals);
        trial.does_not_stop();
        auto m = trial.run([&](std::size_t, submissions& mine) {
            P& pool = trial.pool();
            when.begin();
            for (std::uint64_t turn = 0; turn < arrivals; ++turn) {
                when.await(turn);
                mine.enter(hand_over(pool, turn,
                                     [turn, steps, &when] {
                                         const auto age = harness::clock::now() - when.time_of(turn);
                                         harness::spend(steps);
                                         task_tally& tally = task_tally::mine();
                                         tally.sample(
                                             static_cast<std::uint64_t>(std::chrono::nanoseconds(age).count()));
                                         tally.enter(turn);
                                     }),
                           turn);
            }
            done_by_then = task_tally::total_count();
            arriving_seconds = harness::seconds_between(when.time_of(0), harness::clock::now());
        });
        const pool_books& books = trial.books();
        const auto share = [&](std::uint64_t tasks) {
            return static_cast<double>(tasks) / static_cast<double>(arrivals);
        };
        m.metrics.insert(m.metrics.end(), {{"goodput_share", static_cast<double>(done_by_then) * task_ns *
                                                                 1e-9 / (workers * arriving_seconds)},
                                           {"rejected_share", share(books.made.rejected)},
                                           {"discarded_share", share(books.made.discarded + displaced(books))},
                                           {"ran_by_caller_share", share(books.made.ran)}});
        m.latency = harness::sampled_latency{"age of a task at its start, from its scheduled arrival", 1,
                                             task_tally::all_samples()};
        return m;
    }
};

}  // namespace handoff::benchmarks
