// One queue that all workers share, without a lock.
//
// Source: Michael and Scott, PODC 1996, for the queue (queues/michael_scott_queue.hpp).
//
// Progress: lock-free, but for workers without work, who wait.
// Order:    FIFO.
// Capacity: unbounded; allocates a node for every task and frees it.
// Cost:     1 RMW to get in and 5 to submit, for the queue and the submitter's hazard pointers, malloc; 1 RMW
//           to run.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/pools.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/idlers.hpp"
#include "../detail/task.hpp"
#include "../detail/this_thread.hpp"
#include "../queues/michael_scott_queue.hpp"
#include "../wait/hybrid.hpp"
#include "detail/crew.hpp"
#include "detail/running.hpp"

namespace handoff::impls {

class lock_free_pool {
public:
    static constexpr std::string_view name = "lock_free_pool";
    static constexpr auto starts = start_order::fifo;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;
    static constexpr bool has_wait = true;

    lock_free_pool(unsigned workers, const pool_options& options)
        : crew_(name, this, options),
          tallies_(detail::at_least_one_worker(name, workers)),
          idle_(options.wait != nullptr ? options.wait : any_wait_of<hybrid>) {
        try {
            crew_.start(workers, [this](unsigned number) { work(tallies_[number]); });
        } catch (...) {
            shutdown(shutdown_mode::stop_now);
            throw;
        }
    }
    ~lock_free_pool() {
        crew_.refuse_destruction();
        shutdown(shutdown_mode::drain);
    }
    lock_free_pool(const lock_free_pool&) = delete;
    lock_free_pool& operator=(const lock_free_pool&) = delete;

    unsigned size() const noexcept { return static_cast<unsigned>(tallies_.size()); }

    template <class F>
    submission submit(F&& f) {
        detail::task made(std::forward<F>(f));
        // relaxed: the queue shows it to who runs the task
        if ((gate_.fetch_add(1, std::memory_order_relaxed) & closed_bit) != 0) {
            leave_gate();
            rejected_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
            return submission::rejected;
        }
        try {
            queue_.producer().push(std::move(made));
        } catch (...) {  // no memory
            leave_gate();
            throw;
        }
        idle_.notify();
        return submission::accepted;
    }

    void wait_idle() {
        crew_.wait_idle([this] { return all_done(); });
    }

    pool_counts shutdown(shutdown_mode mode) {
        crew_.shutdown(
            mode, [this] { gate_.fetch_or(closed_bit, std::memory_order_relaxed); },  // relaxed: a number
            [this] { return all_done(); }, [this] { idle_.notify_all(); }, [this] { drop_all(); });
        return counts();
    }

    pool_counts counts() const {
        pool_counts all;
        for (const detail::tally& t : tallies_) {
            all.executed += t.executed.load(std::memory_order_acquire);  // [executed]
            all.failed += t.failed.load(std::memory_order_relaxed);      // relaxed: a statistic
        }
        all.rejected = rejected_.load(std::memory_order_relaxed);    // relaxed: a statistic
        all.never_ran = never_ran_.load(std::memory_order_relaxed);  // relaxed: a statistic
        return all;
    }

private:
    static constexpr std::uint64_t closed_bit = std::uint64_t{1} << 63;

    void work(detail::tally& mine) {
        const detail::inside here(this);
        auto end = queue_.consumer();
        detail::task next;
        while (!crew_.stopped()) {
            bool found = end.try_pop(next);
            if (!found) {
                crew_.ran_dry();
                idle_.wait_until([&] { return crew_.stopped() || (found = end.try_pop(next)); });
                if (!found) {
                    return;
                }
                idle_.notify();  // there may be more, and the notification for that may have come to us
            }
            mine.add(crew_.run(next));
        }
    }

    /// Who came through the gate and has nothing to submit after all.
    void leave_gate() noexcept {
        gate_.fetch_sub(1, std::memory_order_relaxed);  // relaxed: a number
        crew_.ran_dry();
    }

    std::uint64_t all_submitted() const noexcept {
        return gate_.load(std::memory_order_relaxed) & ~closed_bit;  // relaxed: see crew
    }
    bool all_done() const noexcept {
        std::uint64_t executed = 0;
        for (const detail::tally& t : tallies_) {
            executed += t.executed.load(std::memory_order_acquire);  // [executed]
        }
        return executed == all_submitted();
    }

    /// What is left when the workers have gone, also what is being submitted at this moment.
    void drop_all() {
        auto end = queue_.consumer();
        const std::uint64_t executed = counts().executed;
        std::uint64_t dropped = 0;
        while (executed + dropped != all_submitted()) {
            if (detail::task left; end.try_pop(left)) {
                ++dropped;
            } else {
                this_thread::yield();
            }
        }
        never_ran_.store(dropped, std::memory_order_relaxed);  // relaxed: a statistic
    }

    detail::crew crew_;
    std::vector<detail::tally> tallies_;
    michael_scott_queue<detail::task> queue_;
    detail::idlers idle_;
    // Tasks that were submitted, and whether no more may be.
    alignas(detail::cache_line) atomic<std::uint64_t> gate_{0};
    alignas(detail::cache_line) atomic<std::uint64_t> rejected_{0};
    atomic<std::uint64_t> never_ran_{0};
};

}  // namespace handoff::impls
