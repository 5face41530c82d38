// Adapted: BS::thread_pool without options (BS::light_thread_pool): one locked queue.
//
// Source: Shoshany, "A C++17 Thread Pool for High-Performance Scientific Computing", SoftwareX 2024;
//         github.com/bshoshany/thread-pool.
//
// Progress: blocking.
// Order:    FIFO as implemented, not as documented.
// Capacity: unbounded; allocates for every task.
// Cost:     one lock to submit, one to run, and a condition variable's notification for every task. wait_idle
//           is its own wait().
#pragma once

#include <BS_thread_pool.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <string_view>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/threads.hpp"
#include "../detail/running.hpp"

namespace handoff::impls {

class bs_pool {
public:
    static constexpr std::string_view name = "bs_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = true;  // it drops them; the adaptor tells the handler before
    static constexpr bool has_wait = false;
    static constexpr provenance adapted{
        .library = "BS::thread_pool", .source = "github.com/bshoshany/thread-pool", .version = "v5.1.0"};

    bs_pool(unsigned workers, const pool_options& options)
        : on_exception_(options.on_exception),
          threads_(ensured(detail::at_least_one_worker(name, workers)),
                   [on_start = options.on_start](std::size_t number) {
                       if (on_start) {
                           on_start(static_cast<unsigned>(number));
                       }
                   }) {
        threads_.wait();  // until all threads are there
    }
    ~bs_pool() { detail::inside::refuse(this, name, "destruction"); }
    bs_pool(const bs_pool&) = delete;
    bs_pool& operator=(const bs_pool&) = delete;

    template <class F>
    submission submit(F&& f) {
        threads_.detach_task([this, f = std::forward<F>(f)]() mutable {
            const detail::inside its_task(this);
            detail::guarded(f, on_exception_);
        });
        return submission::accepted;
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        threads_.wait();
    }
    unsigned size() const noexcept { return static_cast<unsigned>(threads_.get_thread_count()); }

private:
    /// Its destructor waits for ever for threads that could not be made.
    static unsigned ensured(unsigned workers) {
        detail::ensure_threads(name, workers);
        return workers;
    }

    const std::function<void(std::exception_ptr)> on_exception_;
    BS::thread_pool<> threads_;
};

}  // namespace handoff::impls
