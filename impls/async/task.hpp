// Coroutine tasks: lazy, awaited once, resumed by symmetric transfer, with a frame allocator that can be
// swapped.
//
// Source: Lewis Baker, "C++ Coroutines: Understanding Symmetric Transfer", 2020; the structure of a task that
//         its awaiter starts, and that ends before its awaiter does.
//
// Progress: as the executor's; a thread that waits in sync_wait sleeps.
// Order:    a task runs from the co_await of its owner to its own end.
// Capacity: one frame for each task that has begun; 1 allocation, unless the compiler puts the frame into
//           its caller's.
// Cost:     two indirect jumps to begin a task and to come back; no stack for each, where the compiler makes
//           jumps of them (with optimization; sanitizers prevent it).
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "detail/baton.hpp"
#include "detail/outcome.hpp"
#include "frames.hpp"

namespace handoff::impls::async {

template <class T, class Frames = heap_frames>
class task;

namespace detail {

/// What all coroutines of ours have: a place to go to at the end, and who may tell them to stop.
class coroutine_promise {
public:
    std::coroutine_handle<> after;
    /// Of the root; null: nobody will. The root outlives all that it awaits.
    const std::stop_token* stop = nullptr;

    static std::suspend_always initial_suspend() noexcept { return {}; }

    bool is_told_to_stop() const noexcept { return stop != nullptr && stop->stop_requested(); }
};

/// Goes on with who awaits.
struct to_awaiter {
    static bool await_ready() noexcept { return false; }
    template <class Promise>
    static std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
        return ended.promise().after;
    }
    static void await_resume() noexcept {}
};

template <class T, class Frames>
class task_promise : public coroutine_promise {
public:
    static void* operator new(std::size_t bytes) { return Frames::allocate(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept { Frames::deallocate(frame, bytes); }

    task<T, Frames> get_return_object() noexcept;
    static to_awaiter final_suspend() noexcept { return {}; }
    template <class U>
    void return_value(U&& value) {
        result.set_value(std::forward<U>(value));
    }
    void unhandled_exception() noexcept { result.set_error(std::current_exception()); }

    outcome<T> result;
};

}  // namespace detail

/// A coroutine that begins when it is awaited. Awaited once. A task that is told to stop does not begin
/// another: its co_await throws `cancelled`.
template <class T, class Frames>
class [[nodiscard]] task {
public:
    using promise_type = detail::task_promise<T, Frames>;
    using handle = std::coroutine_handle<promise_type>;

    explicit task(handle made) noexcept : coroutine_(made) {}
    task(task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
    task& operator=(task&&) = delete;
    ~task() {
        if (coroutine_) {
            coroutine_.destroy();
        }
    }

    class awaiter {
    public:
        explicit awaiter(handle awaited) noexcept : awaited_(awaited) {}

        static bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) noexcept {
            promise_type& own = awaited_.promise();
            own.after = parent;
            own.stop = parent.promise().stop;
            if (own.is_told_to_stop()) {
                is_cancelled_ = true;
                return parent;
            }
            return awaited_;
        }
        T await_resume() {
            if (is_cancelled_) {
                throw cancelled();
            }
            return awaited_.promise().result.take();
        }

    private:
        handle awaited_;
        bool is_cancelled_ = false;
    };
    awaiter operator co_await() && noexcept { return awaiter(coroutine_); }

private:
    handle coroutine_;
};

template <class T, class Frames>
task<T, Frames> detail::task_promise<T, Frames>::get_return_object() noexcept {
    return task<T, Frames>(task<T, Frames>::handle::from_promise(*this));
}

/// co_await resume_on(executor): what follows runs there. The executor has to call what it is given.
template <class Executor>
auto resume_on(Executor& ex) noexcept {
    struct awaiter {
        Executor& ex;
        static constexpr bool await_ready() noexcept { return Executor::is_inline; }
        void await_suspend(std::coroutine_handle<> suspended) const {
            ex.post([suspended] { suspended.resume(); });
        }
        static void await_resume() noexcept {}
    };
    return awaiter{ex};
}

namespace detail {

/// The coroutine around a task that no coroutine awaits: of sync_wait, when_all and when_any. Who makes it
/// destroys it.
template <class At_end>
class root {
public:
    struct promise_type : coroutine_promise {
        At_end* at_end = nullptr;

