// Adapted: GLib's GAsyncQueue, closed by an end mark that goes from receiver to receiver.
//
// Source: GLib 2.74, GAsyncQueue.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: unbounded; allocates a link for every pointer, and the adaptor a place for every item.
// Cost:     one lock and one unlock per operation, a notification when somebody sleeps; malloc and free, twice.
#pragma once

#include <glib.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "../../concepts/channels.hpp"
#include "../../concepts/provenance.hpp"
#include "../../concepts/waiting.hpp"

namespace handoff::impls {

template <class T, class = native>
class glib_channel {
public:
    using value_type = T;
    static constexpr std::string_view name = "glib_channel";
    static constexpr auto senders = cardinality::many;
    static constexpr auto receivers = cardinality::many;
    static constexpr auto delivers = delivery::once;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr channel_capacities capacities{.unbounded = true};
    static constexpr bool waits_by_itself = true;
    static constexpr provenance adapted{.library = "GLib", .source = "libglib2.0-dev", .version = "2.74.6"};

    explicit glib_channel(const channel_options&) : queue_(g_async_queue_new()) {}
    ~glib_channel() {
        while (gpointer const left = g_async_queue_try_pop(queue_)) {
            if (left != &end_) {
                delete mine(left);
            }
        }
        g_async_queue_unref(queue_);
    }
    glib_channel(const glib_channel&) = delete;
    glib_channel& operator=(const glib_channel&) = delete;

    /// A sending thread's end: the channel itself would do.
    class sender_handle {
    public:
        explicit sender_handle(glib_channel& owner) : owner_(owner) {}

        [[nodiscard]] bool send(T&& value) { return owner_.put(std::move(value)); }
        [[nodiscard]] channel_status try_send(T&& value) {
            return owner_.put(std::move(value)) ? channel_status::success : channel_status::closed;
        }
        [[nodiscard]] channel_status send_for(T&& value, std::chrono::nanoseconds) {
            return try_send(std::move(value));
        }

    private:
        glib_channel& owner_;
    };

    /// A receiving thread's end: the channel itself would do.
    class receiver_handle {
    public:
        explicit receiver_handle(glib_channel& owner) : owner_(owner) {}

        [[nodiscard]] bool receive(T& out) {
            return owner_.take(g_async_queue_pop(owner_.queue_), out, channel_status::closed) ==
                   channel_status::success;
        }
        [[nodiscard]] channel_status try_receive(T& out) {
            return owner_.take(g_async_queue_try_pop(owner_.queue_), out, channel_status::would_wait);
        }
        [[nodiscard]] channel_status receive_for(T& out, std::chrono::nanoseconds patience) {
            const auto microseconds = std::chrono::ceil<std::chrono::microseconds>(patience).count();
            return owner_.take(g_async_queue_timeout_pop(owner_.queue_, static_cast<guint64>(microseconds)),
                               out, channel_status::timeout);
        }

    private:
        glib_channel& owner_;
    };

    sender_handle sender() { return sender_handle(*this); }
    receiver_handle receiver() { return receiver_handle(*this); }

    void close() {
        g_async_queue_lock(queue_);
        // relaxed, here and in put: the queue's lock orders it; atomic for ThreadSanitizer, which does not see
        // that lock
        if (!closed_.exchange(true, std::memory_order_relaxed)) {
            g_async_queue_push_unlocked(queue_, &end_);  // behind all items: no send comes after it
        }
        g_async_queue_unlock(queue_);
    }

private:
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

    bool put(T&& value) {
        if (closed_.load(std::memory_order_relaxed)) {  // the lock below decides
            return false;
        }
        auto added = std::make_unique<node>(std::move(value));
        // [passed]: for ThreadSanitizer, which does not see inside the library; its lock does the same.
        added->passed.store(true, std::memory_order_release);
        g_async_queue_lock(queue_);
        const bool open = !closed_.load(std::memory_order_relaxed);
        if (open) {
            g_async_queue_push_unlocked(queue_, added.get());
        }
        g_async_queue_unlock(queue_);
        if (open) {
            static_cast<void>(added.release());
        } else {
            value = std::move(added->value);
        }
        return open;
    }

    channel_status take(gpointer pointer, T& out, channel_status when_empty) {
        if (pointer == nullptr) {
            return when_empty;
        }
        if (pointer == &end_) {
            g_async_queue_push(queue_, pointer);  // for the next receiver
            return channel_status::closed;
        }
        const std::unique_ptr<node> popped(mine(pointer));
        out = std::move(popped->value);
        return channel_status::success;
    }

    GAsyncQueue* const queue_;
    std::atomic<bool> closed_{false};
    char end_ = 0;  ///< its address is the end mark
};

}  // namespace handoff::impls
