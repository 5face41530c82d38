// Adapted: GLib's GMainContext: each post, timer and descriptor is a GSource of default priority.
//
// Source: GLib 2.74, "The Main Event Loop", GSource, g_source_set_ready_time.
//
// Progress: blocking: every call takes the context's lock.
// Order:    posts in the order in which they were attached, as implemented, not as documented. A turn runs
//           all sources that are ready, in the order in which they were attached.
// Capacity: unbounded; allocates a source for each.
// Cost:     a turn looks at every source, and calls poll() with every descriptor: O(n), n timers or
//           descriptors. A post by another thread writes to an eventfd.
#pragma once

#include <glib.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "../../atomic.hpp"
#include "../../concepts/loops.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/task.hpp"
#include "../detail/watcher.hpp"

namespace handoff::impls {

class glib_loop {
    /// A post or a timer. The library frees it.
    struct source {
        GSource base;
        detail::task* handler;
    };
    struct watched {
        std::size_t place = 0;
        GSource* handle = nullptr;
    };
    using watcher = detail::watcher<watched>;
    struct watch_source {
        GSource base;
        gpointer tag;
        watcher* handler;
    };

public:
    static constexpr std::string_view name = "glib_loop";
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto stops = stop_rule::end_of_turn;
    static constexpr std::chrono::nanoseconds timer_step{1'000'000};
    static constexpr std::size_t looks_at_all_beyond = 10'000;
    static constexpr provenance adapted{.library = "GLib", .source = "libglib2.0-dev", .version = "2.74.6"};
    using timer = GSource*;
    using watch_handle = watcher*;

    glib_loop() : context_(g_main_context_new()) {}
    ~glib_loop() {
        watched_.for_each([](watcher* one) { destroy(one->handle); });
        g_main_context_unref(context_);  // frees what is attached
    }
    glib_loop(const glib_loop&) = delete;
    glib_loop& operator=(const glib_loop&) = delete;

    template <class F>
    void post(F&& f) {
        attach(std::forward<F>(f), 0);  // ready since the beginning
    }

    template <class F>
    timer at(steady_clock::time_point time, F&& f) {
        // The library's clock is the steady clock, in whole microseconds rounded down.
        return attach(std::forward<F>(f),
                      std::chrono::ceil<std::chrono::microseconds>(time.time_since_epoch()).count());
    }
    template <class F>
    timer after(std::chrono::nanoseconds duration, F&& f) {
        return at(steady_clock::now() + duration, std::forward<F>(f));
    }
    void cancel(timer which) { g_source_destroy(which); }

    template <class F>
    watch_handle watch(int descriptor, F&& f) {
        static GSourceFuncs functions{nullptr, &is_readable, &call_watcher, nullptr, nullptr, nullptr};
        watcher* const added = watched_.add(descriptor, std::forward<F>(f));
        added->handle = g_source_new(&functions, sizeof(watch_source));
        auto* const made = reinterpret_cast<watch_source*>(added->handle);
        made->handler = added;
        made->tag = g_source_add_unix_fd(added->handle, descriptor, G_IO_IN);
        g_source_attach(added->handle, context_);
        return added;
    }
    void unwatch(watch_handle which) {
        destroy(which->handle);
        watched_.take_out(which);
    }

    void run() {
        stopped_ = false;
        while (!stopped_) {
            g_main_context_iteration(context_, TRUE);
            watched_.bury();
        }
    }
    void stop() noexcept { stopped_ = true; }

private:
    template <class F>
    GSource* attach(F&& f, gint64 ready_time) {
        static GSourceFuncs functions{nullptr, nullptr, &call, &finish, nullptr, nullptr};
        auto handler = std::make_unique<detail::task>(std::forward<F>(f));
        GSource* const made = g_source_new(&functions, sizeof(source));
        // [passed]: for ThreadSanitizer, which does not see inside the library; its lock does the same.
        handler->place.store(1, std::memory_order_release);
        reinterpret_cast<source*>(made)->handler = handler.release();
        g_source_set_ready_time(made, ready_time);
        g_source_attach(made, context_);
        g_source_unref(made);  // the context has it
        return made;
    }

    static gboolean call(GSource* base, GSourceFunc, gpointer) {
        detail::task& handler = *reinterpret_cast<source*>(base)->handler;
        handler.place.load(std::memory_order_acquire);  // [passed]
        handler();
        return G_SOURCE_REMOVE;
    }
    static void finish(GSource* base) { delete reinterpret_cast<source*>(base)->handler; }

    static gboolean is_readable(GSource* base) {
        return g_source_query_unix_fd(base, reinterpret_cast<watch_source*>(base)->tag) != 0;
    }
    static gboolean call_watcher(GSource* base, GSourceFunc, gpointer) {
        if (watcher* const ready = reinterpret_cast<watch_source*>(base)->handler; ready->live) {
            ready->ready();
        }
        return G_SOURCE_CONTINUE;
    }
    static void destroy(GSource* gone) {
        g_source_destroy(gone);
        g_source_unref(gone);
    }

    GMainContext* const context_;
    detail::watcher_list<watched> watched_;
    bool stopped_ = false;
};

}  // namespace handoff::impls
