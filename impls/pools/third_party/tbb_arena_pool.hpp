// Adapted: oneTBB task_arena::enqueue: tasks that nobody waits for, run by the library's threads.
//
// Source: oneTBB, uxlfoundation/oneTBB.
//
// Progress: blocking.
// Order:    none promised; roughly the order of submission.
// Capacity: unbounded; allocates for every task from a pool per thread.
// Cost:     as the library's; the adaptor's count for wait_idle (detail/awaited.hpp). Tasks that throw end the
//           program. The library's threads come to the arena when there is work and leave it when there is
//           none; all have been there once when the pool has been made.
#pragma once

#include <oneapi/tbb/task_arena.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/tbb_threads.hpp"
#include "../../detail/threads.hpp"
#include "../detail/awaited.hpp"
#include "../detail/running.hpp"
#include "tbb_group.hpp"

namespace handoff::impls {

class tbb_arena_pool {
public:
    static constexpr std::string_view name = "tbb_arena_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = true;
    static constexpr bool keeps_exceptions = false;
    static constexpr bool has_wait = false;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};

    tbb_arena_pool(unsigned workers, const pool_options& options)
        : threads_(name, detail::at_least_one_worker(name, workers), detail::tbb_at_least(workers)),
          arena_(static_cast<int>(workers), 0),
          greeter_(arena_, options.on_start) {
        detail::start_each(name, workers, {}, [this](auto task) { arena_.enqueue(std::move(task)); });
    }
    ~tbb_arena_pool() {
        detail::inside::refuse(this, name, "destruction");
        tasks_.wait();
    }

    template <class F>
    submission submit(F&& f) {
        tasks_.submitted();
        arena_.enqueue(tasks_.counted(this, std::forward<F>(f)));
        return submission::accepted;
    }

    /// The caller takes a place in the arena and runs tasks meanwhile.
    template <class Body>
    void run_all(std::size_t n, Body&& body) {
        arena_.execute([&] { detail::tbb_run_all(n, body); });
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        tasks_.wait();
    }
    unsigned size() const noexcept { return static_cast<unsigned>(arena_.max_concurrency()); }

private:
    detail::tbb_threads threads_;
    detail::awaited tasks_;
    oneapi::tbb::task_arena arena_;
    detail::tbb_greeter greeter_;
};

}  // namespace handoff::impls
