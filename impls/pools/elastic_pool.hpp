// The textbook pool with threads that come and go.
//
// The rules are those of java.util.concurrent.ThreadPoolExecutor (Lea) for a queue without room: a thread more
// when nobody is idle, up to a limit; a thread less when one above the core has been idle for too long.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: unbounded; allocates a chunk for every eight tasks, and one more for a callable above 48 bytes.
// Cost:     as locked_pool's; a thread's beginning where one is started, within submit and under the lock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "../concepts/pools.hpp"
#include "../detail/clock.hpp"
#include "../detail/mutex.hpp"
#include "../detail/task.hpp"
#include "../detail/threads.hpp"
#include "detail/running.hpp"

namespace handoff::impls {

/// `workers` threads always; up to `options.max_workers` while there are tasks that nobody is idle for.
class elastic_pool {
public:
    static constexpr std::string_view name = "elastic_pool";
    static constexpr auto starts = start_order::fifo;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;
    static constexpr bool has_wait = false;
    static constexpr bool grows = true;  // obeys max_workers and keep_alive

    elastic_pool(unsigned workers, const pool_options& options)
        : options_(options),
          core_(detail::at_least_one_worker(name, workers)),
          seats_(std::max(workers, options.max_workers)) {
        try {
            const std::lock_guard lock(mutex_);
            while (threads_ < core_) {
                start_one();
            }
        } catch (const std::system_error& e) {
            const auto refused = detail::no_thread(name, size(), core_, e);
            shutdown(shutdown_mode::stop_now);
            throw refused;
        }
    }
    ~elastic_pool() {
        detail::inside::refuse(this, name, "destruction");
        shutdown(shutdown_mode::drain);
    }
    elastic_pool(const elastic_pool&) = delete;
    elastic_pool& operator=(const elastic_pool&) = delete;

    /// The threads of the moment.
    unsigned size() const noexcept {
        const std::lock_guard lock(mutex_);
        return threads_;
    }

    template <class F>
    submission submit(F&& f) {
        detail::task made(std::forward<F>(f));
        {
            const std::lock_guard lock(mutex_);
            if (closed_) {
                ++counts_.rejected;
                return submission::rejected;
            }
            tasks_.push_back(std::move(made));
            if (tasks_.size() > idle_threads_ && threads_ < seats_.size()) {
                try {
                    start_one();
                } catch (const std::system_error&) {
                    // The system gives no more threads; those that there are will do.
                }
            }
        }
        work_.notify_one();
        return submission::accepted;
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        std::unique_lock lock(mutex_);
        idle_.wait(lock, [this] { return running_ == 0 && tasks_.empty(); });
    }

    pool_counts shutdown(shutdown_mode mode) {
        detail::inside::refuse(this, name, "shutdown()");
        const std::lock_guard one_at_a_time(ending_);
        std::deque<detail::task> left;
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            if (mode == shutdown_mode::stop_now) {
                left.swap(tasks_);
                counts_.never_ran += left.size();
            }
        }
        left.clear();  // outside the lock: who knows what their destructors do
        work_.notify_all();
        for (seat& s : seats_) {  // nobody starts threads any more
            if (s.thread.joinable()) {
                s.thread.join();
            }
        }
        idle_.notify_all();
        return counts();
    }

    pool_counts counts() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

private:
    /// A place for a thread, and its number.
    struct seat {
        bool taken = false;
        std::thread thread;
    };

    /// Under the lock.
    void start_one() {
        const auto free = std::find_if(seats_.begin(), seats_.end(), [](const seat& s) { return !s.taken; });
        if (free->thread.joinable()) {
            free->thread.join();  // it has left its seat, and needs the lock no more
        }
        free->thread = std::thread([this, free] { work(*free); });
        free->taken = true;
        ++threads_;
    }

    void work(seat& mine) {
        const detail::inside here(this);
        if (options_.on_start) {
            options_.on_start(static_cast<unsigned>(&mine - seats_.data()));
        }
        std::unique_lock lock(mutex_);
        while (wait(lock)) {
            detail::task next = std::move(tasks_.front());
            tasks_.pop_front();
            ++running_;
            lock.unlock();
            const bool fine = detail::guarded(next, options_.on_exception);
            lock.lock();
            ++counts_.executed;
            counts_.failed += fine ? 0 : 1;
            if (--running_ == 0 && tasks_.empty()) {
                idle_.notify_all();
            }
        }
        --threads_;
        mine.taken = false;
    }

    /// Until there is a task; false when there is none and the thread has to go.
    bool wait(std::unique_lock<mutex>& lock) {
        const auto until = steady_clock::now() + options_.keep_alive;
        while (tasks_.empty()) {
            if (closed_) {
                return false;
            }
            ++idle_threads_;
            // Who is not above the core now may be so later, through a thread that starts then; that one sees
            // to it.
            const bool late = threads_ > core_ ? work_.wait_until(lock, until) == std::cv_status::timeout
                                               : (work_.wait(lock), false);
            --idle_threads_;
            if (late && tasks_.empty() && threads_ > core_) {
                return false;
            }
        }
        return true;
    }

    const pool_options options_;
    const unsigned core_;
    mutable mutex mutex_;  // protects what follows
    std::deque<detail::task> tasks_;
    bool closed_ = false;
    unsigned threads_ = 0;
    unsigned idle_threads_ = 0;
    unsigned running_ = 0;
    pool_counts counts_;
    std::vector<seat> seats_;
    condition_variable work_;  // there is a task, or the pool is closed
    condition_variable idle_;
    mutex ending_;
};

}  // namespace handoff::impls
