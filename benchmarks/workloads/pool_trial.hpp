// What all workloads of pools have in common: the pool, its submitters, the end of a trial and its audit.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "asleep.hpp"
#include "concepts.hpp"
#include "countdown.hpp"
#include "measurement.hpp"
#include "quota.hpp"
#include "task_tally.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// What the submitter does from the first submission to the last.
enum class submitter_part {
    waits_for_it,  ///< submits and waits: a pool whose waiter helps counts it among its workers
    carries_on,    ///< does not wait before the end: `workers` are threads beside it in every pool
};

/// Of `workers`, those that are threads of the pool's own.
template <impls::thread_pool P>
constexpr std::size_t own_threads(std::size_t workers, submitter_part part) noexcept {
    return workers - (P::waiter == impls::waiter_part::helps && part == submitter_part::waits_for_it ? 1 : 0);
}

inline std::size_t submitters_of(const harness::point& p) {
    return p.value("submitters").empty() ? 1 : p.number("submitters");
}

/// Runs more tasks at once than it was given workers: a thread for each.
template <class P>
constexpr bool ignores_workers = requires { requires P::ignores_workers; };

/// As a point's name says it.
inline impls::rejection policy_of(const harness::point& p) {
    const std::string_view word = p.value("policy");
    return word == "abort"            ? impls::rejection::abort
           : word == "discard"        ? impls::rejection::discard
           : word == "discard_oldest" ? impls::rejection::discard_oldest
           : word == "caller_runs"    ? impls::rejection::caller_runs
                                      : impls::rejection::block;
}

/// The processors that a point's threads may run on.
inline std::size_t processors_for(const harness::point& p) {
    return placement_of(p) == harness::placement::same_core ? 1 : harness::processors().size();
}

/// As many tasks as may compute at once, had each a processor: what efficiency is measured by.
template <impls::thread_pool P>
std::size_t workers_at_once(const harness::point& p) {
    const std::size_t workers = p.number("workers");
    return ignores_workers<P> ? std::max(workers, processors_for(p)) : workers;
}

/// Hands over one task. Pools that sort by keys or urgencies get some of each, always the same for the same
/// task: without any they would have nothing to do.
template <impls::thread_pool P, class Task>
impls::submission hand_over(P& pool, std::uint64_t id, Task&& task) {
    if constexpr (impls::takes_keys<P>) {
        return pool.submit(image(id) >> 58, std::forward<Task>(task));  // 64 keys
    } else if constexpr (impls::takes_priorities<P>) {
        return pool.submit_urgent(static_cast<int>(image(id) >> 61), std::forward<Task>(task));  // 8 urgencies
    } else {
        return pool.submit(std::forward<Task>(task));
    }
}

/// One trial of a pool. The pool is made before its submitters, with its threads on the seats after theirs, and
/// is gone when `run` returns; neither is part of the window.
template <impls::thread_pool P>
class pool_trial {
public:
    /// `items`: how many tasks are to be submitted at most.
    pool_trial(const harness::trial& t, impls::make_any_wait wait, submitter_part part, std::uint64_t items)
        : t_(t),
          part_(part),
          workers_(t.point.number("workers")),
          where_(placement_of(t.point)),
          share_(items, submitters_of(t.point)),
          receipts_(submitters_of(t.point)),
          own_threads_(own_threads<P>(workers_, part)),
          others_submit_(static_cast<std::uint32_t>(receipts_.size() - 1)),
          idle_(1) {
        const std::size_t submitters = receipts_.size();
        const std::size_t own = own_threads<P>(workers_, part);
        impls::pool_options options;
        options.wait = wait;
        options.on_start = [this, seats = harness::seats(where_, submitters + own), submitters,
                            own](unsigned worker) {
            // Who makes more threads than it was asked for has them take turns on the seats.
            const int cpu = own == 0 ? -1 : seats[submitters + worker % own];
            if (cpu >= 0) {
                harness::pin_this_thread(cpu);
            }
            if (worker < own) {
                own_threads_[worker].store(gettid(), std::memory_order_relaxed);  // relaxed: [there] shows it
            }
            started_.fetch_add(1, std::memory_order_release);  // [there]
        };
        if (P::bounded) {
            options.capacity = t.point.number("capacity");
            options.when_full = policy_of(t.point);
        }
        task_tally::reset();
        const bool one_more = part == submitter_part::carries_on && P::waiter == impls::waiter_part::helps;
        pool_ = std::make_unique<P>(static_cast<unsigned>(workers_) + one_more, options);
        if (!have_started(own) && where_ == harness::placement::spread) {
            where_ = harness::placement::unpinned;
        }
    }

    P& pool() noexcept { return *pool_; }
    std::size_t workers() const noexcept { return workers_; }
    std::size_t submitters() const noexcept { return receipts_.size(); }
    /// What the submitters have to submit, and whether time is up.
    quota& share() noexcept { return share_; }

    /// A submitter's share: calls `some(n)` for n tasks, at most `Batch`, until none are left or the time is
    /// up. One task at least: on a busy machine the time may be up before this thread has had a processor.
    template <std::uint64_t Batch, class Some>
    void work(Some&& some) {
        if (!share_.closed()) {
            share_.template work<Batch>(some);
        } else if (share_.claim() > 0) {
            some(1);
        }
    }

