// Adapted: nng, two pair sockets connected by the inproc transport. All senders share the one, all receivers
// the other; each thread has an asynchronous operation of its own (nng_aio) and waits for that.
//
// Source: nng 1.5.2, pair version 0, inproc.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: at least: the sending socket's buffer, and some items on their way.
// Cost:     a message that is allocated and freed, and locks: of the socket, of the transport, and of the
//           operations that carry an item from one socket to the other. Close without loss: two stores to a
//           line of the sender's own.
#pragma once

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

#include "../../concepts/channels.hpp"
#include "../../concepts/provenance.hpp"
#include "../../concepts/waiting.hpp"
#include "../../detail/inproc.hpp"
#include "../../detail/mutex.hpp"
#include "../detail/letter.hpp"
#include "../detail/sending_ends.hpp"

namespace handoff::impls {

template <class T, class = native>
class nng_channel {
    using letter = detail::letter<T>;

    static void expect(int how, const char* what) {
        if (how != 0) {
            throw std::runtime_error(std::string(what) + ": " + nng_strerror(how));
        }
    }

    /// An operation that its thread starts and waits for.
    class operation {
    public:
        operation() { expect(nng_aio_alloc(&aio_, nullptr, nullptr), "nng_aio_alloc"); }
        ~operation() { nng_aio_free(aio_); }
        operation(const operation&) = delete;
        operation& operator=(const operation&) = delete;
        nng_aio* get() const noexcept { return aio_; }

    private:
        nng_aio* aio_ = nullptr;
    };
    using ends = detail::sending_ends<operation>;

    class socket {
    public:
        socket(const char* buffer_option, int places) {
            expect(nng_pair0_open(&socket_), "nng_pair0_open");
            expect(nng_socket_set_int(socket_, buffer_option, places), buffer_option);
        }
        ~socket() { nng_close(socket_); }
        socket(const socket&) = delete;
        socket& operator=(const socket&) = delete;
        nng_socket get() const noexcept { return socket_; }

    private:
        nng_socket socket_ = NNG_SOCKET_INITIALIZER;
    };

    /// The library knows whole milliseconds; 0: does not wait.
    static nng_duration milliseconds_of(std::chrono::nanoseconds patience) {
        const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
        return static_cast<nng_duration>(std::clamp<std::int64_t>(rounded, 0, INT_MAX));
    }

    /// Starts an operation and waits for its end. One that has no limit of time may end as if its time were up,
    /// where the one before it had a limit (the library's thread for timeouts is late then): it is started
    /// again.
    template <class Start>
    static int result_of(nng_aio* operation, nng_duration patience, Start&& start) {
        for (;;) {
            nng_aio_set_timeout(operation, patience);
            start();
            nng_aio_wait(operation);
            const int how = nng_aio_result(operation);
            if (how != NNG_ETIMEDOUT || patience != NNG_DURATION_INFINITE) {
                return how;
            }
        }
    }

public:
    using value_type = T;
    static constexpr std::string_view name = "nng_channel";
    static constexpr auto senders = cardinality::many;
    static constexpr auto receivers = cardinality::many;
    static constexpr auto delivers = delivery::once;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr channel_capacities capacities{
        .bounded = true, .rule = capacity_rule::at_least, .largest = 8192};
    static constexpr bool waits_by_itself = true;
    /// Threads of the library carry items from socket to socket: what was sent may not be there yet.
    static constexpr auto empty_is = refusal_rule::held_up;
    static constexpr auto full_is = refusal_rule::held_up;
    static constexpr provenance adapted{.library = "nng", .source = "libnng-dev", .version = "1.5.2"};

    explicit nng_channel(const channel_options& options)
        : in_(NNG_OPT_SENDBUF, static_cast<int>(options.capacity)), out_(NNG_OPT_RECVBUF, 0) {
        const std::string address = detail::new_inproc_address();
        expect(nng_listen(out_.get(), address.c_str(), nullptr, 0), "nng_listen");
        expect(nng_dial(in_.get(), address.c_str(), nullptr, 0), "nng_dial");
    }
    ~nng_channel() {
        if constexpr (!detail::may_stay<T>) {
            close();
            receiver_handle last(*this);
            for (T left; last.receive(left);) {
            }
        }
        const std::lock_guard lock(end_mutex_);
        nng_aio_cancel(end_.get());
        nng_aio_wait(end_.get());
        if (end_is_sent_ && nng_aio_result(end_.get()) != 0) {
            nng_msg_free(nng_aio_get_msg(end_.get()));
        }
    }
    nng_channel(const nng_channel&) = delete;
    nng_channel& operator=(const nng_channel&) = delete;

