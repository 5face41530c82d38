// Adapted: ZeroMQ, one XPUB socket for all publishers, and for each handler a SUB socket with a thread,
// connected by the inproc transport.
//
// Source: libzmq 4.3.4, ZMQ_XPUB, ZMQ_SUB, zmq_inproc.
//
// Progress: blocking: publishers take a lock, since a socket is for one thread at a time.
// Order:    all handlers see all publications in one order.
// Capacity: unbounded: no high-water mark, a pipe for each handler; a thread, a socket and an eventfd each.
// Cost:     one lock per publication, a look for its subscribers by its first byte, and a message in the
//           pipe of each; a handler's thread that sleeps is sent a command: a lock and a write to its eventfd.
//           Small plain events are copied into each pipe, others are on the heap, once for all.
#pragma once

#include <zmq.h>

#include <array>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../../atomic.hpp"
#include "../../concepts/buses.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/inproc.hpp"
#include "../../detail/mutex.hpp"
#include "../../detail/zmq.hpp"
#include "../detail/handler.hpp"
#include "../detail/own_workers.hpp"

namespace handoff::impls {

template <class Event>
class zmq_bus {
    struct worker;

public:
    using event_type = Event;
    using subscription = detail::subscription<zmq_bus, worker*>;
    static constexpr std::string_view name = "zmq_bus";
    static constexpr provenance adapted{.library = "ZeroMQ", .source = "libzmq3-dev", .version = "4.3.4"};
    static constexpr auto calls = handler_calls::on_workers;
    static constexpr auto unsubscribed = after_unsubscribe::none_runs;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr bool isolates_exceptions = true;
    static constexpr bool publishes_at_once = true;
    static constexpr bool changes_within_handlers = true;

    explicit zmq_bus(const bus_options& options = {})
        : out_(ZMQ_XPUB, ZMQ_SNDHWM, no_limit),
          address_(detail::new_inproc_address()),
          workers_(options.on_start) {
        detail::expect_zmq(zmq_bind(out_.get(), address_.c_str()) == 0, "zmq_bind");
    }

    class publisher_handle {
    public:
        explicit publisher_handle(zmq_bus& bus) noexcept : bus_(bus) {}
        void publish(const Event& event) { bus_.send(event); }

    private:
        zmq_bus& bus_;
    };

    publisher_handle publisher() noexcept { return publisher_handle(*this); }

    /// Throws where no thread or no socket can be made.
    template <class F>
    subscription subscribe(F&& f) {
        detail::handler<Event> handler(std::forward<F>(f));
        const auto make = [&] {
            const std::lock_guard lock(mutex_);
            auto made = std::make_unique<worker>(std::move(handler), sent_, end_of(made_++));
            detail::expect_zmq(zmq_connect(made->in.get(), address_.c_str()) == 0, "zmq_connect");
            made->set(ZMQ_SUBSCRIBE, {&event_mark, 1});
            made->set(ZMQ_SUBSCRIBE, made->end);
            hear('\1' + made->end);
            return made;
        };
        return {*this, workers_.add(name, make, [this](worker& me) { receive(me); })};
    }

    void drain() {
        std::uint64_t target = 0;
        {
            const std::lock_guard lock(mutex_);
            target = sent_;
        }
        workers_.wait_for_all(target);
    }

    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

private:
    friend subscription;

    static constexpr int no_limit = 0;
    static constexpr bool is_plain = std::is_trivially_copyable_v<Event> && std::default_initializable<Event>;

    // A message's first byte is the topic by which the library finds its subscribers. All handlers subscribe to
    // events. Each also subscribes to a topic of its own, whose only message ends the wait of its thread.
    static constexpr char event_mark = 'e';
    static constexpr char end_mark = 'x';

    struct worker : detail::own_worker<Event> {
        worker(detail::handler<Event>&& f, std::uint64_t published, std::string own_topic)
            : detail::own_worker<Event>(std::move(f), published), end(std::move(own_topic)) {}

        void set(int option, std::string_view topic) const {
            detail::expect_zmq(zmq_setsockopt(in.get(), option, topic.data(), topic.size()) == 0,
                               "zmq_setsockopt");
        }

        const std::string end;  // its own topic
        detail::zmq_end in{ZMQ_SUB, ZMQ_RCVHWM, no_limit};
    };

    /// An event that is no plain bytes. No other message is as long.
    struct alignas(2 * sizeof(std::uint64_t)) post {
        explicit post(const Event& published) : event(published) {}

        char mark = event_mark;  // first: the topic
        atomic<bool> sent{false};
        const Event event;
    };

    class message {
    public:
        message() { zmq_msg_init(&inner_); }
        explicit message(std::unique_ptr<post> content) {
            const auto free = [](void* what, void*) { delete static_cast<post*>(what); };
            detail::expect_zmq(zmq_msg_init_data(&inner_, content.get(), sizeof(post), free, nullptr) == 0,
                               "zmq_msg_init_data");
            static_cast<void>(content.release());
        }
        ~message() { zmq_msg_close(&inner_); }
        message(const message&) = delete;
        message& operator=(const message&) = delete;

