// Adapted: libevent's event_base with epoll: posts in a queue of the adaptor, announced by event_active.
//
// Source: libevent 2.1, event2/event.h, event2/event_struct.h.
//
// Progress: blocking: posts take the adaptor's lock and the library's.
// Order:    posts of one thread in theirs. A turn asks for descriptors and due timers, and runs what is
//           active in the order in which it became so.
// Capacity: unbounded; a timer is an event of 128 bytes, which the adaptor keeps for the next one.
// Cost:     locks, since evthread_use_pthreads() is what makes event_active safe in other threads; timers
//           in a binary heap. Without EVENT_BASE_FLAG_PRECISE_TIMER and EVENT_BASE_FLAG_NO_CACHE_TIME,
//           which the adaptor sets, timers count from an old reading of a coarse clock, and fire early.
//           They count from a time in microseconds, rounded down, even so: the adaptor adds one.
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "../../concepts/loops.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/task.hpp"
#include "../detail/inbox.hpp"
#include "../detail/inside.hpp"
#include "../detail/watcher.hpp"

namespace handoff::impls {

class libevent_loop {
    struct timer_record {
        event handle;
        detail::task handler;
        libevent_loop* owner;
    };
    struct watched {
        std::size_t place = 0;
        event handle{};
    };
    using watcher = detail::watcher<watched>;

public:
    static constexpr std::string_view name = "libevent_loop";
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto stops = stop_rule::at_once;
    static constexpr std::chrono::nanoseconds timer_step{1'000};
    static constexpr std::size_t looks_at_all_beyond = 0;
    static constexpr provenance adapted{.library = "libevent", .source = "libevent-dev", .version = "2.1.12"};
    using timer = timer_record*;
    using watch_handle = watcher*;

    /// Why this program cannot run it; empty where it can.
    static std::string_view unavailable() {
        // libev exports functions of the same names.
        return std::string_view(event_get_version()).starts_with("2.")
                   ? ""
                   : "another library's event_* functions are linked in the place of libevent's";
    }

    libevent_loop() : base_(make()) {
        event_assign(&mail_, base_, -1, EV_PERSIST, &libevent_loop::read_mail, this);
    }
    ~libevent_loop() {
        watched_.for_each([](watcher* one) { event_del(&one->handle); });
        for (timer_record* const one : timers_) {
            event_del(&one->handle);
            delete one;
        }
        event_del(&mail_);
        event_base_free(base_);
    }
    libevent_loop(const libevent_loop&) = delete;
    libevent_loop& operator=(const libevent_loop&) = delete;

    template <class F>
    void post(F&& f) {
        if (posts_.put(std::forward<F>(f))) {
            event_active(&mail_, EV_READ, 0);
        }
    }

    template <class F>
    timer at(steady_clock::time_point time, F&& f) {
        return after(
            std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(time - steady_clock::now())),
            std::forward<F>(f));
    }
    template <class F>
    timer after(std::chrono::nanoseconds duration, F&& f) {
        if (free_.empty()) {
            auto* const made = new timer_record{{}, {}, this};
            evtimer_assign(&made->handle, base_, &libevent_loop::fire, made);
            timers_.push_back(made);
            free_.push_back(made);
        }
        timer_record* const mine = free_.back();
        mine->handler.emplace(std::forward<F>(f));
        free_.pop_back();
        auto whole = std::chrono::ceil<std::chrono::microseconds>(duration).count();
        if (whole > 0) {
            ++whole;  // the library adds it to a time that it has rounded down
        }
        const timeval wait{static_cast<time_t>(whole / 1'000'000), static_cast<suseconds_t>(whole % 1'000'000)};
        event_add(&mine->handle, &wait);
        return mine;
    }
    void cancel(timer which) {
        event_del(&which->handle);
        which->handler.reset();
        free_.push_back(which);
    }

    template <class F>
    watch_handle watch(int descriptor, F&& f) {
        watcher* const added = watched_.add(descriptor, std::forward<F>(f));
        event_assign(
            &added->handle, base_, descriptor, EV_READ | EV_PERSIST,
            [](evutil_socket_t, short, void* argument) {
                if (auto* const ready = static_cast<watcher*>(argument); ready->live) {
                    ready->ready();
                }
            },
            added);
        event_add(&added->handle, nullptr);
        return added;
    }
    void unwatch(watch_handle which) {
        event_del(&which->handle);
        watched_.take_out(which);
    }

    void run() {
        const detail::inside_loop here(this);
        stopped_ = false;
        while (!stopped_) {
            event_base_loop(base_, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
            watched_.bury();
        }
    }
    void stop() {
        stopped_ = true;
        event_base_loopbreak(base_);
    }

private:
    static event_base* make() {
        static const int locks = evthread_use_pthreads();
        event_config* const wanted = event_config_new();
        if (locks != 0 || wanted == nullptr) {
            throw std::bad_alloc();
        }
        event_config_set_flag(wanted, EVENT_BASE_FLAG_PRECISE_TIMER);
        event_config_set_flag(wanted, EVENT_BASE_FLAG_NO_CACHE_TIME);
        event_base* const made = event_base_new_with_config(wanted);
        event_config_free(wanted);
        if (made == nullptr) {
            throw std::bad_alloc();
        }
        return made;
    }

    static void read_mail(evutil_socket_t, short, void* argument) {
        auto* const me = static_cast<libevent_loop*>(argument);
        if (me->posts_.run(me->stopped_)) {
            event_active(&me->mail_, EV_READ, 0);  // the rest, when it runs again
        }
    }
    static void fire(evutil_socket_t, short, void* argument) {
        auto* const fired = static_cast<timer_record*>(argument);
        detail::task handler(std::move(fired->handler));
        fired->owner->free_.push_back(fired);
        handler();
    }

    event_base* const base_;
    event mail_{};
    detail::inbox posts_;
    std::vector<timer_record*> timers_;
    std::vector<timer_record*> free_;
    detail::watcher_list<watched> watched_;
    bool stopped_ = false;
};

}  // namespace handoff::impls
