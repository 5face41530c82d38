// Bounded channel of two std::counting_semaphore: one counts the items, the other the free places.
//
// Source: Dijkstra, "Cooperating Sequential Processes", 1965 (the bounded buffer).
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: exact, any; allocated once.
// Cost:     one acquire, one release, one lock and one unlock per operation. With libstdc++ 12 a release that
//           finds no permit makes a system call, always.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <semaphore>
#include <string_view>
#include <utility>

#include "../concepts/channels.hpp"
#include "../concepts/waiting.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/futex.hpp"
#include "../detail/mutex.hpp"
#include "../detail/plain_ring.hpp"

namespace handoff::impls {

template <class T, class = native>
class semaphore_channel {
public:
    using value_type = T;
    static constexpr std::string_view name = "semaphore_channel";
    static constexpr auto senders = cardinality::many;
    static constexpr auto receivers = cardinality::many;
    static constexpr auto delivers = delivery::once;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr channel_capacities capacities{.bounded = true};
    static constexpr bool waits_by_itself = true;

    explicit semaphore_channel(const channel_options& options)
        : places_(static_cast<std::ptrdiff_t>(options.capacity)), ring_(options.capacity) {}
    semaphore_channel(const semaphore_channel&) = delete;
    semaphore_channel& operator=(const semaphore_channel&) = delete;

    /// A sending thread's end: the channel itself would do.
    class sender_handle {
    public:
        explicit sender_handle(semaphore_channel& owner) : owner_(owner) {}

        [[nodiscard]] bool send(T&& value) {
            return owner_.acquire(owner_.places_, detail::no_deadline) &&
                   owner_.put(std::move(value)) == channel_status::success;
        }
        [[nodiscard]] channel_status try_send(T&& value) {
            return owner_.places_.try_acquire() ? owner_.put(std::move(value)) : channel_status::would_wait;
        }
        [[nodiscard]] channel_status send_for(T&& value, std::chrono::nanoseconds patience) {
            return owner_.acquire(owner_.places_, std::chrono::steady_clock::now() + patience)
                       ? owner_.put(std::move(value))
                       : channel_status::timeout;
        }

    private:
        semaphore_channel& owner_;
    };

    /// A receiving thread's end: the channel itself would do.
    class receiver_handle {
    public:
        explicit receiver_handle(semaphore_channel& owner) : owner_(owner) {}

        [[nodiscard]] bool receive(T& out) {
            return owner_.acquire(owner_.items_, detail::no_deadline) &&
                   owner_.take(out) == channel_status::success;
        }
        [[nodiscard]] channel_status try_receive(T& out) {
            return owner_.items_.try_acquire() ? owner_.take(out) : channel_status::would_wait;
        }
        [[nodiscard]] channel_status receive_for(T& out, std::chrono::nanoseconds patience) {
            return owner_.acquire(owner_.items_, std::chrono::steady_clock::now() + patience)
                       ? owner_.take(out)
                       : channel_status::timeout;
        }

    private:
        semaphore_channel& owner_;
    };

    sender_handle sender() { return sender_handle(*this); }
    receiver_handle receiver() { return receiver_handle(*this); }

    void close() {
        {
            const std::lock_guard lock(mutex_);
            if (closed_) {
                return;
            }
            closed_ = true;
        }
        // [end] One permit more than there are items, or places. Who comes to it and finds the channel closed
        // (and empty) gives it back, so that it goes from one waiting thread to the next.
        places_.release();
        items_.release();
    }

private:
    using semaphore = std::counting_semaphore<>;

    /// Not acquire(): in libstdc++ 12 it may sleep for ever (GCC bug 104928; locks/std_semaphore.hpp).
    static bool acquire(semaphore& permits, detail::deadline until) {
        constexpr std::chrono::milliseconds longest_sleep{10};
        if (permits.try_acquire()) {
            return true;
        }
        for (;;) {
            const auto now = std::chrono::steady_clock::now();
            if (until == detail::no_deadline || until - now > longest_sleep) {
                if (permits.try_acquire_for(longest_sleep)) {
                    return true;
                }
            } else {
                return permits.try_acquire_until(until);
            }
        }
    }

    /// With a permit of `places_`.
    channel_status put(T&& value) {
        bool value_is_in = false;
        {
            const std::lock_guard lock(mutex_);
            if (!closed_) {
                ring_.push(std::move(value));
                value_is_in = true;
            }
        }
        (value_is_in ? items_ : places_).release();  // [end], of the place that was not used
        return value_is_in ? channel_status::success : channel_status::closed;
    }

    /// With a permit of `items_`.
    channel_status take(T& out) {
        bool is_out = false;
        {
            const std::lock_guard lock(mutex_);
            if (!ring_.empty()) {
                ring_.pop(out);
                is_out = true;
            }
        }
        (is_out ? places_ : items_).release();  // [end]: only a closed channel has more permits than items
        return is_out ? channel_status::success : channel_status::closed;
    }

    alignas(detail::cache_line) semaphore items_{0};
    alignas(detail::cache_line) semaphore places_;
    alignas(detail::cache_line) mutex mutex_;  // protects what follows
    bool closed_ = false;
    detail::plain_ring<T> ring_;
};

}  // namespace handoff::impls
