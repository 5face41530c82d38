// Adapted: Boost.Asio's io_context, run by one thread: its own posts, timers and descriptors.
//
// Source: Boost 1.74, boost/asio/io_context.hpp, post.hpp, steady_timer.hpp, posix/stream_descriptor.hpp.
//
// Progress: blocking: posts by other threads take a lock.
// Order:    posts of one thread in theirs: one queue for all that is ready. The reactor has a place in that
//           queue: when it is its turn, ready descriptors and due timers join the queue's end.
// Capacity: unbounded; allocates for every handler, from a small cache per thread, and for every timer.
// Cost:     a post by another thread: a lock, and a write to an eventfd or a condition variable's
//           notification when the loop sleeps. A timer: O(log n), and a timerfd_settime when it is the
//           first one due.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "../../concepts/loops.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/task.hpp"
#include "../detail/watcher.hpp"

namespace handoff::impls {

class asio_loop {
    struct timer_record {
        explicit timer_record(boost::asio::io_context& context) : handle(context) {}
        boost::asio::steady_timer handle;
        detail::task handler;
        bool live = true;
    };
    struct watched {
        std::size_t place = 0;
        std::unique_ptr<boost::asio::posix::stream_descriptor> handle = nullptr;
    };
    using watcher = detail::watcher<watched>;

public:
    static constexpr std::string_view name = "asio_loop";
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto stops = stop_rule::at_once;
    static constexpr std::chrono::nanoseconds timer_step{1};
    static constexpr std::size_t looks_at_all_beyond = 0;
    static constexpr provenance adapted{.library = "Boost.Asio", .source = "libboost-dev", .version = "1.74.0"};
    using timer = timer_record*;
    using watch_handle = watcher*;

    asio_loop() : context_(1), work_(context_.get_executor()) {}
    ~asio_loop() {
        watched_.for_each([](watcher* one) { one->handle->release(); });
        for (timer_record* const one : timers_) {
            delete one;
        }
    }
    asio_loop(const asio_loop&) = delete;
    asio_loop& operator=(const asio_loop&) = delete;

    template <class F>
    void post(F&& f) {
        boost::asio::post(context_, std::forward<F>(f));
    }

    template <class F>
    timer at(steady_clock::time_point time, F&& f) {
        auto made = std::make_unique<timer_record>(context_);
        made->handler.emplace(std::forward<F>(f));
        made->handle.expires_at(time);
        timer_record* const added = made.get();
        timers_.insert(added);
        made.release();
        added->handle.async_wait([this, added](const boost::system::error_code&) { fire(added); });
        return added;
    }
    template <class F>
    timer after(std::chrono::nanoseconds duration, F&& f) {
        return at(steady_clock::now() + duration, std::forward<F>(f));
    }
    /// Its handler comes all the same, as one that was aborted, or, where the timer was due, as one that fired.
    void cancel(timer which) {
        which->live = false;
        which->handler.reset();
        which->handle.cancel();
    }

    template <class F>
    watch_handle watch(int descriptor, F&& f) {
        watcher* const added = watched_.add(descriptor, std::forward<F>(f));
        added->handle = std::make_unique<boost::asio::posix::stream_descriptor>(context_, descriptor);
        wait_for(added);
        return added;
    }
    void unwatch(watch_handle which) {
        which->handle->release();  // ends its wait; the descriptor stays open
        // Behind its handler, which may stand in the queue.
        boost::asio::post(context_, [gone = watched_.extract(which)] {});
    }

    void run() {
        context_.restart();
        while (!context_.stopped()) {
            context_.run_one();
        }
    }
    void stop() { context_.stop(); }

private:
    void fire(timer_record* fired) {
        timers_.erase(fired);
        const std::unique_ptr<timer_record> gone(fired);
        if (fired->live) {
            detail::task handler(std::move(fired->handler));
            handler();
        }
    }
    /// One request: the library says once that it is ready.
    void wait_for(watcher* one) {
        one->handle->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                [this, one](const boost::system::error_code& error) {
                                    if (!error && one->live) {
                                        one->ready();
                                    }
                                    if (!error && one->live) {
                                        wait_for(one);
                                    }
                                });
    }

    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::unordered_set<timer_record*> timers_;
    detail::watcher_list<watched> watched_;
};

}  // namespace handoff::impls
