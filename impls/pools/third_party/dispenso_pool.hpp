// Adapted: dispenso::ThreadPool, whose tasks are always queued (ForceQueuingTag): without that who submits runs
// a task itself when many wait.
//
// Source: Meta, github.com/facebookincubator/dispenso.
//
// Progress: blocking.
// Order:    none.
// Capacity: unbounded; allocates for tasks of more than 56 bytes, from pools of its own, and blocks of the
//           queue.
// Cost:     the queue's (moodycamel::ConcurrentQueue), and 1 RMW on a counter of tasks that all share; the
//           adaptor's count for wait_idle (detail/awaited.hpp). Tasks that throw end the program. Threads say
//           nothing of their beginning: on_start runs in tasks that wait for each other.
#pragma once

#include <dispenso/thread_pool.h>

#include <string_view>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/threads.hpp"
#include "../detail/awaited.hpp"
#include "../detail/running.hpp"

namespace handoff::impls {

class dispenso_pool {
public:
    static constexpr std::string_view name = "dispenso_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = false;
    static constexpr bool has_wait = false;
    static constexpr provenance adapted{.library = "dispenso",
                                        .source = "github.com/facebookincubator/dispenso",
                                        .version = "v1.6.2-6-g4e8ee96"};

    dispenso_pool(unsigned workers, const pool_options& options)
        : threads_(ensured(detail::at_least_one_worker(name, workers))) {
        detail::start_each(name, workers, options.on_start, [this](auto task) {
            threads_.schedule(std::move(task), dispenso::ForceQueuingTag());
        });
    }
    ~dispenso_pool() {
        detail::inside::refuse(this, name, "destruction");
        tasks_.wait();
    }
    dispenso_pool(const dispenso_pool&) = delete;
    dispenso_pool& operator=(const dispenso_pool&) = delete;

    template <class F>
    submission submit(F&& f) {
        tasks_.submitted();
        threads_.schedule(tasks_.counted(this, std::forward<F>(f)), dispenso::ForceQueuingTag());
        return submission::accepted;
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        tasks_.wait();
    }
    unsigned size() const noexcept { return static_cast<unsigned>(threads_.numThreads()); }

private:
    /// The library ends the program when it cannot have one.
    static unsigned ensured(unsigned workers) {
        detail::ensure_threads(name, workers);
        return workers;
    }

    detail::awaited tasks_;
    dispenso::ThreadPool threads_;
};

}  // namespace handoff::impls
