// Adapted: std::async: the library's own answer to "run this somewhere else", a thread for every task.
//
// Source: ISO C++ [futures.async]; libstdc++.
//
// Progress: blocking.
// Order:    none.
// Capacity: tasks never wait, but submitters do: who has left 256 futures behind, and is no task itself, waits
//           for the oldest. Allocates a thread and a shared state for every task.
// Cost:     a thread's beginning and end; the adaptor's count for wait_idle (detail/awaited.hpp) and a lock.
//           Any number of tasks run at once, whatever number of workers was asked for. on_start is not called:
//           no thread has a second task.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../detail/awaited.hpp"
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
        tasks_.submitted();
        std::future<void> begun;
        try {
            begun =
                std::async(std::launch::async, tasks_.counted(this, [this, f = std::forward<F>(f)]() mutable {
                    detail::guarded(f, on_exception_);
                }));
        } catch (const std::system_error&) {  // no more threads to be had
            tasks_.refused();
            return submission::rejected;
        }
        std::unique_lock lock(mutex_);
        futures_.push_back(std::move(begun));
        while (futures_.size() > most && !detail::inside::of(this)) {
            const std::future<void> oldest = std::move(futures_.front());
            futures_.pop_front();
            lock.unlock();
            oldest.wait();
            lock.lock();
        }
        return submission::accepted;
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        tasks_.wait();
        std::deque<std::future<void>> ended;
        const std::lock_guard lock(mutex_);
        ended.swap(futures_);
    }
    unsigned size() const noexcept { return size_; }

private:
    static constexpr std::size_t most = 256;

    const unsigned size_;
    const std::function<void(std::exception_ptr)> on_exception_;
    detail::awaited tasks_;
    std::mutex mutex_;  // protects what follows
    std::deque<std::future<void>> futures_;
};

}  // namespace handoff::impls
