// Adapted: dp::thread_pool: a locked queue per worker, filled in turn; who has run out of work steals one task
// at a time.
//
// Source: Tsouchlos, github.com/DeveloperPaul123/thread-pool.
//
// Progress: blocking.
// Order:    none promised.
// Capacity: unbounded; allocates for every task (std::function).
// Cost:     two locks, 2 RMW and a semaphore to submit; a lock and 2 RMW to run; the adaptor's count for
//           wait_idle (detail/awaited.hpp), since its own wait_for_tasks may return before the last callable
//           is destroyed.
#pragma once

#include <thread_pool/thread_pool.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <string_view>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/threads.hpp"
#include "../detail/awaited.hpp"
#include "../detail/copyable.hpp"
#include "../detail/running.hpp"

namespace handoff::impls {

class dp_pool {
public:
    static constexpr std::string_view name = "dp_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;  // it drops them; the adaptor tells the handler before
    static constexpr bool has_wait = false;
    static constexpr provenance adapted{.library = "dp::thread_pool",
                                        .source = "github.com/DeveloperPaul123/thread-pool",
                                        .version = "0.6.0-47-ga0aa5bc (0.7.0)"};

    dp_pool(unsigned workers, const pool_options& options)
        : on_exception_(options.on_exception),
          threads_(ensured(detail::at_least_one_worker(name, workers)),
                   [on_start = options.on_start](std::size_t number) {
                       if (on_start) {
                           on_start(static_cast<unsigned>(number));
                       }
                   }) {
        detail::start_each(name, workers, {}, [this](auto task) { threads_.enqueue_detach(std::move(task)); });
    }
    ~dp_pool() {
        detail::inside::refuse(this, name, "destruction");
        tasks_.wait();
    }
    dp_pool(const dp_pool&) = delete;
    dp_pool& operator=(const dp_pool&) = delete;

    template <class F>
    submission submit(F&& f) {
        tasks_.submitted();
        threads_.enqueue_detach(tasks_.counted(
            this,
            [this, f = detail::copyable(std::forward<F>(f))]() mutable { detail::guarded(f, on_exception_); }));
        return submission::accepted;
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        tasks_.wait();
    }
    unsigned size() const noexcept { return static_cast<unsigned>(threads_.size()); }

private:
    /// The library makes a pool without those that it cannot have.
    static unsigned ensured(unsigned workers) {
        detail::ensure_threads(name, workers);
        return workers;
    }

    const std::function<void(std::exception_ptr)> on_exception_;
    detail::awaited tasks_;
    dp::thread_pool<> threads_;
};

}  // namespace handoff::impls
