// What all implementations over oneTBB have in common.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_scheduler_observer.h>
#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "threads.hpp"

namespace handoff::impls::detail {

/// While it lives the library may have `allowed` threads, also more than there are CPUs (it obeys the least of
/// what all such objects say), with stacks as the process's other threads have; `threads` of them can be made.
/// Its end ends them: they would otherwise stay for the next arena, as they are: pinned, and perhaps too many.
class tbb_threads {
public:
    tbb_threads(std::string_view who, unsigned threads, unsigned allowed)
        : can_be_made_(who, threads),
          allowed_(oneapi::tbb::global_control::max_allowed_parallelism, allowed + 1),
          stacks_(oneapi::tbb::global_control::thread_stack_size, default_stack_size()) {}

private:
    /// The library ends the program when it cannot have a thread.
    struct ensured {
        ensured(std::string_view who, unsigned threads) { ensure_threads(who, threads); }
    };
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

    const ensured can_be_made_;
    const oneapi::tbb::global_control allowed_;
    const oneapi::tbb::global_control stacks_;
    // Last, so that it goes first: where the library counts fewer CPUs than threads, finalize() would wait for
    // ever for threads that are allowed no more.
    const last_out last_out_;
};

/// Calls on_start in each thread of the library that comes to the arena, the first time that it does, with a
/// number from 0 in the order of coming. Threads leave an arena when there is no work and come back when there
/// is, and in between may have been in another: that they have been there is all that an entry asks.
class tbb_greeter : oneapi::tbb::task_scheduler_observer {
public:
    tbb_greeter(oneapi::tbb::task_arena& arena, std::function<void(unsigned)> on_start)
        : task_scheduler_observer(arena), on_start_(std::move(on_start)) {
        observe(true);
    }
    ~tbb_greeter() override { observe(false); }

private:
    void on_scheduler_entry(bool is_worker) override {
        static thread_local std::vector<std::uint64_t> has_met;  // greeters; few in a thread's life
        if (is_worker && std::ranges::find(has_met, id_) == has_met.end()) {
            has_met.push_back(id_);
            const unsigned number = threads_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a number
            if (on_start_) {
                on_start_(number);
            }
        }
    }

    static std::uint64_t next_id() {
        static atomic<std::uint64_t> last{0};
        return last.fetch_add(1, std::memory_order_relaxed) + 1;  // relaxed: only has to be another
    }

    const std::function<void(unsigned)> on_start_;
    const std::uint64_t id_ = next_id();
    atomic<unsigned> threads_{0};
};

}  // namespace handoff::impls::detail