    /// A sending thread's end: an operation. Outlived by the channel; used by one thread at a time.
    class sender_handle {
    public:
        explicit sender_handle(nng_channel& owner) : owner_(owner), here_(owner.ends_) {}

        [[nodiscard]] bool send(T&& value) {
            return put(value, NNG_DURATION_INFINITE) == channel_status::success;
        }
        [[nodiscard]] channel_status try_send(T&& value) {
            const auto how = put(value, NNG_DURATION_ZERO);
            return how == channel_status::timeout ? channel_status::would_wait : how;
        }
        [[nodiscard]] channel_status send_for(T&& value, std::chrono::nanoseconds patience) {
            return put(value, milliseconds_of(patience));
        }

    private:
        channel_status put(T& value, nng_duration patience) {
            const detail::sending sending(here_);
            if (!sending) {
                return channel_status::closed;
            }
            letter out(value);
            nng_msg* message = nullptr;
            expect(nng_msg_alloc(&message, letter::size), "nng_msg_alloc");
            std::memcpy(nng_msg_body(message), out.bytes(), letter::size);
            nng_aio* const mine = here_.end.get();
            const int how = result_of(mine, patience, [&] {
                nng_aio_set_msg(mine, message);
                nng_send_aio(owner_.in_.get(), mine);
            });
            if (how == 0) {
                out.is_sent();
                return channel_status::success;
            }
            nng_msg_free(message);
            if (how == NNG_ECANCELED) {
                return channel_status::closed;
            }
            if (how != NNG_ETIMEDOUT) {
                expect(how, "nng_send_aio");
            }
            return channel_status::timeout;
        }

        nng_channel& owner_;
        typename ends::entry here_;
    };

    /// A receiving thread's end: an operation. Outlived by the channel; used by one thread at a time.
    class receiver_handle {
    public:
        explicit receiver_handle(nng_channel& owner) : owner_(owner) {}

        [[nodiscard]] bool receive(T& out) {
            return take(out, NNG_DURATION_INFINITE) == channel_status::success;
        }
        [[nodiscard]] channel_status try_receive(T& out) {
            const auto how = take(out, NNG_DURATION_ZERO);
            return how == channel_status::timeout ? channel_status::would_wait : how;
        }
        [[nodiscard]] channel_status receive_for(T& out, std::chrono::nanoseconds patience) {
            return take(out, milliseconds_of(patience));
        }

    private:
        channel_status take(T& out, nng_duration patience) {
            // relaxed: whoever misses it gets the end that was handed on
            if (owner_.is_over_.load(std::memory_order_relaxed)) {
                return channel_status::closed;
            }
            const int how =
                result_of(mine_.get(), patience, [&] { nng_recv_aio(owner_.out_.get(), mine_.get()); });
            if (how == NNG_ETIMEDOUT) {
                return channel_status::timeout;
            }
            expect(how, "nng_recv_aio");
            nng_msg* const message = nng_aio_get_msg(mine_.get());
            const bool is_end = nng_msg_len(message) == 0;
            if (!is_end) {
                letter::open(nng_msg_body(message), out);
            }
            nng_msg_free(message);
            if (is_end) {
                owner_.is_over_.store(true, std::memory_order_relaxed);  // relaxed: carries no data
                owner_.send_end();                                       // for the next receiver
            }
            return is_end ? channel_status::closed : channel_status::success;
        }

        nng_channel& owner_;
        operation mine_;
    };

    sender_handle sender() { return sender_handle(*this); }
    receiver_handle receiver() { return receiver_handle(*this); }

    void close() {
        ends_.close([](operation& waiting) { nng_aio_cancel(waiting.get()); }, [this] { send_end(); });
    }

private:
    /// An empty message, behind all items. Does not wait for room: the operation does.
    void send_end() {
        const std::lock_guard lock(end_mutex_);
        nng_aio_wait(end_.get());  // of the last one, which has arrived
        nng_msg* empty = nullptr;
        expect(nng_msg_alloc(&empty, 0), "nng_msg_alloc");
        nng_aio_set_timeout(end_.get(), NNG_DURATION_INFINITE);
        nng_aio_set_msg(end_.get(), empty);
        nng_send_aio(in_.get(), end_.get());
        end_is_sent_ = true;
    }

    socket in_;   ///< of all senders
    socket out_;  ///< of all receivers
    ends ends_;
    std::atomic<bool> is_over_{false};
    mutex end_mutex_;  // protects what follows
    operation end_;
    bool end_is_sent_ = false;
};

}  // namespace handoff::impls
