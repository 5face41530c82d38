// How soon a task starts.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "detail/cpu_relax.hpp"
#include "pools/pool_trial.hpp"
#include "pools/traits.hpp"
#include "shared/asleep.hpp"
#include "shared/scheduled.hpp"

namespace handoff::benchmarks {

/// One task at a time. `pool` hot: the next is submitted the moment the previous one has run. `pool` idle: the
/// submitter sleeps for 200 us in between; a worker that goes on looking for longer than that is found awake.
/// The latency is from a reading of the clock just before the submission to one that is the task's first
/// instruction: one reading (clock_cost_ns in the context) is part of it. Until the task has started its
/// submitter looks for it, burning a processor, or yielding it where threads are to share one. An idle pool
/// gives few samples in a second: its trials take 24 times as long as is asked for, so that five give a p99.9.
///
/// Stresses: the way from a submission to a worker that has nothing to do, asleep or awake. Verifies: each task
/// ran once, none after wait_idle() returned.
struct wakeup {
    static void declare(const auto& pool, auto& c) {
        c.workload = "wakeup";
        c.measure = "latency";
        c.axes = pool.axes({{"workers", {"1"}}}, {{"pool", {"hot", "idle"}}});
        c.threads = threads_of(pool, submitter_part::carries_on);
        c.words.push_back({"pool", {"hot", "idle"}});
        add_scheduling(c);
        c.limit = [&pool](const harness::point& p) { return limit_of_start(pool, p); };
    }

    template <impls::thread_pool P>
    static harness::measurement run(const harness::trial& t, impls::make_any_wait wait) {
        constexpr std::uint64_t idle_ns = 200'000;
        const bool idle = t.point.value("pool") == "idle";
        const bool crowded = harness::oversubscribed(placement_of(t.point), 1 + t.point.number("workers"));
        struct alignas(128) news {
            std::atomic<std::uint64_t> started{0};  ///< task, counted from 1
            harness::clock::time_point at;
        } state;
        harness::histogram latencies;
        harness::trial longer = t;
        longer.longest *= idle ? 24 : 1;
        pool_trial<P> trial(longer, wait, submitter_part::carries_on, t.items);
        auto m = trial.run([&](std::size_t, submissions& mine) {
            P& pool = trial.pool();
            news* const told = &state;
            std::uint64_t turn = 0;
            trial.template work<1>([&](std::uint64_t) {
                if (idle) {
                    sleep_for(idle_ns);
                }
                const std::uint64_t id = turn++;
                const auto before = harness::clock::now();
                const impls::submission result = hand_over(pool, id, [id, told] {
                    told->at = harness::clock::now();
                    task_tally::mine().enter(id);
                    told->started.store(id + 1, std::memory_order_release);  // [started]: when it did
                });
                mine.enter(result, id);
                while (told->started.load(std::memory_order_acquire) != id + 1) {  // [started]
                    if (trial.share().closed() && latencies.count() > 0) {
                        return;  // the last one, or lost
                    }
                    crowded ? std::this_thread::yield() : impls::detail::cpu_relax();
                }
                latencies.record(
                    static_cast<std::uint64_t>(std::chrono::nanoseconds(told->at - before).count()));
            });
        });
        m.latency = harness::sampled_latency{"from a submission to the first instruction of its task", 1,
                                             std::move(latencies)};
        return m;
    }
};

}  // namespace handoff::benchmarks
