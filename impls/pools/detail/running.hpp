// How workers run tasks, and how a thread knows that it is inside one.
#pragma once

#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "../../concepts/pools.hpp"
#include "../../detail/task.hpp"

namespace handoff::impls::detail {

/// While it lives, the calling thread runs tasks of `pool`, as one of its workers (`worker`, as the pool sees
/// it) or not (null). Threads of one pool may be inside others': each thread has a chain of these.
class inside {
public:
    explicit inside(const void* pool, void* worker = nullptr) noexcept
        : pool_(pool), worker_(worker), outer_(innermost_) {
        innermost_ = this;
    }
    ~inside() { innermost_ = outer_; }
    inside(const inside&) = delete;
    inside& operator=(const inside&) = delete;

    /// Whether the calling thread is in a task of `pool`.
    static bool of(const void* pool) noexcept { return find(pool) != nullptr; }
    /// The worker of `pool` that the calling thread is, or null.
    static void* worker_of(const void* pool) noexcept {
        const inside* const here = find(pool);
        return here == nullptr ? nullptr : here->worker_;
    }

    /// Ends the program, saying why, when `call` was made inside a task of its own pool.
    static void refuse(const void* pool, std::string_view name, std::string_view call) noexcept {
        if (of(pool)) {
            std::fprintf(
                stderr,
                "%.*s: %.*s inside one of the pool's own tasks would wait for itself: call it from a thread "
                "that is no worker of this pool\n",
                static_cast<int>(name.size()), name.data(), static_cast<int>(call.size()), call.data());
            std::terminate();
        }
    }

private:
    static const inside* find(const void* pool) noexcept {
        const inside* here = innermost_;
        while (here != nullptr && here->pool_ != pool) {
            here = here->outer_;
        }
        return here;
    }

    // Hidden, because submit() has no handle: what a task submits looks like what anybody submits.
    static inline thread_local const inside* innermost_ = nullptr;

    const void* pool_;
    void* worker_;
    const inside* outer_;
};

/// Calls `run` and says whether it ended without an exception, which goes to the handler; what that throws is
/// dropped.
template <class Run>
bool guarded(Run&& run, const std::function<void(std::exception_ptr)>& on_exception) noexcept {
    try {
        run();
        return true;
    } catch (...) {
        if (on_exception) {
            try {
                on_exception(std::current_exception());
            } catch (...) {
            }
        }
        return false;
    }
}

inline unsigned at_least_one_worker(std::string_view pool, unsigned workers) {
    if (workers == 0) {
        throw std::invalid_argument(std::string(pool) + ": 0 workers: needs at least 1");
    }
    return workers;
}

}  // namespace handoff::impls::detail
