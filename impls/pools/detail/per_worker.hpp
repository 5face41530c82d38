// What pools have in common that give each worker a queue of its own and decide, when a task is submitted,
// whose it is.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "../../atomic.hpp"
#include "../../concepts/pools.hpp"
#include "../../detail/cache_line.hpp"
#include "../../detail/idlers.hpp"
#include "../../detail/mutex.hpp"
#include "../../detail/task.hpp"
#include "../../wait/hybrid.hpp"
#include "crew.hpp"
#include "running.hpp"

namespace handoff::impls::detail {

/// A worker runs its own tasks only, in the order of their submission, and takes all that are there at once.
/// Nobody helps a worker whose tasks take long: that is what dispatch is judged by. `Dispatch(workers)` chooses
/// in `next(load)`, which any thread may call; load(i) is how many tasks of worker i have not ended.
template <class Dispatch>
class per_worker {
public:
    // What all pools of this kind promise; their names and the order in which they start tasks are their own.
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;
    static constexpr bool has_wait = true;
    static constexpr bool idle_workers_help =
        false;  // a task waits for its worker, whoever else has nothing to do

    per_worker(std::string_view name, unsigned workers, const pool_options& options)
        : crew_(name, this, options), dispatch_(at_least_one_worker(name, workers)) {
        for (unsigned i = 0; i < workers; ++i) {
            workers_.push_back(
                std::make_unique<worker>(options.wait != nullptr ? options.wait : any_wait_of<hybrid>));
        }
        try {
            crew_.start(workers, [this](unsigned number) { work(*workers_[number]); });
        } catch (...) {
            shutdown(shutdown_mode::stop_now);
            throw;
        }
    }
    ~per_worker() {
        crew_.refuse_destruction();
        shutdown(shutdown_mode::drain);
    }
    per_worker(const per_worker&) = delete;
    per_worker& operator=(const per_worker&) = delete;

    unsigned size() const noexcept { return static_cast<unsigned>(workers_.size()); }

    template <class F>
    submission submit(F&& f) {
        return submit_to(dispatch_.next([this](unsigned number) { return load(number); }), std::forward<F>(f));
    }

    void wait_idle() {
        crew_.wait_idle([this] { return all_done(); });
    }

    pool_counts shutdown(shutdown_mode mode) {
        crew_.shutdown(
            mode,
            [this] {
                for (auto& w : workers_) {
                    const std::lock_guard lock(w->mutex);
                    w->closed = true;
                }
            },
            [this] { return all_done(); },
            [this] {
                for (auto& w : workers_) {
                    w->idle.notify_all();
                }
            },
            [this] {
                for (auto& w : workers_) {
                    w->waiting.clear();
                }
                never_ran_.store(all_submitted() - counts().executed,
                                 std::memory_order_relaxed);  // relaxed: a statistic
            });
        return counts();
    }

    pool_counts counts() const {
        pool_counts all;
        for (const auto& w : workers_) {
            all.executed += w->done.executed.load(std::memory_order_acquire);  // [executed]
            all.failed += w->done.failed.load(std::memory_order_relaxed);      // relaxed: a statistic
        }
        all.rejected = rejected_.load(std::memory_order_relaxed);    // relaxed: a statistic
        all.never_ran = never_ran_.load(std::memory_order_relaxed);  // relaxed: a statistic
        return all;
    }

protected:
    template <class F>
    submission submit_to(unsigned number, F&& f) {
        worker& its = *workers_[number];
        task made(std::forward<F>(f));
        {
            const std::lock_guard lock(its.mutex);
            if (its.closed) {
                rejected_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
                return submission::rejected;
            }
            its.waiting.push_back(std::move(made));
            // relaxed, both: written under the lock, which shows it to who runs the task
            its.submitted.store(its.submitted.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        }
        its.idle.notify();
        return submission::accepted;
    }

    const Dispatch& dispatch() const noexcept { return dispatch_; }

private:
    struct alignas(cache_line) worker {
        explicit worker(make_any_wait how) : idle(how) {}

        impls::mutex mutex;  // protects what follows
        bool closed = false;
        std::vector<task> waiting;
        atomic<std::uint64_t> submitted{0};

        tally done;
        idlers idle;
    };

    std::uint64_t load(unsigned number) const noexcept {
        const worker& w = *workers_[number];
        // relaxed, both: an estimate, old by the time it is used; the second may be ahead of the first
        const std::uint64_t submitted = w.submitted.load(std::memory_order_relaxed);
        const std::uint64_t executed = w.done.executed.load(std::memory_order_relaxed);
        return submitted > executed ? submitted - executed : 0;
    }

    void work(worker& me) {
        const inside here(this);
        std::vector<task> mine;
        std::uint64_t taken = 0;
        for (;;) {
            {
                const std::lock_guard lock(me.mutex);
                mine.swap(me.waiting);
            }
            if (mine.empty()) {
                crew_.ran_dry();
                // relaxed: the lock shows the tasks
                me.idle.wait_until(
                    [&] { return crew_.stopped() || me.submitted.load(std::memory_order_relaxed) != taken; });
            }
            taken += mine.size();
            for (task& t : mine) {
                if (crew_.stopped()) {
                    break;
                }
                me.done.add(crew_.run(t));
            }
            mine.clear();
            if (crew_.stopped()) {
                return;
            }
        }
    }

    bool all_done() const noexcept {
        std::uint64_t executed = 0;
        for (const auto& w : workers_) {
            executed += w->done.executed.load(std::memory_order_acquire);  // [executed]
        }
        return executed == all_submitted();
    }
    std::uint64_t all_submitted() const noexcept {
        std::uint64_t submitted = 0;
        for (const auto& w : workers_) {
            submitted += w->submitted.load(std::memory_order_relaxed);  // relaxed: see crew
        }
        return submitted;
    }

    crew crew_;
    Dispatch dispatch_;
    atomic<std::uint64_t> rejected_{0};
    atomic<std::uint64_t> never_ran_{0};
    std::vector<std::unique_ptr<worker>> workers_;
};

}  // namespace handoff::impls::detail
