// Adapted: thread_pool by Robert Vaser: a locked queue per worker; who submits or looks for work tries the
//          others'
// before it waits at one.
//
// Source: rvaser/thread_pool (Debian's libthread-pool-dev).
//
// Progress: blocking.
// Order:    none.
// Capacity: unbounded; allocates for every task, its result, and a wrapper around both.
// Cost:     1 RMW that all submitters share, a lock, a notification and the state of a future that nobody asked
//           for to submit; a lock to run; the adaptor's count for wait_idle (detail/awaited.hpp). Threads say
//           nothing of their beginning, and which runs a task is not said either: on_start runs in tasks that
//           wait for each other.
#pragma once

#include <functional>
#include <string_view>
#include <thread_pool/thread_pool.hpp>
#include <type_traits>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/threads.hpp"
#include "../detail/awaited.hpp"
#include "../detail/running.hpp"

namespace handoff::impls {

class rvaser_pool {
public:
    static constexpr std::string_view name = "rvaser_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;  // in the future; the adaptor tells the handler before
    static constexpr bool has_wait = false;
    static constexpr provenance adapted{
        .library = "rvaser::thread_pool", .source = "libthread-pool-dev", .version = "4.0.0"};

    rvaser_pool(unsigned workers, const pool_options& options)
        : on_exception_(options.on_exception), threads_(ensured(detail::at_least_one_worker(name, workers))) {
        detail::start_each(name, workers, options.on_start,
                           [this](auto task) { threads_.Submit(std::move(task)); });
    }
    ~rvaser_pool() {
        detail::inside::refuse(this, name, "destruction");
        tasks_.wait();
    }

    template <class F>
    submission submit(F&& f) {
        tasks_.submitted();
        threads_.Submit(tasks_.counted(
            this, [this, f = std::forward<F>(f)]() mutable { detail::guarded(f, on_exception_); }));
        return submission::accepted;
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        tasks_.wait();
    }
    unsigned size() const noexcept { return static_cast<unsigned>(threads_.num_threads()); }

private:
    /// The library ends the program when it cannot have a thread.
    static unsigned ensured(unsigned workers) {
        detail::ensure_threads(name, workers);
        return workers;
    }

    const std::function<void(std::exception_ptr)> on_exception_;
    detail::awaited tasks_;
    ::thread_pool::ThreadPool threads_;
};

}  // namespace handoff::impls