    /// Runs `body(i, mine)` in each submitter, i from 0: it submits the tasks task_id(i, 0), task_id(i, 1) and
    /// so on, and enters into `mine` what became of them. The window of all ends when everything has run: the
    /// first waits for the pool, the others for the first, asleep.
    template <class Body>
    harness::measurement run(Body body) {
        const std::size_t submitters = receipts_.size();
        harness::team crew(where_, own_threads<P>(workers_, part_));
        for (std::size_t i = 0; i < submitters; ++i) {
            crew.add("submitter", [&, i](harness::lap& me) {
                submissions mine;
                if (i == 0) {
                    accounts_[0] = kernel_accounts();
                }
                me.start();
                body(i, mine);
                if (i == 0) {
                    others_submit_.wait();
                    pool_->wait_idle();
                    books_.at_idle = task_tally::total();
                    idle_.down();
                } else {
                    others_submit_.down();
                    idle_.wait();
                }
                me.stop(mine.count());
                receipts_[i] = mine;
                if (i == 0) {
                    accounts_[1] = kernel_accounts();
                }
            });
        }
        if (stops_) {
            crew.stop_after(t_.longest, [&] { share_.close(); });
        }
        harness::measurement m;
        m.team = crew.run(t_.window, [] {});
        report_workers(m.team);
        close_the_books();
        m.items = books_.made.count();
        m.failure = audit(books_);
        return m;
    }

    /// Before `run`: all that is to be submitted is, however long that takes.
    void does_not_stop() noexcept { stops_ = false; }
    /// Before `run`: what the pool counts are not the workload's tasks.
    void counts_otherwise() noexcept { compares_counts_ = false; }
    /// After `run`.
    const pool_books& books() const noexcept { return books_; }

private:
    /// Waits for the pool's threads, so that none is made in the window. False where none comes: a pool that
    /// makes its threads when tasks come makes them on the processors of the thread that brings the first, and
    /// would have all on the one to which a submitter is pinned.
    bool have_started(std::size_t own) const {
        if constexpr (ignores_workers<P>) {
            return false;
        }
        static std::atomic<bool> starts_later{false};  // once it is known there is no need to wait again
        const auto end = harness::clock::now() + std::chrono::milliseconds(50);
        const auto started = [&] { return started_.load(std::memory_order_acquire); };  // [there]
        while (started() < own && !starts_later.load(std::memory_order_relaxed) &&
               harness::clock::now() < end) {
            sleep_for(20'000);
        }
        const bool some = own == 0 || started() > 0;
        starts_later.store(!some, std::memory_order_relaxed);
        return some;
    }

    /// What the kernel has counted for a worker so far, in seconds; nothing where the worker is not known.
    struct kernel_account {
        pid_t thread = 0;
        double on_cpu = 0;
        double delayed = 0;  ///< runnable and not running
    };
    std::vector<kernel_account> kernel_accounts() const {
        std::vector<kernel_account> all;
        for (const auto& worker : own_threads_) {
            kernel_account one{worker.load(std::memory_order_relaxed)};  // relaxed: [there] has shown it
            // "run time, run delay, slices", in nanoseconds; absent in kernels without schedstats
            std::ifstream file("/proc/self/task/" + std::to_string(one.thread) + "/schedstat");
            if (one.thread != 0 && file >> one.on_cpu >> one.delayed) {
                one.on_cpu *= 1e-9;
                one.delayed *= 1e-9;
            }
            all.push_back(one);
        }
        return all;
    }

    /// Adds the pool's own threads to the team's: who was kept from its processor spoils the trial, too.
    void report_workers(harness::team_report& team) const {
        for (std::size_t worker = 0; worker < own_threads_.size(); ++worker) {
            const kernel_account& before = accounts_[0][worker];
            const kernel_account& after = accounts_[1][worker];
            if (before.thread == 0 || before.thread != after.thread) {
                continue;  // came later
            }
            harness::thread_report one;
            one.role = "worker";
            one.of_team = false;
            one.cpu = harness::seats(where_, receipts_.size() + own_threads_.size())[receipts_.size() + worker];
            one.end_seconds = team.window_seconds;
            one.cpu_seconds = after.on_cpu - before.on_cpu;
            one.run_delay_seconds = after.delayed - before.delayed;
            task_tally::for_each([&](const task_tally& tally) {
                one.items += tally.thread() == before.thread ? tally.count() : 0;
            });
            team.threads.push_back(one);
        }
    }

    void close_the_books() {
        for (std::size_t i = 0; i < receipts_.size(); ++i) {
            books_.made += receipts_[i];
            books_.to_run += sums_of(i, receipts_[i].count());
        }
        books_.to_run -= books_.made.refused;
        if (P::bounded) {
            const impls::rejection policy = policy_of(t_.point);
            books_.displaces = policy == impls::rejection::discard_oldest;
            books_.may_refuse = policy == impls::rejection::abort || policy == impls::rejection::discard;
        }
        if constexpr (impls::accounts<P>) {
            const impls::pool_counts said = pool_->shutdown(impls::shutdown_mode::drain);
            if (compares_counts_) {
                books_.said = said;
            }
        }
        pool_.reset();
        books_.at_end = task_tally::total();
    }

    const harness::trial& t_;
    const submitter_part part_;
    const std::size_t workers_;
    harness::placement where_;
    std::atomic<std::size_t> started_{0};
    std::unique_ptr<P> pool_;
    quota share_;
    bool stops_ = true;
    bool compares_counts_ = true;
    std::vector<submissions> receipts_;
    std::vector<std::atomic<pid_t>> own_threads_;
    std::array<std::vector<kernel_account>, 2> accounts_;  // before and after the window
    countdown others_submit_;
    countdown idle_;
    pool_books books_;
};

}  // namespace handoff::benchmarks
