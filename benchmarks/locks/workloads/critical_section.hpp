// Threads take turns in one critical section.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "busy_work.hpp"
#include "concepts/locks.hpp"
#include "locks/limits.hpp"
#include "measurement.hpp"
#include "shared/alike.hpp"
#include "shared/scheduled.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// Asks for the lock, spends `hold_ns` inside and `think_ns` outside, again and again. One iteration is one
/// critical section of any thread. One in `sampling` is timed from asking to having.
///
/// Stresses: the lock alone (1 thread), its hand-over (several), and what it does when the thread whose turn it
/// is has no processor (oversubscribed). Verifies: nobody is inside with another, every entry is seen by the
/// next; where the lock promises that whoever asks gets in, that everybody did.
///
/// How even the lock is shows in Jain's index over the threads, in `longest_run` (a lock can look fast because
/// one thread keeps it: its data then stays in one core's cache) and in `longest_wait`; the last two are
/// counted in acquisitions, inside the section, so that they cost no clock and miss nothing.
struct critical_section {
    static void declare(const auto& lock, auto& c) {
        c.workload = "critical_section";
        c.axes = {{"threads", {"1", "2"}}, {"hold_ns", {"0"}}, {"think_ns", {"0"}}, {"placement", {"spread"}}};
        add_scheduling(c);
        c.rivals = [&lock](const harness::point&) { return lock.admission_in_words(); };
        c.limit = [&lock](const harness::point& p) { return limits::exclude(p, lock.admits, 1); };
    }

