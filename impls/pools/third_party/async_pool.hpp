// Adapted: std::async: the library's own answer to "run this somewhere else", a thread for every task.
//
// Source: ISO C++ [futures.async]; libstdc++.
//
// Progress: blocking.
// Order:    none.
// Capacity: tasks never wait, but submitters do: who has left 256 futures behind, and is no task itself, waits
//           for the oldest. Allocates a thread and a shared state for every task.
// Cost:     a thread's beginning and end, and a lock for the futures that wait_idle waits for. Any number of
//           tasks run at once, whatever number of workers was asked for. on_start is not called: no thread has
//           a second task.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../detail/running.hpp"

namespace handoff::impls {

class async_pool {
public:
    static constexpr std::string_view name = "async_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;  // takes no capacity
    static constexpr auto hidden_rejection = rejection::block;
    static constexpr bool ignores_workers = true;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;  // in the future; the adaptor tells the handler before
    static constexpr bool has_wait = false;

    async_pool(unsigned workers, const pool_options& options)
        : size_(detail::at_least_one_worker(name, workers)), on_exception_(options.on_exception) {}
    ~async_pool() {
        detail::inside::refuse(this, name, "destruction");
        wait_idle();
    }

    template <class F>
    submission submit(F&& f) {
        std::future<void> begun;
        try {
            begun = std::async(std::launch::async, [this, f = std::forward<F>(f)]() mutable {
                const detail::inside its_task(this);
                detail::guarded([&] { std::decay_t<F>(std::move(f))(); }, on_exception_);
            });
        } catch (const std::system_error&) {  // no more threads to be had
            return submission::rejected;
        }
        std::unique_lock lock(mutex_);
        futures_.push_back(std::move(begun));
        while (futures_.size() > most && !detail::inside::of(this)) {
            wait_for_oldest(lock);
        }
        return submission::accepted;
    }

    /// A task's future is kept before the task that submitted it ends: when all that are kept have ended, and
    /// nobody waits for another, everything has.
    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        std::unique_lock lock(mutex_);
        while (!futures_.empty() || waited_for_ > 0) {
            if (futures_.empty()) {
                fewer_.wait(lock);
            } else {
                wait_for_oldest(lock);
            }
        }
    }
    unsigned size() const noexcept { return size_; }

private:
    static constexpr std::size_t most = 256;

    /// Under the lock, which it leaves meanwhile.
    void wait_for_oldest(std::unique_lock<std::mutex>& lock) {
        std::future<void> oldest = std::move(futures_.front());
        futures_.pop_front();
        ++waited_for_;
        lock.unlock();
        oldest.wait();
        oldest = {};
        lock.lock();
        --waited_for_;
        fewer_.notify_all();
    }

    const unsigned size_;
    const std::function<void(std::exception_ptr)> on_exception_;
    std::mutex mutex_;  // protects what follows
    std::deque<std::future<void>> futures_;
    std::size_t waited_for_ = 0;  ///< futures that are in nobody's hands but a waiter's
    std::condition_variable fewer_;
};

}  // namespace handoff::impls
