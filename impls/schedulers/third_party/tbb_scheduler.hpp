// Adapted: oneTBB in a task_arena of as many slots as workers, the caller's among them.
//
// Source: oneTBB, uxlfoundation/oneTBB.
//
// Progress: blocking; a deque for each slot, and stealing from a victim chosen at random.
// Order:    none.
// Capacity: unbounded.
// Cost:     for each task a small object from the thread's own pool, 2 RMWs on the group's counter, and a fence
//           to take it back from the deque.
//
// Workers without work look for some for a while, then sleep, as the library sees fit.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/task_scheduler_observer.h>
#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

#include "../../concepts/fork_join.hpp"

namespace handoff::impls {

class tbb_scheduler {
public:
    static constexpr std::string_view name = "tbb_scheduler";
    static constexpr auto forks = forking::stealing;

    class context {
    public:
        // task_group for both, the forker's own piece by a call: parallel_invoke is as fast at best, and
        // parallel_for over single indices, which splits its range for every one of them, takes longer.
        template <class First, class Second>
        void fork2(First&& first, Second&& second) {
            oneapi::tbb::task_group group;
            group.run([&] { second(*this); });
            first(*this);
            group.wait();
        }
        template <class Body>
        void fork_all(std::size_t n, Body&& body) {
            if (n == 0) {
                return;
            }
            oneapi::tbb::task_group group;
            for (std::size_t i = 0; i + 1 < n; ++i) {
                group.run([this, &body, i] { body(*this, i); });
            }
            body(*this, n - 1);
            group.wait();
        }
    };

    tbb_scheduler(unsigned workers, const worker_options& options)
        : threads_(oneapi::tbb::global_control::max_allowed_parallelism, workers),
          stacks_(oneapi::tbb::global_control::thread_stack_size, default_stack_size()),
          arena_(static_cast<int>(workers), 1),
          workers_(workers),
          greeter_(arena_, options) {}
    unsigned workers() const noexcept { return workers_; }

    template <class Root>
    void run(Root&& root) {
        arena_.execute([&] {
            context here;
            root(here);
        });
    }

private:
    /// oneTBB's threads come into the arena and go again; the first time they are greeted.
    class greeter : public oneapi::tbb::task_scheduler_observer {
    public:
        greeter(oneapi::tbb::task_arena& arena, const worker_options& options)
            : task_scheduler_observer(arena), options_(options) {
            if (options_.on_start) {
                observe(true);
            }
        }
        ~greeter() override { observe(false); }
        void on_scheduler_entry(bool is_worker) override {
            // The caller has the first slot; a thread may have another one next time.
            static thread_local std::uint64_t works_for = 0;
            static thread_local int in_slot = 0;
            const int slot = oneapi::tbb::this_task_arena::current_thread_index();
            if (is_worker && (works_for != id_ || in_slot != slot)) {
                works_for = id_;
                in_slot = slot;
                options_.on_start(static_cast<unsigned>(slot) - 1);
            }
        }

    private:
        static std::uint64_t next_id() {
            static std::atomic<std::uint64_t> last{0};
            return last.fetch_add(1, std::memory_order_relaxed) + 1;  // relaxed: only has to be another
        }

        const worker_options options_;
        const std::uint64_t id_ = next_id();
    };

    /// Ends oneTBB's threads, which would otherwise stay for the next arena, as they are: pinned, and perhaps
    /// too many.
    struct last_out {
        oneapi::tbb::task_scheduler_handle threads{oneapi::tbb::attach{}};
        last_out() = default;
        last_out(const last_out&) = delete;
        last_out& operator=(const last_out&) = delete;
        ~last_out() {
            oneapi::tbb::finalize(threads, std::nothrow);
        }  // not done while others have arenas: no harm
    };

    /// What the process's other threads get; oneTBB's own choice is 4 MB.
    static std::size_t default_stack_size() {
        pthread_attr_t attributes;
        std::size_t size = 0;
        pthread_getattr_default_np(&attributes);
        pthread_attr_getstacksize(&attributes, &size);
        pthread_attr_destroy(&attributes);
        return size;
    }

    last_out last_out_;
    /// More workers than processors, and no more threads than workers.
    oneapi::tbb::global_control threads_;
    oneapi::tbb::global_control stacks_;
    oneapi::tbb::task_arena arena_;
    const unsigned workers_;
    greeter greeter_;
};

}  // namespace handoff::impls
