// Channel over any queue and any wait strategy.
//
// Progress: blocking where it waits, else the queue's.
// Order:    the queue's.
// Capacity: the queue's.
// Cost:     the queue's operation, two stores to the sender's own line for a close that loses nothing
//           (blocking.hpp), and the strategy's notification.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../blocking.hpp"
#include "../concepts/channels.hpp"
#include "../concepts/queues.hpp"
#include "../concepts/waiting.hpp"
#include "../wait/park.hpp"
#include "detail/named_wait.hpp"

namespace handoff::impls {

/// What a channel over a queue declares follows from the queue; its name is that of the line in the catalog. A
/// multicast queue makes a channel that delivers to all.
template <queue Queue, class Wait = park>
class queue_channel {
    using wait_here = std::conditional_t<natively_blocking<Queue>, native, Wait>;
    using inner = blocking<Queue, wait_here, closing::lossless>;
    static constexpr bool is_bounded = bounded_queue<Queue>;

    static constexpr channel_status of(queue_op_status status, channel_status when_late) {
        switch (status) {
            case queue_op_status::success:
                return channel_status::success;
            case queue_op_status::closed:
                return channel_status::closed;
            case queue_op_status::timeout:
                break;
        }
        return when_late;
    }

public:
    using value_type = typename Queue::value_type;
    static constexpr auto senders = Queue::producers;
    static constexpr auto receivers = Queue::consumers;
    static constexpr auto delivers = Queue::order == ordering::multicast ? delivery::to_all : delivery::once;
    static constexpr auto order = Queue::order == ordering::multicast ? ordering::fifo : Queue::order;
    static constexpr auto progress = Queue::progress;
    static constexpr channel_capacities capacities{
        .bounded = is_bounded, .rule = Queue::capacity_is, .unbounded = !is_bounded};
    static constexpr bool waits_by_itself = natively_blocking<Queue>;

    explicit queue_channel(const channel_options& options)
        requires(is_bounded && !multicast_queue<Queue>)
        : inner_(options.capacity) {
        choose_waits(options);
    }
    explicit queue_channel(const channel_options& options)
        requires(multicast_queue<Queue>)
        : inner_(options.capacity, options.receivers) {
        choose_waits(options);
    }
    explicit queue_channel(const channel_options& options)
        requires(!is_bounded)
    {
        choose_waits(options);
    }

    /// A sending thread's end. Outlived by the channel; used by one thread at a time.
    class sender_handle {
    public:
        explicit sender_handle(queue_channel& owner) : end_(owner.inner_.producer()) {}

        [[nodiscard]] bool send(value_type&& value) { return end_.push(std::move(value)); }
        [[nodiscard]] channel_status try_send(value_type&& value) {
            return of(end_.try_push_for(std::move(value), std::chrono::nanoseconds::zero()),
                      channel_status::would_wait);
        }
        [[nodiscard]] channel_status send_for(value_type&& value, std::chrono::nanoseconds patience) {
            return of(end_.try_push_for(std::move(value), patience), channel_status::timeout);
        }

    private:
        typename inner::producer_handle end_;
    };

    /// A receiving thread's end. Outlived by the channel; used by one thread at a time.
    class receiver_handle {
    public:
        explicit receiver_handle(queue_channel& owner) : end_(owner.inner_.consumer()) {}

        [[nodiscard]] bool receive(value_type& out) { return end_.pop(out); }
        [[nodiscard]] channel_status try_receive(value_type& out) {
            return end_.try_pop(out) ? channel_status::success
                                     : of(end_.try_pop_for(out, std::chrono::nanoseconds::zero()),
                                          channel_status::would_wait);
        }
        [[nodiscard]] channel_status receive_for(value_type& out, std::chrono::nanoseconds patience) {
            return of(end_.try_pop_for(out, patience), channel_status::timeout);
        }

    private:
        typename inner::consumer_handle end_;
    };

    sender_handle sender() { return sender_handle(*this); }
    receiver_handle receiver() { return receiver_handle(*this); }

    void close() { inner_.close(); }

private:
    void choose_waits(const channel_options& options) {
        inner_.for_each_wait([&](auto& wait) { detail::choose_wait(wait, options.wait); });
    }

    inner inner_;
};

}  // namespace handoff::impls
