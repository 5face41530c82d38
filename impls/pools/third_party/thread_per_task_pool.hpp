// A std::thread for every task: what a pool saves.
//
// Progress: blocking.
// Order:    none.
// Capacity: tasks never wait, but submitters do while 256 threads run, unless they are tasks themselves.
//           Allocates a thread for every task.
// Cost:     a thread's beginning and end, and two locks. Any number of tasks up to that run at once, whatever
//           number of workers was asked for. Tasks that throw end the program. on_start is not called: no
//           thread has a second task.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../detail/task.hpp"
#include "../detail/running.hpp"

namespace handoff::impls {

class thread_per_task_pool {
public:
    static constexpr std::string_view name = "thread_per_task_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;  // takes no capacity
    static constexpr auto hidden_rejection = rejection::block;
    static constexpr bool ignores_workers = true;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = false;
    static constexpr bool has_wait = false;

    thread_per_task_pool(unsigned workers, const pool_options&)
        : size_(detail::at_least_one_worker(name, workers)) {}
    ~thread_per_task_pool() {
        detail::inside::refuse(this, name, "destruction");
        wait_idle();
    }
    thread_per_task_pool(const thread_per_task_pool&) = delete;
    thread_per_task_pool& operator=(const thread_per_task_pool&) = delete;

    template <class F>
    submission submit(F&& f) {
        detail::task made(std::forward<F>(f));
        {
            std::unique_lock lock(mutex_);
            if (!detail::inside::of(this)) {
                fewer_.wait(lock, [this] { return running_ < most; });
            }
            ++running_;
        }
        try {
            std::thread([this, task = std::move(made)]() mutable {
                {
                    const detail::inside here(this);
                    task();
                }
                ended();  // the last that the thread does here
            }).detach();
        } catch (const std::system_error&) {  // no more threads to be had
            ended();
            return submission::rejected;
        }
        return submission::accepted;
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        std::unique_lock lock(mutex_);
        fewer_.wait(lock, [this] { return running_ == 0; });
    }
    unsigned size() const noexcept { return size_; }

private:
    static constexpr unsigned most = 256;

    void ended() {
        const std::lock_guard lock(mutex_);
        --running_;
        fewer_.notify_all();  // under the lock: whoever waits may destroy us as soon as it is ours no more
    }

    const unsigned size_;
    std::mutex mutex_;  // protects what follows
    unsigned running_ = 0;
    std::condition_variable fewer_;
};

}  // namespace handoff::impls