    template <class Lock>
    static harness::measurement run(const harness::trial& t) {
        constexpr std::uint64_t sampling =
            31;  // a prime, so that no other rhythm of the loop is always or never sampled
        const std::size_t threads = t.point.number("threads");
        const std::uint64_t hold = harness::steps_for(static_cast<double>(t.point.number("hold_ns")));
        const std::uint64_t think = harness::steps_for(static_cast<double>(t.point.number("think_ns")));

        // What the lock protects: plain variables, as a user's are, but for the one that says who is inside,
        // which the compiler must not take for a variable that nobody else looks at.
        struct alignas(128) shared_state {
            std::atomic<std::uint64_t> entries{0};   ///< changed inside only; read once by each thread before
            std::atomic<std::uint64_t> asking{0};    ///< threads that have begun to ask
            std::atomic<std::uint64_t> inside{0};    ///< thread + 1
            std::uint64_t last = ~std::uint64_t{0};  ///< thread
            std::uint64_t run = 0;
            std::uint64_t longest_run = 0;
        };
        struct alignas(128) seen {
            harness::histogram waits;
            std::uint64_t longest_wait = 0;
            std::uint64_t begun = 0;  ///< entries of all when this thread began to ask
            std::uint64_t first_entry = 0;
            std::uint64_t last_entry = 0;
            std::uint64_t intrusions = 0;
        };
        alignas(128) Lock lock;
        shared_state state;
        std::vector<seen> results(threads);

        auto m = run_alike(t, "worker", 64, [&](std::size_t i, harness::lap& me, quota& share) {
            decltype(auto) mine = impls::holder_end(lock);
            shared_state& inner = state;
            const std::uint64_t self = i;
            const std::uint64_t holding = hold;
            const std::uint64_t thinking = think;
            const std::uint64_t all = threads;
            harness::histogram waits;
            std::uint64_t asking = 0;
            std::uint64_t first = 0;
            std::uint64_t before = 0;  // entries at this thread's last one
            std::uint64_t longest_wait = 0;
            std::uint64_t intrusions = 0;
            const auto enter_and_leave = [&] {
                // relaxed, all: the lock orders them, or is caught
                intrusions += inner.inside.load(std::memory_order_relaxed) != 0;
                inner.inside.store(self + 1, std::memory_order_relaxed);
                const std::uint64_t now = inner.entries.load(std::memory_order_relaxed) + 1;
                inner.entries.store(now, std::memory_order_relaxed);
                // Counted from when all ask: who comes first runs alone until the others have begun.
                inner.run = inner.asking.load(std::memory_order_relaxed) != all ? 0
                            : inner.last == self                                ? inner.run + 1
                                                                                : 1;
                inner.last = self;
                inner.longest_run = std::max(inner.longest_run, inner.run);
                longest_wait = std::max(longest_wait, now - before - 1);
                first = before == 0 ? now : first;
                before = now;
                harness::spend(holding);
                intrusions += inner.inside.load(std::memory_order_relaxed) != self + 1;
                inner.inside.store(0, std::memory_order_relaxed);
            };
            me.start();
            const std::uint64_t begun = inner.entries.load(std::memory_order_relaxed);
            inner.asking.fetch_add(1, std::memory_order_relaxed);
            const std::uint64_t done = share.work<1>([&](std::uint64_t) {
                if (asking++ % sampling == 0) {
                    const auto asked = harness::clock::now();
                    mine.lock();
                    const auto had = harness::clock::now();
                    enter_and_leave();
                    mine.unlock();
                    waits.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(had - asked).count()));
                } else {
                    mine.lock();
                    enter_and_leave();
                    mine.unlock();
                }
                harness::spend(thinking);
            });
            me.stop(done);
            results[i].waits = std::move(waits);
            results[i].longest_wait = longest_wait;
            results[i].begun = begun;
            results[i].first_entry = first;
            results[i].last_entry = before;
            results[i].intrusions = intrusions;
        });
        const std::uint64_t entries = state.entries.load(std::memory_order_relaxed);
        harness::histogram waits;
        std::uint64_t longest_wait = 0;
        std::uint64_t intrusions = 0;
        std::size_t starved = 0;
        std::size_t wronged = 0;
        for (std::size_t i = 0; i < threads; ++i) {
            const seen& one = results[i];
            waits.merge(one.waits);
            // also what a thread waited for at the end, and got or did not get
            longest_wait = std::max({longest_wait, one.longest_wait, entries - one.last_entry});
            intrusions += one.intrusions;
            // It never got in where the others did, again and again, and its first entry came when they had
            // ended.
            const std::uint64_t own = m.team.threads[i].items;
            const std::uint64_t others = entries - own;
            const bool never = (own == 0 || one.first_entry > others) && others >= one.begun + shut_out;
            starved += never ? 1 : 0;
            wronged += never && had_a_cpu(m.team.threads[i], Lock::waits) ? 1 : 0;
        }
        if (intrusions > 0) {
            m.failure = "not exclusive: " + std::to_string(intrusions) + " times two were inside";
        } else if (entries != m.items) {
            m.failure = "lost: " + std::to_string(entries) + " entries were seen of " + std::to_string(m.items);
        } else if (wronged > 0 && impls::is_starvation_free<Lock>()) {
            m.failure = "starved: " + std::to_string(wronged) + " of " + std::to_string(threads) +
                        " threads never got in while the others did " + std::to_string(longest_wait) +
                        " times, and the lock promises that whoever asks gets in";
        }
        m.latency = harness::sampled_latency{"from asking for the lock to having it", 1, std::move(waits)};
        m.metrics = {{"longest_run", static_cast<double>(std::max<std::uint64_t>(1, state.longest_run))},
                     {"longest_wait", static_cast<double>(longest_wait)},
                     {"never_got_in", static_cast<double>(starved)}};
        return m;
    }

private:
    /// A thread is shut out where the others got in so often while it asked.
    static constexpr std::uint64_t shut_out = 1000;

    /// It asked all the time, and nobody else had its processor: a spinning thread ran, another one was not
    /// ready to run without running. What keeps a thread from its processor is not the lock's doing.
    static bool had_a_cpu(const harness::thread_report& thread, impls::waiting waits) {
        const double lap = thread.end_seconds - thread.start_seconds;
        return waits == impls::waiting::spins ? thread.cpu_seconds > 0.5 * lap
                                              : thread.run_delay_seconds < 0.1 * lap;
    }
};

}  // namespace handoff::benchmarks
