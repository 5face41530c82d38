// What pools have in common whose tasks stand in one place, under one mutex.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../../concepts/pools.hpp"
#include "../../detail/mutex.hpp"
#include "../../detail/task.hpp"
#include "../../detail/threads.hpp"
#include "running.hpp"

namespace handoff::impls::detail {

/// `Store` holds the tasks: empty(), size(), task pop(), and whatever its pool puts in with. A worker takes the
/// mutex once per task: to say that it has ended one and to take the next. Worker threads start in the
/// constructor.
template <class Store>
class one_lock {
public:
    one_lock(std::string_view name, unsigned workers, const pool_options& options)
        : name_(name), options_(options), size_(at_least_one_worker(name, workers)) {
        try {
            make_threads(name_, workers, threads_, [this](unsigned number) { work(number); });
        } catch (...) {  // no more threads to be had
            shutdown(shutdown_mode::stop_now);
            throw;
        }
    }
    ~one_lock() {
        inside::refuse(this, name_, "destruction");
        shutdown(shutdown_mode::drain);
    }
    one_lock(const one_lock&) = delete;
    one_lock& operator=(const one_lock&) = delete;

    unsigned size() const noexcept { return size_; }

    void wait_idle() {
        inside::refuse(this, name_, "wait_idle()");
        std::unique_lock lock(mutex_);
        idle_.wait(lock, [this] { return running_ == 0 && store_.empty(); });
    }

    pool_counts shutdown(shutdown_mode mode) {
        inside::refuse(this, name_, "shutdown()");
        const std::lock_guard one_at_a_time(ending_);
        std::vector<task> left;
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            if (mode == shutdown_mode::stop_now) {
                left.reserve(store_.size());
                while (!store_.empty()) {
                    left.push_back(store_.pop());
                }
                counts_.never_ran += left.size();
            }
            store_.closed();
        }
        left.clear();  // outside the lock: who knows what their destructors do
        work_.notify_all();
        for (std::thread& t : threads_) {
            t.join();
        }
        threads_.clear();
        idle_.notify_all();
        return counts();
    }

    pool_counts counts() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

protected:
    /// Puts a task in as `put(store)` does, unless the pool is shut down.
    template <class Put>
    submission enqueue(Put&& put) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_) {
                ++counts_.rejected;
                return submission::rejected;
            }
            put(store_);
        }
        work_.notify_one();
        return submission::accepted;
    }

    /// On the calling thread, which holds `lock`; it does not while the task runs.
    void run(task next, std::unique_lock<mutex>& lock) {
        ++running_;
        lock.unlock();
        const bool fine = guarded(next, options_.on_exception);
        lock.lock();
        ++counts_.executed;
        counts_.failed += fine ? 0 : 1;
        if (--running_ == 0 && store_.empty()) {
            idle_.notify_all();
        }
    }

    /// On a thread that submits.
    submission run_here(task next, std::unique_lock<mutex>& lock) {
        const inside here(this);
        run(std::move(next), lock);
        return submission::ran;
    }
    bool within() const noexcept { return inside::of(this); }

    const std::string_view name_;
    const pool_options options_;
    mutable mutex mutex_;  // protects what follows
    Store store_;
    bool closed_ = false;
    unsigned running_ = 0;
    pool_counts counts_;
    condition_variable work_;  // the store is no longer empty, or the pool is closed

private:
    void work(unsigned number) {
        const inside here(this);
        if (options_.on_start) {
            options_.on_start(number);
        }
        std::unique_lock lock(mutex_);
        for (;;) {
            work_.wait(lock, [this] { return !store_.empty() || closed_; });
            if (store_.empty()) {
                return;
            }
            run(store_.pop(), lock);
        }
    }

    condition_variable idle_;
    mutex ending_;
    const unsigned size_;
    std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace handoff::impls::detail
