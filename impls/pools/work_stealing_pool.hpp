// Work stealing for tasks from outside: a queue that all workers share for what others submit, and a deque per
// worker for what its own tasks submit.
//
// Sources: Blumofe, Leiserson, "Scheduling Multithreaded Computations by Work Stealing", JACM 1999, for the
//          thieves; Chase, Lev, SPAA 2005, for the deque; Lea, "A Java Fork/Join Framework", 2000, for the
//          submission queue.
//
// Progress: blocking, but only while a submitter is in the middle of making a task
//           (detail/injection_queue.hpp).
// Order:    none between workers. What is submitted from outside is taken in the order of its submission.
// Capacity: unbounded; its memory grows with the most tasks that waited at once and stays. Callables above 48
//           bytes are allocated one by one.
// Cost:     1 RMW to submit from outside, none from a task; to run, 1 fence and a share of the RMW that took a
//           run of tasks from the queue. No line that every submission and every completion writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/pools.hpp"
#include "../deques/chase_lev_deque.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/idlers.hpp"
#include "../detail/task.hpp"
#include "../detail/this_thread.hpp"
#include "../wait/hybrid.hpp"
#include "detail/crew.hpp"
#include "detail/injection_queue.hpp"
#include "detail/running.hpp"
#include "detail/task_nodes.hpp"

namespace handoff::impls {

class work_stealing_pool {
public:
    static constexpr std::string_view name = "work_stealing_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = true;
    static constexpr bool keeps_exceptions = true;
    static constexpr bool has_wait = true;

    work_stealing_pool(unsigned workers, const pool_options& options)
        : crew_(name, this, options), idle_(options.wait != nullptr ? options.wait : any_wait_of<hybrid>) {
        for (unsigned i = 0; i < detail::at_least_one_worker(name, workers); ++i) {
            workers_.push_back(std::make_unique<worker>(*this, i));
        }
        try {
            crew_.start(workers, [this](unsigned number) { work(*workers_[number]); });
        } catch (...) {
            shutdown(shutdown_mode::stop_now);
            throw;
        }
    }
    ~work_stealing_pool() {
        crew_.refuse_destruction();
        shutdown(shutdown_mode::drain);
    }
    work_stealing_pool(const work_stealing_pool&) = delete;
    work_stealing_pool& operator=(const work_stealing_pool&) = delete;

    unsigned size() const noexcept { return static_cast<unsigned>(workers_.size()); }

    template <class F>
    submission submit(F&& f) {
        if (auto* const me = static_cast<worker*>(detail::inside::worker_of(this))) {
            return submit_from(*me, std::forward<F>(f));
        }
        if (!injected_.push(std::forward<F>(f))) {
            rejected_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
            return submission::rejected;
        }
        idle_.notify();
        return submission::accepted;
    }

    /// Runs `body(i)` for all i below n and returns when all have ended. Inside a task it runs others
    /// meanwhile.
    template <class Body>
    void run_all(std::size_t n, Body&& body) {
        auto* const me = static_cast<worker*>(detail::inside::worker_of(this));
        atomic<std::size_t> left{n};
        for (std::size_t i = 0; i < n; ++i) {
            bool taken = false;
            part<std::remove_reference_t<Body>> one(*this, me, left, body, i);
            detail::guarded([&] { taken = submit(std::move(one)) == submission::accepted; }, nullptr);
            if (!taken) {  // shut down, or no memory: the others are on their way and refer to `left`
                detail::guarded([&] { body(i); }, crew_.options().on_exception);
            }
        }
        auto all_ended = [&] { return left.load(std::memory_order_acquire) == 0; };  // [joined]
        if (me == nullptr) {
            crew_.wait_until(all_ended);
        } else {
            while (!all_ended()) {
                if (task* const next = search(*me)) {
                    run(*me, next);
                } else if (task* const found = wait(*me, all_ended)) {
                    run(*me, found);
                }
            }
        }
    }

    void wait_idle() {
        crew_.wait_idle([this] { return all_done(); });
    }

