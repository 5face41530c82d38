// Adapted: oneTBB task_group in a task_arena: the waiter is one of the workers.
//
// Source: oneTBB, uxlfoundation/oneTBB.
//
// Progress: blocking.
// Order:    none.
// Capacity: unbounded; allocates for every task from a pool per thread.
// Cost:     as the library's: to submit from outside means to enter the arena and to leave it. N workers are N
//           - 1 threads and who waits: with 1 worker nothing runs before somebody waits. A task that throws
//           cancels those that have not started, and the waiter gets the exception. The library's threads come
//           to the arena when there is work and leave it when there is none; all have been there once when the
//           pool has been made.
#pragma once

#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <cstddef>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/tbb_threads.hpp"
#include "../../detail/threads.hpp"
#include "../detail/running.hpp"
#include "tbb_group.hpp"

namespace handoff::impls {

class tbb_group_pool {
public:
    static constexpr std::string_view name = "tbb_group_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::helps;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = true;
    static constexpr bool keeps_exceptions = false;
    static constexpr bool has_wait = false;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};

    tbb_group_pool(unsigned workers, const pool_options& options)
        : threads_(name, detail::at_least_one_worker(name, workers) - waiters, detail::tbb_at_least(workers)),
          arena_(static_cast<int>(workers), waiters),
          greeter_(arena_, options.on_start) {
        detail::start_each(name, workers - waiters, {}, [this](auto task) { arena_.enqueue(std::move(task)); });
    }
    ~tbb_group_pool() noexcept {
        detail::inside::refuse(this, name, "destruction");
        wait_idle();
    }

    template <class F>
    submission submit(F&& f) {
        arena_.execute([&] { tasks_.run(once<std::decay_t<F>>{this, std::forward<F>(f)}); });
        return submission::accepted;
    }

    /// The caller takes a place in the arena and runs tasks meanwhile.
    template <class Body>
    void run_all(std::size_t n, Body&& body) {
        arena_.execute([&] { detail::tbb_run_all(n, body); });
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        arena_.execute([this] { tasks_.wait(); });
    }
    unsigned size() const noexcept { return static_cast<unsigned>(arena_.max_concurrency()); }

private:
    static constexpr unsigned waiters = 1;  // places in the arena that no thread of the library takes

    /// The library calls what it runs as const.
    template <class F>
    struct once {
        const void* owner;
        mutable F f;
        void operator()() const {
            const detail::inside its_task(owner);
            std::invoke(f);
        }
    };

    detail::tbb_threads threads_;
    oneapi::tbb::task_arena arena_;
    detail::tbb_greeter greeter_;
    oneapi::tbb::task_group tasks_;
};

}  // namespace handoff::impls
