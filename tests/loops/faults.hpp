// Event loops that break what they promise, and one that does not: ours, with something in its way.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "concepts/loops.hpp"
#include "detail/task.hpp"
#include "loops/detail/epoll_poller.hpp"
#include "loops/poll_loop.hpp"

namespace handoff::impls {

using plain_loop = poll_loop<detail::epoll_poller>;

class sound_loop : public plain_loop {
public:
    static constexpr std::string_view name = "sound_loop";
};

/// Every timer is two milliseconds early.
class fires_early : public plain_loop {
public:
    static constexpr std::string_view name = "fires_early";
    template <class F>
    timer at(steady_clock::time_point time, F&& f) {
        return plain_loop::at(time - std::chrono::milliseconds(2), std::forward<F>(f));
    }
    template <class F>
    timer after(std::chrono::nanoseconds duration, F&& f) {
        return at(steady_clock::now() + duration, std::forward<F>(f));
    }
};

/// The tenth wake-up is forgotten.
class forgetful_poller : public detail::epoll_poller {
public:
    void wake() noexcept {
        if (wakes_.fetch_add(1) != 9) {
            detail::epoll_poller::wake();
        }
    }

private:
    std::atomic<int> wakes_{0};
};
class loses_a_wake_up : public poll_loop<forgetful_poller> {
public:
    static constexpr std::string_view name = "loses_a_wake_up";
};

/// What is posted right after stop() runs, too.
class runs_after_stop : public plain_loop {
public:
    static constexpr std::string_view name = "runs_after_stop";
    void stop() {
        post([this] { post([this] { plain_loop::stop(); }); });
    }
};

/// The fiftieth post ...
template <class Fault>
class with_a_bad_post : public plain_loop {
public:
    template <class F>
    void post(F&& f) {
        const std::uint64_t number = posts_.fetch_add(1);
        if (number == 49) {
            Fault::post(*this, held_, std::forward<F>(f));
        } else {
            plain_loop::post(std::forward<F>(f));
            if (number == 50 && held_) {
                plain_loop::post(std::move(held_));
            }
        }
    }

private:
    std::atomic<std::uint64_t> posts_{0};
    detail::task held_;
};
struct post_twice {
    template <class F>
    static void post(plain_loop& loop, detail::task&, F&& f) {
        if constexpr (std::copy_constructible<std::decay_t<F>>) {
            loop.post(std::decay_t<F>(f));
        }
        loop.post(std::forward<F>(f));
    }
};
struct post_later {
    template <class F>
    static void post(plain_loop&, detail::task& held, F&& f) {
        held.emplace(std::forward<F>(f));
    }
};
struct post_never {
    template <class F>
    static void post(plain_loop&, detail::task&, F&&) {}
};
/// ... runs twice.
class runs_a_post_twice : public with_a_bad_post<post_twice> {
public:
    static constexpr std::string_view name = "runs_a_post_twice";
};
/// ... runs after the next.
class swaps_two_posts : public with_a_bad_post<post_later> {
public:
    static constexpr std::string_view name = "swaps_two_posts";
};
/// ... is lost.
class loses_a_post : public with_a_bad_post<post_never> {
public:
    static constexpr std::string_view name = "loses_a_post";
};

/// Timers cannot be cancelled.
class cancels_nothing : public plain_loop {
public:
    static constexpr std::string_view name = "cancels_nothing";
    void cancel(timer) {}
};

/// Each loop leaves a descriptor behind.
class leaves_a_descriptor : public plain_loop {
public:
    static constexpr std::string_view name = "leaves_a_descriptor";
    leaves_a_descriptor() { static_cast<void>(::eventfd(0, EFD_CLOEXEC)); }
};

}  // namespace handoff::impls
