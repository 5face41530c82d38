// Adapted: Asio's experimental concurrent_channel. A thread that has to wait starts the asynchronous operation
// and runs an io_context of its own until that is complete.
//
// Source: Kohlhoff, Asio 1.22.1, asio/experimental/concurrent_channel.hpp.
//
// Progress: blocking.
// Order:    FIFO.
// Capacity: 0 (a rendezvous), any number of items exactly, or unbounded; a std::deque.
// Cost:     one lock and one unlock; an operation that waits is allocated, and posted to its thread's
//           io_context: a lock and a notification more. Close without loss: two stores to a line of the
//           sender's own.
#pragma once

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/error_code.hpp>
#include <asio/experimental/concurrent_channel.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../concepts/channels.hpp"
#include "../../concepts/provenance.hpp"
#include "../../concepts/waiting.hpp"
#include "../../detail/mutex.hpp"
#include "../../detail/this_thread.hpp"
#include "../../queues/detail/boxed.hpp"
#include "../detail/sending_ends.hpp"

namespace handoff::impls {

template <class T, class = native>
class asio_channel {
    using clock = std::chrono::steady_clock;
    static constexpr bool is_plain = detail::may_stay<T>;
    /// A send that ends without success destroys what it was given: another item than plain bytes stays at a
    /// place of its own, and its address is sent.
    using sent = std::conditional_t<is_plain, T, T*>;
    using executor = asio::io_context::executor_type;
    using inner = asio::experimental::concurrent_channel<executor, void(asio::error_code, sent)>;

    static constexpr auto without_end = clock::time_point::max();

    /// Where a thread waits for its operations: an io_context that it runs while it waits.
    struct waiting_room {
        asio::io_context context{1};
        asio::cancellation_signal signal;

        /// Runs until `done`; false: the time was over.
        bool run(const bool& done, clock::time_point until) {
            while (!done) {
                context.restart();
                if (until == without_end) {
                    context.run_one();
                } else if (context.run_one_until(until) == 0 && clock::now() >= until) {
                    return done;
                }
            }
            return true;
        }
        /// By its own thread.
        void cancel() { signal.emit(asio::cancellation_type::terminal); }
        template <class Done>
        auto bound(Done&& done) {
            return asio::bind_executor(context.get_executor(),
                                       asio::bind_cancellation_slot(signal.slot(), std::forward<Done>(done)));
        }
    };

    /// The rooms of one side's threads. A room is the channel's, and a handle borrows it: whoever completes a
    /// waiting operation posts that to its room, and touches the room's io_context once more afterwards, when
    /// the thread that waited may have destroyed its handle.
    class waiting_rooms {
    public:
        waiting_room& borrow() {
            const std::lock_guard lock(mutex_);
            if (idle_.empty()) {
                idle_.reserve(all_.size() + 1);  // all fit, so that a room can be given back
                all_.push_back(std::make_unique<waiting_room>());
                return *all_.back();
            }
            waiting_room* const one = idle_.back();
            idle_.pop_back();
            return *one;
        }
        void give_back(waiting_room& one) noexcept {
            const std::lock_guard lock(mutex_);
            idle_.push_back(&one);
        }

    private:
        mutex mutex_;  // protects what follows
        std::vector<std::unique_ptr<waiting_room>> all_;
        std::vector<waiting_room*> idle_;
    };
    /// A room, as long as a handle has it.
    class borrowed_room {
    public:
        explicit borrowed_room(waiting_rooms& from) : from_(from), room_(from.borrow()) {}
        ~borrowed_room() { from_.give_back(room_); }
        borrowed_room(const borrowed_room&) = delete;
        borrowed_room& operator=(const borrowed_room&) = delete;

        waiting_room& operator*() const noexcept { return room_; }
        waiting_room* operator->() const noexcept { return &room_; }

    private:
        waiting_rooms& from_;
        waiting_room& room_;
    };
    using ends = detail::sending_ends<borrowed_room>;

public:
    using value_type = T;
    static constexpr std::string_view name = "asio_channel";
    static constexpr auto senders = cardinality::many;
    static constexpr auto receivers = cardinality::many;
    static constexpr auto delivers = delivery::once;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr channel_capacities capacities{
        .rendezvous = true, .bounded = true, .rule = capacity_rule::exact, .unbounded = true};
    static constexpr bool waits_by_itself = true;
    static constexpr provenance adapted{.library = "Asio", .source = "libasio-dev", .version = "1.22.1"};

    explicit asio_channel(const channel_options& options) : channel_(context_, options.capacity) {}
    ~asio_channel() {
        if constexpr (!is_plain) {
            const auto destroy = [](const asio::error_code&, T* left) { delete left; };
            while (channel_.try_receive(destroy)) {
            }
        }
    }
    asio_channel(const asio_channel&) = delete;
    asio_channel& operator=(const asio_channel&) = delete;

