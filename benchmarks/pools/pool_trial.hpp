// What all workloads of pools have in common: the pool, its submitters, the end of a trial and its audit.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "concepts/pools.hpp"
#include "measurement.hpp"
#include "pools/task_tally.hpp"
#include "pools/traits.hpp"
#include "shared/asleep.hpp"
#include "shared/countdown.hpp"
#include "shared/quota.hpp"
#include "shared/worker_roll.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// Runs more tasks at once than it was given workers: a thread for each.
template <class P>
constexpr bool ignores_workers = requires { requires P::ignores_workers; };

/// The processors that a point's threads may run on.
std::size_t processors_for(const harness::point& p);

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

/// What a trial has to know of a pool's type outside the loops.
struct pool_facts {
    bool is_bounded;
    bool waiter_helps;
    bool ignores_workers;
    /// Set when this process has found out that the pool makes its threads when tasks come.
    std::atomic<bool>& starts_later;
};

/// One trial of a pool, without the pool's type.
class any_pool_trial {
public:
    any_pool_trial(const any_pool_trial&) = delete;
    any_pool_trial& operator=(const any_pool_trial&) = delete;

    std::size_t workers() const noexcept { return workers_; }
    std::size_t submitters() const noexcept { return receipts_.size(); }
    /// The pool's own threads.
    worker_roll& workers_roll() noexcept { return roll_; }
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
        // The loop's receipt is a local of the loop: one that came by reference would be in memory, and its
        // stores would make the submitter slow enough to find the worker asleep.
        return run_submitters([&](std::size_t i, submissions& receipt) {
            submissions mine;
            body(i, mine);
            receipt = mine;
        });
    }

    /// Before `run`: all that is to be submitted is, however long that takes.
    void does_not_stop() noexcept { stops_ = false; }
    /// Before `run`: what the pool counts are not the workload's tasks.
    void counts_otherwise() noexcept { compares_counts_ = false; }
    /// After `run`.
    const pool_books& books() const noexcept { return books_; }

protected:
    any_pool_trial(const pool_facts& facts, const harness::trial& t, submitter_part part, std::uint64_t items);
    ~any_pool_trial() = default;

    /// What the pool is to be made with.
    impls::pool_options options(impls::make_any_wait wait);
    unsigned workers_to_make() const noexcept;
    /// To be called when it is made.
    void pool_is_made();

private:
    harness::measurement run_submitters(const std::function<void(std::size_t, submissions&)>& body);
    virtual void wait_idle() = 0;
    /// The workers that the pool says it has.
    virtual unsigned size() = 0;
    /// Destroys the pool; returns what it has counted, where it counts.
    virtual std::optional<impls::pool_counts> end() = 0;

    bool have_started() const;
    void report_workers(harness::measurement& m) const;
    void close_the_books();

    const pool_facts facts_;
    const harness::trial& t_;
    const submitter_part part_;
    const std::size_t workers_;
    harness::placement where_;
    worker_roll roll_;
    quota share_;
    bool stops_ = true;
    bool compares_counts_ = true;
    std::vector<submissions> receipts_;
    countdown others_submit_;
    countdown idle_;
    pool_books books_;
};

/// One trial of a pool. The pool is made before its submitters, with its threads on the seats after theirs, and
/// is gone when `run` returns; neither is part of the window.
template <impls::thread_pool P>
class pool_trial final : public any_pool_trial {
public:
    /// `items`: how many tasks are to be submitted at most.
    pool_trial(const harness::trial& t, impls::make_any_wait wait, submitter_part part, std::uint64_t items)
        : any_pool_trial(
              {P::bounded, P::waiter == impls::waiter_part::helps, ignores_workers<P>, starts_later_}, t, part,
              items) {
        pool_ = std::make_unique<P>(workers_to_make(), options(wait));
        pool_is_made();
    }

    P& pool() noexcept { return *pool_; }

private:
    void wait_idle() override { pool_->wait_idle(); }
    unsigned size() override { return pool_->size(); }
    std::optional<impls::pool_counts> end() override {
        std::optional<impls::pool_counts> said;
        if constexpr (impls::accounts<P>) {
            said = pool_->shutdown(impls::shutdown_mode::drain);
        }
        pool_.reset();
        return said;
    }

    static inline std::atomic<bool> starts_later_{false};
    std::unique_ptr<P> pool_;
};

}  // namespace handoff::benchmarks
