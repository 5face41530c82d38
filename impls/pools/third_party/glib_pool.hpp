// Adapted: GLib's GThreadPool with threads of its own: one locked queue.
//
// Source: GLib 2.74, GThreadPool (exclusive), GAsyncQueue.
//
// Progress: blocking.
// Order:    FIFO as implemented, not as documented.
// Capacity: unbounded; allocates a node for every task, and the adaptor the task.
// Cost:     one lock to submit and one to run, and a condition variable's notification when a thread sleeps;
//           the adaptor's count for wait_idle (detail/awaited.hpp). Tasks that throw end the program: the
//           library is written in C. Threads say nothing of their beginning: on_start runs in tasks that wait
//           for each other.
#pragma once

#include <glib.h>

#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "../../concepts/pools.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/task.hpp"
#include "../../detail/threads.hpp"
#include "../detail/awaited.hpp"
#include "../detail/running.hpp"

namespace handoff::impls {

class glib_pool {
public:
    static constexpr std::string_view name = "glib_pool";
    static constexpr auto starts = start_order::any;
    static constexpr auto waiter = waiter_part::waits;
    static constexpr bool bounded = false;
    static constexpr bool nested_waits = false;
    static constexpr bool keeps_exceptions = false;
    static constexpr bool has_wait = false;
    static constexpr provenance adapted{.library = "GLib", .source = "libglib2.0-dev", .version = "2.74.6"};

    glib_pool(unsigned workers, const pool_options& options)
        : size_(detail::at_least_one_worker(name, workers)), threads_(make(workers)) {
        try {
            detail::start_each(name, workers, options.on_start, [this](auto task) { push(std::move(task)); });
        } catch (...) {
            g_thread_pool_free(threads_, FALSE, TRUE);
            throw;
        }
    }
    ~glib_pool() {
        detail::inside::refuse(this, name, "destruction");
        tasks_.wait();
        g_thread_pool_free(threads_, FALSE, TRUE);
    }
    glib_pool(const glib_pool&) = delete;
    glib_pool& operator=(const glib_pool&) = delete;

    template <class F>
    submission submit(F&& f) {
        tasks_.submitted();
        push(tasks_.counted(this, std::forward<F>(f)));
        return submission::accepted;
    }

    void wait_idle() {
        detail::inside::refuse(this, name, "wait_idle()");
        tasks_.wait();
    }
    unsigned size() const noexcept { return size_; }

private:
    static GThreadPool* make(unsigned workers) {
        detail::ensure_threads(name, workers);  // the library makes a pool without those that it cannot have
        GThreadPool* const made =
            g_thread_pool_new(&glib_pool::run, nullptr, static_cast<gint>(workers), TRUE, nullptr);
        if (made == nullptr) {
            throw std::bad_alloc();
        }
        return made;
    }

    template <class F>
    void push(F&& f) {
        auto* const made = new detail::task(std::forward<F>(f));
        // [passed]: for ThreadSanitizer, which does not see inside the library; its lock does the same.
        made->place.store(1, std::memory_order_release);
        g_thread_pool_push(threads_, made, nullptr);
    }
    static void run(gpointer task, gpointer) noexcept {
        const std::unique_ptr<detail::task> mine(static_cast<detail::task*>(task));
        mine->place.load(std::memory_order_acquire);  // [passed]
        (*mine)();
    }

    const unsigned size_;
    detail::awaited tasks_;
    GThreadPool* const threads_;
};

}  // namespace handoff::impls
