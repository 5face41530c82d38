// Adapted: concurrencpp::thread_pool_executor: a locked queue per worker, from which the worker takes all tasks
// at once into a stack of its own; idle workers get new tasks, and a share of such a stack when its owner
// begins a task.
//
// Source: Haim, github.com/David-Haim/concurrencpp.
//
// Progress: blocking.
// Order:    none; of the tasks that a worker has taken the last comes first.
// Capacity: unbounded; allocates for tasks of more than 64 bytes, and for the queues.
// Cost:     1 RMW to look for an idle worker, a lock and a semaphore to submit; a lock for many tasks to run;
//           the adaptor's count for wait_idle (detail/awaited.hpp). Threads begin with their first task; the
//           adaptor gives each one, and asks that none ends in the 24 h after.
#pragma once

#include <concurrencpp/executors/thread_pool_executor.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <string_view>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/threads.hpp"
#include "../detail/awaited.hpp"
#include "../detail/running.hpp"

namespace handoff::impls {

class concurrencpp_pool {
public:
    static constexpr std::string_view name = "concurrencpp_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool idle_workers_help =
        false;  // tasks behind a long one in its worker's stack wait for it
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;  // it drops them; the adaptor tells the handler before
    static constexpr bool has_wait = false;
    static constexpr provenance adapted{
        .library = "concurrencpp", .source = "github.com/David-Haim/concurrencpp", .version = "v.0.1.7"};

    concurrencpp_pool(unsigned workers, const pool_options& options)
        : size_(ensured(detail::at_least_one_worker(name, workers))),
          on_exception_(options.on_exception),
          threads_(name, workers, std::chrono::hours(24),
                   [this, on_start = options.on_start](std::string_view) {
                       const unsigned number =
                           started_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a number
                       if (on_start) {
                           on_start(number);
                       }
                   }) {
        try {
            detail::start_each(name, workers, {}, [this](auto task) { threads_.post(std::move(task)); });
        } catch (...) {
            threads_.shutdown();
            throw;
        }
    }
    ~concurrencpp_pool() {
        detail::inside::refuse(this, name, "destruction");
        tasks_.wait();
        threads_.shutdown();
    }
    concurrencpp_pool(const concurrencpp_pool&) = delete;
    concurrencpp_pool& operator=(const concurrencpp_pool&) = delete;

    template <class F>
    submission submit(F&& f) {
        tasks_.submitted();
        threads_.post(tasks_.counted(
            this, [this, f = std::forward<F>(f)]() mutable { detail::guarded(f, on_exception_); }));
        return submission::accepted;
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        tasks_.wait();
    }
    unsigned size() const noexcept { return size_; }

private:
    /// The library ends the program when it cannot have one.
    static unsigned ensured(unsigned workers) {
        detail::ensure_threads(name, workers);
        return workers;
    }

    const unsigned size_;
    const std::function<void(std::exception_ptr)> on_exception_;
    std::atomic<unsigned> started_{0};
    detail::awaited tasks_;
    concurrencpp::thread_pool_executor threads_;
};

}  // namespace handoff::impls
