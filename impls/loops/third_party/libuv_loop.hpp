// Adapted: libuv's uv_loop_t: posts in a queue of the adaptor, announced by uv_async_send; inside by uv_idle_t.
//
// Source: libuv 1.44, uv.h; docs.libuv.org, "Design overview".
//
// Progress: blocking: posts take the adaptor's lock.
// Order:    posts of one thread in theirs. A turn runs due timers, posts by handlers (idle handles), then
//           descriptors, posts by other threads among them.
// Capacity: unbounded; a timer is a handle of 200 bytes, which the adaptor keeps for the next one.
// Cost:     a post by another thread: a lock, and a write to an eventfd when the queue was empty. The library
//           counts whole milliseconds from a time that it reads once a turn: uv_timer_start(5) may fire up to a
//           millisecond early. The adaptor rounds the due time up instead.
#pragma once

#include <uv.h>

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

class libuv_loop {
    struct timer_record {
        uv_timer_t handle;
        detail::task handler;
        libuv_loop* owner;
    };
    struct watched {
        std::size_t place = 0;
        uv_poll_t* handle = nullptr;  // lives until the library has closed it
    };
    using watcher = detail::watcher<watched>;

public:
    static constexpr std::string_view name = "libuv_loop";
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto stops = stop_rule::end_of_turn;
    static constexpr std::chrono::nanoseconds timer_step{1'000'000};
    static constexpr std::size_t looks_at_all_beyond = 0;
    static constexpr provenance adapted{.library = "libuv", .source = "libuv1-dev", .version = "1.44.2"};
    using timer = timer_record*;
    using watch_handle = watcher*;

    libuv_loop() {
        if (uv_loop_init(&loop_) != 0) {
            throw std::bad_alloc();
        }
        uv_async_init(&loop_, &mail_, [](uv_async_t* mail) {
            auto* const me = static_cast<libuv_loop*>(mail->data);
            if (me->others_.run(me->stopped_)) {
                uv_async_send(mail);  // the rest, when it runs again
            }
        });
        mail_.data = this;
        uv_idle_init(&loop_, &idle_);
        idle_.data = this;
    }
    ~libuv_loop() {
        watched_.for_each([](watcher* one) {
            uv_close(reinterpret_cast<uv_handle_t*>(one->handle),
                     [](uv_handle_t* closed) { delete reinterpret_cast<uv_poll_t*>(closed); });
        });
        for (timer_record* const one : timers_) {
            uv_timer_stop(&one->handle);
            uv_close(reinterpret_cast<uv_handle_t*>(&one->handle), nullptr);
        }
        uv_close(reinterpret_cast<uv_handle_t*>(&mail_), nullptr);
        uv_close(reinterpret_cast<uv_handle_t*>(&idle_), nullptr);
        uv_run(&loop_, UV_RUN_DEFAULT);
        uv_loop_close(&loop_);
        for (timer_record* const one : timers_) {
            delete one;
        }
    }
    libuv_loop(const libuv_loop&) = delete;
    libuv_loop& operator=(const libuv_loop&) = delete;

    template <class F>
    void post(F&& f) {
        if (detail::loop_of_this_thread == this) {
            if (mine_.empty()) {
                begin_idle();
            }
            mine_.emplace_back(std::forward<F>(f));
        } else if (others_.put(std::forward<F>(f))) {
            uv_async_send(&mail_);
        }
    }

    template <class F>
    timer at(steady_clock::time_point time, F&& f) {
        if (free_.empty()) {
            auto* const made = new timer_record{{}, {}, this};
            uv_timer_init(&loop_, &made->handle);
            made->handle.data = made;
            timers_.push_back(made);
            free_.push_back(made);
        }
        timer_record* const mine = free_.back();
        mine->handler.emplace(std::forward<F>(f));
        free_.pop_back();
        // The library's clock is the steady clock, in whole milliseconds rounded down.
        const auto due = std::chrono::ceil<std::chrono::milliseconds>(time.time_since_epoch()).count();
        const auto now = static_cast<std::int64_t>(uv_now(&loop_));
        uv_timer_start(
            &mine->handle,
            [](uv_timer_t* handle) {
                auto* const fired = static_cast<timer_record*>(handle->data);
                detail::task handler(std::move(fired->handler));
                fired->owner->free_.push_back(fired);
                handler();
            },
            static_cast<std::uint64_t>(due > now ? due - now : 0), 0);
        return mine;
    }
    template <class F>
    timer after(std::chrono::nanoseconds duration, F&& f) {
        return at(steady_clock::now() + duration, std::forward<F>(f));
    }
    void cancel(timer which) {
        uv_timer_stop(&which->handle);
        which->handler.reset();
        free_.push_back(which);
    }

    template <class F>
    watch_handle watch(int descriptor, F&& f) {
        watcher* const added = watched_.add(descriptor, std::forward<F>(f));
        added->handle = new uv_poll_t{};
        uv_poll_init(&loop_, added->handle, descriptor);
        added->handle->data = added;
        uv_poll_start(added->handle, UV_READABLE, [](uv_poll_t* handle, int, int) {
            if (auto* const ready = static_cast<watcher*>(handle->data); ready->live) {
                ready->ready();
            }
        });
        return added;
    }
    void unwatch(watch_handle which) {
        uv_poll_stop(which->handle);
        uv_close(reinterpret_cast<uv_handle_t*>(which->handle), [](uv_handle_t* closed) {
            delete static_cast<watcher*>(closed->data);
            delete reinterpret_cast<uv_poll_t*>(closed);
        });
        watched_.extract(which).release();
    }

    void run() {
        const detail::inside_loop here(this);
        stopped_ = false;
        others_.move_to(mine_);  // what this thread has posted before comes before what its handlers will post
        if (!mine_.empty()) {
            begin_idle();
        }
        while (!stopped_) {
            uv_run(&loop_, UV_RUN_DEFAULT);
        }
    }
    void stop() {
        stopped_ = true;
        uv_stop(&loop_);
    }

private:
    /// Where it has begun already, nothing happens.
    void begin_idle() {
        uv_idle_start(&idle_, [](uv_idle_t* idle) { static_cast<libuv_loop*>(idle->data)->run_mine(); });
    }

    void run_mine() {
        if (at_ == posts_.size()) {
            posts_.clear();
            at_ = 0;
            posts_.swap(mine_);
        }
        while (!stopped_ && at_ < posts_.size()) {
            detail::task next(std::move(posts_[at_++]));
            next();
        }
        if (at_ == posts_.size() && mine_.empty()) {
            uv_idle_stop(&idle_);
        }
    }

    uv_loop_t loop_;
    uv_async_t mail_;
    uv_idle_t idle_;
    detail::inbox others_;
    std::vector<detail::task> mine_;   // posts by handlers, and those that run() has found
    std::vector<detail::task> posts_;  // of this turn
    std::size_t at_ = 0;               // those before have begun
    std::vector<timer_record*> timers_;
    std::vector<timer_record*> free_;
    detail::watcher_list<watched> watched_;
    bool stopped_ = false;
};

}  // namespace handoff::impls
