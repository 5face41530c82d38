// Adapted: GLib's GAsyncQueue: a linked queue of pointers, a mutex and a condition variable.
//
// Source: GLib 2.74, GAsyncQueue.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: unbounded; allocates a link for every pointer, and the adaptor a place for every item.
// Cost:     one lock and one unlock per operation, a notification when somebody sleeps; malloc and free, twice.
#pragma once

#include <glib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../../detail/futex.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class glib_async_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "glib_async_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{.library = "GLib", .source = "libglib2.0-dev", .version = "2.74.6"};

    glib_async_queue() : queue_(g_async_queue_new()) {}
    ~glib_async_queue() {
        while (gpointer const left = g_async_queue_try_pop(queue_)) {
            delete mine(left);
        }
        g_async_queue_unref(queue_);
    }
    glib_async_queue(const glib_async_queue&) = delete;
    glib_async_queue& operator=(const glib_async_queue&) = delete;

    void push(T&& value) {
        auto* const added = new node(std::move(value));
        // [passed]: for ThreadSanitizer, which does not see inside the library; its lock does the same.
        added->passed.store(true, std::memory_order_release);
        g_async_queue_push(queue_, added);
    }

    bool try_pop(T& out) { return take(g_async_queue_try_pop(queue_), out); }

    /// The library cannot be woken without an item, so a wait ends by itself after `patience`.
    bool wait_pop(T& out, detail::deadline until = detail::no_deadline) {
        const auto left = until == detail::no_deadline
                              ? patience
                              : std::min<std::chrono::steady_clock::duration>(
                                    patience, until - std::chrono::steady_clock::now());
        if (left <= left.zero()) {
            return try_pop(out);
        }
        const auto microseconds = std::chrono::ceil<std::chrono::microseconds>(left).count();
        return take(g_async_queue_timeout_pop(queue_, static_cast<guint64>(microseconds)), out);
    }

    /// Waiters return by themselves.
    void interrupt() noexcept {}

private:
    static constexpr std::chrono::steady_clock::duration patience = std::chrono::milliseconds(100);

    struct node {
        explicit node(T&& item) : value(std::move(item)) {}
        std::atomic<bool> passed{false};
        T value;
    };

    static node* mine(gpointer pointer) {
        auto* const popped = static_cast<node*>(pointer);
        popped->passed.load(std::memory_order_acquire);  // [passed]
        return popped;
    }
    static bool take(gpointer pointer, T& out) {
        if (pointer == nullptr) {
            return false;
        }
        const std::unique_ptr<node> popped(mine(pointer));
        out = std::move(popped->value);
        return true;
    }

    GAsyncQueue* const queue_;
};

}  // namespace handoff::impls