        root get_return_object() noexcept {
            return root(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        static auto final_suspend() noexcept {
            struct awaiter {
                static bool await_ready() noexcept { return false; }
                static std::coroutine_handle<> await_suspend(
                    std::coroutine_handle<promise_type> ended) noexcept {
                    return ended.promise().at_end->ended();  // the frame may be gone before this returns
                }
                static void await_resume() noexcept {}
            };
            return awaiter{};
        }
        static void return_void() noexcept {}
        static void unhandled_exception() noexcept { std::terminate(); }  // its body catches all
    };

    explicit root(std::coroutine_handle<promise_type> made) noexcept : coroutine_(made) {}
    root(root&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
    root& operator=(root&&) = delete;
    ~root() {
        if (coroutine_) {
            coroutine_.destroy();
        }
    }

    void begin(At_end& at_end, const std::stop_token* stop) {
        coroutine_.promise().at_end = &at_end;
        coroutine_.promise().stop = stop;
        coroutine_.resume();
    }

private:
    std::coroutine_handle<promise_type> coroutine_;
};

template <class At_end, class T, class Frames>
root<At_end> run_into(task<T, Frames> what, outcome<T>& result, At_end* told = nullptr, std::size_t index = 0) {
    try {
        result.set_value(co_await std::move(what));
    } catch (...) {
        result.set_error(std::current_exception());
    }
    if constexpr (requires { told->came(index); }) {
        told->came(index);
    }
}

struct wakes_thread {
    std::coroutine_handle<> ended() noexcept {
        end.set();
        return std::noop_coroutine();
    }
    baton end;
};

/// Tasks that run independently; one arrival more than tasks: that of who began them.
struct meeting {
    std::coroutine_handle<> ended() noexcept {
        // [last]: the last to arrive sees what the others did
        return left.fetch_sub(1, std::memory_order_acq_rel) == 1 ? after : std::noop_coroutine();
    }
    atomic<std::size_t> left{0};
    std::coroutine_handle<> after;
};

/// Of when_any: the first to end tells the others to stop.
struct race : meeting {
    void came(std::size_t index) noexcept {
        if (!won.exchange(true, std::memory_order_relaxed)) {  // relaxed: [last] orders it
            first = index;
            stop.request_stop();
        }
    }
    atomic<bool> won{false};
    std::size_t first = 0;
    std::stop_source stop;
};

/// Begins all tasks, each in a root of its own, and goes on when all have ended.
template <class Meeting, class T, class Frames>
class all_of {
public:
    explicit all_of(std::vector<task<T, Frames>> tasks) : results_(tasks.size()) {
        roots_.reserve(tasks.size());
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            roots_.push_back(run_into(std::move(tasks[i]), results_[i], &meeting_, i));
        }
    }

    bool await_ready() const noexcept { return roots_.empty(); }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) {
        const std::stop_token* stop = parent.promise().stop;
        meeting_.after = parent;
        meeting_.left.store(roots_.size() + 1, std::memory_order_relaxed);  // relaxed: nobody has begun
        if constexpr (requires { meeting_.stop; }) {
            if (stop != nullptr) {
                passed_on_.emplace(*stop, stopper{meeting_.stop});
            }
            token_ = meeting_.stop.get_token();
            stop = &token_;
        }
        for (auto& each : roots_) {
            each.begin(meeting_, stop);
        }
        return meeting_.ended();
    }

protected:
    struct stopper {
        std::stop_source& source;
        void operator()() const noexcept { source.request_stop(); }
    };

    Meeting meeting_;
    std::stop_token token_;
    std::optional<std::stop_callback<stopper>> passed_on_;
    std::vector<outcome<T>> results_;
    std::vector<root<Meeting>> roots_;
};

}  // namespace detail

/// Runs a task, and waits for its end on the calling thread. `stop`: tells it, and what it awaits, to stop.
template <class T, class Frames>
T sync_wait(task<T, Frames> what, const std::stop_token& stop = {}) {
    detail::outcome<T> result;
    detail::wakes_thread here;
    auto root = detail::run_into<detail::wakes_thread>(std::move(what), result);
    root.begin(here, stop.stop_possible() ? &stop : nullptr);
    here.end.wait();
    return result.take();
}

/// co_await when_all(tasks): the values in their order, when all tasks have ended; or the exception of the
/// first in that order which failed.
template <class T, class Frames>
auto when_all(std::vector<task<T, Frames>> tasks) {
    struct awaiter : detail::all_of<detail::meeting, T, Frames> {
        using detail::all_of<detail::meeting, T, Frames>::all_of;
        std::vector<T> await_resume() {
            std::vector<T> values;
            values.reserve(this->results_.size());
            for (auto& each : this->results_) {
                values.push_back(each.take());
            }
            return values;
        }
    };
    return awaiter(std::move(tasks));
}

/// Of some tasks, the one that ended first.
template <class T>
struct first_of_tasks {
    std::size_t index;
    T value;
};

/// co_await when_any(tasks): what ended first, a value or an exception. The others are told to stop, and have
/// ended, too. Of some, not of none.
template <class T, class Frames>
auto when_any(std::vector<task<T, Frames>> tasks) {
    struct awaiter : detail::all_of<detail::race, T, Frames> {
        using detail::all_of<detail::race, T, Frames>::all_of;
        first_of_tasks<T> await_resume() {
            const std::size_t first = this->meeting_.first;
            return {first, this->results_[first].take()};
        }
    };
    return awaiter(std::move(tasks));
}

}  // namespace handoff::impls::async
