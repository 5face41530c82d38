// What the adapted oneTBB pools have in common.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/task_scheduler_observer.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <thread>

namespace handoff::impls::detail {

/// While it lives the library may have as many threads as the pool asks for, also more than there are cores.
/// (It obeys the least of what all such objects say.)
class tbb_threads {
public:
    explicit tbb_threads(unsigned workers)
        : allowed_(oneapi::tbb::global_control::max_allowed_parallelism,
                   std::max(workers, std::thread::hardware_concurrency()) + 1) {}

private:
    oneapi::tbb::global_control allowed_;
};

/// Calls on_start whenever a thread of the library comes to the arena, with its place, counted from `first`.
class tbb_observer : oneapi::tbb::task_scheduler_observer {
public:
    tbb_observer(oneapi::tbb::task_arena& arena, unsigned first, std::function<void(unsigned)> on_start)
        : task_scheduler_observer(arena), first_(first), on_start_(std::move(on_start)) {
        if (on_start_) {
            observe(true);
        }
    }
    ~tbb_observer() override { observe(false); }

private:
    void on_scheduler_entry(bool is_worker) override {
        if (is_worker) {
            on_start_(static_cast<unsigned>(oneapi::tbb::this_task_arena::current_thread_index()) - first_);
        }
    }

    const unsigned first_;
    const std::function<void(unsigned)> on_start_;
};

template <class Body>
void tbb_run_all(std::size_t n, Body& body) {
    oneapi::tbb::task_group all;
    for (std::size_t i = 0; i < n; ++i) {
        all.run([&body, i] { body(i); });
    }
    all.wait();
}

}  // namespace handoff::impls::detail
