// Adapted: boost::fibers::buffered_channel: a ring under a spinlock, and lists of fibers that wait. Each thread
// is its own first fiber and has no other, so that it sleeps when that one waits.
//
// Source: Kowalke, Boost.Fiber, 2016.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: at least what is asked for: a power of two, less one; allocated once, with items made in all slots.
// Cost:     one spinlock per operation; a wake-up of a thread that sleeps takes its scheduler's lock and
//           notifies a condition variable.
#pragma once

#include <bit>
#include <boost/fiber/buffered_channel.hpp>
#include <boost/fiber/channel_op_status.hpp>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

// Boost.Fiber leaves macros behind, one of which has the name of a function of ours.
#undef cpu_relax

#include "../../concepts/channels.hpp"
#include "../../concepts/provenance.hpp"
#include "../../concepts/waiting.hpp"

namespace handoff::impls {

template <class T, class = native>
class boost_fiber_channel {
    using op_status = boost::fibers::channel_op_status;

    static constexpr channel_status of(op_status status) {
        switch (status) {
            case op_status::success:
                return channel_status::success;
            case op_status::timeout:
                return channel_status::timeout;
            case op_status::closed:
                return channel_status::closed;
            case op_status::empty:
            case op_status::full:
                break;
        }
        return channel_status::would_wait;
    }

public:
    using value_type = T;
    static constexpr std::string_view name = "boost_fiber_channel";
    static constexpr auto senders = cardinality::many;
    static constexpr auto receivers = cardinality::many;
    static constexpr auto delivers = delivery::once;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr channel_capacities capacities{.bounded = true, .rule = capacity_rule::at_least};
    static constexpr bool waits_by_itself = true;
    static constexpr provenance adapted{
        .library = "Boost.Fiber", .source = "libboost-fiber-dev", .version = "1.74.0"};

    explicit boost_fiber_channel(const channel_options& options)
        : channel_(std::bit_ceil(options.capacity + 1)) {}

    /// A sending thread's end: the channel itself would do.
    class sender_handle {
    public:
        explicit sender_handle(boost_fiber_channel& owner) : channel_(owner.channel_) {}

        [[nodiscard]] bool send(T&& value) { return channel_.push(std::move(value)) == op_status::success; }
        [[nodiscard]] channel_status try_send(T&& value) { return of(channel_.try_push(std::move(value))); }
        [[nodiscard]] channel_status send_for(T&& value, std::chrono::nanoseconds patience) {
            return of(channel_.push_wait_for(std::move(value), patience));
        }

    private:
        boost::fibers::buffered_channel<T>& channel_;
    };

    /// A receiving thread's end: the channel itself would do.
    class receiver_handle {
    public:
        explicit receiver_handle(boost_fiber_channel& owner) : channel_(owner.channel_) {}

        [[nodiscard]] bool receive(T& out) { return channel_.pop(out) == op_status::success; }
        [[nodiscard]] channel_status try_receive(T& out) { return of(channel_.try_pop(out)); }
        [[nodiscard]] channel_status receive_for(T& out, std::chrono::nanoseconds patience) {
            return of(channel_.pop_wait_for(out, patience));
        }

    private:
        boost::fibers::buffered_channel<T>& channel_;
    };

    sender_handle sender() { return sender_handle(*this); }
    receiver_handle receiver() { return receiver_handle(*this); }

    void close() { channel_.close(); }

private:
    boost::fibers::buffered_channel<T> channel_;
};

}  // namespace handoff::impls
