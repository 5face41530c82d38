// Adapted: libev's ev_loop with epoll: posts in a queue of the adaptor, announced by ev_async_send.
//
// Source: libev 4.33, ev.h; pod.tst.eu, ev(3).
//
// Progress: blocking: posts take the adaptor's lock.
// Order:    posts of one thread in theirs. A turn asks for descriptors, then for due timers, and runs what is
//           pending, what came last first; posts by another thread when the loop next looks for them.
// Capacity: unbounded; a timer is an ev_timer of the adaptor, which it keeps for the next one.
// Cost:     a post: a lock, and ev_async_send when the queue was empty, which writes to an eventfd only while
//           the loop sleeps. Timers in a 4-heap; due times are doubles, in seconds. Timers count from a time
//           that is read once a turn: without ev_now_update() they fire early.
#pragma once

// libevent's macros are words of libev's.
#undef EV_READ
#undef EV_WRITE
#undef EV_TIMEOUT
#undef EV_SIGNAL
#include <ev.h>

#include <chrono>
#include <cstddef>
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

class libev_loop {
    struct timer_record {
        ev_timer handle;
        detail::task handler;
        libev_loop* owner;
    };
    struct watched {
        std::size_t place = 0;
        ev_io handle{};
    };
    using watcher = detail::watcher<watched>;

public:
    static constexpr std::string_view name = "libev_loop";
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto stops = stop_rule::end_of_turn;
    static constexpr std::chrono::nanoseconds timer_step{1'000'000};
    static constexpr std::size_t looks_at_all_beyond = 0;
    static constexpr provenance adapted{.library = "libev", .source = "libev-dev", .version = "4.33"};
    using timer = timer_record*;
    using watch_handle = watcher*;

    libev_loop() : loop_(::ev_loop_new(EVBACKEND_EPOLL)) {
        if (loop_ == nullptr) {
            throw std::bad_alloc();
        }
        ev_async_init(&mail_, &libev_loop::read_mail);
        mail_.data = this;
        ev_async_start(loop_, &mail_);
    }
    ~libev_loop() {
        watched_.for_each([this](watcher* one) { ev_io_stop(loop_, &one->handle); });
        for (timer_record* const one : timers_) {
            ev_timer_stop(loop_, &one->handle);
            delete one;
        }
        ev_async_stop(loop_, &mail_);
        ev_loop_destroy(loop_);
    }
    libev_loop(const libev_loop&) = delete;
    libev_loop& operator=(const libev_loop&) = delete;

    template <class F>
    void post(F&& f) {
        if (posts_.put(std::forward<F>(f))) {
            ev_async_send(loop_, &mail_);
        }
    }

    template <class F>
    timer at(steady_clock::time_point time, F&& f) {
        if (free_.empty()) {
            auto* const made = new timer_record{{}, {}, this};
            made->handle.data = made;
            timers_.push_back(made);
            free_.push_back(made);
        }
        timer_record* const mine = free_.back();
        mine->handler.emplace(std::forward<F>(f));
        free_.pop_back();
        // Read before the loop reads its own: what is left is too much rather than too little.
        const std::chrono::duration<double> left = time - steady_clock::now();
        ev_now_update(loop_);
        ev_timer_init(&mine->handle, &libev_loop::fire, left.count() > 0 ? left.count() + 1e-9 : 0., 0.);
        ev_timer_start(loop_, &mine->handle);
        return mine;
    }
    template <class F>
    timer after(std::chrono::nanoseconds duration, F&& f) {
        return at(steady_clock::now() + duration, std::forward<F>(f));
    }
    void cancel(timer which) {
        ev_timer_stop(loop_, &which->handle);
        which->handler.reset();
        free_.push_back(which);
    }

    template <class F>
    watch_handle watch(int descriptor, F&& f) {
        watcher* const added = watched_.add(descriptor, std::forward<F>(f));
        ev_io_init(
            &added->handle,
            [](struct ev_loop*, ev_io* io, int) {
                if (auto* const ready = static_cast<watcher*>(io->data); ready->live) {
                    ready->ready();
                }
            },
            descriptor, EV_READ);
        added->handle.data = added;
        ev_io_start(loop_, &added->handle);
        return added;
    }
    void unwatch(watch_handle which) {
        ev_io_stop(loop_, &which->handle);
        watched_.take_out(which);
    }

    void run() {
        const detail::inside_loop here(this);
        stopped_ = false;
        while (!stopped_) {
            ev_run(loop_, EVRUN_ONCE);
            watched_.bury();
        }
    }
    void stop() {
        stopped_ = true;
        ev_break(loop_, EVBREAK_ALL);
    }

private:
    static void read_mail(struct ev_loop* loop, ev_async* mail, int) {
        auto* const me = static_cast<libev_loop*>(mail->data);
        if (me->posts_.run(me->stopped_)) {
            ev_async_send(loop, mail);  // the rest, when it runs again
        }
    }
    static void fire(struct ev_loop*, ev_timer* handle, int) {
        auto* const fired = static_cast<timer_record*>(handle->data);
        detail::task handler(std::move(fired->handler));
        fired->owner->free_.push_back(fired);
        handler();
    }

    struct ev_loop* const loop_;
    ev_async mail_;
    detail::inbox posts_;
    std::vector<timer_record*> timers_;
    std::vector<timer_record*> free_;
    detail::watcher_list<watched> watched_;
    bool stopped_ = false;
};

}  // namespace handoff::impls