    /// A sending thread's end, which borrows an io_context. Outlived by the channel; used by one thread at a
    /// time.
    class sender_handle {
    public:
        explicit sender_handle(asio_channel& owner)
            : channel_(owner.channel_), here_(owner.ends_, owner.sending_rooms_) {}

        [[nodiscard]] bool send(T&& value) { return put(value, without_end) == channel_status::success; }
        [[nodiscard]] channel_status try_send(T&& value) {
            const detail::sending sending(here_);
            return sending ? offer(value,
                                   [this](const sent& item) {
                                       return channel_.try_send(asio::error_code(), item)
                                                  ? channel_status::success
                                                  : channel_status::would_wait;
                                   })
                           : channel_status::closed;
        }
        [[nodiscard]] channel_status send_for(T&& value, std::chrono::nanoseconds patience) {
            return put(value, clock::now() + patience);
        }

    private:
        /// The owner has the item back where `go` had no success.
        template <class Go>
        static channel_status offer(T& value, Go&& go) {
            if constexpr (is_plain) {
                return go(value);
            } else {
                detail::placed<T> out(value);
                const channel_status how = go(out.get());
                if (how == channel_status::success) {
                    out.is_taken();
                }
                return how;
            }
        }
        channel_status put(T& value, clock::time_point until) {
            const detail::sending sending(here_);
            if (!sending) {
                return channel_status::closed;
            }
            return offer(value, [&](const sent& item) {
                if (channel_.try_send(asio::error_code(), item)) {
                    return channel_status::success;
                }
                bool done = false;
                asio::error_code how;
                channel_.async_send(asio::error_code(), item,
                                    here_.end->bound([&](const asio::error_code& ended) {
                                        how = ended;
                                        done = true;
                                    }));
                const bool is_late = !here_.end->run(done, until);
                if (is_late) {
                    here_.end->cancel();
                    here_.end->run(done, without_end);
                }
                return !how      ? channel_status::success
                       : is_late ? channel_status::timeout
                                 : channel_status::closed;
            });
        }

        inner& channel_;
        typename ends::entry here_;
    };

    /// A receiving thread's end, which borrows an io_context. Outlived by the channel; used by one thread at a
    /// time.
    class receiver_handle {
    public:
        explicit receiver_handle(asio_channel& owner) : owner_(owner), room_(owner.receiving_rooms_) {}

        [[nodiscard]] bool receive(T& out) {
            channel_status how = try_receive(out);
            if (how == channel_status::would_wait) {
                bool done = false;
                owner_.channel_.async_receive(
                    room_->bound([&](const asio::error_code& ended, const sent& item) {
                        how = owner_.open(ended, item, out);
                        done = true;
                    }));
                room_->run(done, without_end);
            }
            return how == channel_status::success;
        }
        [[nodiscard]] channel_status try_receive(T& out) {
            channel_status how = channel_status::would_wait;
            owner_.channel_.try_receive(
                [&](const asio::error_code& ended, const sent& item) { how = owner_.open(ended, item, out); });
            return how;
        }
        /// Looks again and again: a receive that is cancelled leaves the library's channel without its buffer,
        /// as a rendezvous, until a receiver waits again.
        [[nodiscard]] channel_status receive_for(T& out, std::chrono::nanoseconds patience) {
            const auto until = clock::now() + patience;
            for (;;) {
                if (const auto how = try_receive(out); how != channel_status::would_wait) {
                    return how;
                }
                if (clock::now() >= until) {
                    return channel_status::timeout;
                }
                this_thread::sleep_for(std::chrono::microseconds(50));
            }
        }

    private:
        asio_channel& owner_;
        borrowed_room room_;
    };

    sender_handle sender() { return sender_handle(*this); }
    receiver_handle receiver() { return receiver_handle(*this); }

    /// Not by the library's own close(), which forgets what lies in the channel, and senders that wait.
    void close() {
        ends_.close(
            [](borrowed_room& waiting) { asio::post(waiting->context, [&room = *waiting] { room.cancel(); }); },
            [this] { send_end(); });
    }

private:
    /// Behind all items; waits for its turn by itself.
    void send_end() { channel_.async_send(asio::error::eof, sent{}, asio::detached); }

    channel_status open(const asio::error_code& ended, const sent& item, T& out) {
        if (ended) {
            send_end();  // for the next receiver
            return channel_status::closed;
        }
        if constexpr (is_plain) {
            out = item;
        } else {
            const std::unique_ptr<T> mine(item);
            out = std::move(*mine);
        }
        return channel_status::success;
    }

    asio::io_context context_;  ///< nobody runs it: all operations have one of their own, but that of the end
    // Before the channel, whose operations use them. Each side has its own: what close() posts to a sender's
    // may stay there, and must not cancel a receive.
    waiting_rooms sending_rooms_;
    waiting_rooms receiving_rooms_;
    inner channel_;
    ends ends_;
};

}  // namespace handoff::impls
