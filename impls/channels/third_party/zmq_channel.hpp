// Adapted: ZeroMQ, PUSH sockets connected to one PULL socket by the inproc transport: a pipe of each sender.
//
// Source: libzmq 4.3.4, ZMQ_PUSH, ZMQ_PULL, zmq_inproc.
//
// Progress: blocking.
// Order:    per-producer FIFO; the receiver takes from the pipes in turn.
// Capacity: at least, of each sender's pipe; or unbounded.
// Cost:     no lock while the receiver finds items; one that slept is sent a command: a lock and a write to an
//           eventfd. Close without loss: two stores to a line of the sender's own.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../../concepts/channels.hpp"
#include "../../concepts/provenance.hpp"
#include "../../concepts/waiting.hpp"
#include "../../detail/inproc.hpp"
#include "../../detail/zmq.hpp"
#include "../detail/letter.hpp"
#include "../detail/sending_ends.hpp"

namespace handoff::impls {

template <class T, class = native>
class zmq_channel {
    using clock = std::chrono::steady_clock;
    using letter = detail::letter<T>;

    struct push_socket : detail::zmq_end {
        explicit push_socket(const zmq_channel& owner) : zmq_end(ZMQ_PUSH, ZMQ_SNDHWM, owner.half_) {
            detail::expect_zmq(zmq_connect(this->get(), owner.address_.c_str()) == 0, "zmq_connect");
        }
    };
    using ends = detail::sending_ends<push_socket>;

    /// Of a pipe as both of its sockets count it. The library tells a sender of its room in steps of half of a
    /// pipe, so that one of n places may refuse the n-th item: it gets twice as many.
    static int half_of(const channel_options& options) {
        constexpr int no_limit = 0;
        return options.capacity == channel_options::unbounded
                   ? no_limit
                   : static_cast<int>(std::clamp<std::size_t>(options.capacity, 2, INT_MAX / 2) - 1);
    }

    /// Of a wait in whole milliseconds, which is what the library knows. -1: without end.
    static int milliseconds_of(std::chrono::nanoseconds patience) {
        const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
        return static_cast<int>(std::clamp<std::int64_t>(rounded, 0, INT_MAX));
    }

public:
    using value_type = T;
    static constexpr std::string_view name = "zmq_channel";
    static constexpr auto senders = cardinality::many;
    static constexpr auto receivers = cardinality::one;
    static constexpr auto delivers = delivery::once;
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr channel_capacities capacities{
        .bounded = true, .rule = capacity_rule::at_least, .unbounded = true};
    static constexpr bool room_of_each_sender = true;
    static constexpr bool waits_by_itself = true;
    static constexpr provenance adapted{.library = "ZeroMQ", .source = "libzmq3-dev", .version = "4.3.4"};

    explicit zmq_channel(const channel_options& options)
        : half_(half_of(options)), in_(ZMQ_PULL, ZMQ_RCVHWM, half_), address_(detail::new_inproc_address()) {
        detail::expect_zmq(zmq_bind(in_.get(), address_.c_str()) == 0, "zmq_bind");
        closing_.connect(*this);
    }
    ~zmq_channel() {
        if constexpr (!detail::may_stay<T>) {
            close();
            for (T left; take(left, -1) == channel_status::success;) {
            }
        }
    }
    zmq_channel(const zmq_channel&) = delete;
    zmq_channel& operator=(const zmq_channel&) = delete;

    /// A sending thread's end: a socket and its pipe. Outlived by the channel; used by one thread at a time.
    class sender_handle {
    public:
        explicit sender_handle(zmq_channel& owner) : owner_(owner), here_(owner.ends_, owner) {}

        [[nodiscard]] bool send(T&& value) {
            return put(value, clock::time_point::max()) == channel_status::success;
        }
        [[nodiscard]] channel_status try_send(T&& value) { return now(value); }
        [[nodiscard]] channel_status send_for(T&& value, std::chrono::nanoseconds patience) {
            return put(value, clock::now() + patience);
        }

    private:
        channel_status now(T& value) {
            const detail::sending sending(here_);
            if (!sending) {
                return channel_status::closed;
            }
            letter out(value);
            // The library looks at what the receiver tells it only now and then, and when it is asked.
            if (!goes(out) && !(has_room() && goes(out))) {
                return channel_status::would_wait;
            }
            out.is_sent();
            return channel_status::success;
        }
        bool goes(const letter& out) {
            if (zmq_send(here_.end.get(), out.bytes(), letter::size, ZMQ_DONTWAIT) >= 0) {
                return true;
            }
            detail::expect_zmq(zmq_errno() == EAGAIN, "zmq_send");
            return false;
        }
        bool has_room() {
            int events = 0;
            std::size_t size = sizeof events;
            detail::expect_zmq(zmq_getsockopt(here_.end.get(), ZMQ_EVENTS, &events, &size) == 0,
                               "zmq_getsockopt");
            return (events & ZMQ_POLLOUT) != 0;
        }

