// Adapted: GLib's main context: a thread that iterates a GMainContext, to which each event is attached as a
// source that is dispatched once.
//
// Source: GLib 2.74, GMainContext, g_idle_source_new.
//
// Progress: blocking.
// Order:    submission: sources of one priority are dispatched in the order in which they were attached.
// Capacity: unbounded; allocates a source for every event, and the adaptor a place for it.
// Cost:     the context's lock several times, a wake-up by eventfd, two allocations; the adaptor's two
//           read-modify-writes for a stop that loses nothing (detail/admission.hpp).
#pragma once

#include <glib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../../atomic.hpp"
#include "../../concepts/processors.hpp"
#include "../../concepts/provenance.hpp"
#include "../../concepts/waiting.hpp"
#include "../../detail/cache_line.hpp"
#include "../../detail/threads.hpp"
#include "../detail/admission.hpp"
#include "../detail/handling.hpp"

namespace handoff::impls {

template <class Event, class Handler, class = native>
class glib_context_processor {
public:
    using event_type = Event;
    using handler_type = Handler;
    static constexpr std::string_view name = "glib_context_processor";
    static constexpr auto producers = cardinality::many;
    static constexpr auto workers = cardinality::one;
    static constexpr auto order = handling_order::submission;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr processor_capacities capacities{.unbounded = true};
    static constexpr auto handlers_submit = handler_submissions::always;
    static constexpr bool waits_by_itself = true;
    static constexpr provenance adapted{.library = "GLib", .source = "libglib2.0-dev", .version = "2.74.6"};
    static std::size_t lanes(const processor_options&) { return 1; }

    glib_context_processor(const processor_options& options, Handler handler)
        : handler_(std::move(handler)), sources_(g_main_context_new()) {
        try {
            detail::make_threads(name, 1, thread_, [this, begin = options.on_start](unsigned number) {
                if (begin) {
                    begin(number);
                }
                while (!ends_.load(std::memory_order_acquire)) {  // [ends]
                    g_main_context_iteration(sources_, TRUE);
                }
            });
        } catch (...) {
            g_main_context_unref(sources_);
            throw;
        }
    }
    ~glib_context_processor() {
        stop(stop_mode::drain);
        g_main_context_unref(sources_);
    }
    glib_context_processor(const glib_context_processor&) = delete;
    glib_context_processor& operator=(const glib_context_processor&) = delete;

    /// A submitting thread's end: the processor itself would do.
    class submitter_handle {
    public:
        explicit submitter_handle(glib_context_processor& owner) : owner_(owner) {}

        [[nodiscard]] bool submit(Event&& event, std::uint64_t = 0) { return owner_.put(std::move(event)); }
        [[nodiscard]] submit_status try_submit(Event&& event, std::uint64_t = 0) {
            return owner_.put(std::move(event)) ? submit_status::accepted : submit_status::stopped;
        }

    private:
        glib_context_processor& owner_;
    };

    submitter_handle submitter() { return submitter_handle(*this); }

    stop_report stop(stop_mode mode) {
        if (mode == stop_mode::now) {
            gives_up_.store(true, std::memory_order_relaxed);  // relaxed: carries no data, and soon is enough
        }
        events_.close_and_wait();
        ends_.store(true, std::memory_order_release);  // [ends]
        g_main_context_wakeup(sources_);
        for (std::thread& thread : thread_) {
            thread.join();
        }
        thread_.clear();
        return report_;
    }

private:
    class context {
    public:
        explicit context(glib_context_processor& owner) : owner_(owner) {}
        static std::size_t lane() { return 0; }
        [[nodiscard]] submit_status submit(Event&& event, std::uint64_t = 0) {
            return owner_.put(std::move(event)) ? submit_status::accepted : submit_status::stopped;
        }

    private:
        glib_context_processor& owner_;
    };

    struct attached {
        glib_context_processor& owner;
        Event event;
        atomic<bool> passed{false};
    };

    bool put(Event&& event) {
        if (!events_.enter()) {
            return false;
        }
        std::unique_ptr<attached> added;
        try {
            added = std::make_unique<attached>(*this, std::move(event));
        } catch (...) {  // no memory; the library ends the program where it finds none
            events_.leave();
            throw;
        }
        // [passed]: for ThreadSanitizer, which does not see inside the library; its lock does the same.
        added->passed.store(true, std::memory_order_release);
        GSource* const source = g_idle_source_new();
        g_source_set_priority(source, G_PRIORITY_DEFAULT);
        g_source_set_callback(source, &glib_context_processor::dispatch, added.release(), nullptr);
        g_source_attach(source, sources_);
        g_source_unref(source);
        return true;
    }

    static gboolean dispatch(gpointer pointer) noexcept {
        const std::unique_ptr<attached> mine(static_cast<attached*>(pointer));
        mine->passed.load(std::memory_order_acquire);  // [passed]
        mine->owner.run(mine->event);
        return G_SOURCE_REMOVE;
    }

    void run(Event& event) {
        if (gives_up_.load(std::memory_order_relaxed)) {  // relaxed: as in stop
            ++report_.given_up;
        } else {
            context here(*this);
            ++report_.handled;
            report_.thrown += detail::call_handler(handler_, event, here);
        }
        events_.leave();
    }

    Handler handler_;
    detail::admission events_;
    alignas(detail::cache_line) atomic<bool> gives_up_{false};  // read with every event, written once
    atomic<bool> ends_{false};
    alignas(detail::cache_line) stop_report report_;  // its thread's alone until `stop` has joined it
    GMainContext* const sources_;
    std::vector<std::thread> thread_;
};

}  // namespace handoff::impls
