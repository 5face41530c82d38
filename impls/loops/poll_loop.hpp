// Event loop over something that waits for descriptors: posts in two queues, timers in a heap.
//
// Source: none of its own. The phases of a turn are those of libuv (docs.libuv.org, "The I/O loop").
//
// Progress: blocking: posts by other threads take a lock.
// Order:    posts of one thread in theirs. A turn runs the timers that are due, then the posts that are there,
//           those by handlers first, then the descriptors that are ready. What a phase adds to its own kind
//           waits for the next turn, so no kind starves another.
// Capacity: unbounded; vectors grow, and keep their memory.
// Cost:     a post by a handler: no lock and no system call. By another thread: one lock, and a write to an
//           eventfd when the loop sleeps. A turn: one system call, none where nothing is watched and posts are
//           left to run.
//
// A Poller has
//     add(fd, tag), remove(fd, tag)  watches a descriptor for reading, level-triggered
//     wake()                         by any thread: the next or present wait() ends
//     wait(longest, see)             sleeps that long at most (max(): for ever), and calls see(tag) for
//                                    each that is ready until it returns false
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/loops.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/clock.hpp"
#include "../detail/mutex.hpp"
#include "../detail/task.hpp"
#include "detail/inside.hpp"
#include "detail/timer_heap.hpp"
#include "detail/watcher.hpp"

namespace handoff::impls {

template <class Poller>
class poll_loop {
    using watcher = detail::watcher<detail::watched>;

public:
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto stops = stop_rule::at_once;
    static constexpr std::chrono::nanoseconds timer_step{1};
    static constexpr std::size_t looks_at_all_beyond = 0;
    using timer = detail::timer_heap::timer;
    using watch_handle = watcher*;

    poll_loop() = default;
    poll_loop(const poll_loop&) = delete;
    poll_loop& operator=(const poll_loop&) = delete;

    template <class F>
    void post(F&& f) {
        if (detail::loop_of_this_thread == this) {
            mine_.emplace_back(std::forward<F>(f));
            return;
        }
        bool must_wake = false;
        {
            const std::lock_guard lock(mutex_);
            others_.emplace_back(std::forward<F>(f));
            has_others_.store(true, std::memory_order_relaxed);  // relaxed: a hint; the lock orders the post
            must_wake = std::exchange(sleeps_, false);
        }
        if (must_wake) {
            poller_.wake();
        }
    }

    template <class F>
    timer at(steady_clock::time_point time, F&& f) {
        return timers_.add(time, std::forward<F>(f));
    }
    template <class F>
    timer after(std::chrono::nanoseconds duration, F&& f) {
        return at(steady_clock::now() + duration, std::forward<F>(f));
    }
    void cancel(timer which) { timers_.cancel(which); }

    template <class F>
    watch_handle watch(int descriptor, F&& f) {
        watcher* const added = watched_.add(descriptor, std::forward<F>(f));
        poller_.add(descriptor, added);
        return added;
    }
    void unwatch(watch_handle which) {
        poller_.remove(which->descriptor, which);
        watched_.take_out(which);
    }

    void run() {
        const detail::inside_loop here(this);
        stopped_ = false;
        keep_order();
        while (!stopped_) {
            turn();
            watched_.bury();
        }
    }
    void stop() noexcept { stopped_ = true; }

private:
    /// What this thread has posted before run() comes before what its handlers will post.
    void keep_order() {
        const std::lock_guard lock(mutex_);
        has_others_.store(false, std::memory_order_relaxed);  // relaxed: under the lock
        std::ranges::move(others_, std::back_inserter(mine_));
        others_.clear();
    }

    void turn() {
        if (!timers_.empty()) {
            const auto now = steady_clock::now();  // once: a timer that a handler adds is for the next turn
            for (detail::task due; !stopped_ && timers_.take_due(now, due);) {
                due();
            }
        }
        if (at_ == posts_.size()) {
            take_posts();
        }
        while (!stopped_ && at_ < posts_.size()) {
            detail::task next(std::move(posts_[at_++]));
            next();
        }
        if (!stopped_) {
            look_at_descriptors();
        }
    }

    void take_posts() {
        posts_.clear();
        at_ = 0;
        posts_.swap(mine_);
        // relaxed: who misses it asks again under the lock before it sleeps
        if (has_others_.load(std::memory_order_relaxed)) {
            const std::lock_guard lock(mutex_);
            has_others_.store(false, std::memory_order_relaxed);  // relaxed: under the lock
            if (posts_.empty()) {
                posts_.swap(others_);
            } else {
                for (detail::task& post : others_) {
                    posts_.push_back(std::move(post));
                }
                others_.clear();
            }
        }
    }

    void look_at_descriptors() {
        std::chrono::nanoseconds longest(0);
        const bool sleeps = mine_.empty() && falls_asleep();
        if (sleeps) {
            longest = std::chrono::nanoseconds::max();
            if (!timers_.empty()) {
                longest = std::max(std::chrono::nanoseconds(0),
                                   std::chrono::nanoseconds(timers_.next() - steady_clock::now()));
            }
        } else if (watched_.empty()) {
            return;
        }
        poller_.wait(longest, [this](void* tag) {
            auto* const ready = static_cast<watcher*>(tag);
            if (ready->live) {
                ready->ready();
            }
            return !stopped_;
        });
        if (sleeps) {
            const std::lock_guard lock(mutex_);
            sleeps_ = false;
        }
    }

    /// Says that it sleeps, unless there is a post: whoever posts from now on wakes it.
    bool falls_asleep() {
        const std::lock_guard lock(mutex_);
        sleeps_ = others_.empty();
        return sleeps_;
    }

    Poller poller_;
    detail::timer_heap timers_;
    detail::watcher_list<detail::watched> watched_;
    std::vector<detail::task> mine_;   // posts by handlers, of this turn, and those that run() has found
    std::vector<detail::task> posts_;  // that this turn runs
    std::size_t at_ = 0;               // those before have begun
    bool stopped_ = false;

    alignas(detail::cache_line) mutex mutex_;  // protects what follows
    std::vector<detail::task> others_;         // posts by other threads
    bool sleeps_ = false;                      // or is about to: whoever posts has to wake it
    atomic<bool> has_others_{false};           // whether there are some; written under the lock
};

}  // namespace handoff::impls
