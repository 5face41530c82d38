// Adapted: Taskflow's executor, used for tasks that depend on nothing (silent_async): a deque for each worker,
// shared queues for who submits from outside, and stealing.
//
// Source: Huang, Lin, Lin, Lin, "Taskflow: A Lightweight Parallel and Heterogeneous Task Graph Computing
//         System", IEEE TPDS 2022; github.com/taskflow/taskflow.
//
// Progress: blocking.
// Order:    none.
// Capacity: unbounded; allocates a node for every task, and what its std::function does.
// Cost:     2 RMW on one counter of tasks, which its own wait_for_all waits on, and a lock for who submits from
//           outside.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <string_view>
#include <taskflow/taskflow.hpp>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/threads.hpp"
#include "../detail/copyable.hpp"
#include "../detail/running.hpp"

namespace handoff::impls {

class taskflow_pool {
public:
    static constexpr std::string_view name = "taskflow_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = true;
    static constexpr bool keeps_exceptions =
        true;  // it keeps them in the task; the adaptor tells the handler before
    static constexpr bool has_wait = false;
    static constexpr provenance adapted{
        .library = "Taskflow", .source = "github.com/taskflow/taskflow", .version = "v4.1.0-23-g83f90a27"};

    taskflow_pool(unsigned workers, const pool_options& options)
        : on_exception_(options.on_exception),
          executor_(ensured(detail::at_least_one_worker(name, workers)),
                    tf::make_worker_interface<greeter>(options.on_start)) {
        detail::start_each(name, workers, {}, [this](auto task) { executor_.silent_async(std::move(task)); });
        executor_.wait_for_all();
    }
    ~taskflow_pool() { detail::inside::refuse(this, name, "destruction"); }
    taskflow_pool(const taskflow_pool&) = delete;
    taskflow_pool& operator=(const taskflow_pool&) = delete;

    template <class F>
    submission submit(F&& f) {
        executor_.silent_async([this, f = detail::copyable(std::forward<F>(f))]() mutable {
            const detail::inside its_task(this);
            auto taken = std::move(f);  // gone before the executor counts the task's end; the node lives on
            detail::guarded(taken, on_exception_);
        });
        return submission::accepted;
    }

    /// A task's worker runs tasks meanwhile; another caller waits for a worker that does.
    template <class Body>
    void run_all(std::size_t n, Body&& body) {
        const auto all = [&] {
            tf::TaskGroup group = executor_.task_group();
            for (std::size_t i = 0; i < n; ++i) {
                group.silent_async([&body, i] { body(i); });
            }
            group.corun();
        };
        if (executor_.this_worker_id() >= 0) {
            all();
        } else {
            executor_.async(all).get();
        }
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        executor_.wait_for_all();
    }
    unsigned size() const noexcept { return static_cast<unsigned>(executor_.num_workers()); }

private:
    /// Called by each of the executor's threads.
    class greeter final : public tf::WorkerInterface {
    public:
        explicit greeter(std::function<void(unsigned)> on_start) : on_start_(std::move(on_start)) {}
        void scheduler_prologue(tf::Worker& worker) override {
            if (on_start_) {
                on_start_(static_cast<unsigned>(worker.id()));
            }
        }
        void scheduler_epilogue(tf::Worker&, std::exception_ptr) override {}

    private:
        const std::function<void(unsigned)> on_start_;
    };

    /// So that a thread that cannot be made is named as in other pools.
    static unsigned ensured(unsigned workers) {
        detail::ensure_threads(name, workers);
        return workers;
    }

    const std::function<void(std::exception_ptr)> on_exception_;
    tf::Executor executor_;
};

}  // namespace handoff::impls
