// Tasks that compute and block.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "busy_work.hpp"
#include "pools/backlog.hpp"
#include "pools/pool_trial.hpp"
#include "pools/traits.hpp"
#include "shared/asleep.hpp"

namespace handoff::benchmarks {

/// How long the calling thread has been runnable and not running since it began, in nanoseconds, as the kernel
/// counts it; 0 where it does not. A system call.
inline std::uint64_t run_delay_ns() noexcept {
    struct open_file {
        const int number = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
        ~open_file() {
            if (number >= 0) {
                ::close(number);
            }
        }
    };
    thread_local const open_file file;  // opened once: that takes longer than all the rest
    std::array<char, 96> text{};
    if (file.number < 0 || ::pread(file.number, text.data(), text.size() - 1, 0) <= 0) {
        return 0;
    }
    char* second = nullptr;  // "run time, run delay, slices"
    std::strtoull(text.data(), &second, 10);
    return std::strtoull(second, nullptr, 10);
}

/// Each task computes for `task_ns` and then sleeps `wait_ratio` times as long, as one does that waits for a
/// disk or a peer; a closed loop keeps all workers supplied. How many workers are best? `predicted_workers` is
/// the usual answer, processors x (1 + wait / compute), from the ratio that was asked for (Goetz et al., "Java
/// Concurrency in Practice", 2006, section 8.2); `cpu_share` is the useful computation as a share of the
/// processors' time.
///
/// Stresses: workers that are many and mostly asleep; their wake-ups, and their number. Verifies: each task ran
/// once, none after wait_idle() returned.
///
/// A sleep takes longer than asked for, by its wake-up: `actual_wait_ratio` is the median of the sleeps as they
/// were, over `task_ns`. One task in `sampling` is asked. With more workers than the processors can serve a
/// thread waits for its processor after that; this is no time asleep, and is taken off by the kernel's own
/// account.
struct blocking_mix {
    static void declare(const auto& pool, auto& c) {
        c.workload = "blocking_mix";
        c.axes = pool.axes({{"workers", {"1", "2", "4"}}}, {{"task_ns", {"100000"}}, {"wait_ratio", {"1"}}});
        c.threads = threads_of(pool, submitter_part::waits_for_it);
    }

    template <impls::thread_pool P>
    static harness::measurement run(const harness::trial& t, impls::make_any_wait wait) {
        constexpr std::uint64_t sampling = 7;
        const std::uint64_t task_ns = t.point.number("task_ns");
        const std::uint64_t ratio = t.point.number("wait_ratio");
        const std::uint64_t steps = harness::steps_for(static_cast<double>(task_ns));
        const std::uint64_t sleep_ns = ratio * task_ns;
        const double processors = static_cast<double>(processors_for(t.point));
        const double workers = static_cast<double>(t.point.number("workers"));
        // What a worker takes for a task, where there are not processors for all of them.
        const double each_ns = std::max(static_cast<double>(task_ns + sleep_ns),
                                        static_cast<double>(task_ns) * workers / processors);

        pool_trial<P> trial(t, wait, submitter_part::waits_for_it, t.items);
        auto m = submit_steadily(trial, each_ns, [=](std::uint64_t id) {
            return [id, steps, sleep_ns] {
                harness::spend(steps);
                task_tally& tally = task_tally::mine();
                if (sleep_ns > 0 && id % sampling == 0) {
                    const std::uint64_t delayed = run_delay_ns();
                    const std::uint64_t slept = sleep_for(sleep_ns);
                    tally.sample(slept - std::min(slept, run_delay_ns() - delayed));
                } else if (sleep_ns > 0) {
                    sleep_for(sleep_ns);
                }
                tally.enter(id);
            };
        });
        m.metrics.insert(m.metrics.end(), {{"cpu_share", static_cast<double>(m.items * task_ns) * 1e-9 /
                                                             (processors * m.team.window_seconds)},
                                           {"predicted_workers", processors * static_cast<double>(1 + ratio)}});
        if (task_ns > 0) {
            const double median = static_cast<double>(task_tally::all_samples().quantile(0.5));
            m.metrics.emplace_back("actual_wait_ratio", median / static_cast<double>(task_ns));
        }
        return m;
    }
};

}  // namespace handoff::benchmarks