        channel_status put(T& value, clock::time_point until) {
            for (;;) {
                if (const auto how = now(value); how != channel_status::would_wait) {
                    return how;
                }
                int patience = -1;
                if (until != clock::time_point::max()) {
                    const auto left = until - clock::now();
                    if (left <= clock::duration::zero()) {
                        return channel_status::timeout;
                    }
                    patience = milliseconds_of(left);
                }
                zmq_pollitem_t events[] = {{here_.end.get(), 0, ZMQ_POLLOUT, 0},
                                           {nullptr, owner_.closing_.fd(), ZMQ_POLLIN, 0}};
                zmq_poll(events, 2, patience);
            }
        }

        zmq_channel& owner_;
        typename ends::entry here_;
    };

    /// The receiving thread's end: the channel's socket. Used by one thread at a time.
    class receiver_handle {
    public:
        explicit receiver_handle(zmq_channel& owner) : owner_(owner) {}

        [[nodiscard]] bool receive(T& out) { return owner_.take(out, -1) == channel_status::success; }
        [[nodiscard]] channel_status try_receive(T& out) {
            const auto how = owner_.take(out, 0);
            return how == channel_status::timeout ? channel_status::would_wait : how;
        }
        [[nodiscard]] channel_status receive_for(T& out, std::chrono::nanoseconds patience) {
            return owner_.take(out, milliseconds_of(patience));
        }

    private:
        zmq_channel& owner_;
    };

    sender_handle sender() { return sender_handle(*this); }
    receiver_handle receiver() { return receiver_handle(*this); }

    void close() {
        ends_.close([this](push_socket&) { closing_.tell_senders(); },
                    [this] {
                        closing_.tell_senders();
                        closing_.tell_receiver();
                    });
    }

private:
    /// How the end of the channel gets to both sides: to senders that wait by an eventfd, to the receiver by an
    /// empty message in a pipe of its own, where there is room for it.
    class closing_signal {
    public:
        closing_signal() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
            detail::expect_zmq(fd_ >= 0, "eventfd");
        }
        ~closing_signal() {
            zmq_close(socket_);
            ::close(fd_);
        }
        closing_signal(const closing_signal&) = delete;
        closing_signal& operator=(const closing_signal&) = delete;

        void connect(const zmq_channel& owner) {
            socket_ = zmq_socket(detail::zmq_context(), ZMQ_PUSH);
            detail::expect_zmq(socket_ != nullptr, "zmq_socket");
            detail::expect_zmq(zmq_connect(socket_, owner.address_.c_str()) == 0, "zmq_connect");
        }
        int fd() const noexcept { return fd_; }
        void tell_senders() const { eventfd_write(fd_, 1); }
        void tell_receiver() const { detail::expect_zmq(zmq_send(socket_, "", 0, 0) == 0, "zmq_send"); }

    private:
        const int fd_;
        void* socket_ = nullptr;
    };

    /// `patience` in ms; -1: without end.
    channel_status take(T& out, int patience) {
        if (patience > 0 && patience != told_patience_) {
            detail::expect_zmq(zmq_setsockopt(in_.get(), ZMQ_RCVTIMEO, &patience, sizeof patience) == 0,
                               "zmq_setsockopt");
            told_patience_ = patience;
        } else if (patience < 0 && told_patience_ >= 0) {
            detail::expect_zmq(zmq_setsockopt(in_.get(), ZMQ_RCVTIMEO, &patience, sizeof patience) == 0,
                               "zmq_setsockopt");
            told_patience_ = patience;
        }
        for (;;) {
            alignas(T) std::byte message[letter::size];
            // Behind the end, what is left in the pipes is there already: all sends were over before it.
            const int size =
                zmq_recv(in_.get(), message, letter::size, ended_ || patience == 0 ? ZMQ_DONTWAIT : 0);
            if (size > 0) {
                letter::open(message, out);
                return channel_status::success;
            }
            if (size == 0) {
                ended_ = true;
            } else if (zmq_errno() == EAGAIN) {
                return ended_ ? channel_status::closed : channel_status::timeout;
            } else {
                detail::expect_zmq(zmq_errno() == EINTR, "zmq_recv");
            }
        }
    }

    const int half_;
    const detail::zmq_end in_;
    const std::string address_;
    closing_signal closing_;
    ends ends_;
    // The receiver's.
    int told_patience_ = -1;
    bool ended_ = false;
};

}  // namespace handoff::impls