        zmq_msg_t* get() noexcept { return &inner_; }
        const void* bytes() noexcept { return zmq_msg_data(&inner_); }
        bool is_end() noexcept {
            if constexpr (is_plain) {
                return *static_cast<const char*>(bytes()) == end_mark;
            } else {
                return zmq_msg_size(&inner_) != sizeof(post);  // nothing of it may be read before [sent]
            }
        }

    private:
        zmq_msg_t inner_;
    };

    static std::string end_of(std::uint64_t number) {
        std::string topic(1 + sizeof number, end_mark);
        std::memcpy(topic.data() + 1, &number, sizeof number);
        return topic;
    }

    void send(const Event& event) {
        if constexpr (is_plain) {
            std::array<char, 1 + sizeof(Event)> bytes;
            bytes[0] = event_mark;
            std::memcpy(bytes.data() + 1, &event, sizeof event);
            const std::lock_guard lock(mutex_);
            send_bytes({bytes.data(), bytes.size()});
            ++sent_;
        } else {
            auto content = std::make_unique<post>(event);
            // [sent]: for ThreadSanitizer, which does not see inside the library
            content->sent.store(true, std::memory_order_release);
            message out(std::move(content));
            const std::lock_guard lock(mutex_);
            while (zmq_msg_send(out.get(), out_.get(), ZMQ_DONTWAIT) < 0) {
                detail::expect_zmq(zmq_errno() == EINTR, "zmq_msg_send");
            }
            ++sent_;
        }
    }

    /// The lock is held.
    void send_bytes(std::string_view bytes) {
        while (zmq_send(out_.get(), bytes.data(), bytes.size(), ZMQ_DONTWAIT) < 0) {
            detail::expect_zmq(zmq_errno() == EINTR, "zmq_send");
        }
    }

    /// The lock is held. Receives what the publishers' socket says of subscriptions, up to `what`, which the
    /// calling thread has brought about: from then on that socket goes by it.
    void hear(std::string_view what) {
        std::array<char, 64> heard;
        for (std::string_view last; last != what;) {
            const int size = zmq_recv(out_.get(), heard.data(), heard.size(), 0);
            if (size < 0) {
                detail::expect_zmq(zmq_errno() == EINTR, "zmq_recv");
                continue;
            }
            last = {heard.data(), static_cast<std::size_t>(size)};
        }
    }

    /// Until the handler is unsubscribed.
    void receive(worker& me) {
        const auto call = me.how();
        while (!me.is_over()) {
            message in;
            take(me, in, 0);
            const void* const bytes = in.bytes();
            if (in.is_end()) {
                break;
            }
            if constexpr (is_plain) {
                Event event;
                std::memcpy(&event, static_cast<const char*>(bytes) + 1, sizeof event);
                handle(me, call, event);
            } else {
                const post& arrived = *static_cast<const post*>(bytes);
                arrived.sent.load(std::memory_order_acquire);  // [sent]
                handle(me, call, arrived.event);
            }
        }
        if constexpr (!is_plain) {
            destroy_unread(me);
        }
        me.in.close();  // nobody may join this thread for long, and its pipe has no limit
    }

    void handle(worker& me, const detail::callee<Event>& call, const Event& event) {
        try {
            call(event);
        } catch (...) {
            failures_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
        }
        workers_.has_done_one(me);
    }

    /// The library would do it later, in a thread of its own.
    void destroy_unread(worker& me) {
        {
            const std::lock_guard lock(mutex_);
            me.set(ZMQ_UNSUBSCRIBE, {&event_mark, 1});
            me.set(ZMQ_UNSUBSCRIBE, me.end);
            hear('\0' + me.end);
        }
        for (message in; take(me, in, ZMQ_DONTWAIT);) {
        }
    }

    /// False: nothing is there, and `how` says not to wait.
    static bool take(worker& me, message& in, int how) {
        while (zmq_msg_recv(in.get(), me.in.get(), how) < 0) {
            if (zmq_errno() == EAGAIN) {
                return false;
            }
            detail::expect_zmq(zmq_errno() == EINTR, "zmq_msg_recv");
        }
        return true;
    }

    void unsubscribe(worker* which) {
        const std::string topic = which->end;  // another thread that unsubscribes may free it
        workers_.end(which, [&] {
            const std::lock_guard lock(mutex_);
            send_bytes(topic);
        });
    }

    mutex mutex_;  // protects what follows
    detail::zmq_end out_;
    std::uint64_t sent_ = 0;  // events
    std::uint64_t made_ = 0;  // topics
    const std::string address_;
    atomic<std::uint64_t> failures_{0};
    detail::own_workers<worker> workers_;  // goes first: their threads use all of it
};

}  // namespace handoff::impls
