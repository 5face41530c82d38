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

#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <cstddef>
#include <string_view>

#include "../../concepts/fork_join.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/tbb_threads.hpp"
#include "../../detail/threads.hpp"

namespace handoff::impls {

class tbb_scheduler {
public:
    static constexpr std::string_view name = "tbb_scheduler";
    static constexpr auto forks = forking::stealing;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};

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

    /// When it has been made all its workers have been there once: none is made, and none begins, in a program.
    tbb_scheduler(unsigned workers, const worker_options& options)
        : threads_(name, workers - 1, workers - 1),
          arena_(static_cast<int>(workers), 1),
          workers_(workers),
          greeter_(arena_, options.on_start) {
        arena_.execute([&] {
            oneapi::tbb::task_group all;
            detail::meeting all_workers(workers - 1);
            const auto call_one = [&] { all.run([&] { all_workers.attend([](unsigned) {}); }); };
            for (unsigned i = 1; i < workers; ++i) {
                call_one();
            }
            try {
                all_workers.wait(name, call_one);
            } catch (...) {
                all.wait();
                throw;
            }
            all.wait();
        });
    }
    unsigned workers() const noexcept { return workers_; }

    template <class Root>
    void run(Root&& root) {
        arena_.execute([&] {
            context here;
            root(here);
        });
    }

private:
    detail::tbb_threads threads_;
    oneapi::tbb::task_arena arena_;
    const unsigned workers_;
    detail::tbb_greeter greeter_;
};

}  // namespace handoff::impls