    pool_counts shutdown(shutdown_mode mode) {
        crew_.shutdown(
            mode,
            [this] {
                closed_.store(true,
                              std::memory_order_relaxed);  // relaxed: who does not see it yet has come before
                injected_.close();
            },
            [this] { return all_done(); }, [this] { idle_.notify_all(); }, [this] { drop_all(); });
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

private:
    using task = detail::task;

    // Tasks are where they were made until they have run: in a slot of the queue, or in a node of the worker
    // that submitted them. Deques hold pointers.
    struct alignas(detail::cache_line) worker {
        worker(work_stealing_pool& pool, unsigned number)
            : number(number),
              random(0x9e3779b97f4a7c15U * (number + 1)),
              taken(pool.injected_),
              nodes(pool.nodes_) {}

        // Written by the worker, read by who wants to know whether all is done.
        detail::tally done;
        atomic<std::uint64_t> submitted{0};  // into its deque

        // The worker's alone.
        alignas(detail::cache_line) const unsigned number;
        unsigned turn = 0;
        bool ran_since_dry = false;
        bool took_more = false;  // tasks, than the one that it is about to run
        std::uint64_t random;
        detail::injection_queue::finished taken;
        detail::task_nodes::share nodes;

        alignas(detail::cache_line) chase_lev_deque<task*> deque;
    };

    /// The most tasks that a worker takes from the queue at once.
    static constexpr std::uint64_t most_at_once = 32;
    /// Every so many tasks a worker looks at the queue first: tasks that submit tasks keep nobody out for ever.
    static constexpr unsigned queue_first = 61;
    /// A worker that ran dry looks so many times more, with so many pauses before each, before it waits as the
    /// strategy says. Who looked at once would find one task, and take the lines that its submitter is writing
    /// to away from it; who comes a little later finds a run of them. And who waited properly for each task
    /// would pay for more fences than tasks.
    static constexpr int last_looks = 8;
    static constexpr int pauses_before_a_look = 16;

    template <class F>
    submission submit_from(worker& me, F&& f) {
        if (closed_.load(std::memory_order_relaxed)) {  // relaxed: whoever closes waits for this task, too
            rejected_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
            return submission::rejected;
        }
        task* const node = me.nodes.take();
        try {
            node->emplace(std::forward<F>(f));
        } catch (...) {
            me.nodes.give(node);
            throw;
        }
        // relaxed, all: nobody else writes it; the deque shows it to who runs the task
        const std::uint64_t before = me.submitted.load(std::memory_order_relaxed);
        me.submitted.store(before + 1, std::memory_order_relaxed);
        try {
            me.deque.push(node);
        } catch (...) {  // no memory
            me.submitted.store(before, std::memory_order_relaxed);
            node->reset();
            me.nodes.give(node);
            throw;
        }
        idle_.notify();
        return submission::accepted;
    }

    /// One of a run_all. However it ends, run, thrown out of, or dropped by a pool that stops: nobody waits for
    /// ever.
    template <class Body>
    class part {
    public:
        part(work_stealing_pool& pool, worker* joiner, atomic<std::size_t>& left, Body& body,
             std::size_t i) noexcept
            : pool_(&pool), joiner_(joiner), left_(left), body_(body), i_(i) {}
        part(part&& other) noexcept
            : pool_(std::exchange(other.pool_, nullptr)),
              joiner_(other.joiner_),
              left_(other.left_),
              body_(other.body_),
              i_(other.i_) {}
        ~part() {
            // release [joined]: what body did. acquire: nothing; acq_rel keeps the chain of the others.
            if (pool_ != nullptr && left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                pool_->joined(joiner_);  // `left` may be gone
            }
        }
        void operator()() { body_(i_); }

    private:
        work_stealing_pool* pool_;
        worker* joiner_;
        atomic<std::size_t>& left_;
        Body& body_;
        std::size_t i_;
    };

    void work(worker& me) {
        const detail::inside here(this, &me);
        auto never = [] { return false; };
        while (!crew_.stopped()) {
            task* next = search(me);
            if (next == nullptr) {
                next = wait(me, never);
            }
            if (next != nullptr) {
                run(me, next);
            }
        }
        me.taken.flush();
    }

    void run(worker& me, task* what) {
        // What was taken with it was nowhere to be found for a moment, and who looked then may be asleep.
        if (std::exchange(me.took_more, false)) {
            idle_.notify();
        }
        const bool fine = crew_.run(*what);
        if (what->place.load(std::memory_order_relaxed) == 0) {  // relaxed: ours
            me.nodes.give(what);
        } else {
            me.taken.add(what);
        }
        me.done.add(fine);
        me.ran_since_dry = true;
    }

    /// Own work, then the queue's, then others'. Wakes nobody: it is asked from inside wait strategies.
    task* search(worker& me) {
        task* found = nullptr;
        if (++me.turn % queue_first == 0 && (found = take_run(me)) != nullptr) {
            return found;
        }
        if (me.deque.try_pop(found)) {
            return found;
        }
        if ((found = take_run(me)) != nullptr) {
            return found;
        }
        return steal(me);
    }

    /// The first of a run of tasks; the others are in our deque then, the oldest on top, where thieves find
    /// them: a task that takes long holds up none of them. What was taken is promised to be run: no memory for
    /// the deque is the end of the program.
    task* take_run(worker& me) noexcept {
        task* run[most_at_once];
        std::uint64_t count = 0;
        injected_.take(most_at_once, 2 * workers_.size(), [&](task* t) { run[count++] = t; });
        if (count == 0) {
            return nullptr;
        }
        for (std::uint64_t i = count - 1; i > 0; --i) {
            me.deque.push(run[i]);
        }
        me.took_more = count > 1;
        return run[0];
    }

    task* steal(worker& me) {
        const unsigned others = size() - 1;
        for (bool again = others > 0; again;) {
            again = false;
            me.random ^= me.random << 13;  // Marsaglia, "Xorshift RNGs", 2003
            me.random ^= me.random >> 7;
            me.random ^= me.random << 17;
            unsigned victim = static_cast<unsigned>(me.random % others);
            for (unsigned i = 0; i < others; ++i, victim = victim + 1 == others ? 0 : victim + 1) {
                task* found = nullptr;
                switch (workers_[victim + (victim >= me.number ? 1 : 0)]->deque.try_steal(found)) {
                    case steal_result::stolen:
                        return found;
                    case steal_result::lost:
                        again = true;
                        break;  // there was something, and may be more
                    case steal_result::empty:
                        break;
                }
            }
        }
        return nullptr;
    }

    /// Until there is work (which it returns), or `enough()`, or the pool stops.
    template <class Enough>
    task* wait(worker& me, Enough&& enough) {
        if (std::exchange(me.ran_since_dry, false)) {
            me.taken.flush();
            crew_.ran_dry();
        }
        task* found = nullptr;
        for (int i = 0; i < last_looks; ++i) {
            for (int p = 0; p < pauses_before_a_look; ++p) {
                detail::cpu_relax();
            }
            if (enough() || crew_.stopped() || (found = search(me)) != nullptr) {
                return found;
            }
        }
        idle_.wait_until([&] { return enough() || crew_.stopped() || (found = search(me)) != nullptr; });
        idle_.notify();  // there may be more, and the notification for that may have come to us
        return found;
    }

    /// The last of a run_all has ended, for which `joiner` waits, or somebody outside (null).
    void joined(const worker* joiner) noexcept {
        if (joiner == nullptr) {
            crew_.ran_dry();
        } else if (joiner != detail::inside::worker_of(this)) {
            idle_.notify_all();  // the joiner may be among them
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
        std::uint64_t submitted = injected_.pushed();
        for (const auto& w : workers_) {
            submitted += w->submitted.load(std::memory_order_relaxed);  // relaxed: see crew
        }
        return submitted;
    }

    /// What is left when the workers have gone.
    void drop_all() {
        std::uint64_t left = all_submitted() - counts().executed - never_ran_.load(std::memory_order_relaxed);
        never_ran_.fetch_add(left, std::memory_order_relaxed);  // relaxed: a statistic
        worker& any = *workers_.front();
        const auto drop = [&](task* t) {
            t->reset();
            if (t->place.load(std::memory_order_relaxed) == 0) {  // relaxed: ours
                any.nodes.give(t);
            } else {
                any.taken.add(t);
            }
            --left;
        };
        for (auto& w : workers_) {
            for (task* t = nullptr; w->deque.try_pop(t);) {
                drop(t);
            }
        }
        while (left != 0) {
            if (injected_.take(most_at_once, 1, drop) == 0) {
                this_thread::yield();  // a submitter has its ticket and makes its task
            }
        }
        any.taken.flush();
    }

    detail::crew crew_;
    detail::injection_queue injected_;
    detail::task_nodes nodes_;
    detail::idlers idle_;                                     // workers without work
    alignas(detail::cache_line) atomic<bool> closed_{false};  // read by all, written at the end
    atomic<std::uint64_t> rejected_{0};
    atomic<std::uint64_t> never_ran_{0};
    std::vector<std::unique_ptr<worker>> workers_;
};

}  // namespace handoff::impls
